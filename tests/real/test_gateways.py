"""A gateway that is kept beside the embedded Flink, and serves its cluster by the address in each statement."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import pytest

from flinklab.domain.errors import StatementError
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager
from flinklab.local import LocalFlink, LocalSettings, gateways
from flinklab.local.daemon import Daemons
from flinklab.local.distribution import find_distribution
from flinklab.local.gateways import KeptGateway
from flinklab.session.origin import Origin
from flinklab.session.session import Session

UP_IN_A_PROCESS = """
import json, sys
from pathlib import Path
from flinklab.local import LocalSettings, gateways
settings = {key: Path(value) if key.endswith("dir") else value for key, value in json.loads(sys.argv[1]).items()}
found = gateways.up(sys.argv[2], LocalSettings(**settings), print)
print(json.dumps([found.url, found.version, found.pid]))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, embedded_settings: LocalSettings) -> Iterator[LocalSettings]:
    settings = replace(embedded_settings, state_dir=tmp_path_factory.mktemp("gateways"))
    yield settings
    Daemons(settings.state_dir / "gateways").end_all()


@pytest.fixture(scope="module")
def kept(settings: LocalSettings) -> KeptGateway:
    return gateways.up(find_distribution().version, settings)


def open_session(kept: KeptGateway, embedded: LocalFlink, properties: dict[str, str]) -> Session:
    gateway, jobs = RestGateway(Access(kept.url)), RestJobManager(Access(embedded.jobmanager_url))
    return Session(gateway, jobs, origin=Origin("ann", "here", "", "1"), properties=properties)


def at(url: str) -> dict[str, str]:
    place = urlsplit(url)
    return {
        "execution.target": "remote",
        "rest.address": place.hostname or "",
        "rest.port": str(place.port),
    }


def rows(session: Session, statement: str) -> Sequence[object]:
    return session.sql(statement).wait(timeout=120).rows  # type: ignore[union-attr, return-value]


def test_it_serves_a_cluster_by_its_address(kept: KeptGateway, embedded: LocalFlink) -> None:
    assert kept.version == embedded.flink_version
    assert kept.url != embedded.gateway_url
    with closing(open_session(kept, embedded, at(embedded.jobmanager_url))) as session:
        assert [tuple(row) for row in rows(session, "SELECT 40 + 2")] == [(42,)]  # type: ignore[call-overload]


def test_a_statement_without_an_address_reaches_no_cluster(kept: KeptGateway, embedded: LocalFlink) -> None:
    with closing(open_session(kept, embedded, {})) as session, pytest.raises(StatementError):
        session.sql("SELECT 40 + 2").wait(timeout=120)


def test_another_process_finds_it(kept: KeptGateway, settings: LocalSettings) -> None:
    chosen = {"state_dir": str(settings.state_dir), "cache_dir": str(settings.cache_dir)}
    minor = kept.version.rpartition(".")[0]
    done = subprocess.run(
        [sys.executable, "-c", UP_IN_A_PROCESS, json.dumps(chosen), minor],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    [found] = done.stdout.splitlines()
    assert json.loads(found) == [kept.url, kept.version, kept.pid]


def test_it_listens_on_loopback_only_and_its_memory_is_bounded(kept: KeptGateway) -> None:
    process = psutil.Process(kept.pid)
    listening = {each.laddr.ip for each in process.net_connections() if each.status == psutil.CONN_LISTEN}
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert "-Xmx1024m" in process.cmdline()


def test_it_is_ended_and_the_embedded_one_goes_on(
    kept: KeptGateway, settings: LocalSettings, embedded: LocalFlink
) -> None:
    assert gateways.down(kept.version, settings) == [kept.version]
    assert not psutil.pid_exists(kept.pid) or psutil.Process(kept.pid).status() == psutil.STATUS_ZOMBIE
    assert gateways.kept(settings) == []
    with closing(RestGateway(Access(embedded.gateway_url))) as gateway:
        assert gateway.info().version == embedded.flink_version
