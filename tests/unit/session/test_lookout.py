from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState
from flinklab.domain.errors import ClusterEndedError, FlinklabError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.session.lookout import (
    FIRST_LOOK,
    GONE_AFTER,
    LATER_LOOK,
    QUEUE_EVERY,
    Lookout,
    Seen,
    Silence,
    clause,
    no_slot,
    waits_for_slots,
)
from flinklab.session.target import Target

JOB = JobId("a" * 32)
STATES = ["CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING", "FINISHED", "FAILED", "CANCELED"]


def slots(total: int, free: int) -> ClusterOverview:
    return ClusterOverview("2.3.0", 1, total, free, 1)


def job(**tasks: int) -> JobDetail:
    return JobDetail(JOB, "q", JobState.RUNNING, tasks)


class Jobs:
    """A JobManager that answers as it is told."""

    def __init__(self) -> None:
        self.url = "http://jm-1:8081"
        self.answer: JobDetail | FlinklabError | None = job(SCHEDULED=2)
        self.asked = 0

    def job(self, job_id: JobId) -> JobDetail | None:
        self.asked += 1
        if isinstance(self.answer, FlinklabError):
            raise self.answer
        return self.answer

    def overview(self) -> ClusterOverview:
        return slots(8, 0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lookout(jobs: Jobs, clock: Clock) -> Callable[..., Lookout]:
    def make(*, has_rows: bool = True, **target: Any) -> Lookout:
        return Lookout(jobs, JOB, Target("etl-1", **target), clock, has_rows=has_rows)  # type: ignore[arg-type]

    return make


@given(st.dictionaries(st.sampled_from(STATES), st.integers(1, 99)))
def test_it_waits_when_none_of_its_tasks_has_been_deployed(tasks: dict[str, int]) -> None:
    has_slot = set(tasks) - {"CREATED", "SCHEDULED"}
    assert waits_for_slots(job(**tasks)) is (bool(tasks) and not has_slot)


def test_a_job_that_is_over_waits_for_nothing() -> None:
    assert not waits_for_slots(JobDetail(JOB, "q", JobState.CANCELED, {"SCHEDULED": 1}))


@pytest.mark.parametrize(
    ("total", "free", "queue", "line"),
    [
        (8, 0, "", "waits for slots: etl-1 has no free slot (8 of 8 in use)"),
        (8, 2, "", "waits for slots: etl-1 has too few free slots (6 of 8 in use)"),
        (0, 0, "", "waits for slots: etl-1 has no TaskManager yet"),
        (
            8,
            0,
            "queue etl uses 4 GiB of at most 4 GiB, 2 applications wait",
            "waits for slots: etl-1 has no free slot (8 of 8 in use); "
            "queue etl uses 4 GiB of at most 4 GiB, 2 applications wait",
        ),
    ],
)
def test_words(total: int, free: int, queue: str, line: str) -> None:
    assert no_slot("etl-1", slots(total, free), queue) == line


def test_a_line_goes_on_a_sentence() -> None:
    assert clause(no_slot("etl-1", slots(8, 0))).startswith("it waits for slots: etl-1 has no free slot")
    assert clause("no news of its job: silence") == "no news of its job: silence"


def test_the_queue_is_asked_only_while_it_waits_and_not_all_the_time(
    jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]
) -> None:
    asked: list[float] = []
    eye = lookout(queue=lambda: asked.append(clock.now) or f"queue etl, {len(asked)}")  # type: ignore[func-returns-value]
    jobs.answer = job(RUNNING=2)
    assert eye.look().settled
    assert asked == []
    jobs.answer = job(SCHEDULED=2)
    lines = []
    for clock.now in (1.0, 4.0, 1.0 + QUEUE_EVERY):
        lines.append(eye.look().line)
    assert asked == [1.0, 1.0 + QUEUE_EVERY]
    assert [str(line)[-1] for line in lines] == ["1", "1", "2"]


def test_the_end_of_the_cluster_is_certain(jobs: Jobs, lookout: Callable[..., Lookout]) -> None:
    jobs.answer = ClusterEndedError("session etl-1 ended: application_1_0001 is KILLED/KILLED")
    assert lookout().look().lost is jobs.answer


def test_silence_is_no_end(jobs: Jobs, lookout: Callable[..., Lookout]) -> None:
    jobs.answer = UnreachableError("cannot reach http://jm-1:8081")
    seen = lookout().look()
    assert (seen.lost, seen.blind, seen.settled) == (None, True, False)
    assert seen.line == "no news of its job: cannot reach http://jm-1:8081"


def test_rows_do_not_follow_a_jobmanager(jobs: Jobs, lookout: Callable[..., Lookout]) -> None:
    eye = lookout()
    jobs.url = "http://jm-2:8081"
    lost = eye.look().lost
    assert lost is not None
    assert lost.message == (
        "the JobManager of etl-1 moved to http://jm-2:8081, where the query's job goes on, "
        "but its rows do not come through any more"
    )
    assert lost.hint == "run it again"


def test_a_job_whose_rows_nobody_reads_does(jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]) -> None:
    eye = lookout(has_rows=False)
    jobs.url, jobs.answer = "http://jm-2:8081", job(RUNNING=2)
    assert eye.look() == Seen(settled=True)
    jobs.answer = None
    eye.look()
    clock.now += GONE_AFTER
    lost = eye.look().lost
    assert lost is not None
    assert lost.message == (
        "the JobManager of etl-1 moved to http://jm-2:8081, and the job is gone with the one before"
    )


@pytest.mark.parametrize("url", ["http://jm-1:8081", "http://jm-2:8081"])
def test_a_job_is_gone_when_it_is_unknown_for_long(
    url: str, jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]
) -> None:
    eye = lookout()
    jobs.answer, jobs.url = None, url
    assert eye.look().lost is None
    clock.now = GONE_AFTER - 1
    assert eye.look().lost is None
    clock.now = GONE_AFTER
    lost = eye.look().lost
    assert lost is not None
    assert ("gone" in lost.message) is (url == "http://jm-2:8081")


def test_a_job_that_is_known_again_is_not_gone(jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]) -> None:
    eye = lookout()
    for clock.now, answer in ((0.0, None), (15.0, job(RUNNING=1)), (30.0, None)):
        jobs.answer = answer
        assert eye.look().lost is None


def answered(silence: Silence, jobs: Jobs, times: int) -> None:
    """Ask until the look that begins now has been made."""
    deadline = time.monotonic() + 60
    while jobs.asked < times or silence._looking is not None:
        silence.seen()
        assert time.monotonic() < deadline


def test_it_is_looked_at_when_nothing_comes_and_not_while_rows_do(
    jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]
) -> None:
    silence = Silence(lookout(), clock)
    clock.now = FIRST_LOOK - 0.1
    silence.seen()
    assert silence._looking is None
    clock.now = FIRST_LOOK
    answered(silence, jobs, 1)
    assert silence.line == "waits for slots: etl-1 has no free slot (8 of 8 in use)"
    silence.broken()
    assert silence.line is None
    for clock.now in (FIRST_LOOK + 1, FIRST_LOOK + LATER_LOOK - 0.1):
        silence.seen()
        silence.broken()
    clock.now += LATER_LOOK - 0.1
    silence.seen()
    assert jobs.asked == 1


def test_a_job_whose_tasks_run_is_looked_at_less_often(
    jobs: Jobs, clock: Clock, lookout: Callable[..., Lookout]
) -> None:
    silence = Silence(lookout(), clock)
    jobs.answer = job(RUNNING=1)
    clock.now = FIRST_LOOK
    answered(silence, jobs, 1)
    clock.now += LATER_LOOK - 0.1
    silence.seen()
    assert silence._looking is None
    clock.now += 0.1
    answered(silence, jobs, 2)


def test_without_a_jobmanager_nobody_looks(clock: Clock) -> None:
    silence = Silence(None, clock)
    clock.now = 1000.0
    assert silence.seen().line is None
