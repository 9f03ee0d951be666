"""Whether a job runs at all: slots, failures, restarts."""

from __future__ import annotations

from fakes.evidence import NOW, aggregate, evidence, failure, in_words, rules, source
from flinklab.domain.cluster import JobState
from flinklab.domain.monitoring import Machine
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence

WAITING = {"src": {"SCHEDULED": 1}, "agg": {"SCHEDULED": 1}}


def machine(slots: int, free: int) -> Machine:
    return Machine("m", "host", slots, free, NOW)


def waiting(*machines: Machine, state: JobState = JobState.RUNNING, **more: object) -> Evidence:
    return evidence(source(), aggregate(), task_states=WAITING, state=state, machines=machines, **more)


def test_a_job_that_waits_lacks_slots() -> None:
    (found,) = diagnose(waiting(machine(4, 0))).findings
    assert found.rule == "slots-missing" and "1 slot, 0 are free" in found.title
    assert diagnose(waiting()).findings[0].title == "there is no TaskManager that could run it"
    assert rules(waiting(machine(4, 0), state=JobState.CREATED)) == ["slots-missing"]


def test_one_that_waits_with_free_slots_is_only_starting() -> None:
    assert not rules(waiting(machine(4, 4)))
    assert not rules(waiting(machine(4, 0), age=1.0))


def test_taskmanagers_that_could_not_be_listed_are_not_said_to_be_none() -> None:
    assert not rules(waiting(missing=("TaskManagers: it does not answer",)))


def test_a_job_that_failed_for_slots_follows_from_them() -> None:
    why = "NoResourceAvailableException: Could not acquire the minimum required resources."
    given = evidence(source(), aggregate(), state=JobState.RESTARTING, failures=(failure(5, why), failure(20, why)))
    assert in_words(given) == "slots-missing; restart-loop < slots-missing"


def test_a_loop_is_told_with_its_cause_its_clause_and_its_beginning() -> None:
    task = "Source: orders[1] -> Calc[2] (1/2) - execution #4"
    name = "Source: orders[1] -> Calc[2]"
    details = "java.lang.ArithmeticException: / by zero\n\tat StreamExecCalc$12.processElement(Unknown Source)"
    failures = [failure(each, details=details, task=task) for each in (5, 65, 125, 185)]
    read = source("src", "orders", "[2]:Calc(select=[id, (1000 / d) AS q])", name=name)
    given = evidence(
        read, aggregate(), failures=tuple(failures), sql="INSERT INTO x SELECT id, 1000 / d FROM orders"
    )
    (found,) = diagnose(given).findings
    assert (found.rule, found.vertex) == ("restart-loop", "src")
    assert found.clause is not None and found.clause.text == "SELECT id, 1000 / d"
    assert found.since == failures[-1].at
    assert "NULLIF" in found.advice[0]


def test_two_failures_of_one_that_runs_again_are_no_loop() -> None:
    assert not rules(evidence(source(), aggregate(), failures=(failure(5), failure(30))))
    assert rules(evidence(source(), aggregate(), failures=(failure(5), failure(30)), restarts=(1.0, 2.0)))
    assert not rules(evidence(source(), aggregate(), failures=tuple(failure(4000 + each) for each in range(5))))


def test_the_cause_that_comes_most_often_is_told_and_the_newest_beside_it() -> None:
    odd = failure(1, "Disconnected: gone")
    given = evidence(source(), aggregate(), failures=(odd, failure(20), failure(40), failure(60)))
    (found,) = diagnose(given).findings
    assert "/ by zero" in found.title
    assert any(line == "newest: Disconnected: gone" for line in found.evidence)


def test_messages_that_hold_values_of_rows_are_of_one_kind() -> None:
    details = "java.lang.NumberFormatException\n\tat Cast.cast(Cast.java:7)"
    many = [failure(each, f"For input string: 'value {each}'", details=details) for each in (1, 2, 3)]
    (found,) = diagnose(evidence(source(), aggregate(), failures=tuple(many))).findings
    assert not any(line.startswith("newest") for line in found.evidence)
    assert len(found.advice) == len(set(found.advice))


def test_checkpoints_that_could_not_be_taken_between_restarts_follow_from_them() -> None:
    from fakes.evidence import checkpoint

    declined = tuple(
        checkpoint(9 - each, each, status="failed", failure="Checkpoint was declined (tasks not ready)")
        for each in range(3)
    )
    given = evidence(
        source(), aggregate(), failures=tuple(failure(each) for each in (1, 2, 3)), checkpoints=declined
    )
    assert in_words(given) == "restart-loop; checkpoints-declined < restart-loop"


def test_what_failed_for_good_says_why() -> None:
    given = evidence(source(), aggregate(), state=JobState.FAILED, failures=(failure(5),))
    (found,) = diagnose(given).findings
    assert found.rule == "failed" and "/ by zero" in found.title
    assert not rules(evidence(source(), aggregate(), state=JobState.FINISHED, failures=(failure(5),)))


def test_a_managed_job_that_is_not_there_says_what_its_supervisor_says() -> None:
    gone = Evidence("job", NOW, reason="restart budget spent")
    (found,) = diagnose(gone).findings
    assert found.rule == "not-running" and "restart budget spent" in found.title
    assert not rules(Evidence("job", NOW))
