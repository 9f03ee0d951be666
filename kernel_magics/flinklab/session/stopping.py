"""Ending a Flink job without harming its cluster, and finding out what became of it."""

from __future__ import annotations

import time

from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ConnectionFailedError, FlinklabError
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.ports import JobManager, SqlGateway

_POLL = 0.1
_SLOWEST_POLL = 1.0
_OPENED = frozenset({"RUNNING", "FINISHED"})


def wait_until_safe_to_cancel(jobs: JobManager | None, job_id: JobId, timeout: float = 15.0) -> None:
    """Wait until every task of a SELECT's job has opened, at most `timeout` seconds.

    Cancelling a job whose collect sink was not opened yet ends the whole TaskManager (FLINK-39330: a
    NullPointerException in the sink's `close`), and with it every other job there.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            job = jobs.job(job_id) if jobs else None
        except ConnectionFailedError:
            return
        if jobs is None:
            time.sleep(min(2.0, timeout))
            return
        if job is None or job.state.is_terminal:
            return
        # Without any task it is not known yet which there will be: Flink's answer is up to three seconds old.
        if job.task_states and set(job.task_states) <= _OPENED:
            return
        time.sleep(_POLL)


def wait_until_over(jobs: JobManager | None, job_id: JobId, timeout: float) -> JobState | None:
    """The state in which a job ended, or the state it still has after `timeout` seconds.

    None when nobody can tell: no JobManager is known, it does not answer, or it does not know the job.
    """
    if jobs is None:
        return None
    deadline = time.monotonic() + timeout
    pause = _POLL
    while True:
        try:
            state = jobs.state(job_id)
        except ConnectionFailedError:
            return None
        if state is None or state.is_terminal or time.monotonic() >= deadline:
            return state
        time.sleep(pause)
        pause = min(pause * 1.5, _SLOWEST_POLL)


def abandon(
    gateway: SqlGateway,
    jobs: JobManager | None,
    session: SessionHandle,
    operation: OperationHandle,
    timeout: float = 15.0,
) -> tuple[str, Page | None]:
    """End a statement before its first page was read; one clause on what became of it, and that page.

    Waits (at most `timeout` seconds) until Flink has taken the job or refused it: only then it is known whether
    there is a job to end. None when the statement was refused, or not taken in time.
    """
    deadline = time.monotonic() + timeout
    try:
        page = gateway.fetch(session, operation, 0)
        while page.kind is PageKind.NOT_READY and time.monotonic() < deadline:
            time.sleep(_POLL)
            page = gateway.fetch(session, operation, 0)
    except FlinklabError as error:
        gateway.close_operation(session, operation)
        return f"it had failed already: {error.message}", None
    if page.job_id is not None and page.is_query:
        wait_until_safe_to_cancel(jobs, page.job_id)
    gateway.close_operation(session, operation)
    if page.kind is PageKind.NOT_READY:
        return "the gateway was told to end it", None
    if page.job_id is None:
        return "it had been carried out already", page
    if not page.is_query and jobs is not None:
        jobs.cancel(page.job_id)
    return outcome(page.job_id, wait_until_over(jobs, page.job_id, timeout)), page


def outcome(job_id: JobId, state: JobState | None) -> str:
    """One clause on what became of a job that was ended."""
    name = f"job {job_id[:8]}"
    if state is None:
        return f"{name}: cancel sent, nobody could confirm it"
    if state.is_terminal:
        return f"{name} is {state.value}"
    return f"{name} is still {state.value}, Flink is ending it"
