"""Which gateway serves a cluster: of the embedded Flink, one that is kept, one that is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from flinklab.api.gateways import end_gateway, fitting_gateway, gateway_for, kept_gateways, start_gateway
from flinklab.domain.errors import LocalFlinkError, NotInstalledError, UnsupportedGatewayError, UsageError
from flinklab.domain.flink_versions import line_of
from flinklab.local import LocalSettings
from flinklab.local.gateways import KeptGateway
from flinklab.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def gateway(version: str, port: int) -> KeptGateway:
    return KeptGateway(f"http://127.0.0.1:{port}", version, port, Path("/log"), NOW)


@dataclass
class Machine:
    """What `flinklab.local` finds and starts on it."""

    embedded: str = ""
    running: list[KeptGateway] = field(default_factory=list)
    fails: LocalFlinkError | None = None
    asked: list[tuple[str, dict[str, str], LocalSettings]] = field(default_factory=list)

    def find_embedded(self, settings: LocalSettings) -> object:
        if not self.embedded:
            return None
        return SimpleNamespace(flink_version=self.embedded, gateway_url="http://127.0.0.1:1")

    def find(self, version: str, settings: LocalSettings) -> KeptGateway | None:
        return next((each for each in self.running if line_of(each.version) == line_of(version)), None)

    def up(
        self, version: str, settings: LocalSettings, progress: object, registered: Mapping[str, str]
    ) -> KeptGateway:
        self.asked.append((version, dict(registered), settings))
        if self.fails is not None:
            raise self.fails
        self.running.append(gateway(f"{line_of(version)}.3", 900 + len(self.running)))
        return self.running[-1]

    def down(self, version: str, settings: LocalSettings, progress: object) -> list[str]:
        ended = [each.version for each in self.running if line_of(each.version) == line_of(version)]
        self.running = [each for each in self.running if each.version not in ended]
        return ended


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr("flinklab.local.find", machine.find_embedded)
    monkeypatch.setattr("flinklab.local.gateways.find", machine.find)
    monkeypatch.setattr("flinklab.local.gateways.kept", lambda settings: list(machine.running))
    monkeypatch.setattr("flinklab.local.gateways.up", machine.up)
    monkeypatch.setattr("flinklab.local.gateways.down", machine.down)
    return machine


def test_the_embedded_flinks_gateway_serves_its_minor_version(machine: Machine) -> None:
    machine.embedded = "2.3.0"
    machine.running = [gateway("2.3.1", 11)]
    assert gateway_for("2.3.4", progress=pytest.fail) == "http://127.0.0.1:1"
    assert machine.asked == []


def test_one_that_is_kept_serves_its_minor_version(machine: Machine) -> None:
    machine.embedded = "2.3.0"
    machine.running = [gateway("1.19.1", 10), gateway("1.20.3", 11)]
    assert gateway_for("1.20.5", progress=pytest.fail) == "http://127.0.0.1:11"
    assert machine.asked == []


def test_else_one_is_started_and_that_is_said(machine: Machine, tmp_path: Path) -> None:
    machine.embedded = "2.3.0"
    lines: list[str] = []
    settings = Settings(state_dir=tmp_path, flink_homes={"1.20": tmp_path})
    url = gateway_for("1.20.5", settings, homes={"1.20": "/opt/flink"}, progress=lines.append)
    assert url == "http://127.0.0.1:900"
    [(version, homes, chosen)] = machine.asked
    assert (version, homes) == ("1.20.5", {"1.20": "/opt/flink"})
    assert (chosen.state_dir, chosen.flink_homes) == (tmp_path, {"1.20": tmp_path})
    assert lines == [
        "no gateway of Flink 1.20 is registered: started one on this machine (http://127.0.0.1:900); "
        "%flink gateways lists them"
    ]
    assert gateway_for("1.20", settings, progress=pytest.fail) == url


def test_what_is_no_version_is_refused(machine: Machine) -> None:
    machine.embedded = "2.3.0"
    with pytest.raises(UsageError):
        gateway_for("<unknown>")


@pytest.mark.parametrize(("gateway", "cluster"), [("2.3.0", "2.3.1"), ("2.3.0", ""), ("<unknown>", "1.20.3")])
def test_a_gateway_that_fits_stays(machine: Machine, gateway: str, cluster: str) -> None:
    found = fitting_gateway("http://gw", gateway, cluster="etl-1", cluster_version=cluster, notice=pytest.fail)
    assert found == "http://gw"
    assert machine.asked == []


def test_one_that_fits_takes_the_place_of_one_that_does_not(machine: Machine) -> None:
    machine.running = [gateway("1.20.3", 11)]
    lines: list[str] = []
    found = fitting_gateway("http://gw", "2.3.0", cluster="etl-1", cluster_version="1.20.3", notice=lines.append)
    assert found == "http://127.0.0.1:11"
    assert lines == [
        "the gateway is Flink 2.3, the cluster etl-1 is Flink 1.20: "
        "statements go through http://127.0.0.1:11 instead of http://gw"
    ]


def test_that_none_fits_is_said_before_anything_is_sent(machine: Machine) -> None:
    machine.fails = NotInstalledError("Flink 1.20 could not be downloaded", hint="name a folder")
    with pytest.raises(UnsupportedGatewayError) as caught:
        fitting_gateway("http://gw", "2.3.0", cluster="etl-1", cluster_version="1.20.3", homes={"1.20": "/x"})
    assert str(caught.value) == (
        "the gateway is Flink 2.3, the cluster etl-1 is Flink 1.20: it cannot submit there, and none that can was "
        "started: Flink 1.20 could not be downloaded (name a folder)"
    )
    assert caught.value.url == "http://gw"
    assert machine.asked[0][1] == {"1.20": "/x"}


def test_they_are_started_listed_and_ended(machine: Machine) -> None:
    started = start_gateway("1.20")
    assert kept_gateways() == [started]
    assert end_gateway("1.20") == ["1.20.3"]
    assert kept_gateways() == []
    assert end_gateway("1.20") == []
