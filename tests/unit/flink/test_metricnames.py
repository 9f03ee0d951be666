from __future__ import annotations

from flinklab.domain.ids import JobId
from flinklab.flink.metricnames import MetricNames

JOB, OTHER = JobId("a" * 32), JobId("b" * 32)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_names_hold_for_longer_each_time_that_they_are_learned() -> None:
    clock = Clock()
    names = MetricNames(clock)
    assert names.get(JOB, "v") is None
    for period in (15, 30, 60, 120, 240, 480, 600, 600):
        learned = names.learn(JOB, "v", ["a", "b"])
        clock.now += period - 0.5
        assert names.get(JOB, "v") is learned == {"a", "b"}
        clock.now += 0.5
        assert names.get(JOB, "v") is None


def test_a_new_start_of_the_tasks_makes_them_unknown() -> None:
    names = MetricNames(Clock())
    names.began(JOB, 1)
    names.learn(JOB, "v", ["a"])
    names.began(JOB, 1)
    assert names.get(JOB, "v") == {"a"}
    names.began(JOB, 2)
    assert names.get(JOB, "v") is None


def test_a_doubt_is_about_one_vertex_and_an_end_about_one_job() -> None:
    names = MetricNames(Clock())
    for job in (JOB, OTHER):
        for vertex in ("v", "w"):
            names.learn(job, vertex, ["a"])
    names.doubt(JOB, "v")
    names.doubt(JOB, "nosuch")
    names.forget(OTHER)
    known = {(job, vertex) for job in (JOB, OTHER) for vertex in ("v", "w") if names.get(job, vertex) is not None}
    assert known == {(JOB, "w")}


def test_those_of_ended_jobs_do_not_pile_up() -> None:
    names = MetricNames(Clock())
    names.learn(JOB, "v", ["a"])
    for number in range(2000):
        names.learn(JobId(f"{number:032x}"), "v", ["a"])
    assert names.get(JOB, "v") is None
    assert names.get(JobId(f"{0:032x}"), "v") is not None
