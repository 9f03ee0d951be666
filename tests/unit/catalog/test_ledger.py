"""What a supervisor writes: under its lease or not at all, whole or not at all; on both databases."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from flinklab.catalog import clock
from flinklab.catalog.commands import Commands
from flinklab.catalog.database import Database
from flinklab.catalog.job_reading import POINTS
from flinklab.catalog.leases import SupervisorLeases
from flinklab.catalog.ledger import ClusterLedger
from flinklab.domain.errors import ConflictError, LeaseLostError, NotFoundError
from flinklab.domain.ids import JobId
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import (
    AttemptState,
    Cause,
    Checkpoint,
    ClusterKey,
    ClusterSeen,
    Command,
    CommandKind,
    CommandState,
    Event,
    Job,
    ManagedState,
    Restore,
    RestoreMode,
    Status,
    Step,
)
from job_records import CLUSTER, LONG, Site, a_job, a_point, an_attempt, an_order
from teams import make_team

_THEN = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=timezone.utc)
_OTHER = ClusterKey("my", "another")


@pytest.fixture
def job(site: Site) -> Job:
    return site.jobs.add(a_job())


@pytest.fixture
def ledger(site: Site) -> ClusterLedger:
    return site.take()


def expire(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE cluster_lease SET until = '2026-01-01 00:00:00.000000'"))


def happened(job: Job, what: str = "it happened") -> Event:
    return Event(job.id, "state", what)


def told(site: Site, job: Job) -> list[str]:
    return [each.text for each in site.jobs.events(job.id)]


def test_what_is_kept_is_read_as_it_was(site: Site, ledger: ClusterLedger, job: Job) -> None:
    attempt = replace(
        an_attempt(job, state=AttemptState.FAILED),
        deployment=Deployment(2, {"a": "b"}, "rocksdb"),
        restored_from="s3://c/1",
        shape="shape",
        sender_closed=True,
        incarnation="i",
        completed=3,
        forced=True,
        cause=Cause("it failed", "whole text", "Source", "tm-1", _THEN),
        planned_at=_THEN,
        running_at=_THEN,
        ended_at=_THEN,
    )
    status = Status(job.id, ManagedState.RESTARTING, _THEN, "it failed", (_THEN, _THEN), _THEN, _THEN)
    order = replace(
        an_order(job, CommandKind.UPGRADE, number=2),
        state=CommandState.RUNNING,
        step=Step.PROVING,
        trigger="t",
        before={"number": 1},
        savepoint="s3://s",
        attempt=attempt.id,
        asked_by="the clock",
        asked_at=_THEN,
        begun_at=_THEN,
        step_at=_THEN,
    )
    point = replace(
        a_point(job, 7, attempt.flink_id),
        triggered_at=_THEN,
        duration=1.5,
        size=2**40,
        alignment=0.25,
        attempt=attempt.id,
        verified_at=_THEN,
    )
    ledger.keep(happened(job), status, attempt, order, point)
    read = ledger.read(job.id)
    assert read is not None
    assert (read.job, read.status, read.attempt, read.commands) == (job, status, attempt, (order,))
    assert read.points == (replace(point, id=read.points[0].id),)
    assert told(site, job) == ["it happened"]


def test_a_job_is_changed_with_who_and_a_new_version(
    ledger: ClusterLedger, supervisor_database: Database, job: Job
) -> None:
    wanted = replace(
        job,
        wanted=True,
        number=2,
        deployment=Deployment(4),
        policies=Policies(restarts=1),
        restore=Restore(RestoreMode.POINT, "s3://c/1", True),
        priority=3,
        tags=("a", "b"),
        owner="ann",
        description="about",
        pool="etl",
    )
    ledger.keep(wanted)
    read = ledger.read(job.id)
    assert read is not None and read.job.changed_at is not None and job.changed_at is not None
    assert read.job == replace(
        wanted, version=2, changed_by=supervisor_database.person, changed_at=read.job.changed_at
    )
    assert read.job.changed_at >= job.changed_at


def test_what_has_no_time_has_the_databases(site: Site, ledger: ClusterLedger, job: Job) -> None:
    before = ledger.now()
    ledger.keep(happened(job), Status(job.id, ManagedState.RUNNING), an_attempt(job), an_order(job))
    after = ledger.now()
    read = ledger.read(job.id)
    assert read is not None and read.attempt is not None
    times = [read.status.since, read.attempt.planned_at, read.commands[0].asked_at, site.jobs.events(job.id)[0].at]
    assert all(at is not None and before <= at <= after for at in times)


def test_all_is_kept_or_nothing(site: Site, ledger: ClusterLedger, job: Job) -> None:
    ledger.keep(an_attempt(job))
    with pytest.raises(ConflictError, match="another attempt of the job is live"):
        ledger.keep(replace(job, wanted=True), happened(job), an_attempt(job, 2), an_order(job))
    read = ledger.read(job.id)
    assert read is not None and read.attempt is not None
    assert (read.job, read.attempt.number, read.commands, told(site, job)) == (job, 1, (), [])


@pytest.mark.parametrize("live", [state for state in AttemptState if state.is_live])
def test_no_second_attempt_is_live(ledger: ClusterLedger, job: Job, live: AttemptState) -> None:
    first = an_attempt(job, state=live)
    ledger.keep(first)
    with pytest.raises(ConflictError):
        ledger.keep(an_attempt(job, 2, AttemptState.PLANNED))
    over = replace(first, state=AttemptState.GONE)
    ledger.keep(an_attempt(job, 2, AttemptState.PLANNED), over)  # in whatever order they are given
    with pytest.raises(ConflictError):
        ledger.keep(first)


def test_an_attempt_keeps_the_flink_job_id_that_it_was_planned_with(ledger: ClusterLedger, job: Job) -> None:
    attempt = an_attempt(job)
    ledger.keep(attempt)
    ledger.keep(replace(attempt, flink_id=JobId("0" * 32), state=AttemptState.FAILED))
    read = ledger.read(job.id)
    assert read is not None and read.attempt is not None
    assert (read.attempt.flink_id, read.attempt.state) == (attempt.flink_id, AttemptState.FAILED)
    with pytest.raises(ConflictError):
        ledger.keep(replace(an_attempt(job, 2), flink_id=attempt.flink_id))


def test_a_checkpoint_is_recorded_once(site: Site, ledger: ClusterLedger, job: Job) -> None:
    point = a_point(job, 1, trigger="periodic", size=10)
    ledger.keep(point, a_point(job, 1, "0" * 32))
    ledger.keep(point)
    assert len(site.jobs.checkpoints(job.id)) == 2
    (kept,) = (each for each in site.jobs.checkpoints(job.id) if each.flink_id == point.flink_id)
    ledger.keep(replace(kept, missing_at=_THEN))
    ledger.keep(point)  # what Flink tells again does not make a path come back
    assert [each.flink_id for each in site.jobs.checkpoints(job.id, only_points=True)] == ["0" * 32]
    ledger.keep(replace(kept, missing_at=None, verified_at=_THEN))
    assert len(site.jobs.checkpoints(job.id, only_points=True)) == 2
    ledger.keep(replace(point, path=""))  # discarded by Flink
    assert len(site.jobs.checkpoints(job.id, only_points=True)) == 1
    assert len(site.jobs.checkpoints(job.id)) == 2


def test_how_far_checkpoints_are_recorded(ledger: ClusterLedger, job: Job) -> None:
    point = a_point(job, 1)
    assert ledger.recorded(point.flink_id) == 0
    ledger.keep(point, replace(point, checkpoint_id=2, status="gap", path="", span=9))
    assert ledger.recorded(point.flink_id) == 10
    ledger.keep(replace(point, checkpoint_id=11), a_point(job, 50, "0" * 32))
    assert ledger.recorded(point.flink_id) == 11


def test_the_newest_restore_points_are_given_newest_first(ledger: ClusterLedger, job: Job) -> None:
    points = [a_point(job, n, triggered_at=_THEN + timedelta(seconds=n)) for n in range(1, POINTS + 6)]
    ledger.keep(*reversed(points))
    unfit = {
        POINTS + 5: {"missing_at": _THEN},
        POINTS + 4: {"deleted_at": _THEN},
        POINTS + 3: {"path": ""},
        POINTS + 2: {"status": "failed"},
    }
    ledger.keep(*(replace(points[number - 1], **change) for number, change in unfit.items()))
    read = ledger.read(job.id)
    assert read is not None
    assert [point.checkpoint_id for point in read.points] == list(range(POINTS + 1, 1, -1))
    assert all(point.is_restore_point for point in read.points)


def in_order(*orders: Command) -> tuple[Command, ...]:
    return tuple(sorted(orders, key=lambda order: (order.asked_at, order.id)))


def test_load_gives_each_job_its_own(site: Site, ledger: ClusterLedger, database: Database) -> None:
    make_team(database, "dw")
    commands = Commands(database)
    here = [site.jobs.add(a_job(name)) for name in ("a", "b", "c")]
    site.jobs.add(a_job("d", cluster=_OTHER.name))
    site.jobs.add(a_job("a", team="dw"))
    orders = {job.id: [commands.ask(an_order(job)) for _ in range(3)] for job in here}
    for job in here:
        first, second = an_attempt(job, state=AttemptState.FAILED), an_attempt(job, 2)
        ledger.keep(first, second, a_point(job, 1, first.flink_id), Status(job.id, ManagedState.RUNNING, _THEN))
        ledger.keep(replace(orders[job.id][1], state=CommandState.DONE))
    loaded = ledger.load()
    assert [each.job for each in loaded] == here
    for each in loaded:
        assert each.status == Status(each.job.id, ManagedState.RUNNING, _THEN)
        assert each.attempt is not None and each.attempt.number == 2 and each.attempt.job_id == each.job.id
        assert each.commands == in_order(orders[each.job.id][0], orders[each.job.id][2])
        assert [point.job_id for point in each.points] == [each.job.id]
        assert ledger.read(each.job.id) == each
    left = (order for of_one in orders.values() for order in (of_one[0], of_one[2]))
    assert tuple(ledger.commands()) == in_order(*left)


def test_a_job_that_moved_is_the_other_clusters(site: Site, ledger: ClusterLedger, database: Database) -> None:
    job, stays = site.jobs.add(a_job()), site.jobs.add(a_job("stays"))
    order = Commands(database).ask(an_order(job, CommandKind.MOVE, cluster=_OTHER.name))
    other = site.take(_OTHER, "s2")
    with pytest.raises(NotFoundError, match=rf"no job {job.id} on cluster my\.another"):
        other.keep(happened(job))
    ledger.keep(replace(job, cluster=_OTHER.name), happened(job, "moved"))
    assert ledger.read(job.id) is None
    assert [each.job.id for each in ledger.load()] == [stays.id]
    assert (ledger.commands(), other.commands()) == ([], [order])
    with pytest.raises(NotFoundError):
        ledger.keep(happened(stays), happened(job))
    with pytest.raises(NotFoundError):
        ledger.delete(job.id)
    other.keep(happened(job, "taken over"))
    assert told(site, job) == ["taken over", "moved"]
    assert told(site, stays) == []


def test_with_a_job_goes_all_that_is_recorded_of_it(
    site: Site, ledger: ClusterLedger, job: Job, supervisor_database: Database
) -> None:
    stays = site.jobs.add(a_job("stays"))
    for each in (job, stays):
        attempt = an_attempt(each)
        ledger.keep(attempt, happened(each), a_point(each, 1, attempt.flink_id), an_order(each))
    ledger.delete(job.id)
    assert [each.job for each in ledger.load()] == [stays]
    with supervisor_database.reading() as connection:
        for table in ("job_status", "attempt", "command", "checkpoint", "event"):
            assert connection.execute(text(f"SELECT job_id FROM {table}")).scalars().all() == [stays.id]
    with pytest.raises(NotFoundError):
        ledger.delete(job.id)


def test_what_comes_late_for_a_job_that_was_deleted_is_no_other_jobs(site: Site, ledger: ClusterLedger) -> None:
    gone = site.jobs.add(a_job("gone"))
    ledger.delete(gone.id)
    new = site.jobs.add(a_job("new"))
    assert new.id > gone.id
    with pytest.raises(NotFoundError):
        ledger.keep(a_point(gone, 1, an_attempt(gone).flink_id))
    assert site.jobs.checkpoints(new.id) == []


def test_nothing_is_written_without_the_lease(
    site: Site, ledger: ClusterLedger, job: Job, supervisor_database: Database
) -> None:
    uses: list[Callable[[ClusterLedger], Any]] = [
        lambda its: its.keep(happened(job)),
        lambda its: its.seen("i", None, ""),
        lambda its: its.delete(job.id),
    ]

    def refused(lost: ClusterLedger, why: str) -> None:
        for use in uses:
            with pytest.raises(LeaseLostError, match=why):
                use(lost)

    refused(site.leases.ledger(replace(ledger.lease, cluster=_OTHER)), "looked after by nobody now")
    refused(site.leases.ledger(replace(ledger.lease, epoch=2)), "ran out")
    expire(supervisor_database)
    refused(ledger, "the lease of s1 on cluster my.session ran out")
    site.take(holder="s2")
    refused(ledger, "looked after by s2 now")
    assert told(site, job) == [] and site.jobs.remarks(["my"]) == []
    assert site.jobs.get(job.key).job == job


def test_a_renewed_lease_goes_on(site: Site, ledger: ClusterLedger, job: Job) -> None:
    site.take()
    ledger.keep(happened(job))
    assert told(site, job) == ["it happened"]


def test_who_takes_the_lease_waits_for_what_is_being_written(
    site: Site,
    ledger: ClusterLedger,
    job: Job,
    supervisor_database: Database,
    open_catalog: Callable[[str], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lease runs out while a transaction is under way: that one ends before another supervisor begins."""
    others = SupervisorLeases(open_catalog(supervisor_database.url.render_as_string(hide_password=False)))
    writes, goes_on = threading.Event(), threading.Event()

    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO event"):
            writes.set()
            assert goes_on.wait(60)

    def later(connection: Connection, *, ahead: float = 0.0) -> Any:
        return now(connection, ahead=ahead + 2 * LONG)

    now = clock.now
    event.listen(supervisor_database.engine, "before_cursor_execute", pause)
    with ThreadPoolExecutor(2) as pool:
        kept = pool.submit(ledger.keep, happened(job))
        assert writes.wait(60)
        monkeypatch.setattr(clock, "now", later)
        taken = pool.submit(others.acquire, CLUSTER, "s2", LONG)
        assert wait([taken], timeout=0.3).done == set()
        goes_on.set()
        kept.result(60)
        lease = taken.result(60)
    event.remove(supervisor_database.engine, "before_cursor_execute", pause)
    assert lease is not None and (lease.holder, lease.epoch) == ("s2", 2)
    assert told(site, job) == ["it happened"]
    with pytest.raises(LeaseLostError):
        ledger.keep(happened(job))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(["s1 takes", "s2 takes", "s1 writes", "s2 writes", "time passes", "s1 lets go"]),
        max_size=14,
    )
)
def test_only_who_holds_the_lease_has_ever_written(
    site: Site, supervisor_database: Database, steps: list[str]
) -> None:
    expire(supervisor_database)
    holder, ledgers = "", dict[str, ClusterLedger]()
    job = site.jobs.add(a_job(uuid.uuid4().hex))
    written = 0
    for step in steps:
        who, _, what = step.partition(" ")
        if what == "takes":
            lease = site.leases.acquire(CLUSTER, who, LONG)
            assert (lease is None) == (holder not in ("", who))
            if lease is not None:
                holder, ledgers[who] = who, site.leases.ledger(lease)
        elif step == "time passes":
            expire(supervisor_database)
            holder = ""
        elif what == "lets go":
            if who in ledgers:
                site.leases.release(ledgers[who].lease)
                holder = "" if holder == who else holder
        elif who in ledgers:
            try:
                ledgers[who].keep(happened(job))
                written += 1
                assert holder == who
            except LeaseLostError:
                assert holder != who
    assert len(told(site, job)) == written


def test_how_a_cluster_is(site: Site, ledger: ClusterLedger) -> None:
    ledger.seen("first", None, "")
    ledger.seen("second", _THEN, "nobody answers")
    (seen,) = site.jobs.remarks(["my"])
    assert seen == ClusterSeen(CLUSTER, "second", _THEN, seen.seen_at, "nobody answers")
    assert seen.seen_at is not None and seen.seen_at > _THEN


def test_open_commands_are_found_by_an_index_of_their_own(
    ledger: ClusterLedger, job: Job, supervisor_database: Database
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(supervisor_database.engine, "before_cursor_execute", note)
    ledger.commands()
    event.remove(supervisor_database.engine, "before_cursor_execute", note)
    ((statement, values),) = (each for each in asked if each[0].startswith("SELECT"))
    with supervisor_database.reading() as connection:
        if supervisor_database.is_shared:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        prefix = "EXPLAIN " if supervisor_database.is_shared else "EXPLAIN QUERY PLAN "
        plan = "\n".join(map(str, connection.exec_driver_sql(prefix + statement, values)))
    assert "ix_command_open" in plan


def test_what_a_cluster_says_may_have_anything_in_it(site: Site, ledger: ClusterLedger, job: Job) -> None:
    cause = Cause("For input: 'a\x00b'", "at \ud800 C")
    ledger.keep(
        replace(an_attempt(job), cause=cause),
        Status(job.id, ManagedState.FAILED, reason="no 'a\x00b'"),
        Checkpoint(JobId("f" * 32), 1, "failed", failure="a\x00b", job_id=job.id),
    )
    kept = site.jobs.get(job.key)
    assert kept.attempt is not None and kept.attempt.cause == Cause("For input: 'a\ufffdb'", "at \ufffd C")
    assert kept.status.reason == "no 'a\ufffdb'"
    assert [each.failure for each in site.jobs.checkpoints(job.id)] == ["a\ufffdb"]
