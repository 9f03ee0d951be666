"""`%flink yarn`, `%flink clusters --yarn`, `%flink cluster create|stop|resize` in cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.flink_client import submitted_to
from flinklab import api
from flinklab.api import yarn_sessions
from flinklab.domain.errors import ConflictError, UsageError, YarnError
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import Application, ApplicationState, Queue, SessionSpec
from flinklab.notebook.meters import Meter, to_html, to_text
from flinklab.notebook.session_commands import CreateSession, ResizeSession, StopSession, YarnSessions
from flinklab.notebook.subcommands import parse_flink
from flinklab.notebook.yarn_commands import AddYarn
from unit.notebook.conftest import Notebook


@pytest.fixture(autouse=True)
def own_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR", "HADOOP_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def yarn() -> Iterator[Any]:
    with submitted_to() as manager:
        manager.yarn.queue("etl").used = 95.0
        yield manager


def test_a_yarn_is_registered_changed_listed_and_forgotten(notebook: Notebook, tmp_path: Path) -> None:
    added = notebook.ok("%flink yarn add prod --rm http://rm1:8088,http://rm2:8088 --user ann -D a.b=c").printed
    assert "YARN my.prod: version 1, http://rm1:8088, http://rm2:8088" in added
    notebook.ok(
        f"%flink yarn add prod --hadoop-conf {tmp_path} --flink-home 1.20=/opt/flink-1.20 --description night"
    )
    with api.open_catalog() as catalog:
        kept = catalog.registry.yarn("my", "prod")
    assert kept.access == {"auth": "simple", "user": "ann"}
    assert (kept.hadoop_conf, kept.defaults) == (str(tmp_path), {"a.b": "c"})
    assert kept.flink_homes == {"1.20": "/opt/flink-1.20"}
    [listed] = notebook.ok("%flink yarn list").texts
    assert "http://rm1:8088, http://rm2:8088" in listed
    assert "night" in listed
    assert "deleted YARN my.prod" in notebook.ok("%flink yarn delete prod").printed
    assert "no YARN is registered" in notebook.ok("%flink yarn").printed


def test_without_an_address_hadoops_own_configuration_tells(notebook: Notebook, tmp_path: Path) -> None:
    site = (
        ""
        "<configuration><property><name>yarn.resourcemanager.hostname</name><value>rm.example.com</value></property>"
        "</configuration>"
    )
    (tmp_path / "yarn-site.xml").write_text(site)
    added = notebook.ok(f"%flink yarn add prod --hadoop-conf {tmp_path}").printed
    assert "http://rm.example.com:8088" in added


def test_without_either_it_is_said_what_to_give(notebook: Notebook) -> None:
    assert "--rm http://HOST:8088" in notebook.run("%flink yarn add prod").fails_with(UsageError)


def test_a_keytab_is_for_kerberos() -> None:
    read = parse_flink("yarn add prod --rm http://rm:8088 --keytab /k --user ann@REALM")
    assert isinstance(read, AddYarn)
    assert dict(read.access) == {"auth": "kerberos", "user": "ann@REALM", "keytab": "/k"}


def test_a_yarn_that_clusters_are_on_is_not_forgotten(notebook: Notebook) -> None:
    with api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", ("http://rm:8088",)), expected=None)
        catalog.registry.save_cluster(RegisteredCluster("my", "etl-1", "yarn", yarn="prod"), expected=None)
    assert "etl-1" in notebook.run("%flink yarn delete prod").fails_with(ConflictError)


def test_queues_are_drawn_with_what_they_use(notebook: Notebook, yarn: Any) -> None:
    cell = notebook.ok(f"%flink yarn queues {yarn.url}")
    assert "root.etl" in cell.text
    assert "95 %" in cell.text
    assert "fl-tight" in cell.bundles[0]["text/html"]


def test_sessions_of_a_yarn_are_listed(notebook: Notebook, yarn: Any) -> None:
    assert "no Flink session runs on" in notebook.ok(f"%flink clusters --yarn {yarn.url}").printed
    yarn.yarn.add("etl-1", queue="root.etl", jobmanager="http://127.0.0.1:1")
    yarn.yarn.add("<b>", state="ACCEPTED", containers=0, memory=0)
    cell = notebook.ok(f"%flink clusters --yarn {yarn.url}")
    first, second = cell.text.splitlines()[1:]
    assert first.startswith("<b>")
    assert "waits: queue default uses" in cell.bundles[0]["text/html"]
    assert "etl 95 %" in second
    assert "<b>&" not in cell.bundles[0]["text/html"] and "&lt;b&gt;" in cell.bundles[0]["text/html"]


def test_a_line_becomes_a_session() -> None:
    read = parse_flink(
        "cluster create --yarn prod --queue etl --slots 8 --tm-memory 4g --jm-memory 2048m --name etl-1 "
        "--tag a --tag b "
        "--label x --storage file:///s --flink 2.3 -D k=v --timeout 10m"
    )
    spec = SessionSpec("etl-1", "etl", 8, 4096, 2048, ("a", "b"), None, {"k": "v"})
    assert read == CreateSession("prod", spec, "2.3", ("x",), "file:///s", timeout=600.0)
    assert parse_flink("cluster stop etl-1 --force --forget") == StopSession("etl-1", force=True, forget=True)
    resized = ResizeSession("etl-1", "default", 0, 2, 1536)
    assert parse_flink("cluster resize etl-1 --queue default --priority 0 --slots 2 --tm-memory 1.5g") == resized
    assert parse_flink("clusters --yarn a --yarn http://b:8088 --all") == YarnSessions(("a", "http://b:8088"), True)


@pytest.mark.parametrize(
    "line",
    [
        "cluster create --yarn prod",
        "cluster create --name x",
        "cluster create x --name y --yarn prod",
        "cluster create x --yarn prod --slots 0",
        "cluster create x --yarn prod --slots many",
        "cluster create x --yarn prod --tm-memory much",
        "cluster create x --yarn prod -D novalue",
        "cluster stop",
        "cluster resize x --priority -1",
        "clusters --all",
    ],
)
def test_a_mistake_is_a_usage_error(line: str) -> None:
    with pytest.raises(UsageError):
        parse_flink(line)


@pytest.mark.parametrize("name", ["yarn add", "yarn queues", "cluster create", "cluster stop", "cluster resize"])
def test_each_has_a_page_of_help(notebook: Notebook, name: str) -> None:
    assert f"%flink {name}" in notebook.ok(f"%flink {name} -h").printed


def test_what_is_done_is_said_step_by_step(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(yarn: str, spec: SessionSpec, *, progress: Any, **_: Any) -> RegisteredCluster:
        progress("Flink's client uploads Flink")
        return RegisteredCluster("my", spec.name, "yarn", yarn=yarn)

    def stop(name: str, *, progress: Any, **_: Any) -> yarn_sessions.Stopped:
        progress("stopping 1 managed job with savepoints")
        application = Application("application_1_0001", name, ApplicationState.RUNNING)
        return yarn_sessions.Stopped(RegisteredCluster("my", name, "yarn"), application)

    monkeypatch.setattr(yarn_sessions, "create_session", create)
    monkeypatch.setattr(yarn_sessions, "stop_session", stop)
    created = notebook.ok("%flink cluster create etl-1 --yarn prod").printed
    assert created.splitlines()[:2] == [
        "Flink's client uploads Flink",
        "cluster my.etl-1: `%flink use etl-1` works on it",
    ]
    stopped = notebook.ok("%flink cluster stop etl-1").printed
    assert "session etl-1 ended (application_1_0001)" in stopped


def test_an_interrupt_is_one_line(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(yarn_sessions, "create_session", interrupted)
    failed = notebook.run("%flink cluster create etl-1 --yarn prod").fails_with(YarnError)
    assert failed == "Yarn: interrupted: session etl-1 is not started"


def test_a_bar_is_as_long_as_its_share_and_no_longer() -> None:
    html = to_html(["a"], [[Meter("x", 0.25)], [Meter("y", 7.0)], [Meter("z")]])
    assert html.count("fl-meter") - html.count(".fl-meter") == 2
    assert "width:25%" in html
    assert "width:100%" in html
    assert to_text(["a", "b"], [[Meter("x", 0.25), "y"], ["long", ""]]) == "a     b\nx     y\nlong"


def test_a_queue_without_numbers_has_a_row() -> None:
    from flinklab.notebook.yarn_tables import QUEUE_COLUMNS, queue_rows

    [row] = queue_rows([Queue("default", "root.default", is_running=False)])
    assert len(row) == len(QUEUE_COLUMNS)
    assert row[:3] == ("root.default", "stopped", "")
