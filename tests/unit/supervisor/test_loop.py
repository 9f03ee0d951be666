from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from flinklab.domain.errors import CatalogUnavailableError, NotPermittedError, UnreachableError
from flinklab.domain.jobs import ClusterKey, Job, JobKey
from flinklab.supervisor import loop
from flinklab.supervisor.loop import Pace, Recording, Supervisor
from flinklab.supervisor.sampler import Sampling, Sight
from flinklab.supervisor.worker import Reached
from waiting import until

QUICK = Pace(round=0.02, lease=60.0, renew=0.02)
ONE, TWO = ClusterKey("orders", "one"), ClusterKey("orders", "two")


class Bench:
    """Two clusters with a job each. `rounds`: how often each was looked at; `breaks`: what a look does then."""

    def __init__(self) -> None:
        self.database = MemoryDatabase(lambda: datetime.now(timezone.utc))
        for number, cluster in enumerate((ONE, TWO), 1):
            self.database.add(Job(JobKey("orders", f"job-{number}", "prod"), cluster.name, 1, id=number))
        self.rounds = {ONE: 0, TWO: 0}
        self.closed: list[ClusterKey] = []
        self.breaks: Callable[[], None] = lambda: None
        self.leases: Any = self.database.leases

    def reach(self, cluster: ClusterKey) -> Reached:
        world = FlinkWorld(name=cluster.name)
        bench = self

        class Control:
            def jobs(self) -> Any:
                bench.rounds[cluster] += 1
                bench.breaks()
                return world.control.jobs()

            def __getattr__(self, name: str) -> Any:
                return getattr(world.control, name)

        control: Any = Control()
        return Reached(
            *(control, world.sender, world.storage),
            close=lambda: self.closed.append(cluster),
            hide=lambda _, text: text,
        )

    def supervisor(self, name: str = "first", **more: Any) -> Supervisor:
        return Supervisor(self.leases, self.reach, name=name, host="box", pid=1, pace=QUICK, **more)

    def goes_on(self, cluster: ClusterKey) -> Callable[[], bool]:
        before = self.rounds[cluster]
        return lambda: self.rounds[cluster] > before + 1


@contextmanager
def running(supervisor: Supervisor) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield thread
    finally:
        supervisor.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_looks_after_every_cluster_that_has_jobs_and_gives_them_back(bench: Bench) -> None:
    with running(bench.supervisor()):
        until(bench.goes_on(ONE))
        until(bench.goes_on(TWO))
        assert "first" in bench.leases.alive
    assert "first" not in bench.leases.alive and set(bench.closed) == {ONE, TWO}
    # Nobody has to wait for the leases to run out.
    assert bench.leases.acquire(ONE, "second", 60) and bench.leases.acquire(TWO, "second", 60)


def test_a_persons_login_is_told_so_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise NotPermittedError("permission denied for table supervisor")

    monkeypatch.setattr(bench.leases, "sign_in", refused)
    with pytest.raises(NotPermittedError, match=r"no supervisor's .*GRANT flinklab_supervisor"):
        bench.supervisor().run()
    assert not bench.leases.alive and not any(bench.rounds.values())


def test_it_leaves_alone_what_it_does_not_serve_or_another_one_has(bench: Bench) -> None:
    assert bench.leases.acquire(TWO, "second", 60)
    with running(bench.supervisor()):
        until(bench.goes_on(ONE))
    with running(bench.supervisor("third", serves=lambda cluster: cluster == TWO)) as thread:
        until(lambda: "third" in bench.leases.alive)
        assert thread.is_alive()
    assert bench.rounds[TWO] == 0


def test_it_ends_by_itself_when_nothing_is_left_to_look_after(bench: Bench) -> None:
    supervisor = bench.supervisor(idle_exit=0.05)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive() and "first" not in bench.leases.alive


def test_it_does_not_end_while_a_job_is_wanted(bench: Bench) -> None:
    bench.database.add(replace(bench.database.rows.jobs[1], wanted=True))
    with running(bench.supervisor(idle_exit=0.05)) as thread:
        until(bench.goes_on(TWO))
        until(lambda: bench.rounds[ONE] > 20)
        assert thread.is_alive()


def test_a_cluster_whose_last_job_has_left_is_asked_nothing_more_until_one_comes(bench: Bench) -> None:
    job = bench.database.rows.jobs[1]
    with running(bench.supervisor()) as thread:
        until(bench.goes_on(ONE))
        bench.database.add(replace(job, cluster=TWO.name))
        until(lambda: ONE in bench.closed)
        rounds = bench.rounds[ONE]
        until(bench.goes_on(TWO))
        assert bench.rounds[ONE] == rounds
        bench.database.add(job)
        until(bench.goes_on(ONE))
        assert thread.is_alive()


def test_a_lease_that_another_one_took_ends_the_watch(bench: Bench) -> None:
    with running(bench.supervisor()):
        until(bench.goes_on(ONE))
        bench.database.held[ONE] = replace(bench.database.held[ONE], holder="second", epoch=2)
        until(lambda: ONE in bench.closed)
        until(bench.goes_on(TWO))
        rounds = bench.rounds[ONE]
        until(bench.goes_on(TWO))
        assert bench.rounds[ONE] == rounds


def test_a_lease_that_ran_out_and_was_taken_again_is_a_new_watch(bench: Bench) -> None:
    with running(bench.supervisor()):
        until(bench.goes_on(ONE))
        bench.database.held[ONE] = replace(bench.database.held[ONE], epoch=7)
        until(lambda: ONE in bench.closed)
        until(bench.goes_on(ONE))


@pytest.mark.parametrize("error", [CatalogUnavailableError("down"), ZeroDivisionError("a mistake")])
def test_a_round_that_fails_is_not_the_last(
    bench: Bench, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        bench.breaks = lambda: None
        raise error

    with running(bench.supervisor()):
        until(bench.goes_on(ONE))
        bench.breaks = fail
        until(lambda: "a round failed" in caplog.text)
        until(bench.goes_on(ONE))
        until(bench.goes_on(TWO))


def test_a_catalog_that_does_not_answer_at_first_is_signed_in_to_later(bench: Bench) -> None:
    real, answers = bench.leases, threading.Event()

    class Catalog:
        def __getattr__(self, name: str) -> Any:
            if not answers.is_set():
                raise CatalogUnavailableError("nobody answers")
            return getattr(real, name)

    bench.leases = Catalog()
    with running(bench.supervisor()) as thread:
        time.sleep(QUICK.renew)
        assert thread.is_alive() and not real.alive
        answers.set()
        until(bench.goes_on(ONE))


class Eyes:
    """A cluster that is looked at: what it is asked first waits until `answers`."""

    def __init__(self) -> None:
        self.asked, self.answers = threading.Event(), threading.Event()
        self.closed = False

    def refresh(self) -> None:
        self.asked.set()
        self.answers.wait(60)
        raise UnreachableError("it did not answer")

    def close(self) -> None:
        self.closed = True


def recording(eyes: Any) -> Recording:
    return Recording(lambda cluster: Sight(eyes, lambda _, text: text), Sampling())


def test_a_cluster_that_is_slow_to_tell_delays_no_round_and_no_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_GRACE", 0.01)
    eyes = Eyes()
    with running(bench.supervisor(recording=recording(eyes))) as thread:
        assert eyes.asked.wait(60)
        until(bench.goes_on(ONE))
    assert not thread.is_alive() and bench.leases.acquire(ONE, "second", 60)
    eyes.answers.set()
    until(lambda: eyes.closed)


def test_what_is_known_of_clusters_can_be_read_from_another_thread(bench: Bench) -> None:
    eyes = Eyes()
    eyes.answers.set()
    supervisor = bench.supervisor(recording=recording(eyes))
    assert supervisor.watched == {}
    with running(supervisor):
        until(lambda: len(supervisor.watched) == 2)
        until(lambda: all(each.worker.jobs for each in supervisor.watched.values()))
        until(lambda: all(each.tally.burst_errors for each in supervisor.watched.values()))
        assert all(each.tally.rounds and each.sampler for each in supervisor.watched.values())
    assert supervisor.watched == {}


def test_nothing_is_recorded_where_it_is_not_asked_for(bench: Bench) -> None:
    supervisor = bench.supervisor()
    with running(supervisor):
        until(lambda: len(supervisor.watched) == 2)
        assert all(each.sampler is None for each in supervisor.watched.values())


def test_recording_ends_when_the_lease_goes_to_another(bench: Bench) -> None:
    eyes = Eyes()
    supervisor = bench.supervisor(recording=recording(eyes))
    with running(supervisor):
        until(lambda: len(supervisor.watched) == 2)
        eyes.answers.set()
        for cluster in (ONE, TWO):
            held = bench.database.held[cluster]
            bench.database.held[cluster] = replace(held, holder="second", epoch=held.epoch + 1)
        until(lambda: not any("-sampler" in each.name for each in threading.enumerate()))
