"""What a gateway says of a submission, in the words of Flink 2.3 (and of 1.20 where they differ)."""

from __future__ import annotations

import pytest

from fakes import errors
from flinklab.domain.errors import StatementError
from flinklab.flink.causes import error_from
from flinklab.jobs.replies import Reply, did_not_begin, is_before_submission, read_reply

CLIENT = "org.apache.flink.runtime.client"
EXECUTE = (
    "org.apache.flink.table.api.TableException: Failed to execute sql",
    "org.apache.flink.util.FlinkException: Failed to execute job 'my.orders (dev)'.",
)
SUBMIT = f"{CLIENT}.JobSubmissionException: Failed to submit ExecutionPlan."


def server(text: str) -> str:
    """What the JobManager answers to the gateway."""
    return (
        "org.apache.flink.runtime.rest.util.RestClientException: [Internal server error., "
        f"<Exception on server side:\n{text}\n\tat java.base/java.lang.Thread.run(Unknown Source)\n\n"
        "End of exception on server side>]"
    )


def said(*causes: str) -> StatementError:
    error = error_from(errors.statement_error(*causes)["errors"][-1])
    assert isinstance(error, StatementError)
    return error


@pytest.mark.parametrize(
    "what", ["DuplicateApplicationSubmissionException: Application", "DuplicateJobSubmissionException: Job"]
)
def test_an_id_that_is_taken_was_taken_by_the_first_submission(what: str) -> None:
    error = said(*EXECUTE, SUBMIT, server(f"{CLIENT}.{what} has already been submitted."))
    assert read_reply(error) is Reply.HAD_ARRIVED
    assert not did_not_begin(error)


@pytest.mark.parametrize(
    "root",
    [
        "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:///gone'.",
        "java.net.ConnectException: Connection refused: the state's storage",
    ],
)
def test_a_job_that_the_jobmanager_could_not_begin_is_refused_and_its_id_used_up(root: str) -> None:
    error = said(*EXECUTE, f"{CLIENT}.JobInitializationException: Could not start the JobMaster.", root)
    assert read_reply(error) is Reply.REFUSED
    assert did_not_begin(error) and not is_before_submission(error)


@pytest.mark.parametrize(
    "causes",
    [
        (SUBMIT, "java.net.ConnectException: Connection refused"),
        (
            SUBMIT,
            "org.apache.flink.util.concurrent.FutureUtils$RetryException: Could not complete the operation.",
            "java.util.concurrent.CompletionException: org.apache.flink.shaded.netty4.io.netty.channel."
            "AbstractChannel$AnnotatedConnectException: Connection refused: /127.0.0.1:1",
        ),
        (SUBMIT, "org.apache.flink.runtime.rest.ConnectionClosedException: Channel became inactive."),
        (SUBMIT, "java.io.IOException: Connection reset by peer"),
        (SUBMIT, "org.apache.flink.runtime.rest.util.RestClientException: Response was not valid JSON."),
        (SUBMIT, server("java.util.concurrent.TimeoutException: Invocation of [submitJob] timed out.")),
        ("java.lang.RuntimeException: Error while waiting for job to be initialized", "java.io.IOException: gone"),
        ("java.lang.InterruptedException",),
    ],
)
def test_a_reply_that_the_gateway_did_not_get_is_uncertain(causes: tuple[str, ...]) -> None:
    error = said(*EXECUTE, *causes)
    assert read_reply(error) is Reply.UNCERTAIN
    assert not is_before_submission(error) and not did_not_begin(error)


def test_a_submission_that_was_called_off_is_uncertain() -> None:
    error = said(f"{errors.EXECUTION}: The operation was cancelled.", "java.util.concurrent.CancellationException")
    assert read_reply(error) is Reply.UNCERTAIN


def test_what_the_jobmanager_itself_refuses_is_refused() -> None:
    error = said(*EXECUTE, SUBMIT, server(f"{CLIENT}.JobSubmissionException: Could not instantiate the job graph."))
    assert read_reply(error) is Reply.REFUSED
    assert not is_before_submission(error)


@pytest.mark.parametrize(
    "cause",
    [
        "org.apache.flink.table.api.ValidationException: Could not find any factory for identifier 'kafka'.",
        "java.io.FileNotFoundException: file resource [/exchange/plans/a.json] not found.",
        # A table's own server, which is asked for when the plan is translated.
        "java.net.ConnectException: Connection refused",
    ],
)
def test_a_plan_that_cannot_be_translated_never_left_the_gateway(cause: str) -> None:
    error = said("org.apache.flink.table.api.TableException: Failed to execute EXECUTE PLAN statement.", cause)
    assert read_reply(error) is Reply.REFUSED
    assert is_before_submission(error) and not did_not_begin(error)
