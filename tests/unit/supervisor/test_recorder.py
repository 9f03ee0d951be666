from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.memory_ledger import MemoryDatabase
from fakes.situations import NOW, attempt
from flinklab.domain.errors import CatalogUnavailableError, FlinklabError, UnreachableError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import AttemptState, Checkpoint, ClusterKey, Job, JobKey, Managed
from flinklab.ports.jobs import CheckpointHistory
from flinklab.supervisor.recorder import Recorder

CLUSTER = ClusterKey("orders", "local")
EVERY = timedelta(seconds=20)


def masked(managed: Managed, text: str) -> str:
    return text.replace("hunter2", "******")


class Control:
    """Tells of so many completed checkpoints of each job, the newest ten. `asked`: of which jobs, in order."""

    def __init__(self) -> None:
        self.completed: dict[str, int] = {}
        self.asked: list[str] = []
        self.error: dict[str, FlinklabError] = {}
        self.failure = ""

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None:
        self.asked.append(job_id)
        if job_id in self.error:
            raise self.error.pop(job_id)
        if job_id not in self.completed:
            return None
        count = self.completed[job_id]
        ids = range(count, max(count - 10, 0), -1)
        return CheckpointHistory(
            tuple(
                Checkpoint(job_id, number, "completed", path=f"{job_id}/{number}", failure=self.failure)
                for number in ids
            ),
            count,
            count,
            oldest=max(count - 9, 1) if count else 0,
        )


class Bench:
    def __init__(self, jobs: int) -> None:
        self.now = NOW
        self.database = MemoryDatabase(lambda: self.now)
        lease = self.database.leases.acquire(CLUSTER, "one", 1e6)
        assert lease is not None
        self.ledger: Any = self.database.leases.ledger(lease)
        self.control: Any = Control()
        self.numbers = range(1, jobs + 1)
        for number in self.numbers:
            key = JobKey(CLUSTER.team, f"job-{number}", "prod")
            self.database.add(Job(key, CLUSTER.name, 1, id=number))
            self.ledger.keep(self._attempt(number))
            self.control.completed[self.flink_id(number)] = 0
        self.recorder = Recorder(self.ledger, EVERY)

    @staticmethod
    def flink_id(number: int) -> JobId:
        return JobId(f"{number * 4096:04x}" + "0" * 28)

    def _attempt(self, number: int) -> Any:
        return replace(attempt(), id=AttemptId(str(number)), job_id=number, flink_id=self.flink_id(number))

    def jobs(self) -> Sequence[Managed]:
        return [self.database.managed(number) for number in self.numbers]

    def due(self, *at_once: int) -> set[int]:
        histories, _ = self.recorder.due(self.control, masked, self.jobs(), set(at_once), self.now)
        return set(histories)

    def covered(self, number: int) -> list[int]:
        rows = self.database.rows.checkpoints.values()
        own = [each for each in rows if each.flink_id == self.flink_id(number)]
        return sorted(n for each in own for n in range(each.checkpoint_id, each.checkpoint_id + each.span))


def test_each_job_has_its_turn_once_in_the_interval() -> None:
    bench = Bench(5)
    for _ in range(60):
        bench.due()
        bench.now += timedelta(seconds=1)
    asked = [bench.control.asked.count(bench.flink_id(number)) for number in bench.numbers]
    assert asked == [3, 3, 3, 3, 3]


def test_turns_are_spread() -> None:
    bench = Bench(5)
    most = 0
    for _ in range(20):
        most = max(most, len(bench.due()))
        bench.now += timedelta(seconds=1)
    assert most == 1


def test_at_once_is_now_also_for_one_that_does_not_run_yet() -> None:
    bench = Bench(2)
    bench.ledger.keep(replace(bench._attempt(1), running_at=None))
    assert bench.due(1) == {1}
    bench.now += EVERY
    assert bench.due() == {2}


def test_one_that_is_over_is_not_asked_about() -> None:
    bench = Bench(1)
    bench.ledger.keep(replace(bench._attempt(1), state=AttemptState.FAILED, ended_at=NOW))
    assert bench.due(1) == set() and not bench.control.asked


def test_what_was_never_told_is_a_gap() -> None:
    bench = Bench(1)
    bench.control.completed[bench.flink_id(1)] = 25
    bench.due(1)
    bench.control.completed[bench.flink_id(1)] = 60
    bench.due(1)
    assert bench.covered(1) == list(range(1, 61))
    assert [each.attempt.completed for each in bench.jobs() if each.attempt] == [60]


def test_all_of_a_round_is_one_transaction_and_nothing_new_is_none() -> None:
    bench = Bench(3)
    for number in bench.numbers:
        bench.control.completed[bench.flink_id(number)] = 2
    before = len(bench.database.transactions)
    bench.due(*bench.numbers)
    bench.due(*bench.numbers)
    assert len(bench.database.transactions) == before + 1


def test_another_supervisor_goes_on_where_the_records_end() -> None:
    bench = Bench(1)
    bench.control.completed[bench.flink_id(1)] = 4
    bench.due(1)
    bench.recorder = Recorder(bench.ledger, EVERY)
    bench.control.completed[bench.flink_id(1)] = 20
    bench.due(1)
    assert bench.covered(1) == list(range(1, 21))


def _catalog(bench: Bench) -> None:
    keep = bench.ledger.keep

    def full(*_: Any) -> None:
        bench.ledger.keep = keep
        raise CatalogUnavailableError("the disk is full")

    bench.ledger.keep = full


def _cluster(bench: Bench) -> None:
    bench.control.error[bench.flink_id(2)] = UnreachableError("nobody answers", url="http://jobmanager")


@pytest.mark.parametrize("breaks", [_catalog, _cluster])
def test_what_could_not_be_kept_is_recorded_the_next_time(breaks: Callable[[Bench], object]) -> None:
    bench = Bench(2)
    for number in bench.numbers:
        bench.control.completed[bench.flink_id(number)] = 3
    breaks(bench)
    with pytest.raises(FlinklabError):
        bench.due(1, 2)
    assert bench.covered(1) == bench.covered(2) == []
    bench.due(1, 2)
    assert bench.covered(1) == bench.covered(2) == [1, 2, 3]


def test_a_job_that_flink_does_not_know_has_no_history() -> None:
    bench = Bench(1)
    del bench.control.completed[bench.flink_id(1)]
    assert bench.due(1) == set()


def test_why_a_checkpoint_failed_is_written_down_without_secrets() -> None:
    bench = Bench(1)
    bench.control.failure = "no login at s3 with hunter2"
    bench.control.completed[bench.flink_id(1)] = 2
    bench.due(1)
    assert {each.failure for each in bench.database.rows.checkpoints.values()} == {"no login at s3 with ******"}
