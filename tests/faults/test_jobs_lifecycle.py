"""The life of a managed job on a gateway, a cluster and a storage that fail in every way they can."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import errors, refusals
from fakes.answers import fails
from faults.doomed import Nursery
from faults.jobs_world import KEY, POLICIES, SCRIPT, JobsWorld, open_catalog, overlaps, wait_until
from flinklab.api.job_handle import JobHandle
from flinklab.api.jobs import recover
from flinklab.domain.errors import CommandRefusedError, ConflictError, StorageError
from flinklab.domain.jobs import AttemptState, ClusterKey, CommandState, JobKey, ManagedState
from flinklab.domain.records import RegisteredCluster
from flinklab.supervisor.loop import Pace

DONE, FAILED = CommandState.DONE, CommandState.FAILED
IO_ERROR = "java.io.IOException: the disk is full\n\tat org.example.Sink.write(Sink.java:7)"


@pytest.fixture
def world(tmp_path: Path, _sqlite_template: Path) -> Iterator[JobsWorld]:
    with JobsWorld(tmp_path / "world", _sqlite_template) as world:
        yield world


def ran(world: JobsWorld) -> list[Any]:
    """What ran of the job on the cluster, after a look that no two did so at the same time."""
    assert not overlaps(world)
    return world.cluster.managed()


def restored(job: Any) -> str | None:
    return job.config.get("execution.state-recovery.path")  # type: ignore[no-any-return]


def step(world: JobsWorld, seconds: float = 10) -> bool:
    world.advance(seconds)
    return True


# submissions


@pytest.mark.parametrize("fault", ["drop reply", "half a body", "garbage", "drop request", "500"])
@pytest.mark.parametrize("request_number", range(4))
def test_whatever_becomes_of_a_submission_one_job_runs(world: JobsWorld, fault: str, request_number: int) -> None:
    """Two statements of the setup, COMPILE PLAN or EXECUTE PLAN: one of them breaks."""
    world.gateway.faults.add("submit", fault, after=request_number)
    started = world.job.start()
    command = world.until(lambda: step(world) and world.over(started))
    assert command.state is DONE
    assert [job.id for job in ran(world)] == [world.flink_id]
    assert len(world.job.attempts()) == 1


def test_a_job_that_the_cluster_shows_late_is_not_sent_a_second_time(world: JobsWorld) -> None:
    world.start()
    world.carry_out(world.job.stop())
    world.cluster.appears_after = 6
    # The setup of the plan that is there by now, and then EXECUTE PLAN.
    world.gateway.faults.add("submit", "drop reply", after=len(SCRIPT.setup))
    started = world.job.start()
    world.until(lambda: world.attempt.number == 2 and world.attempt.state is AttemptState.UNKNOWN)
    assert world.carry_out(started).state is DONE
    assert len(ran(world)) == 2


def test_a_gateway_that_does_not_say_for_long_what_became_of_a_submission(world: JobsWorld) -> None:
    world.patience = 0.2
    world.gateway.submitting.held = True
    started = world.job.start()
    world.until(lambda: world.job.attempts() and world.attempt.state is AttemptState.UNKNOWN)
    flink_id, late = world.flink_id, world.gateway.submitted[-1]
    world.until(lambda: late.session not in world.gateway.sessions)
    # What it had begun arrives although its session is closed by now.
    world.cluster.submit(str(KEY), late.config)
    world.gateway.submitting.held = False
    assert world.carry_out(started).state is DONE
    assert [job.id for job in ran(world)] == [flink_id]


def test_a_gateway_that_is_gone_keeps_a_start_waiting_and_a_job_running(world: JobsWorld) -> None:
    world.start()
    world.gateway.stop()
    saved = world.carry_out(world.job.savepoint())
    assert saved.state is DONE
    world.carry_out(world.job.stop())
    started = world.job.start()
    world.until(lambda: world.attempt.number == 2)
    for _ in range(5):
        world.advance(60)
        world.supervisor().round()
    assert world.state is ManagedState.STARTING and world.over(started) is None
    world.gateway.start()
    assert world.until(lambda: step(world, 60) and world.over(started)).state is DONE
    assert len(ran(world)) == 2


def test_a_start_whose_jar_is_gone_says_so_and_is_not_repeated(world: JobsWorld) -> None:
    jar = "ADD JAR '/opt/jars/orders.jar'"
    world.carry_out(world.job.upgrade(world.promote(replace(SCRIPT, setup=(jar, *SCRIPT.setup)))))
    words = "java.io.FileNotFoundException: /opt/jars/orders.jar does not exist"
    world.gateway.on(jar, fails(errors.statement_error(words)))
    command = world.carry_out(world.job.start())
    assert command.state is FAILED and "/opt/jars/orders.jar" in command.outcome
    world.advance(3600)
    for _ in range(3):
        world.supervisor().round()
    assert world.state is ManagedState.FAILED and not world.job.managed.job.wanted
    assert len(world.job.attempts()) == 1 and not ran(world)


def test_a_job_whose_jar_goes_while_it_runs_is_quarantined_when_it_cannot_be_started_again(
    world: JobsWorld,
) -> None:
    jar = "ADD JAR '/opt/jars/orders.jar'"
    world.carry_out(world.job.upgrade(world.promote(replace(SCRIPT, setup=(jar, *SCRIPT.setup)))))
    world.start()
    world.gateway.on(jar, fails(errors.statement_error("java.io.FileNotFoundException: /opt/jars/orders.jar")))
    world.cluster.fail(world.flink_id, IO_ERROR)
    world.until(lambda: step(world) and world.state is ManagedState.QUARANTINED)
    assert len(world.job.attempts()) == 1 + POLICIES.restarts
    assert "/opt/jars/orders.jar" in world.job.managed.status.reason
    assert len(ran(world)) == 1 and world.job.points()


# clusters


@pytest.mark.parametrize("fault", ["503", "500", "drop reply", "garbage"])
def test_a_cluster_that_does_not_answer_changes_nothing(world: JobsWorld, fault: str) -> None:
    world.start()
    before = world.attempt
    world.cluster.faults.add("any", fault, times=10_000)
    world.until(lambda: step(world) and world.state is ManagedState.UNREACHABLE)
    assert world.attempt == before
    world.cluster.faults.clear()
    world.until(lambda: step(world) and world.state is ManagedState.RUNNING)
    assert world.flink_id == before.flink_id and len(ran(world)) == 1


def test_a_hiccup_of_a_cluster_is_not_told(world: JobsWorld) -> None:
    world.start()
    told = len(world.job.events())
    world.cluster.faults.add("jobs", "503", times=3)
    for _ in range(6):
        world.advance(2)
        world.supervisor().round()
    assert world.state is ManagedState.RUNNING and len(world.job.events()) == told


def test_a_cluster_that_starts_anew_without_its_jobs(world: JobsWorld) -> None:
    world.start()
    newest = world.job.points()[0].path
    lost = world.attempt
    world.cluster.restart()
    world.until(lambda: step(world) and world.attempt.number == 2 and world.state is ManagedState.RUNNING)
    (first,) = [each for each in world.job.attempts() if each.id == lost.id]
    assert first.state is AttemptState.GONE
    (job,) = ran(world)
    assert job.id == world.flink_id and restored(job) == newest


def test_what_a_lost_cluster_completed_after_it_was_looked_at_last_is_found(world: JobsWorld) -> None:
    world.start()
    recorded = world.job.points()[0].path
    for _ in range(3):
        unseen = world.cluster.checkpointing.complete(world.flink_id)
    world.cluster.restart()
    world.until(lambda: step(world) and world.attempt.number == 2 and world.state is ManagedState.RUNNING)
    (job,) = ran(world)
    assert restored(job) == unseen.path != recorded


def test_a_cluster_with_high_availability_brings_its_jobs_back(tmp_path: Path, _sqlite_template: Path) -> None:
    with JobsWorld(tmp_path / "world", _sqlite_template, ha="application_7") as world:
        world.start()
        before = world.attempt
        world.cluster.restart(back_after=20)
        for _ in range(8):
            world.advance(5)
            world.supervisor().round()
        assert world.attempt.id == before.id and world.state is ManagedState.RUNNING
        assert len(ran(world)) == 1


def test_a_cluster_that_is_lost_goes_on_on_another_one_by_priority(tmp_path: Path, _sqlite_template: Path) -> None:
    with JobsWorld(tmp_path / "world", _sqlite_template, clusters=("session", "spare")) as world:
        for name in world.clusters:
            world.catalog.registry.save_cluster(RegisteredCluster("my", name, "standalone"), expected=None)
        names = {"low": 1, "high": 9, "middle": 5}
        handles = {name: world.add_job(JobKey("my", name, "prod"), priority=n) for name, n in names.items()}
        lost, spare = world.clusters["session"], world.clusters["spare"]
        paths = {}
        for name, handle in handles.items():
            assert world.carry_out(handle.start()).state is DONE
            attempt = handle.managed.attempt
            assert attempt is not None
            paths[name] = lost.checkpointing.complete(attempt.flink_id).path
        world.until(lambda: step(world) and all(handle.points() for handle in handles.values()))
        lost.stop()
        other = world.supervisor("second", ClusterKey("my", "spare"))
        other.at_once = 1
        asked = recover("session", on="spare", catalog=world.catalog)
        assert [each.key.name for each in asked] == ["high", "middle", "low"]

        def go() -> bool:
            step(world)
            spare.checkpointing.on_look = True
            world.supervisor().round()
            other.round()
            return all(handle.status is ManagedState.RUNNING for handle in handles.values())

        wait_until(go)
        came = [job for job in spare.jobs_by_id.values() if restored(job)]
        assert [job.config["pipeline.name"].split(".")[1].split(" ")[0] for job in came] == [
            "high", "middle", "low",
        ]  # fmt: skip
        assert {name: restored(spare.managed(handles[name].key)[0]) for name in names} == paths


# savepoints


def test_a_savepoint_that_comes_after_its_time_is_not_lost(world: JobsWorld) -> None:
    world.start()
    world.cluster.savepointing.held = True
    stopped = world.job.stop()
    world.until(lambda: world.cluster.savepointing.open)
    for _ in range(5):
        world.advance(POLICIES.stop_within)
        world.supervisor().round()
    assert world.state is ManagedState.STOPPING and world.over(stopped) is None
    assert len(world.job.attempts()) == 1 and len(world.cluster.savepointing.asked) == 1
    path = world.cluster.savepointing.finish(str(stopped.id))
    command = world.carry_out(stopped)
    assert command.state is DONE and command.savepoint == path
    assert world.job.points()[0].path == path and world.state is ManagedState.STOPPED


@pytest.mark.parametrize("ask", [JobHandle.stop, JobHandle.restart, lambda job: job.upgrade(2)])
def test_a_savepoint_that_fails_half_way_leaves_the_job_running(world: JobsWorld, ask: Any) -> None:
    world.start()
    before = world.attempt
    world.cluster.savepointing.held = True
    asked = ask(world.job)
    world.until(lambda: world.cluster.savepointing.open)
    world.cluster.savepointing.fail(str(asked.id), refusals.disk_failed("file:/full"))
    command = world.carry_out(asked)
    assert command.state is FAILED and "file:/full" in command.outcome and "goes on" in command.outcome
    assert world.state is ManagedState.RUNNING and world.attempt.id == before.id
    assert world.job.managed.job.wanted and world.job.managed.job.number == 1


def test_a_savepoint_whose_outcome_flink_forgot_is_found_in_its_list(world: JobsWorld) -> None:
    """Nobody looked for longer than Flink keeps what a trigger came to."""
    world.start()
    world.cluster.savepointing.held = True
    stopped = world.job.stop()
    world.until(lambda: world.cluster.savepointing.open)
    path = world.cluster.savepointing.finish(str(stopped.id))
    world.advance(world.cluster.savepointing.kept_for + 1)
    command = world.carry_out(stopped)
    assert command.state is DONE and command.savepoint == path
    assert len([each for each in world.job.points() if each.is_savepoint]) == 1


# state


def test_a_job_whose_checkpoints_were_deleted_is_not_started_empty(world: JobsWorld) -> None:
    world.start()
    (point,) = world.job.points()
    world.cluster.checkpointing.lose(point.path)
    world.cluster.fail(world.flink_id, IO_ERROR)
    world.until(lambda: step(world) and world.state is ManagedState.QUARANTINED)
    assert point.path in world.job.managed.status.reason
    assert len(world.job.attempts()) == 1 and not world.cluster.running()
    started = world.carry_out(world.job.start(empty=True))
    assert started.state is DONE and restored(ran(world)[-1]) is None


def test_of_several_restore_points_the_newest_that_is_there_is_taken(world: JobsWorld) -> None:
    world.start()
    saved = world.carry_out(world.job.savepoint())
    world.cluster.checkpointing.lose(world.checkpoint())
    world.cluster.fail(world.flink_id, IO_ERROR)
    world.until(lambda: step(world) and world.state is ManagedState.RUNNING and world.attempt.number == 2)
    assert restored(ran(world)[-1]) == saved.savepoint


def test_a_storage_that_does_not_answer_is_waited_for(world: JobsWorld) -> None:
    is_down = threading.Event()

    class Unsteady:
        def __init__(self, storage: Any) -> None:
            self._storage = storage

        def __getattr__(self, name: str) -> Any:
            if is_down.is_set():
                raise StorageError("the storage does not answer")
            return getattr(self._storage, name)

    world.wrap = lambda port, name: Unsteady(port) if name == "storage" else port
    world.start()
    newest = world.job.points()[0].path
    is_down.set()
    world.cluster.fail(world.flink_id, IO_ERROR)
    for _ in range(10):
        world.advance(60)
        world.supervisor().round()
    assert world.state is ManagedState.RESTARTING and len(world.job.attempts()) == 1
    is_down.clear()
    world.until(lambda: step(world) and world.state is ManagedState.RUNNING)
    assert restored(ran(world)[-1]) == newest


# upgrades


def test_a_version_that_never_becomes_healthy_goes_back(world: JobsWorld) -> None:
    world.start()
    world.cluster.checkpointing.every = 5
    asked = world.job.upgrade(3)
    command = world.until(lambda: step(world) and world.over(asked))
    assert command.state is FAILED and "no checkpoint was completed" in command.outcome
    first, broken, again = ran(world)
    assert restored(broken) == restored(again) == command.savepoint
    assert [each.version for each in reversed(world.job.attempts())] == [1, 3, 1]
    assert world.job.managed.job.number == 1 and world.state is ManagedState.RUNNING
    assert first.id != again.id == world.flink_id


def test_a_version_that_flink_refuses_goes_back(world: JobsWorld) -> None:
    world.start()
    number = world.promote(replace(SCRIPT, statement="INSERT INTO nowhere SELECT k, SUM(v) FROM orders GROUP BY k"))
    words = "org.apache.flink.table.api.ValidationException: Cannot find table 'nowhere'"
    compiling = re.compile(r"COMPILE PLAN .* FOR\s+INSERT INTO nowhere", re.DOTALL)
    world.gateway.on(compiling, fails(errors.statement_error(words)))
    asked = world.job.upgrade(number)
    command = world.until(lambda: step(world) and world.over(asked))
    assert command.state is FAILED and "nowhere" in command.outcome
    assert world.state is ManagedState.RUNNING and world.attempt.version == 1
    assert restored(ran(world)[-1]) == command.savepoint


# people


def test_two_people_who_start_and_stop_the_same_job_at_once(world: JobsWorld) -> None:
    asked: list[Any] = []
    lock = threading.Lock()

    def insist(verb: str) -> None:
        with open_catalog(world.url, world.folder) as catalog:
            handle = JobHandle(catalog, KEY)
            for _ in range(6):
                try:
                    with lock:  # who was last is to be known
                        asked.append((verb, getattr(handle, verb)()))
                except (CommandRefusedError, ConflictError):
                    time.sleep(0.01)

    people = [threading.Thread(target=insist, args=(verb,)) for verb in ("start", "stop")]
    for person in people:
        person.start()
    world.until(lambda: not any(person.is_alive() for person in people))
    world.until(lambda: not world.job.managed.commands)
    last = asked[-1][0]
    world.until(lambda: world.state is (ManagedState.RUNNING if last == "start" else ManagedState.STOPPED))
    assert all(world.over(handle) for _, handle in asked)
    assert len(world.cluster.running()) == (last == "start")
    assert len(ran(world)) == len(world.job.attempts())


def test_an_order_outlives_whoever_gave_it(world: JobsWorld) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from faults.jobs_world import KEY, open_catalog
from flinklab.api.job_handle import JobHandle
job = JobHandle(open_catalog(sys.argv[1], Path(sys.argv[2])), KEY)
job.start(why="before I die")
os.kill(os.getpid(), signal.SIGKILL)
"""
    search = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
    died = subprocess.run(
        [sys.executable, "-c", program, world.url, str(world.folder)],
        env=os.environ | {"PYTHONPATH": search},
        timeout=120,
    )
    assert died.returncode == -signal.SIGKILL
    world.until(lambda: world.state is ManagedState.RUNNING)
    (command,) = [each.look() for each in world.job.commands()]
    assert command.why == "before I die" and command.asked_by == world.catalog.person


# processes


def test_a_supervisor_whose_clock_is_an_hour_off_keeps_time_by_the_database(world: JobsWorld) -> None:
    world.cluster.checkpointing.every = 0.3
    with Nursery(Pace(round=0.4, lease=2.0, renew=0.3)) as nursery:
        pid = nursery.start(world, "ahead", world.folder / "calls", clock_ahead=3600)
        started = world.job.start()
        begun = wait_until(lambda: world.over(started))
        upgraded = world.job.upgrade(2)
        done = wait_until(lambda: world.over(upgraded))
        nursery.kill(pid)
    assert begun.state is done.state is DONE
    now = world.supervisor("by hand")  # its lease follows, at once or after two seconds, and not after an hour
    wait_until(now.round)
    assert abs((done.ended_at - begun.asked_at).total_seconds()) < 1800
    assert world.attempt.planned_at is not None and done.asked_at < world.attempt.planned_at < done.ended_at


def test_another_supervisor_goes_on_within_fifteen_seconds(world: JobsWorld, record_property: Any) -> None:
    pace = Pace()
    assert pace.lease + pace.renew + pace.round < 15
    with Nursery(pace) as nursery:
        first = nursery.start(world, "first", world.folder / "calls")
        started = world.job.start()
        wait_until(lambda: world.over(started))
        nursery.start(world, "second", world.folder / "calls")
        wait_until(lambda: len(world.catalog.jobs.supervisors()) == 2)
        nursery.kill(first)
        died = time.monotonic()
        saved = world.job.savepoint()
        assert wait_until(lambda: world.over(saved)).state is DONE
        taken_over = time.monotonic() - died
        record_property("taken over after (s)", round(taken_over, 1))
    (holder,) = [each.name for each in world.catalog.jobs.supervisors() if each.clusters]
    assert holder == "second"
