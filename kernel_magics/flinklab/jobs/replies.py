"""What the gateway says of a job that it was to submit: whether that began, cannot begin, or is not known.

Read off the throwables in its stack trace (Flink 1.20 and 2.3). An error is no proof that nothing was started: the
gateway asks the JobManager, and that reply can be lost just as its own.
"""

from __future__ import annotations

import re
from enum import Enum

from flinklab.domain.errors import StatementError

# The id was taken before: by the same attempt, sent earlier.
_DUPLICATE = re.compile(r"Duplicate(?:Job|Application)SubmissionException")
# The JobManager took the job and could not begin it: the id is used up, and the job is listed as failed.
_NOT_BEGUN = "JobInitializationException"
# What wraps all that goes wrong once the plan was read and translated.
_SUBMITTING = "Failed to execute sql"
_TO_JOBMANAGER = "JobSubmissionException"
_JOBMANAGER_SAYS = re.compile(r"RestClientException: \[.{0,200}?<Exception on server side", re.DOTALL)
_NO_REPLY = re.compile(
    r"\b(?:\w*Timeout|\w*Connect|ConnectionClosed|ClosedChannel|Socket|Interrupted|Cancellation|Retry|EOF"
    r"|RecipientUnreachable|FencingToken|RpcConnection)Exception|Connection reset|prematurely closed"
    r"|waiting for job to be initialized"
)
_CALLED_OFF = re.compile(
    r"CancellationException|Operation .{0,60}(?:is|was|has been) cancell?ed|status .{0,40}CANCELED"
)


class Reply(Enum):
    HAD_ARRIVED = "had arrived"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


def read_reply(error: StatementError) -> Reply:
    """What an error of a submission says. Whatever is not certain is only found out by looking."""
    text = error.details or error.message
    if _DUPLICATE.search(text):
        return Reply.HAD_ARRIVED
    if _NOT_BEGUN in text:
        return Reply.REFUSED
    if _CALLED_OFF.search(text):
        return Reply.UNCERTAIN
    if _SUBMITTING not in text:
        return Reply.REFUSED
    if _NO_REPLY.search(text) or (_TO_JOBMANAGER in text and not _JOBMANAGER_SAYS.search(text)):
        return Reply.UNCERTAIN
    return Reply.REFUSED


def is_before_submission(error: StatementError) -> bool:
    """Nothing was sent to the cluster: the plan could not be read or translated."""
    return read_reply(error) is Reply.REFUSED and _SUBMITTING not in (error.details or error.message)


def did_not_begin(error: StatementError) -> bool:
    """The JobManager took the job's id and failed to begin it."""
    return _NOT_BEGUN in (error.details or "") and read_reply(error) is Reply.REFUSED
