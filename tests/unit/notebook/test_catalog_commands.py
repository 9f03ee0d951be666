"""The shared catalog in cells, on the fake gateway and an SQLite catalog of the test's own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fakes import errors
from fakes.answers import fails, table
from fakes.gateway import FakeGateway
from flinklab import api
from flinklab.domain.definitions import Name
from flinklab.domain.errors import (
    ConflictError,
    NotFoundError,
    SecretError,
    StatementError,
    UsageError,
)
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from unit.notebook.conftest import Notebook

ORDERS = (
    "CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2)) COMMENT 'of the shop'"
    " WITH ('connector' = 'kafka', 'topic' = '${topic}')"
)


@pytest.fixture(autouse=True)
def own_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def shared(notebook: Notebook) -> Notebook:
    """A team that has a variable, and a table that uses it."""
    notebook.ok("%flink vars set topic orders_dev")
    notebook.ok(f"%%flinksql --catalog shared --tag ods --tag shop --note first\n{ORDERS}")
    return notebook


def test_a_cell_records_what_it_creates(notebook: Notebook) -> None:
    cell = notebook.ok("%%flinksql --catalog shared\nCREATE TABLE t (a INT) WITH ('connector' = 'datagen')")
    assert cell.printed.strip() == "my.t is shared now: version 1"
    with api.open_catalog() as catalog:
        assert catalog.definitions.page("my")[0].ddl.startswith("CREATE TABLE t")


def test_the_list_shows_what_was_recorded(shared: Notebook) -> None:
    [listed] = shared.ok("%flink tables").texts
    assert re.search(r"my\.orders +table +kafka +2 +of the shop +ods shop", listed)
    assert shared.ok("%flink tables shop --kind table").texts == [listed]
    assert "nothing is shared that matches" in shared.ok("%flink tables --kind view").printed


def test_search_says_why(shared: Notebook) -> None:
    assert "column amount" in shared.ok("%flink search amou").text
    assert "nothing is shared that has 'nope'" in shared.ok("%flink search nope").printed


def test_describe_shows_the_text_the_columns_and_who_uses_it(shared: Notebook) -> None:
    text = shared.ok("%flink describe orders").text
    assert "'topic' = '${topic}'" in text
    assert "DECIMAL(10, 2)" in text
    assert re.search(r"variable +my\.topic", text)


def test_versions_a_difference_and_the_way_back(shared: Notebook) -> None:
    shared.ok(f"%%flinksql --catalog shared --note second\n{ORDERS.replace('of the shop', 'of all shops')}")
    assert re.search(r"2 +table .* second", shared.ok("%flink describe orders --versions").text)
    difference = shared.ok("%flink describe orders --diff 1 2").text
    assert "-CREATE TABLE" in difference
    assert "+CREATE TABLE" in difference
    assert "version 2 → 3" in shared.ok("%flink revert orders 1").printed
    assert "have the same text" in shared.ok("%flink describe orders --diff 1").printed
    assert "insert" in shared.ok("%flink describe orders --audit").text


def test_a_secret_that_was_written_out_is_never_shown(shared: Notebook) -> None:
    from flinklab.domain.definitions import Definition, DefinitionKind
    from flinklab.sql.ddl import read_ddl

    ddl = "CREATE TABLE s (a INT) WITH ('connector' = 'jdbc', 'password' = 'hunter2')"
    with api.open_catalog() as catalog:
        catalog.definitions.save(
            Definition(Name("my", "s"), DefinitionKind.TABLE, ddl, read_ddl(ddl).facts), expected=None
        )
    for line in ("describe s", "describe s --diff 1", "tables", "describe s --versions", "describe s --audit"):
        cell = shared.ok(f"%flink {line}")
        assert "hunter2" not in cell.printed + str(cell.bundles), line
    assert "'password' = '******'" in shared.ok("%flink describe s").text


@pytest.mark.parametrize("line", ["describe orderz", "revert orderz 1", "describe my.orderz --versions"])
def test_an_unknown_name_says_what_was_meant(shared: Notebook, line: str) -> None:
    assert "did you mean orders?" in shared.run(f"%flink {line}").fails_with(NotFoundError)


def test_variables(shared: Notebook) -> None:
    shared.ok("%flink env add live --description real")
    shared.ok("%flink vars set topic orders_prod --env live --description 'of orders'")
    assert re.search(r"my\.topic +string +orders_dev +orders_prod +of orders", shared.ok("%flink vars").text)
    assert "orders_dev" not in shared.ok("%flink vars topic --env live").text
    assert re.search(r"definition +my\.orders", shared.ok("%flink vars used topic").text)
    assert "is used by definition my.orders" in shared.run("%flink vars delete topic").fails_with(ConflictError)
    shared.ok("%flink vars set n 4 --type int")
    assert "of type int" in shared.run("%flink vars set n four").fails_with(UsageError)
    assert "deleted" in shared.ok("%flink vars delete n").printed


def test_a_secret_by_reference_and_one_that_is_asked_for(shared: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.ok("%flink vars set pw env:PW --secret")
    refused = shared.run("%flink vars set pw hunter2").fails_with(SecretError)
    assert "hunter2" not in refused.replace("vars set pw hunter2", "")
    monkeypatch.setattr("flinklab.notebook.variable_commands.getpass", lambda prompt: "hunter2")
    assert "my.pw = ****** in dev" in shared.ok("%flink vars set pw --ask").printed
    assert "hunter2" not in shared.ok("%flink vars").text
    preview = shared.ok("%%flinksql --preview\nCREATE TABLE t (a INT) WITH ('topic' = '${topic}', 'pw' = '${pw}')")
    assert "'topic' = 'orders_dev', 'pw' = '******'" in preview.text


def test_an_environment_holds_for_the_cells_that_follow(shared: Notebook, gateway: FakeGateway) -> None:
    shared.ok("%flink env add live")
    shared.ok("%flink vars set topic orders_live --env live")
    shared.ok("%flinksql SET 'a' = '${topic}'")
    shared.ok("%flinksql --env live SET 'b' = '${topic}'")
    shared.ok("%flink env use live")
    shared.ok("%flinksql SET 'c' = '${topic}'")
    for expected in ("'a' = 'orders_dev'", "'b' = 'orders_live'", "'c' = 'orders_live'"):
        assert any(expected in statement for statement in gateway.statements)
    assert re.search("● +live", shared.ok("%flink env").text)
    assert "did you mean live?" in shared.run("%flink env use lve").fails_with(NotFoundError)


def test_snippets_are_kept_and_put_before(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SHOW TABLES", table("name STRING", [["t"]]))
    kept = notebook.ok("%%flinksql --save setup\nSET 'x' = '1'")
    assert "snippet my.setup: version 1" in kept.printed
    notebook.ok("%%flinksql -w setup\nSHOW TABLES")
    assert sum("'x' = '1'" in statement for statement in gateway.statements) == 2
    assert "SET 'x' = '1'" in notebook.ok("%flink snippets setup").text
    assert "did you mean setup?" in notebook.run("%%flinksql -w setupp\nSHOW TABLES").fails_with(NotFoundError)
    notebook.ok("%flink snippets delete setup")
    assert "there are no snippets" in notebook.ok("%flink snippets").printed


def test_a_mistake_after_or_in_a_snippet_is_found_where_it_is(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT 1 FRM t", fails(errors.parse_error("FRM", 1, 10)))
    notebook.ok("%%flinksql -S setup\nSET 'x' = '1'; -- a comment")
    report = notebook.run("%%flinksql -w setup\n\nSELECT 1 FRM t").fails_with(StatementError)
    assert "line 3, column 10" in report
    notebook.run("%%flinksql -S wrong\nSET 'x' = '1';\nSELECT 1 FRM t")
    report = notebook.run("%%flinksql -w setup -w wrong\nSHOW TABLES").fails_with(StatementError)
    assert "in line 4 of the snippets" in report


def test_a_change_that_one_has_not_seen_is_shown_first(shared: Notebook) -> None:
    with api.open_catalog() as catalog:
        seen = catalog.definitions.get(Name("my", "orders"))
        catalog.definitions.save(replace(seen, ddl=seen.ddl.replace("shop", "market")), expected=1)
    changed = ORDERS.replace("of the shop", "of the shops")
    refused = shared.run(f"%%flinksql --catalog shared\n{changed}")
    assert "at version 2" in refused.fails_with(ConflictError)
    assert "of the market" in refused.text
    assert "version 2 → 3" in shared.ok(f"%%flinksql --catalog shared\n{changed}").printed


def test_history_is_found_and_run_again(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SHOW TABLES", table("name STRING", [["t"]]))
    notebook.ok("%flinksql SHOW TABLES")
    notebook.run("%flink session reset")  # the history is written aside, and when a session closes all of it
    listed = notebook.ok("%flink history tables --mine --since 1h").text
    found = re.search(r"^([0-9a-f]{8}) .*SHOW TABLES", listed, re.MULTILINE)
    assert found is not None
    assert "SHOW TABLES" in notebook.ok(f"%flink history show {found[1]}").text
    before = gateway.statements.count("SHOW TABLES")
    assert "t" in notebook.ok(f"%flink history run {found[1]}").text
    assert gateway.statements.count("SHOW TABLES") == before + 1
    assert "no statement" in notebook.ok("%flink history --failed").printed


def test_a_saved_session_is_made_again_beside_and_in_place(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SHOW TABLES", table("name STRING", [["t"]]))
    notebook.ok("%flinksql SET 'x' = '1'")
    assert "session my.etl: version 1, 1 statement" in notebook.ok("%flink session save etl").printed
    notebook.ok("%flink session reset")
    assert "the session is empty" in notebook.ok("%flink session").printed
    notebook.ok("%flinksql -A etl SHOW TABLES")
    assert "the session is empty" in notebook.ok("%flink session").printed
    notebook.ok("%flink use etl")
    assert "SET 'x' = '1'" in notebook.ok("%flink session").text
    assert re.search("● +etl", notebook.ok("%flink session list").text)
    assert "did you mean etl?" in notebook.run("%flinksql -A etll SHOW TABLES").fails_with(NotFoundError)
    notebook.ok("%flink session delete etl")


def test_a_registered_cluster_is_all_a_newcomer_types(notebook: Notebook, gateway: FakeGateway) -> None:
    assert gateway.jobmanager is not None
    gateway.on("SHOW TABLES", table("name STRING", [["t"]]))
    notebook.ok(
        f"%flink clusters add prod --gateway {gateway.url} --jobmanager {gateway.jobmanager.url} --kind standalone"
        " --storage file:///tmp/exchange -D parallelism.default=3"
    )
    notebook.ok("%flinksql -c prod SHOW TABLES")
    assert gateway.url in notebook.ok("%flink use prod").printed
    assert re.search(r"● +prod +my +standalone", notebook.ok("%flink clusters").text)
    assert "did you mean prod?" in notebook.run("%flink use prd").fails_with(NotFoundError)
    notebook.ok("%flink clusters delete prod")
    assert "no cluster is registered" in notebook.ok("%flink clusters").printed


def test_of_a_session_on_yarn_it_is_shown_where_it_was_found(notebook: Notebook) -> None:
    with api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", ("http://rm:8088",)), expected=None)
        for name in ("etl-1", "etl-2"):
            catalog.registry.save_cluster(RegisteredCluster("my", name, "yarn", yarn="prod"), expected=None)
        catalog.addresses.put(ClusterAddress("my", "etl-1", "http://node-7:4711", "application_1_1"))
    found = notebook.ok("%flink clusters").text
    assert re.search(r"etl-1 +my +yarn \(prod\) +http://node-7:4711", found)
    assert re.search(r"etl-2 +my +yarn \(prod\) *\n", found + "\n")


def test_import_and_export(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "CREATE TABLE a (x INT) WITH ('connector' = 'datagen');\nCREATE VIEW v AS SELECT * FROM a"
    )
    assert "imported 2 definitions: my.a, my.v" in notebook.ok("%flink import sql a.sql").printed
    notebook.shell.user_ns["df"] = pd.DataFrame({"k": [1], "name": ["x"]})
    assert "2 columns" in notebook.ok("%flink import frame df frame --option connector=datagen").printed
    assert "did you mean df" in notebook.run("%flink import frame dff t --option connector=x").fails_with(
        UsageError
    )
    notebook.ok("%flink export sql out.sql")
    assert "CREATE VIEW" in (tmp_path / "out.sql").read_text()
    notebook.ok("%flink export store stored")


def test_who_and_where(shared: Notebook) -> None:
    text = shared.ok("%flink catalog").printed
    assert "catalog.db" in text
    assert "1 definition" in text
    assert "SQLite" in text
    assert re.search("● +my +admin +1", shared.ok("%flink team").text)
    assert "admin" in shared.ok("%flink team my").text


def test_an_unknown_variable_is_an_error_before_anything_runs(shared: Notebook, gateway: FakeGateway) -> None:
    before = len(gateway.statements)
    failed = shared.run("%flinksql SELECT '${topik}'")
    assert "did you mean ${topic}?" in failed.fails_with(StatementError)
    assert len(gateway.statements) == before


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("tabels", "did you mean tables?"),
        ("vars sett a b", "did you mean set?"),
        ("import sesion", "did you mean session?"),
        ("import", "one of session, sql, jdbc, frame"),
        ("describe", "write %flink describe NAME"),
        ("describe a 2", "is too much"),
        ("describe a --diff x", "is no version"),
        ("tables --kind tabel", "did you mean table?"),
        ("vars set a --ask hunter2", "leave it out of the line"),
        ("import jdbc x --password hunter2", "never the secret"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(notebook: Notebook, line: str, hint: str) -> None:
    report = notebook.run(f"%flink {line}").fails_with(UsageError)
    assert hint in report
    assert "hunter2" not in report
