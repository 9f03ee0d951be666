"""Queries on real sessions of a real YARN, from their name to their rows, and to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from flinklab import api
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError, NoApplicationError
from flinklab.domain.records import RegisteredYarn
from flinklab.local import LocalSettings
from flinklab.local.daemon import Daemons
from flinklab.session.session import Session
from flinklab.settings import Settings
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.yarn_support import YarnSession, end_application, jobmanager_of, requests_to, until, without

NUMBERS = "SELECT * FROM (VALUES (1), (2)) AS t (id)"
FOREVER = "SELECT * FROM ticks"
TICKS = "CREATE TEMPORARY TABLE ticks (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')"

# One session for all of these tests, and the last one ends it. A slot for each TaskManager, of which the node has
# room for two: what wants three waits. Another JobManager takes the place of one that dies.
NAME = "queries"
CONFIG = {
    "taskmanager.memory.process.size": "4g",
    "taskmanager.memory.network.max": "64m",  # what is allocated at once
    "taskmanager.numberOfTaskSlots": "1",
    "yarn.application.queue": "etl",
    "yarn.application-attempts": "2",
    "high-availability.type": "zookeeper",
}

Connect = Callable[..., Session]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, embedded_settings: LocalSettings) -> Iterator[Settings]:
    """With a state folder in which no Flink runs: the gateway has to be started."""
    folder = tmp_path_factory.mktemp("yarn-queries")
    known = {field.name for field in fields(Settings)}
    given = {
        each.name: getattr(embedded_settings, each.name) for each in fields(LocalSettings) if each.name in known
    }
    yield replace(Settings(**given), state_dir=folder)
    Daemons(folder / "gateways").end_all()


@pytest.fixture
def catalog(tmp_path: Path, yarn_lab: YarnLab) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "lab", tuple(yarn_lab.urls)), expected=None)
        yield catalog


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def connect(catalog: Catalog, settings: Settings, said: list[str]) -> Iterator[Connect]:
    made: list[Session] = []

    def to(name: str, **options: Any) -> Session:
        made.append(api.connect_to(name, catalog, settings=settings, notice=said.append, **options))
        return made[-1]

    yield to
    for session in made:
        session.close()


def test_from_a_name_to_rows(
    connect: Connect,
    catalog: Catalog,
    said: list[str],
    yarn_lab: YarnLab,
    yarn_session: Callable[..., YarnSession],
) -> None:
    one = yarn_session(NAME, **CONFIG)
    assert connect(NAME).sql(NUMBERS).wait(180).rows == [(1,), (2,)]
    assert any("started one on this machine" in line for line in said)
    assert any(f"registered {one.application} of YARN lab as cluster {NAME}" in line for line in said)
    before = len(requests_to(yarn_lab))
    again = connect(NAME)
    assert again.sql(NUMBERS).wait(180).rows == [(1,), (2,)]
    assert again.sql("SHOW JOBS").rows
    assert len(requests_to(yarn_lab)) == before
    with without(yarn_lab, "resourcemanager"):
        assert connect(NAME).sql(NUMBERS).wait(180).rows == [(1,), (2,)]
        with pytest.raises(
            ConnectionFailedError, match="no session two is known here, and YARN could not be asked"
        ):
            connect("two")


def test_the_rows_of_a_query_do_not_follow_its_jobmanager(
    connect: Connect, yarn_session: Callable[..., YarnSession]
) -> None:
    moving = yarn_session(NAME, **CONFIG)
    session = connect(NAME)
    session.sql(TICKS)
    result = session.sql(FOREVER)
    until(lambda: result.rows_seen)
    jobmanager_of(moving.application).kill()
    moved = rf"the JobManager of {NAME} moved to .*, where the query's job goes on, but its rows do not"
    with pytest.raises(ConnectionFailedError, match=moved):
        result.wait(300)
    assert session.jobs is not None
    assert result.job_id is not None
    jobs, job_id = session.jobs, result.job_id
    until(lambda: jobs.state(job_id) is JobState.CANCELED)  # nobody is left to read its rows
    assert session.sql(NUMBERS).wait(180).rows == [(1,), (2,)]


def test_slots_and_the_end_of_a_session(
    connect: Connect, resource_manager: RestResourceManager, yarn_session: Callable[..., YarnSession]
) -> None:
    doomed = yarn_session(NAME, **CONFIG)
    session = connect(NAME)
    session.sql(TICKS)
    runs = session.sql(FOREVER)
    until(lambda: runs.rows_seen)
    waits = session.sql(FOREVER, parallelism=3)
    until(lambda: waits.message is not None, within=30)
    assert str(waits.message).startswith(f"waits for slots: {NAME} has no free slot (")
    assert "; queue etl uses " in str(waits.message)
    waits.cancel()
    end_application(resource_manager, doomed.application)
    with pytest.raises(ClusterEndedError, match=rf"session {NAME} ended: .*KILLED/KILLED"):
        runs.wait(120)
    with pytest.raises(ClusterEndedError, match=rf"session {NAME} ended: .*KILLED/KILLED"):
        session.sql(NUMBERS)
    with pytest.raises(NoApplicationError, match=rf"{doomed.application} .* is over: KILLED/KILLED at "):
        connect(doomed.application)
