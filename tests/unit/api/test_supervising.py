"""What a supervisor is made of, and when one of one's own is started."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flinklab.api import supervising
from flinklab.api.reaching import addresses, judging_places, target
from flinklab.api.supervising import EMBEDDED, embedded_cluster, ensure
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.errors import JobError, UnreachableError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage
from flinklab.flink.access import Access
from flinklab.settings import Settings


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path}/catalog.db"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        yield catalog


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


def end(pid: int) -> None:
    process = psutil.Process(pid)
    process.send_signal(signal.SIGTERM)
    assert psutil.wait_procs([process], timeout=60)[0]


def test_the_embedded_flink_is_registered_once_and_without_addresses(catalog: Catalog) -> None:
    first = embedded_cluster(catalog)
    assert (first.team, first.name, first.kind, first.jobmanager_url) == ("my", EMBEDDED, EMBEDDED, None)
    assert embedded_cluster(catalog) == first


def test_one_is_started_where_none_lives_outlives_its_maker_and_is_not_started_twice(
    catalog: Catalog, settings: Settings
) -> None:
    told: list[str] = []
    assert ensure(settings, catalog, told.append)
    (seen,) = catalog.jobs.supervisors()
    try:
        assert seen.alive
        assert told == [
            f"started a supervisor (pid {seen.pid}), which keeps jobs running after this kernel; "
            f"its log: {settings.state_dir}/supervisor.log"
        ]
        assert os.getsid(seen.pid) != os.getsid(0)
        assert ensure(settings, catalog, told.append)
        assert len(told) == len(catalog.jobs.supervisors()) == 1
    finally:
        end(seen.pid)


def test_one_that_was_killed_is_replaced_before_it_is_missed(catalog: Catalog, settings: Settings) -> None:
    told: list[str] = []
    assert ensure(settings, catalog, told.append)
    (first,) = catalog.jobs.supervisors()
    process = psutil.Process(first.pid)
    process.kill()
    assert psutil.wait_procs([process], timeout=60)[0]
    assert ensure(settings, catalog, told.append)
    second = next(each for each in catalog.jobs.supervisors() if each.pid != first.pid)
    try:
        assert len(told) == 2
        assert second.alive
    finally:
        end(second.pid)


def test_what_keeps_one_from_coming_up_is_told(
    catalog: Catalog, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLINKLAB_SLOTS", "none")
    monkeypatch.setattr(supervising, "_SIGNS_IN_WITHIN", 6000.0)  # for which nobody would wait
    with pytest.raises(JobError, match="did not come up") as raised:
        ensure(settings, catalog, lambda line: None)
    assert "FLINKLAB_SLOTS must be a whole number" in (raised.value.details or "")


def test_a_team_runs_its_own(catalog: Catalog, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "is_shared", True)
    monkeypatch.setattr(supervising, "start_own", lambda *_: pytest.fail("one was started"))
    told: list[str] = []
    assert not ensure(settings, catalog, told.append)
    assert told == ["no supervisor lives: what is asked for waits until `flinklab supervise` runs somewhere"]
    assert supervising.embedded_name(catalog) == f"{EMBEDDED}-{platform.node()}"


def test_a_cluster_that_lacks_something_says_what(catalog: Catalog, settings: Settings) -> None:
    cluster = RegisteredCluster("my", "etl", "standalone")
    with pytest.raises(UsageError, match="has no gateway"):
        addresses(catalog, settings, cluster)
    catalog.registry.save_gateway(RegisteredGateway("my", "gw", "http://127.0.0.1:1"), expected=None)
    cluster = RegisteredCluster("my", "etl", "standalone", gateway="gw")
    with pytest.raises(UsageError, match=r"has no storage .*clusters add etl --storage URI"):
        addresses(catalog, settings, cluster)
    session = RegisteredCluster("my", "etl-1", "yarn", yarn="prod")
    with pytest.raises(UsageError, match="cluster etl-1 has no storage"):  # before its JobManager is looked for
        judging_places(catalog, settings, session)
    catalog.registry.save_storage(RegisteredStorage("my", "files", "file:///exchange"), expected=None)
    cluster = RegisteredCluster("my", "etl", "standalone", gateway="gw", storage="files")
    with pytest.raises(UsageError, match="has no JobManager"):
        addresses(catalog, settings, cluster)
    cluster = RegisteredCluster("my", "etl", "standalone", "http://127.0.0.1:2", "gw", "files")
    gateway, jobmanager, storage = addresses(catalog, settings, cluster)
    assert (gateway.url, jobmanager.url, storage) == (
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
        "file:///exchange",
    )


def test_an_embedded_flink_that_does_not_run_cannot_be_reached(catalog: Catalog, settings: Settings) -> None:
    with pytest.raises(UnreachableError, match="does not run"):
        addresses(catalog, settings, embedded_cluster(catalog))


@pytest.mark.parametrize(
    ("url", "port"), [("http://etl:8081", "8081"), ("https://etl", "443"), ("http://etl/proxy", "80")]
)
def test_a_gateway_is_told_which_cluster_is_meant(url: str, port: str) -> None:
    told = target(Access(url), RegisteredCluster("my", "etl", "standalone"))
    assert told == {"execution.target": "remote", "rest.address": "etl", "rest.port": port}
    assert target(Access(url), RegisteredCluster("my", EMBEDDED, EMBEDDED)) == {}
