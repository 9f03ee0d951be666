"""The subcommands of `%flink`, in a real IPython shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import errors
from fakes.answers import Feed, fails, query, table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab import api
from flinklab.domain.errors import (
    AccessDeniedError,
    NotAGatewayError,
    StartFailedError,
    StatementInvalidError,
    UnreachableError,
    UsageError,
)
from unit.notebook.conftest import Notebook

CREATE = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')"


@dataclass
class Embedded:
    """Stands in for the embedded Flink: its gateway is the fake."""

    gateway_url: str
    jobmanager_url: str
    flink_version: str = "2.3.0"
    running: bool = False
    fails: Exception | None = None

    def up(
        self, settings: object = None, progress: api.Line = print, *, flink_version: str | None = None
    ) -> Embedded:
        if self.fails is not None:
            raise self.fails
        self.flink_version = flink_version or self.flink_version
        progress(f"Flink {self.flink_version} is running")
        self.running = True
        return self

    def down(self, settings: object = None, progress: api.Line = print) -> bool:
        was, self.running = self.running, False
        return was

    def find_local(self, settings: object = None) -> Embedded | None:
        return self if self.running else None


@pytest.fixture
def embedded(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    assert gateway.jobmanager is not None
    embedded = Embedded(gateway.url, gateway.jobmanager.url)
    for name in ("up", "down", "find_local"):
        monkeypatch.setattr(f"flinklab.api.{name}", getattr(embedded, name))
    monkeypatch.delenv("FLINKLAB_GATEWAY_URL")
    monkeypatch.delenv("FLINKLAB_JOBMANAGER_URL")
    return embedded


@pytest.fixture
def jobmanager(gateway: FakeGateway) -> FakeJobManager:
    assert gateway.jobmanager is not None
    return gateway.jobmanager


@pytest.fixture
def other() -> Iterator[FakeGateway]:
    """Another gateway, with a cluster of its own."""
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
        gateway.configuration["rest.port"] = str(jobmanager.port)
        gateway.on("SHOW CATALOGS", table("catalog name STRING", [["default_catalog"]]))
        yield gateway


# The line


@pytest.mark.parametrize("line", ["", "-h", "--help", "help"])
def test_the_overview_lists_every_subcommand(notebook: Notebook, line: str) -> None:
    overview = notebook.ok(f"%flink {line}").printed
    names = re.findall(r"^  (\w+)", overview, re.MULTILINE)
    assert set(names) >= {"up", "down", "connect", "status", "queries", "jar", "session", "config"}
    for name in names:
        assert name in notebook.ok(f"%flink {name} -h").printed


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("conect http://x", "did you mean connect?"),
        ("frobnicate", "`%flink` lists them"),
        ("connect", "needs the address of a SQL Gateway"),
        ("connect http://a http://b", "too much"),
        ("connect http://a --tokn env:X", "did you mean --token?"),
        ("connect http://a --token abc", "never the secret"),
        ("connect http://a --user ann", "go together"),
        ("queries --end", "--end needs a value"),
        ("jar", "needs Maven coordinates"),
        ("session forget", "write %flink session or %flink session reset"),
        ("config a b c", "too much"),
        ("up now", "too much"),
    ],
)
def test_a_mistake_is_one_line_and_asks_nobody(
    notebook: Notebook, gateway: FakeGateway, line: str, advice: str
) -> None:
    report = notebook.run(f"%flink {line}").fails_with(UsageError)
    assert advice in report
    assert len(report.splitlines()) == 1
    assert "abc" not in report
    assert gateway.requests == []


# up, down, status


def test_up_connects_and_a_second_one_keeps_the_session(
    notebook: Notebook, gateway: FakeGateway, embedded: Embedded
) -> None:
    assert "Flink 2.3.0 is running" in notebook.ok("%flink up").printed
    notebook.ok(f"%%flinksql\n{CREATE}")
    sessions = set(gateway.sessions)
    where = f"SQL Gateway {gateway.url} · Flink UI "
    assert where in notebook.ok("%flink up").printed
    assert set(gateway.sessions) == sessions
    assert "CREATE TABLE t" in notebook.ok("%flink session").text


def test_an_embedded_flink_that_does_not_start(notebook: Notebook, embedded: Embedded) -> None:
    embedded.fails = StartFailedError("the gateway ended", hint="look", details="line 1\nCaused by: disk full")
    report = notebook.run("%flink up").fails_with(StartFailedError)
    assert report.splitlines()[1:] == ["  → look", "  | line 1", "  | Caused by: disk full"]


def test_down_ends_the_session_that_is_on_it(notebook: Notebook, gateway: FakeGateway, embedded: Embedded) -> None:
    notebook.ok("%flink up")
    notebook.ok("%flinksql SHOW TABLES")
    notebook.ok("%flink down")
    assert gateway.sessions == {}
    assert not embedded.running
    assert notebook.ok("%flink down").printed == "no embedded Flink is running\n"
    assert "there is no Flink to run on" in notebook.run("%flinksql SHOW TABLES").fails_with(UnreachableError)


def test_down_leaves_a_session_elsewhere_alone(
    notebook: Notebook, gateway: FakeGateway, embedded: Embedded, other: FakeGateway
) -> None:
    embedded.running = True
    notebook.ok(f"%flink connect {other.url}")
    notebook.ok(f"%%flinksql\n{CREATE}")
    notebook.ok("%flink down")
    assert "CREATE TABLE t" in notebook.ok("%flink session").text
    assert len(other.sessions) == 1


def test_status_before_anything_is_connected(
    notebook: Notebook, gateway: FakeGateway, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "`%flink up` starts one" in notebook.ok("%flink status").printed
    embedded.running = True
    assert "an embedded Flink 2.3.0 is running: the next cell uses it" in notebook.ok("%flink status").printed
    monkeypatch.setenv("FLINKLAB_GATEWAY_URL", "http://elsewhere:8083")
    assert "the next cell connects to http://elsewhere:8083" in notebook.ok("%flink status").printed
    assert gateway.requests == []


def test_status_of_a_session(notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager) -> None:
    notebook.ok(f"%%flinksql\nSET 'table.local-time-zone' = 'Asia/Tokyo'; {CREATE}")
    lines = notebook.ok("%flink status").printed.splitlines()
    assert lines == [
        f"gateway  {gateway.url} · Flink 2.3.0 · API v4",
        f"cluster  {jobmanager.url} · 1 TaskManager · 16 of 16 slots free · 0 jobs running",
        "session  2 statements in its journal · time zone Asia/Tokyo",
        "queries  0 queries of this notebook running",
    ]
    jobmanager.stop()
    assert f"cannot reach {jobmanager.url}" in notebook.ok("%flink status").printed
    gateway.stop()
    notebook.run("%flink status").fails_with(UnreachableError)


# connect


def test_connect_changes_the_gateway_and_ends_the_session_before(
    notebook: Notebook, gateway: FakeGateway, other: FakeGateway
) -> None:
    notebook.ok(f"%%flinksql\n{CREATE}")
    shown = notebook.ok(f"%flink connect {other.url}").printed
    assert other.url in shown
    assert gateway.sessions == {}
    notebook.ok("%flinksql SHOW TABLES")
    assert other.statements == ["SHOW TABLES"]
    assert "the session is empty" in notebook.ok("%flink session").printed


def test_a_connect_that_fails_keeps_the_session(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager, free_port: int
) -> None:
    notebook.ok(f"%%flinksql\n{CREATE}")
    notebook.run(f"%flink connect http://127.0.0.1:{free_port}").fails_with(UnreachableError)
    notebook.run(f"%flink connect {jobmanager.url}").fails_with(NotAGatewayError)
    notebook.run(f"%flink connect {gateway.url} --jobmanager http://127.0.0.1:{free_port}").fails_with(
        UnreachableError
    )
    assert "CREATE TABLE t" in notebook.ok("%flink session").text
    assert len(gateway.sessions) == 1


def test_credentials_are_taken_from_where_they_are(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    with (
        FakeJobManager(authorization="Bearer s3cret") as jobmanager,
        FakeGateway(jobmanager=jobmanager, authorization="Bearer s3cret") as gateway,
    ):
        notebook.run(f"%flink connect {gateway.url}").fails_with(AccessDeniedError)
        monkeypatch.setenv("WRONG", "other")
        report = notebook.run(f"%flink connect {gateway.url} --token env:WRONG").fails_with(AccessDeniedError)
        assert "other" not in report
        shown = notebook.ok(
            f"%flink connect {gateway.url} --jobmanager {jobmanager.url} --token file:{tmp_path / 'token'}"
        ).printed
        assert "1 TaskManager" in shown
        assert "s3cret" not in shown
        assert "env:NOWHERE" not in notebook["In"]
        notebook.run(f"%flink connect {gateway.url} --token env:NOWHERE").fails_with(UsageError)
        notebook.ok("%flink session reset")
        notebook.ok("%flinksql SHOW TABLES")
        notebook.ok("%unload_ext flinklab")


# queries


def test_queries_lists_what_runs_from_notebooks_and_ends_it(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    assert notebook.ok("%flink queries").printed == "nothing runs from notebooks\n"
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    notebook.ok("%flinksql --detach --name watching r << SELECT * FROM t")
    notebook.ok("%flinksql --name loading j << INSERT INTO t SELECT 1")
    foreign = jobmanager.add_job("not ours")
    cell = notebook.ok("%flink queries")
    assert "`%flink queries --end JOB`" in cell.printed
    lines = cell.text.splitlines()
    assert lines[0].split() == ["job", "kind", "state", "by", "notebook", "since", "running", "for", "name"]
    assert sorted((line.split()[1], line.split()[-1]) for line in lines[2:]) == [
        ("insert", "loading"),
        ("query", "watching"),
    ]
    assert re.search(r"\w+@\S+ .*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", cell.text)

    job_id = notebook["j"].job_id
    shown = notebook.ok(f"%flink queries --end {job_id[:8]}").printed
    assert re.fullmatch(rf"{job_id[:8]} insert of \w+: CANCELED\n", shown)
    assert sorted(jobmanager.running()) == sorted([foreign, notebook["r"].job_id])
    assert "CANCELED" in notebook.ok("%flink queries --end all").printed
    assert jobmanager.running() == [foreign]


def test_only_what_is_named_without_doubt_is_ended(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    marks = {"flinklab.user": "ann", "flinklab.kind": "insert"}
    ours = [jobmanager.add_job("a", job_id=start.ljust(32, "0"), parameters=marks) for start in ("ab1", "ab2")]
    foreign = jobmanager.add_job("not ours")
    for wanted, says in [
        ("ab", "2 jobs have an id"),
        (foreign, "no query or INSERT"),
        ("zz", "no query or INSERT"),
    ]:
        assert says in notebook.run(f"%flink queries --end {wanted}").fails_with(UsageError)
    assert sorted(jobmanager.running()) == sorted([*ours, foreign])


# session, config, jar


def test_the_session_shows_what_it_is_made_of_and_begins_anew(notebook: Notebook, gateway: FakeGateway) -> None:
    assert "the session is empty" in notebook.ok("%flink session").printed
    statements = [CREATE, "USE CATALOG c", "SET 'a' = 'b'", "ADD JAR '/a.jar'"]
    notebook.ok("%%flinksql\n" + ";\n".join([*statements, "SHOW TABLES", "INSERT INTO t SELECT 1"]))
    lines = notebook.ok("%flink session").text.splitlines()[2:]
    assert [re.sub(r"^\d+ +", "", line) for line in lines] == statements
    assert notebook.ok("%flink session reset").printed == "a new session, with nothing in it\n"
    assert "the session is empty" in notebook.ok("%flink session").printed
    assert len(gateway.sessions) <= 1


def test_config_shows_and_sets(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.configuration.update({f"key.{n:03}": "v" * 100 for n in range(80)})
    assert notebook.ok("%flink config key.001").printed == f"key.001 = {'v' * 100}\n"
    assert notebook.ok("%flink config nope").printed == "nope is not set in this session\n"
    assert notebook.ok("%flink config parallelism.default 4").printed == "parallelism.default = 4\n"
    notebook.ok('%flink config a.text "it\'s one"')
    assert gateway.statements[-1] == "SET 'a.text' = 'it''s one'"
    whole = notebook.ok("%flink config").text
    assert all(f"key.{n:03}  " in whole for n in range(80))
    assert "v" * 100 in whole
    gateway.expire_sessions()
    cell = notebook.ok("%flink config parallelism.default")
    assert cell.printed.startswith("parallelism.default = 4\nnote: the gateway had ended the session")


def test_a_jar_by_its_path(notebook: Notebook, gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "it's.jar").touch()
    assert notebook.ok('%flink jar "it\'s.jar"').printed == f"added {tmp_path}/it's.jar\n"
    assert gateway.statements[-1] == f"ADD JAR '{tmp_path}/it''s.jar'"
    gateway.on(re.compile("ADD JAR"), fails(errors.object_not_found("x", 1, 1)))
    notebook.run("%flink jar /nowhere.jar").fails_with(StatementInvalidError)
    assert "nowhere" not in notebook.ok("%flink session").text


def test_what_is_no_jar(notebook: Notebook, gateway: FakeGateway) -> None:
    report = notebook.run("%flink jar flink-sql-connector-kafka").fails_with(UsageError)
    assert "group:artifact:version" in report
    assert gateway.statements == []
