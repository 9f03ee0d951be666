"""`flinklab gateway`."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from flinklab.cli import main
from flinklab.domain.errors import NotInstalledError, UsageError
from flinklab.local.gateways import KeptGateway

GATEWAY = KeptGateway(
    "http://127.0.0.1:9001", "1.20.3", 77, Path("/x/a.log"), datetime(2026, 1, 1, tzinfo=timezone.utc)
)


@pytest.fixture(autouse=True)
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *arguments: None)


def test_they_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("flinklab.api.gateways.kept_gateways", lambda: [GATEWAY])
    assert main(["gateway", "list"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("http://127.0.0.1:9001  Flink 1.20.3  since ")
    assert line.endswith("  pid 77  /x/a.log")


def test_up_prints_its_address_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(version: str, progress: object) -> KeptGateway:
        assert version == "1.20"
        progress("starting a SQL Gateway")  # type: ignore[operator]
        return GATEWAY

    monkeypatch.setattr("flinklab.api.gateways.start_gateway", start)
    assert main(["gateway", "up", "1.20"]) == 0
    assert capsys.readouterr() == ("http://127.0.0.1:9001\n", "starting a SQL Gateway\n")


def test_down_says_when_there_was_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("flinklab.api.gateways.end_gateway", lambda version, progress: [])
    assert main(["gateway", "down", "1.20"]) == 0
    assert capsys.readouterr().err == "no gateway of Flink 1.20 is kept here\n"
    monkeypatch.setattr("flinklab.api.gateways.end_gateway", lambda version, progress: ["1.20.3"])
    assert main(["gateway", "down", "1.20"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotInstalledError("no Flink 1.20", hint="name a folder"), 1), (UsageError("no version"), 2)],
)
def test_a_mistake_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def fail(version: str, progress: object) -> KeptGateway:
        raise error

    monkeypatch.setattr("flinklab.api.gateways.start_gateway", fail)
    assert main(["gateway", "up", "1.20"]) == code
    assert str(error).partition(" (")[0] in capsys.readouterr().err
