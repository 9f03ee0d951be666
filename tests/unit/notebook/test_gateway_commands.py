"""`%flink gateways` in cells."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from flinklab import api
from flinklab.domain.errors import NotInstalledError, UsageError
from flinklab.domain.records import RegisteredGateway
from flinklab.local.gateways import KeptGateway
from unit.notebook.conftest import Notebook

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
KEPT = KeptGateway("http://127.0.0.1:9001", "1.20.3", 77, Path("/x/flink-1.20.3.log"), NOW)


@pytest.fixture(autouse=True)
def own_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_where_there_is_none_that_is_said(notebook: Notebook) -> None:
    assert "no gateway is registered or kept here" in notebook.ok("%flink gateways").printed


def test_the_teams_and_this_machines_are_listed(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    with api.open_catalog() as catalog:
        registered = RegisteredGateway("my", "prod", "http://gw.example.com:8083", owner=catalog.person)
        catalog.registry.save_gateway(registered, expected=None)
    embedded = SimpleNamespace(
        gateway_url="http://127.0.0.1:8083", flink_version="2.3.0", logs={"gateway": "/y"}, started_at=NOW
    )
    monkeypatch.setattr("flinklab.api.find_local", lambda: embedded)
    monkeypatch.setattr("flinklab.api.gateways.kept_gateways", lambda: [KEPT])
    [listed] = notebook.ok("%flink gateways").texts
    for line in (
        ("http://gw.example.com:8083", "my.prod"),
        ("http://127.0.0.1:8083", "the embedded Flink", "2.3.0", "2026-01-01", "/y"),
        ("http://127.0.0.1:9001", "kept on this machine", "1.20.3", "2026-01-01", "/x/flink-1.20.3.log"),
    ):
        [found] = [each for each in listed.splitlines() if line[0] in each]
        assert all(part in found for part in line)


def test_the_one_in_use_is_marked(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook.ok("%%flinksql\nSET 'a' = 'b'")
    kept = KeptGateway(_url_in_use(notebook), "2.3.0", 1, Path("/x"), NOW)
    monkeypatch.setattr("flinklab.api.gateways.kept_gateways", lambda: [kept, KEPT])
    [listed] = notebook.ok("%flink gateways").texts
    [marked] = [line for line in listed.splitlines() if "●" in line]
    assert kept.url in marked


def _url_in_use(notebook: Notebook) -> str:
    [line] = [each for each in notebook.ok("%flink status").printed.splitlines() if each.startswith("gateway")]
    return line.split()[1]


def test_one_is_started_and_ended(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(version: str, progress: object) -> KeptGateway:
        progress(f"starting {version}")  # type: ignore[operator]
        return KEPT

    monkeypatch.setattr("flinklab.api.gateways.start_gateway", start)
    monkeypatch.setattr("flinklab.api.gateways.end_gateway", lambda version, progress: [])
    printed = notebook.ok("%flink gateways up 1.20").printed
    assert printed.splitlines() == ["starting 1.20", "SQL Gateway of Flink 1.20.3: http://127.0.0.1:9001"]
    assert notebook.ok("%flink gateways down 1.20").printed.strip() == "no gateway of Flink 1.20 is kept here"


def test_mistakes_are_one_line(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'newest' is no version of Flink" in notebook.run("%flink gateways up newest").fails_with(UsageError)
    assert "needs more: write %flink gateways up VERSION" in notebook.run("%flink gateways up").fails_with(
        UsageError
    )

    def fail(version: str, progress: object) -> KeptGateway:
        raise NotInstalledError("Flink 1.99 could not be had", hint="name a folder")

    monkeypatch.setattr("flinklab.api.gateways.start_gateway", fail)
    report = notebook.run("%flink gateways up 1.99").fails_with(NotInstalledError)
    assert "name a folder" in report
