from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import msgspec
import pytest

from flinklab.domain.jobs import Cause
from flinklab.flink.jobfailures import Failures, newest_cause

AT = 1795274218545
DIVISION = "java.lang.ArithmeticException: / by zero\n\tat StreamExecCalc$1.processElement(Unknown Source)\n"
OF_TASK = {
    "exceptionName": "java.lang.ArithmeticException",
    "stacktrace": DIVISION,
    "timestamp": AT - 35,
    "failureLabels": {},
    "taskName": "Source: src[6] -> Calc[7] (1/1) - execution #2",
    "endpoint": "localhost:45713",
    "taskManagerId": "taskmanager-1",
}
SUPPRESSED = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed by "
    f"FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=2)\n\tat a.B\nCaused by: {DIVISION}"
)


def read(*entries: dict[str, Any]) -> Cause | None:
    body = {"exceptionHistory": {"entries": entries, "truncated": True}}
    return newest_cause(msgspec.json.decode(msgspec.json.encode(body), type=Failures))


def test_nothing_failed() -> None:
    assert read() is None


def test_a_failure_that_is_got_over() -> None:
    when = datetime.fromtimestamp((AT - 35) / 1000, timezone.utc)
    assert read({**OF_TASK, "concurrentExceptions": []}) == Cause(
        "division by zero", DIVISION, "Source: src[6] -> Calc[7]", "taskmanager-1", when
    )


def test_the_end_of_a_job_has_its_place_from_what_happened_with_it() -> None:
    last = {
        "exceptionName": "org.apache.flink.runtime.JobException",
        "stacktrace": SUPPRESSED,
        "timestamp": AT,
        "concurrentExceptions": [OF_TASK],
    }
    cause = read(last, OF_TASK)
    assert cause is not None and (cause.message, cause.details) == ("division by zero", SUPPRESSED)
    assert (cause.vertex, cause.taskmanager) == ("Source: src[6] -> Calc[7]", "taskmanager-1")
    assert cause.at == datetime.fromtimestamp(AT / 1000, timezone.utc)


def test_a_job_that_never_began_has_no_place() -> None:
    text = (
        "org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster.\n\tat a.B\n"
        "Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:/nope' "
        "on file system 'file'.\n\tat a.B\n"
    )
    cause = read({"exceptionName": "X", "stacktrace": text, "timestamp": AT, "concurrentExceptions": []})
    assert cause is not None and (cause.vertex, cause.taskmanager) == ("", "")
    assert cause.message.startswith("Cannot find checkpoint or savepoint file/directory 'file:/nope'")


@pytest.mark.parametrize(
    ("task", "vertex"),
    [
        ("Map (3/4)", "Map"),
        ("Sink: out (b) (12/128) - execution #0", "Sink: out (b)"),
        ("odd name", "odd name"),
    ],
)
def test_a_vertex_is_not_a_sub_task(task: str, vertex: str) -> None:
    older = {"exceptionName": "X", "stacktrace": DIVISION, "timestamp": AT, "taskName": task, "endpoint": "box:1"}
    cause = read(older)
    assert cause is not None and (cause.vertex, cause.taskmanager) == (vertex, "box:1")
