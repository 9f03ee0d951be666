"""What the magics do with a cell's line and text, in a real IPython shell."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fakes import errors
from fakes.answers import Feed, fails, query, table
from fakes.gateway import FakeGateway
from flinklab.domain.errors import (
    NotAGatewayError,
    StatementInvalidError,
    UnreachableError,
    UnsupportedGatewayError,
    UsageError,
)
from flinklab.results.table import Mode
from unit.notebook.conftest import Notebook

CREATE = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')"


def config_of(gateway: FakeGateway, statement: str) -> dict[str, str]:
    [found] = [each for each in gateway.submitted if each.statement == statement]
    config = dict(found.config)
    config.pop("pipeline.global-job-parameters", None)
    return config


# The names


def test_three_names_are_registered_and_no_more(shell: InteractiveShell) -> None:
    before = {kind: set(names) for kind, names in shell.magics_manager.magics.items()}
    shell.extension_manager.load_extension("flinklab")
    after = shell.magics_manager.magics
    assert {kind: set(names) - before[kind] for kind, names in after.items()} == {
        "cell": {"flinksql"},
        "line": {"flinksql", "flink"},
    }


def test_loading_twice_keeps_the_session_and_reloading_begins_anew(
    notebook: Notebook, gateway: FakeGateway
) -> None:
    notebook.ok(f"%%flinksql\n{CREATE}")
    assert "already loaded" in notebook.ok("%load_ext flinklab").printed
    assert CREATE in notebook.ok("%flink session").text
    notebook.ok("%reload_ext flinklab")
    assert gateway.sessions == {}
    assert CREATE not in notebook.ok("%flink session").text


def test_unloading_ends_the_session_and_takes_the_names_away(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok(f"%%flinksql\n{CREATE}")
    notebook.ok("%unload_ext flinklab")
    assert gateway.sessions == {}
    assert "not found" in notebook.run("%flinksql SHOW TABLES").printed
    magics = notebook.shell.magics_manager.magics
    assert not any(name.startswith("flink") for names in magics.values() for name in names)
    notebook.ok("%load_ext flinklab")
    notebook.ok("%flinksql SHOW TABLES")


# What is shown


def test_ddl_is_one_quiet_line(notebook: Notebook) -> None:
    cell = notebook.ok(f"%%flinksql\n{CREATE}")
    [text] = cell.texts
    assert re.fullmatch(r"OK: CREATE TABLE t \(.+\)", text)
    assert cell.printed == ""


def test_show_is_a_small_table(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SHOW TABLES", table("table name STRING", [["orders"], ["users"]]))
    cell = notebook.ok("%flinksql SHOW TABLES")
    assert cell.text.splitlines() == ["table name", "──────────", "orders", "users"]
    assert "<td>orders</td>" in cell.bundles[0]["text/html"]


def test_an_insert_names_its_job_with_a_link(notebook: Notebook, gateway: FakeGateway) -> None:
    assert gateway.jobmanager is not None
    cell = notebook.ok("%%flinksql --name nightly\nINSERT INTO t SELECT 1")
    [job_id] = gateway.jobmanager.running()
    link = f"{gateway.jobmanager.url}/#/job/running/{job_id}/overview"
    assert cell.text.startswith(f"Job submitted: nightly {job_id} {link}")
    assert f'href="{link}"' in cell.bundles[0]["text/html"]


def test_a_query_shows_its_rows_in_text_and_html(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT, name STRING", [[1, "a"], [None, None]]))
    cell = notebook.ok("%%flinksql\nSELECT * FROM t")
    [bundle] = cell.bundles
    assert re.search(r"1 +a\n *<NULL> +<NULL>\nFinished · 2 rows", cell.text)
    assert "<td>a</td>" in bundle["text/html"]


def test_several_statements_are_shown_in_order(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[1]]))
    cell = notebook.ok(f"%%flinksql\n{CREATE};\n-- then\nSELECT * FROM t;\nSHOW TABLES;")
    assert [text.split()[0] for text in cell.texts] == ["OK:", "id", "name"]
    assert gateway.statements[-3:] == [CREATE, "SELECT * FROM t", "SHOW TABLES"]


def test_a_statement_that_fails_leaves_what_was_shown_before(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 8)))
    cell = notebook.run(f"%%flinksql\n{CREATE};\nSELECT nope FROM t;\nSHOW TABLES")
    assert cell.text.startswith("OK: CREATE TABLE t")
    assert len(cell.texts) == 1
    assert "SHOW TABLES" not in gateway.statements
    report = cell.fails_with(StatementInvalidError)
    assert "(line 3, column 8)" in report


def test_the_line_of_the_magic_is_line_1_of_an_error(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT 😀, nope FROM t", fails(errors.column_not_found("nope", 1, 11)))
    report = notebook.run("%%flinksql --limit 5\nSHOW TABLES;\n\tSELECT 😀, nope FROM t").fails_with(
        StatementInvalidError
    )
    assert "(line 3, column 12)" in report
    assert "^^^^" in report


def test_an_error_on_one_line_counts_from_the_sql(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 8)))
    report = notebook.run("%flinksql --limit 5 SELECT nope FROM t").fails_with(StatementInvalidError)
    assert "(line 1, column 8)" in report


def test_sql_on_a_line_is_run_as_it_is_written(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("dt, x = 'changed', 'changed'")
    notebook.ok("%flinksql SET 'a' = '$dt {x} {1} $HOME'")
    notebook.ok("%%flinksql\nSET 'b' = '$dt {x}'")
    assert gateway.statements[-2:] == ["SET 'a' = '$dt {x} {1} $HOME'", "SET 'b' = '$dt {x}'"]


# Flags


@pytest.mark.parametrize(
    ("flags", "config"),
    [
        ("--batch", {"execution.runtime-mode": "batch"}),
        ("-p 3", {"parallelism.default": "3"}),
        ("--parallelism=3", {"parallelism.default": "3"}),
        ("--max-parallelism 128", {"pipeline.max-parallelism": "128"}),
        ("-D a.b=c -D d=e=f", {"a.b": "c", "d": "e=f"}),
        ("-D 'table.x=a b'", {"table.x": "a b"}),
        ("--name 'my job'", {"pipeline.name": "my job"}),
        ("--from-savepoint /tmp/sp-1", {"execution.state-recovery.path": "/tmp/sp-1"}),
    ],
)
def test_a_flag_reaches_the_gateway_with_its_cell_and_no_other(
    notebook: Notebook, gateway: FakeGateway, flags: str, config: dict[str, str]
) -> None:
    gateway.jobmanager.checkpointing.put("/tmp/sp-1")
    notebook.ok(f"%%flinksql {flags}\nINSERT INTO t SELECT 1; SHOW TABLES")
    notebook.ok("%%flinksql\nINSERT INTO t SELECT 2")
    assert config_of(gateway, "INSERT INTO t SELECT 1") == config
    assert config_of(gateway, "INSERT INTO t SELECT 2") == {}
    [session] = gateway.sessions.values()
    assert not set(config) & set(session.properties)


@pytest.mark.parametrize(
    "spelling", ["top << --limit 2", "--limit 2 top <<", "-o top -l 2", "--output=top --limit=2"]
)
def test_the_result_goes_into_a_variable(notebook: Notebook, gateway: FakeGateway, spelling: str) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[1], [2], [3]]))
    cell = notebook.ok(f"%%flinksql {spelling}\nSELECT * FROM t")
    assert notebook["top"].rows == [(1,), (2,)]
    assert notebook.ok("list(top.df['id'])").error is None
    assert "limit of 2 rows reached" in cell.text


def test_the_last_result_of_a_cell_gets_the_name(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT 1", query("a INT", [[1]]))
    gateway.on("SELECT 2", query("b INT", [[2]]))
    notebook.ok("%%flinksql r <<\nSELECT 1; SELECT 2")
    assert notebook["r"].rows == [(2,)]
    notebook.ok("%flinksql j << INSERT INTO t SELECT 1")
    assert gateway.jobmanager is not None
    assert notebook["j"].job_id in gateway.jobmanager.running()


def test_a_timeout_ends_a_query_and_keeps_its_rows(notebook: Notebook, gateway: FakeGateway) -> None:
    feed = Feed()
    feed.push([1])
    gateway.on("SELECT * FROM t", query("id BIGINT", feed))
    cell = notebook.ok("%%flinksql r << --timeout 300ms\nSELECT * FROM t")
    assert "Stopped · 1 row" in cell.text
    assert "timeout of 0.30 s reached" in cell.text
    assert notebook["r"].rows == [(1,)]
    assert gateway.jobmanager is not None
    assert gateway.jobmanager.running() == []


def test_rows_kept(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[n] for n in range(100)]))
    cell = notebook.ok("%%flinksql r << --rows-kept 10\nSELECT * FROM t")
    assert "100 rows" in cell.text
    assert "--rows-kept keeps more" in cell.text
    assert notebook["r"].kept.column(0).to_pylist() == list(range(90, 100))
    notebook.ok("%%flinksql r << --rows-kept all\nSELECT * FROM t")
    assert len(notebook["r"].rows) == 100


CHANGES = [("+I", ["a", 1]), ("-U", ["a", 1]), ("+U", ["a", 2]), ("+I", ["b", 1])]


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        (Mode.AUTO, [("b", 1), ("a", 2)]),
        (Mode.UPDATE, [("b", 1), ("a", 2)]),
        (Mode.SINGLE, [("b", 1)]),
        (Mode.CHANGELOG, [("+I", "a", 1), ("-U", "a", 1), ("+U", "a", 2), ("+I", "b", 1)]),
    ],
)
def test_modes(notebook: Notebook, gateway: FakeGateway, mode: Mode, rows: list[tuple[object, ...]]) -> None:
    gateway.on("SELECT * FROM t", query("k STRING, n BIGINT", CHANGES))
    cell = notebook.ok(f"%%flinksql r << --mode {mode.value}\nSELECT * FROM t")
    assert sorted(notebook["r"].rows) == sorted(rows)
    assert ("from 4 changes" in cell.text) == (mode is not Mode.CHANGELOG)


def test_wait_follows_an_insert_and_lets_it_go_on(notebook: Notebook, gateway: FakeGateway) -> None:
    jobmanager = gateway.jobmanager
    assert jobmanager is not None
    cell = notebook.ok("%%flinksql j << --wait --timeout 300ms\nINSERT INTO t SELECT 1")
    assert "still RUNNING" in cell.text
    assert jobmanager.running() == [notebook["j"].job_id]
    jobmanager.set_state(notebook["j"].job_id, "FINISHED")
    assert "FINISHED" in (notebook["j"].wait(60).message or "")


def test_check_judges_every_statement_and_leaves_nothing_behind(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    own = set(gateway.sessions)
    gateway.on("EXPLAIN SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 16)))
    cell = notebook.run(f"%%flinksql --check\n{CREATE};\nSELECT nope FROM t;\nINSERT INTO t SELECT 1")
    assert [line[0] for line in cell.text.splitlines() if line[0] != " "] == ["✓", "✗", "✓"]
    assert "(line 3, column 8)" in cell.fails_with(StatementInvalidError)
    assert set(gateway.sessions) == own
    assert not {each.statement for each in gateway.submitted if each.session in own} & {CREATE}
    assert gateway.jobmanager is not None
    assert gateway.jobmanager.jobs_by_id == {}
    assert "the session is empty" in notebook.ok("%flink session").printed


def test_explain_shows_plans_and_leaves_nothing_behind(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    own = set(gateway.sessions)
    gateway.on("EXPLAIN SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 16)))
    cell = notebook.run(f"%%flinksql --explain\n{CREATE};\nINSERT INTO t SELECT 1;\nSELECT nope FROM t")
    assert "Optimized Physical Plan" in cell.text
    assert cell.text.count("✓") == 2
    assert "(line 4, column 8)" in cell.fails_with(StatementInvalidError)
    assert set(gateway.sessions) == own, "an error leaves no scratch session behind"
    assert gateway.jobmanager is not None
    assert gateway.jobmanager.jobs_by_id == {}


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("--limt 5", "did you mean --limit?"),
        ("--timout=5s", "did you mean --timeout?"),
        ("--frobnicate", "unknown flag --frobnicate"),
        ("--mode updates", "did you mean update?"),
        ("--limit", "--limit needs a value"),
        ("--limit many", "is not a number"),
        ("--timeout 5x", "is not a duration"),
        ("--wait --detach", "exclude each other"),
        ("--check --explain", "exclude each other"),
        ("1st <<", "is not a Python name"),
        ("SELECT 1", "the SQL begins on the next line"),
    ],
)
def test_a_mistake_in_the_line_is_one_line_and_runs_nothing(
    notebook: Notebook, gateway: FakeGateway, line: str, advice: str
) -> None:
    report = notebook.run(f"%%flinksql {line}\nSHOW TABLES").fails_with(UsageError)
    assert advice in report
    assert len(report.splitlines()) <= 2
    assert gateway.requests == []


def test_help_is_printed_and_nothing_is_run(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("%config FlinkSQL.limit = 77")
    help_text = notebook.ok("%%flinksql -h\nSHOW TABLES").printed
    assert "--rows-kept" in help_text
    assert "77 rows" in help_text
    assert notebook.ok("%flinksql --help").printed == help_text
    assert notebook.ok("%%flinksql -h").printed == help_text, "also alone in its cell"
    assert gateway.requests == []


@pytest.mark.parametrize("flag", ["", "--check", "--explain"])
@pytest.mark.parametrize("text", ["", "  \n\n", "-- nothing here\n/* nor\nhere */\n;;"])
def test_a_cell_without_a_statement(notebook: Notebook, flag: str, text: str) -> None:
    report = notebook.run(f"%%flinksql {flag}\n{text}").fails_with(UsageError)
    assert "there is no SQL statement in the cell" in report


def test_a_line_without_a_statement(notebook: Notebook) -> None:
    assert "there is no SQL statement" in notebook.run("%flinksql").fails_with(UsageError)


# Files


def test_the_statements_of_a_file(notebook: Notebook, gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "a b.sql").write_text(f"-- é\n{CREATE};\nSELECT nope FROM t", encoding="utf-8")
    gateway.on("SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 8)))
    report = notebook.run("%flinksql --file 'a b.sql'").fails_with(StatementInvalidError)
    assert CREATE in gateway.statements
    assert "(line 3, column 8)" in report, "places count in the file"


def test_files_that_cannot_be_read(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "latin.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    for name, reason in [
        ("none.sql", "No such file"),
        ("latin.sql", "it is not UTF-8 text"),
        ("folder", "Is a directory"),
    ]:
        report = notebook.run(f"%flinksql --file {name}").fails_with(UsageError)
        assert f"cannot read {name}" in report
        assert reason in report
    assert "exclude each other" in notebook.run("%%flinksql --file a.sql\nSHOW TABLES").fails_with(UsageError)


# Settings


def test_config_sets_a_default_that_a_flag_overrides(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[n] for n in range(100)]))
    notebook.ok("%config FlinkSQL.limit = 5")
    notebook.ok("%flinksql r << SELECT * FROM t")
    assert len(notebook["r"].rows) == 5
    notebook.ok("%flinksql --limit 7 r << SELECT * FROM t")
    assert len(notebook["r"].rows) == 7


def test_config_reaches_the_magics_after_a_reload(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[n] for n in range(100)]))
    notebook.ok("%reload_ext flinklab")
    notebook.ok("%config FlinkSQL.limit = 5")
    notebook.ok("%flinksql r << SELECT * FROM t")
    assert len(notebook["r"].rows) == 5
    assert notebook.ok("%config").printed.count("FlinkSQL") == 1


@pytest.mark.parametrize("wrong", ["limit = 0", "limit = 'x'", "timeout = 0", "rows_kept = -1", "live = 'maybe'"])
def test_a_wrong_value_is_refused_by_config(
    notebook: Notebook, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = wrong.split()[0]
    before = getattr(notebook.shell.magics_manager.registry["FlinkSQL"], name)
    notebook.run(f"%config FlinkSQL.{wrong}")
    assert f"'{name}' trait of a FlinkSQL instance" in caplog.text
    assert getattr(notebook.shell.magics_manager.registry["FlinkSQL"], name) == before


def test_settings_of_the_environment_and_of_the_project(
    notebook: Notebook, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[n] for n in range(100)]))
    (tmp_path / "pyproject.toml").write_text("[tool.flinklab]\nlimit = 3\nrows-kept = 2\n")
    notebook.ok("%flinksql r << SELECT * FROM t")
    assert (notebook["r"].rows_seen, notebook["r"].kept.num_rows) == (3, 2)
    monkeypatch.setenv("FLINKLAB_LIMIT", "4")
    notebook.ok("%flinksql r << SELECT * FROM t")
    assert notebook["r"].rows_seen == 4
    notebook.ok("%config FlinkSQL.limit = 5")
    notebook.ok("%flinksql r << SELECT * FROM t")
    assert notebook["r"].rows_seen == 5


def test_a_setting_that_is_wrong_is_named(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLINKLAB_LIMIT", "many")
    assert "FLINKLAB_LIMIT must be a whole number" in notebook.run("%flinksql SHOW TABLES").fails_with(UsageError)
    monkeypatch.delenv("FLINKLAB_LIMIT")
    monkeypatch.setenv("FLINKLAB_LIMITS", "1")
    assert "did you mean FLINKLAB_LIMIT?" in notebook.run("%flinksql SHOW TABLES").fails_with(UsageError)


# The other side


def test_no_flink_at_all(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLINKLAB_GATEWAY_URL")
    report = notebook.run("%flinksql SHOW TABLES").fails_with(UnreachableError)
    assert "there is no Flink to run on" in report
    assert "%flink up" in report


def test_a_gateway_that_is_down_and_comes_back(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.stop()
    report = notebook.run("%flinksql SHOW TABLES").fails_with(UnreachableError)
    assert gateway.url in report
    gateway.start()
    notebook.ok("%flinksql SHOW TABLES")


def test_a_server_that_is_no_gateway(notebook: Notebook, gateway: FakeGateway) -> None:
    assert gateway.jobmanager is not None
    report = notebook.run(f"%flink connect {gateway.jobmanager.url}").fails_with(NotAGatewayError)
    assert gateway.jobmanager.url in report


def test_a_gateway_of_a_version_that_is_not_spoken(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.versions = ["V9"]
    report = notebook.run("%flinksql SHOW TABLES").fails_with(UnsupportedGatewayError)
    assert "V9" in report


def test_without_a_jobmanager_sql_runs_and_it_is_said(
    notebook: Notebook, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.delenv("FLINKLAB_JOBMANAGER_URL")
    gateway.configuration["rest.port"] = str(free_port)
    gateway.on("SELECT 1", query("a INT", [[1]]))
    cell = notebook.ok("%flinksql SELECT 1")
    assert cell.printed.startswith("note: jobs cannot be watched")
    assert cell.printed.count("\n") == 1
    assert "--jobmanager URL" in cell.printed
    assert "no JobManager is known" in notebook.run("%flink queries").fails_with(UnreachableError)
    assert "no JobManager is known" in notebook.ok("%flink status").printed


def test_a_session_that_was_made_again_is_said_once(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok(f"%%flinksql\n{CREATE}")
    gateway.expire_sessions()
    cell = notebook.ok("%flinksql SHOW TABLES")
    assert cell.printed.count("note: ") == 1
    assert "made again from its journal (1 statement)" in cell.printed
    assert notebook.ok("%flinksql SHOW TABLES").printed == ""


def test_what_a_thread_notices_is_said_by_the_next_cell(
    notebook: Notebook, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    session = notebook.shell.magics_manager.registry["FlinkSQL"].workbench.session()
    aside = threading.Thread(target=session.notice, args=("something happened",))
    aside.start()
    aside.join()
    assert "something happened" not in "".join(capfd.readouterr())
    assert notebook.ok("%flink status").printed.startswith("note: something happened\n")
    assert "something happened" not in notebook.ok("%flink status").printed


# Size


@pytest.mark.parametrize("text", ["INSERT INTO t VALUES {values}", "/* {values} */ SHOW TABLES -- {values}"])
def test_a_cell_of_five_megabytes_arrives_whole(notebook: Notebook, gateway: FakeGateway, text: str) -> None:
    values = ", ".join(f"({n}, 'it''s number {n}; really', '-- no comment')" for n in range(100_000))
    assert len(values) > 5_000_000
    sql = text.format(values=values)
    notebook.ok(f"%%flinksql\n{sql}")
    assert gateway.statements[-1] == (sql if sql.startswith("INSERT") else "SHOW TABLES")


def test_an_error_in_a_line_of_five_megabytes_is_short(notebook: Notebook, gateway: FakeGateway) -> None:
    sql = "SELECT " + ", ".join(f"column_{n}" for n in range(400_000)) + ", nope FROM t"
    gateway.on(sql, fails(errors.column_not_found("nope", 1, sql.index("nope") + 1)))
    cell = notebook.run(f"%%flinksql\n{sql}")
    report = cell.fails_with(StatementInvalidError)
    assert len(report) < 2000
    shown, pointer = (line for line in report.splitlines() if " | " in line)
    assert pointer.index("^^^^") == shown.index("nope")
