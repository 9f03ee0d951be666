"""What a JobManager (Flink 2.3.0) says when it will not or cannot, shortened to a stack frame."""

from __future__ import annotations

from typing import Any

_FRAME = "\tat java.base/java.lang.Thread.run(Unknown Source)"
_REST = "org.apache.flink.runtime.rest"
_NO_JOB = "org.apache.flink.runtime.messages.FlinkJobNotFoundException"
_COMPLETION = "java.util.concurrent.CompletionException"
_CHECKPOINT = "org.apache.flink.runtime.checkpoint.CheckpointException"


class SubmissionRefusedError(Exception):
    """`causes` from the outermost to the root."""

    def __init__(self, *causes: str) -> None:
        super().__init__(causes[-1])
        self.causes = causes


def traced(*causes: str) -> str:
    """From the outermost to the root."""
    return "\nCaused by: ".join(f"{cause}\n{_FRAME}" for cause in causes) + "\n"


def handled(what: str) -> dict[str, Any]:
    """A handler refused the request."""
    return {"errors": [traced(f"{_REST}.handler.RestHandlerException: {what}")]}


def no_job(job_id: str) -> dict[str, Any]:
    """Most of what is asked of a job (404)."""
    return {"errors": [traced(f"{_REST}.NotFoundException: Job {job_id} not found")]}


def no_vertex(vertex: str) -> dict[str, Any]:
    return {"errors": [traced(f"{_REST}.NotFoundException: JobVertex {vertex} not found")]}


def no_taskmanager(process: str) -> dict[str, Any]:
    """Most of what is asked of a TaskManager (500)."""
    what = "org.apache.flink.runtime.resourcemanager.exceptions.UnknownTaskExecutorException"
    return internal(f"{what}: No TaskExecutor registered under {process}.")


def no_file_of(process: str) -> dict[str, Any]:
    """Its log (404)."""
    words = f"Failed to transfer file from TaskExecutor {process} because it was unknown."
    return {"errors": [traced(f"{_REST}.NotFoundException: {words}")]}


def no_checkpointing() -> dict[str, Any]:
    """What is asked about the checkpoints of a job that takes none (404)."""
    return {"errors": [traced(f"{_REST}.RestHandlerException: Checkpointing has not been enabled.")]}


def no_such_job(job_id: str) -> dict[str, Any]:
    """What is asked of the dispatcher itself (500)."""
    return internal(f"{_NO_JOB}: Could not find Flink job ({job_id})")


def internal(what: str) -> dict[str, Any]:
    text = traced(what)
    return {
        "errors": [
            "Internal server error.",
            f"<Exception on server side:\n{text}\nEnd of exception on server side>",
        ]
    }


def no_trigger(job_id: str, trigger: str) -> dict[str, Any]:
    return handled(f"There is no savepoint operation with triggerId={trigger} for job {job_id}.")


def rigid() -> dict[str, Any]:
    """The requirements of a job whose scheduler is not adaptive."""
    return internal(
        "java.lang.UnsupportedOperationException: The DefaultScheduler does not support changing the parallelism "
        "without a job restart. This feature is currently only expected to work with the AdaptiveScheduler."
    )


def failed_without_job(job_id: str) -> str:
    """How a savepoint of no job ends."""
    what = f"{_NO_JOB}: Could not find Flink job ({job_id})"
    return traced(f"{_COMPLETION}: {what}", what)


def not_all_running(job_id: str, task: str = "Source: src[1] -> Calc[2]") -> str:
    """How a savepoint of a job ends whose tasks are still being deployed."""
    what = (
        f"{_CHECKPOINT}: Checkpoint triggering task {task} (1/2) of job {job_id} is not being executed at the "
        "moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running."
    )
    return traced(f"{_COMPLETION}: {what}", what)


def disk_failed(directory: str = "file:/savepoints") -> str:
    """How a savepoint ends that cannot be written."""
    what = f"{_CHECKPOINT}: An Exception occurred while triggering the checkpoint. IO-problem detected."
    root = f"java.io.IOException: Failed to create savepoint directory at {directory}"
    return traced(f"{_COMPLETION}: {what}", what, root)


def suspended() -> str:
    """How a savepoint ends whose job fails meanwhile."""
    what = f"{_CHECKPOINT}: Checkpoint Coordinator is suspending."
    return traced(f"{_COMPLETION}: {what}", what)


def duplicate(job_id: str, version: str) -> tuple[str, ...]:
    """Why a submission is refused whose job id was there before: the client's trace, whose root is the server's."""
    if version.startswith("1."):
        root = (
            "org.apache.flink.runtime.client.DuplicateJobSubmissionException: "
            f"Job has already been submitted. ({job_id})"
        )
    else:
        root = (
            "org.apache.flink.runtime.client.DuplicateApplicationSubmissionException: "
            "Application has already been submitted."
        )
    wrapped = (
        f"[Internal server error., <Exception on server side:\n{traced(root)}\nEnd of exception on server side>]"
    )
    return (
        "org.apache.flink.runtime.client.JobSubmissionException: Failed to submit ExecutionPlan.",
        f"{_REST}.util.RestClientException: {wrapped}",
    )


def unreachable(address: str) -> tuple[str, ...]:
    return (
        "org.apache.flink.runtime.client.JobSubmissionException: Failed to submit ExecutionPlan.",
        "org.apache.flink.util.concurrent.FutureUtils$RetryException: Could not complete the operation. "
        "Number of retries has been exhausted.",
        f"{_COMPLETION}: java.net.ConnectException: Connection refused: /{address}",
        "java.net.ConnectException: Connection refused",
    )


def no_restore_point(path: str) -> str:
    what = f"Cannot find checkpoint or savepoint file/directory '{path}' on file system 'file'."
    return f"java.io.FileNotFoundException: {what}"


def state_does_not_fit(path: str, operator: str) -> str:
    return (
        f"java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint {path}. Cannot map "
        f"checkpoint/savepoint state for operator {operator} to the new program, because the operator is not "
        "available in the new program. If you want to allow to skip this, you can set the --allowNonRestoredState "
        "option on the CLI."
    )


def not_started(cause: str) -> tuple[str, ...]:
    """Why a job failed before it began."""
    start = "org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster."
    return start, f"{_COMPLETION}: {cause}", cause
