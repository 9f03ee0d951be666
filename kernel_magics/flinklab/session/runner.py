"""Running one statement: submitted, and made into the result that fits what came back."""

from __future__ import annotations

import time
from concurrent.futures import Future

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, QueryCancelledError, StatementError
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page
from flinklab.domain.statements import Statement, StatementKind
from flinklab.ports import JobManager
from flinklab.results.table import Mode, ResultTable
from flinklab.session.aside import aside
from flinklab.session.catalogs import Catalogs
from flinklab.session.connection import Connection
from flinklab.session.job import JobResult
from flinklab.session.journal import Journal
from flinklab.session.operation import drain, first_page
from flinklab.session.options import RunOptions
from flinklab.session.origin import Origin
from flinklab.session.query import Budget, QueryResult
from flinklab.session.reader import PageReader
from flinklab.session.result import Result
from flinklab.session.stopping import abandon

ZONE = "table.local-time-zone"
# A person who looks wants rows at once (with EXACTLY_ONCE they appear only after a checkpoint), and an error at
# once: a cluster with checkpoints on would restart a query that divides by zero again and again.
_FOR_QUERIES = {"execution.checkpointing.mode": "AT_LEAST_ONCE", "restart-strategy.type": "none"}
_CHANGES_IN_PLACE = frozenset({"UB", "UA", "D"})


class Runner:
    """Runs statements in one gateway session and notes in the journal what shaped it."""

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        jobs: JobManager | None,
        origin: Origin,
        longest_life: float | None,
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._jobs = jobs
        self._origin = origin
        self._longest_life = longest_life
        self._catalogs = Catalogs(connection.ask)
        self._zone: str | None = None

    def run(self, statement: Statement, options: RunOptions) -> Result:
        """Raises `StatementError` (places count in the statement) and `ConnectionFailedError`."""
        started = time.monotonic()
        lasting = statement.kind is StatementKind.DDL and self._catalogs.is_lasting(statement.text)
        zone = self.zone()
        submitted = aside(lambda: self._connection.submit(statement.text, self._config(statement, options)))
        try:
            session, operation = submitted.result()
            first = first_page(self._connection.gateway, session, operation)
        except KeyboardInterrupt:
            became = self._give_up(submitted)
            raise QueryCancelledError(f"interrupted while the statement was being submitted; {became}") from None
        if first.is_query:
            return self._query(statement, options, session, operation, first, started)
        # It was carried out when its first page is there, whatever happens to the rest.
        self._remember(statement, lasting=lasting, started_job=first.job_id is not None)
        table = ResultTable(first.columns, mode=Mode.APPEND, rows_kept=None, zone=zone)
        drain(self._connection.gateway, session, operation, first, table.add)
        if first.job_id is None:
            return Result(statement, table, started=started)
        return JobResult(
            statement,
            table,
            jobs=self._jobs,
            job_id=first.job_id,
            job_name=options.name or self._job_name(first.job_id),
            link=self._link(first.job_id),
            started=started,
        )

    def zone(self) -> str:
        """The session's time zone as the gateway has it."""
        if self._zone is None:
            self._zone = self._connection.properties().get(ZONE, "UTC")
        return self._zone

    def _give_up(self, submitted: Future[tuple[SessionHandle, OperationHandle]]) -> str:
        """End what was submitted; one clause on what became of it. A second interrupt ends only the waiting."""
        gateway, jobs = self._connection.gateway, self._jobs
        try:
            return aside(lambda: abandon(gateway, jobs, *submitted.result())).result()
        except KeyboardInterrupt:
            return "it is still being ended"
        except FlinklabError as error:
            return f"it could not be ended: {error.message}"

    def _query(
        self,
        statement: Statement,
        options: RunOptions,
        session: SessionHandle,
        operation: OperationHandle,
        first: Page,
        started: float,
    ) -> QueryResult:
        table = ResultTable(
            first.columns,
            mode=options.mode,
            rows_kept=options.rows_kept,
            zone=self.zone(),
            is_updating=lambda: self._is_updating(statement),
        )
        gateway = self._connection.gateway
        return QueryResult(
            statement,
            table,
            PageReader(gateway, session, operation, first),
            gateway=gateway,
            session=session,
            operation=operation,
            jobs=self._jobs,
            budget=Budget(options.limit, options.timeout, self._longest_life),
            job_id=first.job_id,
            job_name=options.name,
            link=self._link(first.job_id),
            started=started,
        ).start()

    def _config(self, statement: Statement, options: RunOptions) -> dict[str, str]:
        config = options.execution_config()
        if statement.kind is StatementKind.QUERY:
            return self._origin.mark({**_FOR_QUERIES, **config}, "query")
        return self._origin.mark(config, "insert") if statement.kind is StatementKind.INSERT else config

    def _is_updating(self, statement: Statement) -> bool:
        """Ask the planner whether rows of the query take back earlier ones."""
        try:
            plan = self._connection.ask(f"EXPLAIN CHANGELOG_MODE {statement.text}")
        except StatementError:
            return False
        return bool(_changes(str(plan[0][0])) & _CHANGES_IN_PLACE)

    def _remember(self, statement: Statement, *, lasting: bool, started_job: bool) -> None:
        self._journal.record(statement, lasting=lasting, started_job=started_job)
        self._connection.noted()
        if statement.kind is StatementKind.SET:
            self._zone = None
        if statement.kind is StatementKind.DDL:
            self._catalogs.forget()

    def _job_name(self, job_id: JobId) -> str | None:
        try:
            job = self._jobs.job(job_id) if self._jobs else None
        except ConnectionFailedError:
            return None
        return job.name if job else None

    def _link(self, job_id: JobId | None) -> str | None:
        if job_id is None or self._jobs is None:
            return None
        return f"{self._jobs.url.rstrip('/')}/#/job/running/{job_id}/overview"


def _changes(plan: str) -> frozenset[str]:
    """The kinds of changes of the top operator in an `EXPLAIN CHANGELOG_MODE`: `I`, `UB`, `UA`, `D`."""
    physical = plan.partition("== Optimized Physical Plan ==")[2]
    mode = physical.partition("changelogMode=[")[2].partition("]")[0]
    return frozenset(mode.split(","))
