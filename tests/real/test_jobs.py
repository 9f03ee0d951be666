"""Managed jobs on a real embedded Flink, looked after by real `flinklab supervise` processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flinklab import api
from flinklab.api.supervising import embedded_cluster
from flinklab.catalog import lifecycle
from flinklab.domain.errors import CommandFailedError, CommandRefusedError
from flinklab.domain.jobs import Checkpoint, CommandState, ManagedState
from flinklab.local import LocalFlink, LocalSettings, down, status, up
from flinklab.settings import Settings
from real.conftest import call
from real.jobs_support import Counting, Lab, done, kill, until

MANY = 30
_SLOTS = MANY + 10
SECOND_TEXT = """SET 'execution.checkpointing.interval' = '1 s';
INSERT INTO {name}_counted
SELECT id, k, SUM(id) OVER (PARTITION BY k ORDER BY moment ROWS UNBOUNDED PRECEDING)
FROM (SELECT id, id % 3 AS k, PROCTIME() AS moment FROM {name}_numbers)"""


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
    local_jars: dict[str, Any],
    ended_with_us: Callable[[Path], AbstractContextManager[None]],
) -> Iterator[LocalFlink]:
    """A Flink of this module's own: its TaskManager is killed."""
    settings = LocalSettings(state_dir=tmp_path_factory.mktemp("flink"), slots=_SLOTS, **local_jars)
    with ended_with_us(settings.state_dir):
        yield up(settings)
        down(settings)


@pytest.fixture(scope="module")
def lab(cluster: LocalFlink, tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    given = {"state_dir": cluster.state_dir, "catalog_url": f"sqlite:///{folder}/catalog.db", **local_jars}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    environment = {**kept, **{f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items() if value}}
    settings = Settings(**given)
    lifecycle.init(given["catalog_url"])
    with api.open_catalog(settings) as catalog, api.connect(settings=settings, catalog=catalog) as session:
        embedded_cluster(catalog)
        lab = Lab(cluster, settings, catalog, session, folder, environment)
        try:
            yield lab
        finally:
            lab.close()


@pytest.fixture
def counting(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Callable[..., Counting]]:
    """`counting(name)`: a promoted job of the test, under the eyes of a supervisor. It is ended with the test."""
    made: list[Counting] = []

    def make(name: str) -> Counting:
        lab.the_supervisor()
        made.append(Counting(lab, name).prepare())
        return made[-1]

    yield make
    for each in made:
        each.end()


def test_a_jobs_life_with_its_state(counting: Callable[..., Counting]) -> None:
    life = counting("life").started()
    job = life.job
    savepoint = done(job.savepoint())
    assert savepoint.savepoint in [point.path for point in job.points()]

    done(job.scale(2))
    life.goes_on()
    assert max(task["parallelism"] for task in tasks_of(life)) == 2

    other = life.text.replace("'1 s'", "'2 s'") + " -- checkpoints half as often"
    promotion = life.lab.promote(other, life.name)
    assert promotion.is_new
    upgraded = done(job.upgrade())
    assert upgraded.savepoint in job.attempts()[0].restored_from
    life.goes_on()

    for backend in ("rocksdb", "hashmap"):
        switched = done(job.switch_backend(backend))
        [point] = [point for point in job.points() if point.path == switched.savepoint]
        assert point.format == "CANONICAL"
        assert backend_of(life) == backend
        life.goes_on()

    stopped = done(job.stop())
    assert job.status is ManagedState.STOPPED
    done(job.start())
    assert job.attempts()[0].restored_from == stopped.savepoint
    life.goes_on()

    until(lambda: [point for point in own_points(life) if not point.is_savepoint], "a checkpoint")
    done(job.cancel())
    assert job.status is ManagedState.STOPPED
    newest = own_points(life)[0]
    done(job.start())
    assert job.attempts()[0].restored_from == newest.path
    life.goes_on()

    life.run_out()
    life.assert_exactly_once()
    assert len(job.attempts()) == 8
    assert len({attempt.flink_id for attempt in job.attempts()}) == 8


def test_a_change_whose_state_may_not_fit_waits_for_a_persons_word(counting: Callable[..., Counting]) -> None:
    orders = counting("unknown").started()
    version = orders.lab.promote(SECOND_TEXT.format(name=orders.name), orders.name).version
    with pytest.raises(CommandRefusedError, match="not known"):
        orders.job.upgrade(version.number)
    assert orders.job.managed.job.number == 1
    orders.goes_on()
    done(orders.job.upgrade(version.number, state="drop"))
    attempt = orders.job.attempts()[0]
    assert (attempt.version, attempt.restored_from) == (version.number, "")
    with pytest.raises(CommandRefusedError, match="not known"):
        orders.job.rollback()
    done(orders.job.rollback(state="drop"))
    assert orders.job.managed.job.number == 1


def test_a_broken_upgrade_goes_back_to_what_ran_with_its_state(counting: Callable[..., Counting]) -> None:
    broken = counting("broken").started()
    nowhere = broken.lab.folder / "a-file"
    nowhere.write_text("no folder")
    broken.sink_at(f"file://{nowhere}/rows")
    assert broken.lab.promote(broken.text, broken.name).version.number == 2
    done(broken.job.configure(policies={"prove_within": 20}))
    with pytest.raises(CommandFailedError, match="version 1 runs again as before"):
        done(broken.job.upgrade())
    job = broken.job.managed.job
    assert (job.number, job.wanted) == (1, True)
    back, tried, *_ = broken.job.attempts()
    assert (tried.version, back.version) == (2, 1)
    assert back.restored_from == tried.restored_from
    broken.sink_at(f"file://{broken.folder}")
    broken.goes_on()
    broken.run_out()
    broken.assert_exactly_once()


def test_a_killed_taskmanager_costs_nothing(counting: Callable[..., Counting]) -> None:
    work = counting("killed").started()
    settings = LocalSettings(state_dir=work.lab.flink.state_dir)
    found = status(settings)
    assert found.flink is not None
    kill(found.flink.pids["taskmanager"])
    before = found.restarts["taskmanager"]
    until(
        lambda: (now := status(settings)).flink is not None and now.restarts["taskmanager"] > before,
        "another TaskManager",
    )
    work.goes_on()
    work.lab.is_(work.job, ManagedState.RUNNING)
    work.run_out()
    work.assert_exactly_once()


def test_another_supervisor_carries_on_what_a_killed_one_began(counting: Callable[..., Counting]) -> None:
    work = counting("failover").started()
    first = work.lab.the_supervisor()
    upgrade = work.job.restart()
    until(lambda: upgrade.state is not CommandState.WAITING, "its beginning")
    first.kill()
    first.wait()
    second = work.lab.supervise()
    assert second.pid != first.pid
    assert done(upgrade).outcome.startswith("version 1 runs")
    live = [attempt for attempt in work.job.attempts() if attempt.state.is_live]
    assert [attempt.number for attempt in live] == [2]
    work.goes_on()
    work.run_out()
    work.assert_exactly_once()


def test_a_state_that_is_not_there_is_no_reason_to_start_without(counting: Callable[..., Counting]) -> None:
    work = counting("nowhere").started()
    stopped = done(work.job.stop())
    with pytest.raises(CommandFailedError, match="there is no savepoint or checkpoint at"):
        done(work.job.start(f"{stopped.savepoint}-misspelt"))
    assert work.job.status is ManagedState.STOPPED
    assert len(work.job.attempts()) == 1
    done(work.job.start())
    assert work.job.attempts()[0].restored_from == stopped.savepoint


def test_a_job_of_somebody_else_is_adopted_with_its_checkpoints(lab: Lab) -> None:
    lab.the_supervisor()
    lab.session.sql("CREATE TEMPORARY TABLE ticks (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    lab.session.sql("CREATE TEMPORARY TABLE away (x INT) WITH ('connector' = 'blackhole')")
    lab.session.sql("SET 'execution.checkpointing.interval' = '1 s'")
    theirs = lab.session.sql("INSERT INTO away SELECT MAX(x) FROM ticks")
    lab.session.sql("RESET 'execution.checkpointing.interval'")
    assert theirs.job_id is not None
    done(api.adopt(theirs.job_id, "adopted", cluster="embedded", catalog=lab.catalog))
    job = lab.job("adopted")
    lab.is_(job, ManagedState.RUNNING)
    until(lambda: [point for point in job.points() if point.flink_id == theirs.job_id], "a checkpoint of it")
    stopped = done(job.stop())
    assert is_there(stopped.savepoint)
    done(job.delete(points="keep"))
    assert is_there(stopped.savepoint)


def test_deleting_a_job_takes_its_savepoints_along_when_a_person_says_so(counting: Callable[..., Counting]) -> None:
    work = counting("gone").started()
    kept = [done(work.job.savepoint()).savepoint, done(work.job.stop()).savepoint]
    assert all(is_there(path) for path in kept)
    done(work.job.delete(points="delete"))
    assert not any(is_there(path) for path in kept)
    assert work.name not in {each.job.key.name for each in api.managed_jobs(work.lab.catalog)}


def test_many_jobs_under_one_supervisor(lab: Lab) -> None:
    lab.the_supervisor()
    lab.share(
        "CREATE TABLE ticks (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');"
        "CREATE TABLE away (x INT) WITH ('connector' = 'blackhole')"
    )
    text = "SET 'execution.checkpointing.interval' = '2 s'; INSERT INTO away SELECT x FROM ticks"
    names = [f"many_{number}" for number in range(MANY)]
    for name in names:
        api.promote(lab.session, text, name, catalog=lab.catalog, tags=["many"], settings=lab.settings)
    try:
        asked = api.batch("start", tags=["many"], catalog=lab.catalog)
        assert [each.refused for each in asked] == [""] * MANY
        for each in asked:
            assert each.command is not None
            done(each.command)
        jobs = [lab.job(name) for name in names]
        for job in jobs:
            until(lambda job=job: job.points(), f"a checkpoint of {job.key}")
        assert {job.status for job in jobs} == {ManagedState.RUNNING}
        assert {len(job.attempts()) for job in jobs} == {1}
    finally:
        for each in api.batch("cancel", tags=["many"], catalog=lab.catalog):
            if each.command is not None:
                done(each.command)


def tasks_of(work: Counting) -> list[dict[str, Any]]:
    """The vertices of the job's newest attempt as Flink tells them."""
    [flink_id] = {work.job.attempts()[0].flink_id}
    return call("GET", f"{work.lab.flink.jobmanager_url}/jobs/{flink_id}")["vertices"]  # type: ignore[no-any-return]


def backend_of(work: Counting) -> str:
    flink_id = work.job.attempts()[0].flink_id
    config = call("GET", f"{work.lab.flink.jobmanager_url}/jobs/{flink_id}/checkpoints/config")
    return {"HashMapStateBackend": "hashmap", "EmbeddedRocksDBStateBackend": "rocksdb"}[config["state_backend"]]


def own_points(work: Counting) -> list[Checkpoint]:
    """Of the newest attempt, the newest first."""
    newest = work.job.attempts()[0].flink_id
    return [point for point in work.job.points() if point.flink_id == newest]


def is_there(savepoint: str) -> bool:
    return Path(urlsplit(savepoint).path, "_metadata").is_file()
