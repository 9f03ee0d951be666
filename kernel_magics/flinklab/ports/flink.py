"""A Flink cluster and its SQL Gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flinklab.domain.cluster import ClusterOverview, GatewayInfo, JobDetail, JobState, JobSummary
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page, RowFormat


class SqlGateway(Protocol):
    """A Flink SQL Gateway.

    Every method may raise a `ConnectionFailedError`. `submit` and `fetch` raise a `StatementError` for what the
    gateway says of a statement, with `position` counted in the text that was submitted. All methods may be
    called from any thread.
    """

    @property
    def url(self) -> str: ...

    def info(self) -> GatewayInfo: ...

    def open_session(self, properties: Mapping[str, str]) -> SessionHandle: ...

    def session_properties(self, session: SessionHandle) -> dict[str, str]: ...

    def heartbeat(self, session: SessionHandle) -> None: ...

    def close_session(self, session: SessionHandle) -> None: ...

    def submit(self, session: SessionHandle, statement: str, config: Mapping[str, str]) -> OperationHandle:
        """Submit once, never repeated: a lost reply is a `BrokenReplyError`, not a second submission."""
        ...

    def fetch(
        self, session: SessionHandle, operation: OperationHandle, token: int, row_format: RowFormat = RowFormat.JSON
    ) -> Page:
        """The page `token`. Repeated on a broken connection, which the protocol allows for the current page.

        When the gateway cannot write a page as JSON (MAP with keys that are no strings, VARIANT) it is fetched
        as `PLAIN_TEXT`; `Page.row_format` says what came.
        """
        ...

    def cancel(self, session: SessionHandle, operation: OperationHandle) -> None: ...

    def close_operation(self, session: SessionHandle, operation: OperationHandle) -> None:
        """End an operation, and with it the Flink job of a SELECT. Unknown ones are fine."""
        ...

    def complete(self, session: SessionHandle, text: str, position: int) -> Sequence[str]: ...

    def close(self) -> None:
        """Let go of connections. Sessions live on."""
        ...


class JobManager(Protocol):
    """A Flink cluster's JobManager (its REST API). Every method may raise a `ConnectionFailedError`."""

    @property
    def url(self) -> str: ...

    def overview(self) -> ClusterOverview: ...

    def jobs(self) -> Sequence[JobSummary]: ...

    def job(self, job_id: JobId) -> JobDetail | None:
        """None when the cluster does not know the job."""
        ...

    def state(self, job_id: JobId) -> JobState | None:
        """The job's state at this moment (Flink answers `job` and `jobs` from a cache some seconds old).

        None when the cluster does not know the job.
        """
        ...

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        """The job's global parameters (`pipeline.global-job-parameters`)."""
        ...

    def root_cause(self, job_id: JobId) -> str | None:
        """The stack trace that made the job fail, when there is one."""
        ...

    def cancel(self, job_id: JobId) -> None: ...

    def ui_link(self, job_id: JobId) -> str:
        """The job's page in Flink's web UI."""
        ...

    def close(self) -> None: ...
