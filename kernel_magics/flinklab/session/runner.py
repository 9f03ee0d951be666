"""Running one statement: submitted, and made into the result that fits what came back."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, QueryCancelledError, StatementError
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import duration
from flinklab.ports import JobManager
from flinklab.results.table import Mode, ResultTable
from flinklab.session.aside import Pending, aside
from flinklab.session.catalogs import Catalogs
from flinklab.session.connection import TRIES, Connection
from flinklab.session.departure import Departure
from flinklab.session.job import JobResult
from flinklab.session.journal import Journal
from flinklab.session.lookout import Lookout
from flinklab.session.operation import drain, first_page, let_go
from flinklab.session.options import RunOptions
from flinklab.session.origin import PARAMETERS, Origin
from flinklab.session.query import Budget, QueryResult
from flinklab.session.reader import PageReader
from flinklab.session.recording import NoHistory, Record, Recorder
from flinklab.session.result import Result, said
from flinklab.session.stopping import abandon
from flinklab.session.supply import Prepared
from flinklab.sql.classify import starts_job

ZONE = "table.local-time-zone"
# A person who looks wants rows at once (with EXACTLY_ONCE they appear only after a checkpoint), and an error at
# once: a cluster with checkpoints on would restart a query that divides by zero again and again.
_FOR_QUERIES = {"execution.checkpointing.mode": "AT_LEAST_ONCE", "restart-strategy.type": "none"}
_CHANGES_IN_PLACE = frozenset({"UB", "UA", "D"})
_PLANNING = 10.0


class Runner:
    """Runs statements in one gateway session and notes in the journal what shaped it."""

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        jobs: JobManager | None,
        origin: Origin,
        longest_life: float | None,
        recorder: Recorder | None = None,
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._jobs = jobs
        self._origin = origin
        self._longest_life = longest_life
        self._recorder = recorder or NoHistory()
        self._catalogs = Catalogs(connection.ask)
        self._seen: dict[str, str] | None = None

    def run(
        self,
        statement: Statement,
        options: RunOptions,
        *,
        instead: Callable[[Statement], list[str] | None] = lambda statement: None,
    ) -> Result:
        """`instead` may carry out the statement itself, and gives the lines to tell then.

        Raises `StatementError` (places count in the statement), `ConnectionFailedError`, `CatalogError`.
        """
        record = self._recorder.begin(statement)
        try:
            lines = instead(statement)
            result = said(statement, lines) if lines else self._follow(statement, options, record)
            if result.job_id is not None:
                result.jobmanager = self._jobs
                result.config = {**(self._seen or {}), **self._config(statement, options)}
        except BaseException as error:
            record.failed(error)
            raise
        record.ran(result)
        return result

    def _follow(self, statement: Statement, options: RunOptions, record: Record) -> Result:
        """All is done aside: an interrupt ends the waiting here, and then, in order, what is under way there."""
        departure, running = Departure(), Pending[Result]()
        try:
            aside(lambda: self._run(statement, options, record, departure), running)
            return running.result()
        except KeyboardInterrupt:
            became = "it was not sent" if departure.call_off() else _await_end(running)
            raise QueryCancelledError(f"interrupted while the statement was being submitted; {became}") from None

    def _run(self, statement: Statement, options: RunOptions, record: Record, departure: Departure) -> Result:
        started = time.monotonic()
        prepared = self._connection.prepare(statement)
        record.prepared(prepared)
        lasting = statement.kind is StatementKind.DDL and self._catalogs.is_lasting(prepared.text)
        zone = options.config.get(ZONE) or self.zone()
        config = self._connection.values(self._config(statement, options), statement.environment)
        config = self._connection.aimed(statement, config)
        is_query = statement.kind is StatementKind.QUERY
        until = started + options.timeout if is_query and options.timeout is not None else None
        gateway = self._connection.gateway
        for last in (*[False] * TRIES, True):
            departure.leave()
            try:
                session, operation = self._connection.submit(prepared.text, config)
                first = first_page(gateway, session, operation, until, departure.is_called_off)
                break
            except StatementError as error:
                if last or not self._connection.supply(prepared, error):
                    prepared.restore(error)
                    raise
        if first.kind is PageKind.NOT_READY:
            became = self._give_up(statement, lasting, session, operation)
            if departure.is_called_off():
                raise QueryCancelledError(became)
            late = f"timeout of {duration(options.timeout or 0)} reached before the query began"
            raise QueryCancelledError(f"{late}; {became}")
        # A gateway of Flink 1.16 does not say what is a query.
        if first.is_query or is_query:
            try:
                return self._query(statement, options, session, operation, first, started, zone, prepared)
            except BaseException:
                # Nobody has it yet, and the heartbeat would keep it for ever.
                let_go(gateway, session, operation)
                raise
        # It was carried out when its first page is there, whatever happens to the rest.
        self._remember(statement, lasting=lasting, started_job=first.job_id is not None)
        table = ResultTable(first.columns, mode=Mode.APPEND, rows_kept=None, zone=zone)
        drain(
            gateway,
            session,
            operation,
            first,
            lambda page: table.add(replace(page, rows=prepared.hide(page.rows))),
            departure.is_called_off,
        )
        if first.job_id is None:
            return Result(statement, table, started=started)
        return self._job(statement, options, table, first.job_id, started, prepared)

    def zone(self) -> str:
        """The session's time zone as the gateway has it."""
        return self._configuration().get(ZONE, "UTC")

    def _configuration(self) -> dict[str, str]:
        if self._seen is None:
            self._seen = self._connection.properties()
        return self._seen

    def _job(
        self,
        statement: Statement,
        options: RunOptions,
        table: ResultTable,
        job_id: JobId,
        started: float,
        prepared: Prepared,
    ) -> JobResult:
        return JobResult(
            statement,
            table,
            jobs=self._jobs,
            job_id=job_id,
            job_name=options.name or self._job_name(job_id),
            link=self._link(job_id),
            started=started,
            restore=prepared.restore,
            lookout=self._lookout(job_id, has_rows=False),
        ).start()

    def _give_up(
        self, statement: Statement, lasting: bool, session: SessionHandle, operation: OperationHandle
    ) -> str:
        """End what was submitted; one clause on what became of it."""
        try:
            became, page = abandon(self._connection.gateway, self._jobs, session, operation)
        except FlinklabError as error:
            return f"it could not be ended: {error.message}"
        if page is not None and not page.is_query:
            self._remember(statement, lasting=lasting, started_job=page.job_id is not None)
        return became

    def _query(
        self,
        statement: Statement,
        options: RunOptions,
        session: SessionHandle,
        operation: OperationHandle,
        first: Page,
        started: float,
        zone: str,
        prepared: Prepared,
    ) -> QueryResult:
        table = ResultTable(
            first.columns,
            mode=options.mode,
            rows_kept=options.rows_kept,
            zone=zone,
            is_updating=lambda: self._is_updating(statement, options),
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
            restore=prepared.restore,
            leave=self._connection.leave,
            lookout=self._lookout(first.job_id),
        ).start()

    def _config(self, statement: Statement, options: RunOptions) -> dict[str, str]:
        config = options.execution_config()
        is_query = statement.kind is StatementKind.QUERY
        if not is_query and not starts_job(statement):
            return config
        own = self._configuration().get(PARAMETERS)
        if own and not own.startswith("{"):  # else it is YAML, to which marks cannot be added
            config.setdefault(PARAMETERS, own)
        if is_query:
            return self._origin.mark({**_FOR_QUERIES, **config}, "query")
        return self._origin.mark(config, "insert")

    def _is_updating(self, statement: Statement, options: RunOptions) -> bool:
        """Ask the planner whether rows of the query take back earlier ones: as it is run, in batch mode none do.

        A session carries out one statement at a time. When another one holds it up the rows must go on: False,
        and if the query does take rows back after all, it ends and says so.
        """
        try:
            plan = self._connection.ask(
                f"EXPLAIN CHANGELOG_MODE {statement.text}",
                options.execution_config(),
                environment=statement.environment,
                timeout=_PLANNING,
            )
        except (StatementError, FutureTimeoutError):
            return False
        return bool(_changes(str(plan[0][0])) & _CHANGES_IN_PLACE)

    def _remember(self, statement: Statement, *, lasting: bool, started_job: bool) -> None:
        self._journal.record(statement, lasting=lasting, started_job=started_job)
        self._connection.noted()
        if statement.kind is StatementKind.SET:
            self._seen = None
        if statement.kind is StatementKind.DDL:
            self._catalogs.forget()

    def _job_name(self, job_id: JobId) -> str | None:
        try:
            job = self._jobs.job(job_id) if self._jobs else None
        except ConnectionFailedError:
            return None
        return job.name if job else None

    def _lookout(self, job_id: JobId | None, *, has_rows: bool = True) -> Lookout | None:
        if job_id is None or self._jobs is None:
            return None
        return Lookout(self._jobs, job_id, self._connection.target, has_rows=has_rows)

    def _link(self, job_id: JobId | None) -> str | None:
        if job_id is None or self._jobs is None:
            return None
        return self._jobs.ui_link(job_id)


def _await_end(running: Pending[Result]) -> str:
    """End what a statement came to after all; one clause on that. A second interrupt ends only the waiting."""
    try:
        return aside(lambda: _end(running)).result()
    except KeyboardInterrupt:
        return "it is still being ended"


def _end(running: Pending[Result]) -> str:
    try:
        result = running.result()
        if result.job_id is None and result.status.is_final:
            return "it had been carried out already"
        result.cancel("ended")
        return result.message or "it was ended"
    except QueryCancelledError as error:
        return error.message
    except StatementError as error:
        return f"it had failed already: {error.message}"
    except FlinklabError as error:
        return f"it could not be ended: {error.message}"


def _changes(plan: str) -> frozenset[str]:
    """The kinds of changes of the top operator in an `EXPLAIN CHANGELOG_MODE`: `I`, `UB`, `UA`, `D`."""
    physical = plan.partition("== Optimized Physical Plan ==")[2]
    mode = physical.partition("changelogMode=[")[2].partition("]")[0]
    return frozenset(mode.split(","))
