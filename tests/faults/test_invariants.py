"""What flinklab promises of jobs, each by the shortest story in which it would be broken.

The stories go over real sockets and a real catalog; a cluster, a gateway and a storage that fail meanwhile are in
`test_jobs_lifecycle`, the death of supervisors is in `test_jobs_kill`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import errors
from fakes.answers import fails
from faults.jobs_world import CLUSTER, KEY, POLICIES, SCRIPT, JobsWorld, open_catalog, overlaps
from flinklab.catalog.database import Database
from flinklab.catalog.job_writes import Writer
from flinklab.domain.errors import CatalogUnavailableError, ConflictError, LeaseLostError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    CommandState,
    JobKey,
    ManagedState,
    Status,
)
from flinklab.domain.variables import Variable
from flinklab.flink.transport import HttpTransport
from flinklab.supervisor import worker

DONE = CommandState.DONE
IO_ERROR = "java.io.IOException: the disk is full\n\tat org.example.Sink.write(Sink.java:7)"


@pytest.fixture
def world(tmp_path: Path, _sqlite_template: Path) -> Iterator[JobsWorld]:
    with JobsWorld(tmp_path / "world", _sqlite_template) as world:
        yield world


def test_a_job_never_has_two_live_attempts(world: JobsWorld) -> None:
    world.start()
    ledger = world.catalog.leases.ledger(_lease(world, "first"))
    another = replace(
        world.attempt, id=AttemptId(uuid.uuid4().hex), number=2, flink_id=JobId(uuid.uuid4().hex), session=None
    )
    with pytest.raises(ConflictError):
        ledger.keep(another)
    assert [each.number for each in world.job.attempts()] == [1]


def test_the_flink_job_id_is_written_down_before_it_is_sent(
    world: JobsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Attempt | None] = []
    submit = world.cluster.submit

    def look_first(name: str, config: Any, *more: Any) -> str:
        known.append(world.job.managed.attempt)
        assert known[-1] is not None and config["$internal.pipeline.job-id"] == known[-1].flink_id
        return submit(name, config, *more)

    monkeypatch.setattr(world.cluster, "submit", look_first)
    world.start()
    (attempt,) = known
    assert attempt is not None and attempt.state is AttemptState.SUBMITTING
    assert attempt.session == world.gateway.submitted[-1].session


def test_an_unreachable_job_is_not_failed_and_keeps_its_restore_points(world: JobsWorld) -> None:
    world.start()
    world.job.savepoint()
    world.cluster.stop()
    before = world.job.points()
    for _ in range(10):
        world.advance(600)
        world.supervisor().round()
    assert world.state is ManagedState.UNREACHABLE
    assert world.attempt.state is AttemptState.RUNNING and world.job.points() == before
    assert world.job.managed.status.restarts == () and len(world.job.attempts()) == 1


def test_a_supervisor_that_lost_its_lease_writes_nothing_more(world: JobsWorld) -> None:
    old = world.catalog.leases.acquire(CLUSTER, "paused", 600)
    assert old is not None
    world.catalog.leases.release(old)
    world.start()
    stale = world.catalog.leases.ledger(old)
    before = world.job.managed
    for write in (
        lambda: stale.keep(Status(before.job.id, ManagedState.FAILED)),
        lambda: stale.keep(replace(world.attempt, state=AttemptState.FAILED)),
        lambda: stale.seen("", None, ""),
        lambda: stale.delete(before.job.id),
    ):
        with pytest.raises(LeaseLostError):
            write()
    assert world.job.managed == before


def test_nothing_is_asked_of_flink_within_a_transaction(world: JobsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    within, asked = threading.local(), []

    def counted(enter: Callable[..., AbstractContextManager[Any]]) -> Callable[..., AbstractContextManager[Any]]:
        @contextmanager
        def transaction(database: Database) -> Iterator[Any]:
            within.depth = getattr(within, "depth", 0) + 1
            try:
                with enter(database) as connection:
                    yield connection
            finally:
                within.depth -= 1

        return transaction

    request = HttpTransport.request

    def outside(self: HttpTransport, *given: Any, **more: Any) -> Any:
        asked.append(getattr(within, "depth", 0))
        return request(self, *given, **more)

    for name in ("reading", "writing"):
        monkeypatch.setattr(Database, name, counted(getattr(Database, name)))
    monkeypatch.setattr(HttpTransport, "request", outside)
    world.start()
    world.carry_out(world.job.stop())
    assert len(asked) > 20 and not any(asked)


def test_no_state_changes_without_its_event(world: JobsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start()
    before = world.job.managed

    def full(self: Writer, values: Any) -> None:
        if values:
            raise CatalogUnavailableError("the disk is full")

    monkeypatch.setattr(Writer, "_events", full)
    world.cluster.fail(world.flink_id, IO_ERROR)
    for _ in range(3):
        world.advance(10)
        assert not world.supervisor().round()
    after = world.job.managed
    assert (after.status, after.attempt) == (before.status, before.attempt)
    monkeypatch.undo()
    world.until(lambda: world.advance(10) or world.attempt.number == 2)
    kinds = [(event.kind, event.text) for event in world.job.events()]
    assert any(kind == "attempt" and "disk is full" in text for kind, text in kinds)
    assert ("state", "running → restarting: the disk is full") in [(k, t.split(" (")[0]) for k, t in kinds]


def test_every_checkpoint_is_recorded_once_and_what_was_missed_is_a_gap(world: JobsWorld) -> None:
    world.start()
    first = world.flink_id
    for _ in range(30):
        world.cluster.checkpointing.complete(first)
    for _ in range(3):
        world.checkpoint()  # with the first of these it is looked, and Flink tells of the last ten of 32
    world.supervisor().close()
    world.carry_out(world.job.stop())
    world.carry_out(world.job.start(empty=True))
    world.checkpoint()
    assert world.flink_id != first
    for flink_id in (first, world.flink_id):
        rows = [each for each in world.job.checkpoints() if each.flink_id == flink_id]
        covered = [number for each in rows for number in range(each.checkpoint_id, each.checkpoint_id + each.span)]
        count = world.cluster.jobs_by_id[flink_id].completed
        assert sorted(covered) == list(range(1, count + 1))
    assert [each.span for each in world.job.checkpoints() if each.status == "gap"] == [21]


def test_savepoints_are_let_go_of_only_when_the_newest_point_is_there(
    tmp_path: Path, _sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = replace(POLICIES, keep_points=1, keep_for=0)
    with JobsWorld(tmp_path / "world", _sqlite_template, policies=careless) as world:
        world.start()
        saved = [world.carry_out(world.job.savepoint()).savepoint for _ in range(3)]
        newest = world.checkpoint()
        there = world.cluster.checkpointing.points.copy()
        _hide(newest)
        world.advance(worker._TIDY_EVERY.total_seconds())
        for _ in range(4):
            world.supervisor().round()
        assert all(_lies(path) for path in saved)
        _hide(newest, back=True)
        world.advance(worker._TIDY_EVERY.total_seconds())
        world.until(lambda: not any(map(_lies, saved)))
        assert _lies(newest) and newest in there
        assert [each.path for each in world.job.points()] == [newest]
        gone = [each for each in world.job.checkpoints() if each.deleted_at]
        assert sorted(each.path for each in gone) == sorted(saved)


def test_a_restart_waits_until_what_ran_has_ended(world: JobsWorld) -> None:
    world.start()
    world.cluster.refuse_cancel = True
    world.cluster.restart_job(world.flink_id, IO_ERROR)  # so that it can take no savepoint, and is cancelled
    asked = world.job.restart()
    for _ in range(20):
        world.advance(300)
        world.supervisor().round()
    assert world.cluster.jobs_by_id[world.flink_id].state == "CANCELLING"
    assert len(world.job.attempts()) == 1 and world.over(asked) is None
    world.cluster.set_state(world.flink_id, "CANCELED")
    world.cluster.checkpointing.on_look = True
    assert world.until(lambda: world.advance(5) or world.over(asked)).state is DONE
    assert not overlaps(world) and len(world.job.attempts()) == 2


def test_restarts_are_bounded_and_counted_anew_only_after_calm(world: JobsWorld) -> None:
    world.start()

    def fail_again() -> None:
        number = world.attempt.number
        world.cluster.fail(world.flink_id, IO_ERROR)
        world.until(
            lambda: (
                world.advance(5)
                or world.state is ManagedState.QUARANTINED
                or (world.attempt.number > number and world.state is ManagedState.RUNNING)
            )
        )

    for _ in range(POLICIES.restarts - 1):
        fail_again()
    assert len(world.job.managed.status.restarts) == POLICIES.restarts - 1
    world.checkpoint()
    world.until(lambda: world.advance(POLICIES.stable_after / 2) or not world.job.managed.status.restarts)
    for _ in range(POLICIES.restarts):
        fail_again()
        assert world.state is ManagedState.RUNNING
    fail_again()
    assert world.state is ManagedState.QUARANTINED and not world.cluster.running()


def test_who_stopped_a_job_and_why_outlives_every_process(world: JobsWorld) -> None:
    world.start()
    person = world.catalog.person
    world.carry_out(world.job.stop(why="the source moves to another topic on Monday"))
    world.supervisor().close()
    world.catalog.close()
    world.catalog = open_catalog(world.url, world.folder)
    for _ in range(5):
        world.advance(3600)
        world.supervisor("another").round()
    assert world.state is ManagedState.STOPPED and not world.cluster.running()
    stop = world.job.commands()[0].look()
    assert (stop.asked_by, stop.why) == (person, "the source moves to another topic on Monday")
    assert f"stopped by {person}" in world.job.managed.status.reason


def test_a_secret_is_in_no_record_log_line_or_plan(world: JobsWorld, caplog: pytest.LogCaptureFixture) -> None:
    secret = "c0rrect-h0rse"
    caplog.set_level(logging.DEBUG)
    variable = Variable(KEY.team, "password", secret=True)
    world.catalog.variables.save(variable, expected=None, secret_values={KEY.environment: secret})
    source = "CREATE TEMPORARY TABLE orders (k INT, v INT) WITH ('connector' = 'x', 'password' = '${password}')"
    script = replace(SCRIPT, setup=(source, *SCRIPT.setup[1:]), teams=(KEY.team,))
    world.carry_out(world.job.upgrade(world.promote(script)))
    assert world.carry_out(world.job.start()).state is DONE
    assert any(secret in statement for statement in world.gateway.statements), "Flink needs it"
    # What Flink says of a statement may repeat it.
    echo = source.replace("${password}", secret)
    world.gateway.on(echo, fails(errors.statement_error(f"java.lang.IllegalArgumentException: {echo}")))
    world.carry_out(world.job.stop())
    failed = world.carry_out(world.job.start())
    assert failed.state is CommandState.FAILED
    world.catalog.close()
    with sqlite3.connect(world.folder / "catalog.db") as database:
        records = "\n".join(database.iterdump())
    database.close()
    assert "IllegalArgumentException" in records or "connector" in records
    assert secret not in records and secret not in caplog.text
    files = [path for path in (world.folder / "exchange").rglob("*") if path.is_file()]
    assert not any(secret.encode() in path.read_bytes() for path in files)
    world.catalog = open_catalog(world.url, world.folder)


def test_a_round_asks_a_cluster_and_not_its_jobs(world: JobsWorld) -> None:
    def asked_by_a_round() -> list[str]:
        world.supervisor().round()
        before = len(world.cluster.requests)
        world.supervisor().round()
        return [request.name for request in world.cluster.requests[before:] if request.name != "checkpoints"]

    world.start()
    of_one = asked_by_a_round()
    handles = [world.add_job(JobKey("my", f"job-{number}", "prod")) for number in range(12)]
    for command in [handle.start() for handle in handles]:
        world.carry_out(command)
    assert len(world.cluster.running()) == 13
    assert asked_by_a_round() == of_one == ["jobs"]


def test_checkpoints_are_asked_for_when_it_is_their_turn(world: JobsWorld) -> None:
    handles = [world.add_job(JobKey("my", f"job-{number}", "prod")) for number in range(5)]
    for command in [handle.start() for handle in handles]:
        world.carry_out(command)
    before = world.cluster.count("checkpoints")
    for _ in range(60):
        world.advance(2)
        world.supervisor().round()
    asked = world.cluster.count("checkpoints") - before
    assert 5 * 5 <= asked <= 5 * 8  # every 20 s, in 120 s


def test_jobs_of_others_are_never_touched(world: JobsWorld) -> None:
    theirs = world.cluster.add_job(str(KEY), parameters={"flinklab.job": str(KEY)})
    world.start()
    world.cluster.checkpointing.on_look = True
    world.carry_out(world.job.restart())
    world.cluster.fail(world.flink_id, IO_ERROR)
    world.until(lambda: world.advance(10) or world.attempt.number == 3)
    world.carry_out(world.job.cancel())
    assert world.cluster.jobs_by_id[theirs].state == "RUNNING"
    assert not [request.path for request in world.cluster.requests if theirs in request.path]
    assert theirs not in [each.flink_id for each in world.job.attempts()]


def _lease(world: JobsWorld, holder: str) -> Any:
    lease = world.catalog.leases.acquire(CLUSTER, holder, 600)
    assert lease is not None
    return lease


def _metadata(path: str) -> Path:
    return Path(path.removeprefix("file:")) / "_metadata"


def _lies(path: str) -> bool:
    return _metadata(path).exists()


def _hide(path: str, *, back: bool = False) -> None:
    here, away = _metadata(path), _metadata(path).with_name("hidden")
    (away.rename(here) if back else here.rename(away))
