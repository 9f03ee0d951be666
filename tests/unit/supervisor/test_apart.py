"""A cluster on which each job has a JobManager of its own: silence and ends are of one job."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from fakes.puppets import InlineExecutor
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError, UnreachableError
from flinklab.domain.ids import CommandId, JobId
from flinklab.domain.jobs import AttemptState, ClusterKey, Command, CommandKind, Job, JobKey, Managed, ManagedState
from flinklab.supervisor import worker
from flinklab.supervisor.worker import ClusterWorker, Reached

APPS = ClusterKey("orders", "apps")


class Site:
    """Two jobs, of which `errors` says who cannot be asked about; `needed`: what the last round said is in use."""

    def __init__(self) -> None:
        self.world = FlinkWorld()
        self.database = MemoryDatabase(lambda: self.world.now)
        self.errors: dict[JobId, ConnectionFailedError] = {}
        self.settled: tuple[Managed, ...] = ()
        for number in (1, 2):
            self.database.add(Job(JobKey(APPS.team, f"job-{number}", "prod"), APPS.name, 1, id=number))
        lease = self.database.leases.acquire(APPS, APPS.name, 1e6)
        assert lease is not None
        inner = self.world.control
        ask_state, ask_jobs = inner.state, inner.jobs

        def state(job_id: JobId) -> JobState | None:
            if job_id in self.errors:
                raise self.errors[job_id]
            return ask_state(job_id)

        inner.state = state  # type: ignore[method-assign]
        inner.jobs = lambda: [job for job in ask_jobs() if job.id not in self.errors]  # type: ignore[method-assign]
        inner.incarnation = lambda: "applications"  # type: ignore[method-assign]

        def settle(jobs: object) -> None:
            self.settled = tuple(jobs)  # type: ignore[arg-type]

        def reach() -> Reached:
            return Reached(
                inner,
                self.world.sender,
                self.world.storage,
                close=lambda: None,
                hide=lambda _, text: text,
                is_apart=True,
                settle=settle,
            )

        self.worker = ClusterWorker(reach, self.database.leases.ledger(lease))

    def rounds(self, number: int, seconds: float = 2) -> None:
        for _ in range(number):
            self.worker.round()
            self.world.advance(seconds)

    def run(self) -> None:
        for job in (1, 2):
            command = CommandId(f"start-{job}")
            self.database.ask(Command(command, job, CommandKind.START, {}, asked_by="ann", asked_at=self.world.now))
        self.rounds(20)
        assert [self.state(job) for job in (1, 2)] == [ManagedState.RUNNING] * 2

    def state(self, job: int) -> ManagedState:
        return self.database.managed(job).status.state

    def flink_id(self, job: int) -> JobId:
        attempt = self.database.managed(job).attempt
        assert attempt is not None
        return attempt.flink_id

    def numbers(self, job: int) -> list[int]:
        return sorted(each.number for each in self.database.rows.attempts.values() if each.job_id == job)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    site = Site()
    yield site
    site.worker.close()


def test_the_silence_of_one_is_said_of_it_alone_and_concludes_nothing(site: Site) -> None:
    site.run()
    site.errors[site.flink_id(1)] = UnreachableError("nobody answers")
    site.rounds(200)
    assert site.state(1) is ManagedState.UNREACHABLE
    assert site.state(2) is ManagedState.RUNNING
    site.errors.clear()
    site.rounds(3)
    assert site.state(1) is ManagedState.RUNNING
    assert site.numbers(1) == site.numbers(2) == [1]


def test_the_proven_end_of_one_starts_it_again_once_and_leaves_the_other(site: Site) -> None:
    site.run()
    gone = site.flink_id(1)
    site.errors[gone] = ClusterEndedError("its application ended: KILLED", application="application_1_0001")
    site.world.stop_outside(1)
    site.rounds(60)
    assert site.numbers(1) == [1, 2] and site.numbers(2) == [1]
    assert [site.state(job) for job in (1, 2)] == [ManagedState.RUNNING] * 2
    [first] = [each for each in site.database.rows.attempts.values() if each.flink_id == gone]
    assert first.state is AttemptState.GONE
    assert first.cause is not None and first.cause.message == "its application ended: KILLED"


def test_each_round_says_what_is_still_in_use(site: Site) -> None:
    site.run()
    assert {each.job.id for each in site.settled} == {1, 2}
    assert all(each.attempt is not None and each.attempt.state.is_live for each in site.settled)
