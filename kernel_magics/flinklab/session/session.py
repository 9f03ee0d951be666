"""A session as a person uses it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from typing import Any
from weakref import WeakSet

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import FlinklabError, StatementError, UsageError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import suggest
from flinklab.ports import JobManager, SqlGateway
from flinklab.session.check import Verdict, judge
from flinklab.session.connection import HEARTBEAT, Connection
from flinklab.session.journal import Journal
from flinklab.session.options import RunOptions
from flinklab.session.origin import Origin
from flinklab.session.places import place
from flinklab.session.query import QueryResult
from flinklab.session.recording import Recorder
from flinklab.session.result import Result
from flinklab.session.runner import ZONE, Runner
from flinklab.session.supply import NoCatalog, Rows, Supply
from flinklab.session.target import Target
from flinklab.sql.split import split
from flinklab.sql.statement_sets import gather_sets

_DEFAULTS = RunOptions()
_OPTIONS = [field.name for field in fields(RunOptions)]
_CLOSING = 5.0


class Session:
    """A journal, the gateway session that follows it, and the queries that run in it.

    `zone` is the IANA name of the time zone for TIMESTAMP_LTZ, `longest_life` (seconds) ends forgotten
    queries, `notice` is told in one line what happened aside (a session that had to be made again). `supply` brings
    what the team shares, `recorder` is told of each statement that is run, `at_end` is called when it was closed.
    `target` is the cluster that the statements go to; without one it is the gateway's own.
    """

    def __init__(
        self,
        gateway: SqlGateway,
        jobs: JobManager | None,
        *,
        origin: Origin,
        zone: str = "UTC",
        properties: Mapping[str, str] | None = None,
        longest_life: float | None = None,
        heartbeat: float = HEARTBEAT,
        notice: Callable[[str], None] = lambda line: None,
        supply: Supply | None = None,
        recorder: Recorder | None = None,
        at_end: Callable[[], None] | None = None,
        target: Target | None = None,
    ) -> None:
        self.gateway = gateway
        self.jobs = jobs
        self.notice = notice
        self._origin = origin
        self._properties = {ZONE: zone, **(properties or {})}
        self._heartbeat = heartbeat
        self._at_end = at_end
        self.target = target or Target()
        self.supply = supply or NoCatalog()
        self._journal = Journal()
        self._connection = self._connect(self._journal)
        self._runner = Runner(self._connection, self._journal, jobs, origin, longest_life, recorder)
        self._aside: Connection | None = None
        # A query that runs is held by its thread; one that is over belongs to whoever asked for it.
        self._queries: WeakSet[QueryResult] = WeakSet()
        self._lock = threading.Lock()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sql(self, text: str, **options: Any) -> Result:
        """Run all statements of `text`; the last one's result.

        `options` are the fields of `RunOptions`: `session.sql("SELECT ...", limit=100, batch=True)`. Raises
        `UsageError` when there is no statement in the text, and what `run` raises.
        """
        unknown = [name for name in options if name not in _OPTIONS]
        if unknown:
            close = suggest(unknown[0], _OPTIONS)
            raise UsageError(
                f"unknown option {unknown[0]!r}",
                hint=f"did you mean {close!r}?" if close else f"there are {_OPTIONS}",
            )
        results = list(self.run(text, RunOptions(**options)))
        if not results:
            raise UsageError("there is no SQL statement here", hint="write one, for example SHOW TABLES")
        return results[-1]

    def run(self, text: str, options: RunOptions = _DEFAULTS, *, first_line: int = 1) -> Iterator[Result]:
        """Run the statements of `text` one after the other; the result of each as soon as it has one.

        A query's result is handed out while its rows still arrive, and the next statement starts. Raises a
        `StatementError` with the place in `text`, whose first line counts as `first_line` (in a cell the magic
        is line 1); the statements after it are not run.
        """
        for statement in self._statements(text, options.environment):
            if statement.kind is StatementKind.BEGIN_SET:
                self.notice("the statement set is left open: `END;` submits it, `%flink session reset` drops it")
            try:
                result = self._runner.run(
                    statement, options, instead=lambda each: self.supply.instead(each, self, force=options.force)
                )
            except StatementError as error:
                place(error, statement, text, first_line)
                raise
            if isinstance(result, QueryResult):
                with self._lock:
                    self._queries.add(result)
            yield result

    def check(
        self, text: str, *, first_line: int = 1, environment: str | None = None
    ) -> Generator[Verdict, None, None]:
        """Judge every statement of `text` in order, in a scratch session, and leave nothing behind."""
        scratch = self._connect(Journal(list(self._journal.statements)))
        try:
            statements = self._statements(text, environment)
            for verdict in judge(statements, scratch, lambda each: self.supply.is_about_catalog(each, self)):
                if verdict.error is not None:
                    place(verdict.error, verdict.statement, text, first_line)
                yield verdict
        finally:
            scratch.close()

    @contextmanager
    def scratch(self, supply: Supply | None = None) -> Iterator[Connection]:
        """Another gateway session, empty but for the jars and settings of this one, closed at the end."""
        kept = [each for each in self._journal.statements if each.kind in (StatementKind.SET, StatementKind.JAR)]
        connection = self._connect(Journal(kept), lambda line: None, supply)
        try:
            yield connection
        finally:
            connection.close()

    def ask(self, sql: str) -> Rows:
        """All rows of a SHOW or DESCRIBE, without a trace in the journal or the history."""
        return self._connection.ask(sql)

    @property
    def brought(self) -> frozenset[tuple[str, ...]]:
        """The full paths (catalog, database, name) of what the team's catalog has brought here."""
        return self._connection.brought

    def has_own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        """Whether the session itself has something of that name, and not from the catalog."""
        return self._connection.has_own(path, kind)

    def complete(self, text: str, position: int) -> list[str]:
        """What the gateway offers at `position` (characters) of `text`."""
        return self._beside().complete(text, position)

    def look(self, sql: str, *, timeout: float | None = None) -> Rows:
        """Like `ask`, in a gateway session beside: it waits for no statement that runs in this one.

        Raises `concurrent.futures.TimeoutError` after `timeout` seconds.
        """
        beside = self._beside()
        beside.follow()
        return beside.ask(sql, timeout=timeout)

    def sample(self, sql: str, *, rows: int, timeout: float) -> QueryResult:
        """The first `rows` rows of a query, run beside, and without a trace in the history.

        It ends after `timeout` seconds. Raises what `run` raises, and `UsageError` for what is no query.
        """
        [statement] = self._statements(sql, None)
        beside = self._beside()
        beside.follow()
        runner = Runner(beside, Journal(), self.jobs, self._origin, timeout)
        result = runner.run(statement, RunOptions(limit=rows, timeout=timeout))
        if not isinstance(result, QueryResult):
            raise UsageError("only a query has rows to sample")
        return result

    def _beside(self) -> Connection:
        with self._lock:
            if self._aside is None:
                self._aside = self._connect(self._journal, notice=lambda line: None)
            return self._aside

    @property
    def journal(self) -> list[Statement]:
        """The statements that a new gateway session would see again."""
        return list(self._journal.statements)

    @property
    def zone(self) -> str:
        """The time zone of TIMESTAMP_LTZ values."""
        return self._runner.zone()

    def configuration(self) -> dict[str, str]:
        """The gateway session's configuration, the cluster's defaults included."""
        return self._connection.properties()

    @property
    def running(self) -> list[QueryResult]:
        """The queries of this session that still run, the oldest first."""
        with self._lock:
            queries = [query for query in self._queries if not query.status.is_final]
        return sorted(queries, key=lambda query: query.elapsed, reverse=True)

    def close(self) -> None:
        """End the queries that run, and the gateway session, and let go of the connections."""
        running = self.running
        for query in running:
            query.cancel_soon("session closed")
        patience = time.monotonic() + _CLOSING
        for query in running:
            with suppress(FlinklabError):
                query.wait(max(0.0, patience - time.monotonic()))
        # A gateway that hangs must not hold up the end of a kernel; it ends idle sessions by itself.
        closing = threading.Thread(target=self._close_sessions, name="flinklab-close", daemon=True)
        try:
            closing.start()
            closing.join(max(2.0, patience - time.monotonic()))
        except RuntimeError:  # Python 3.12 starts no thread any more when it is about to end
            self._close_sessions()
        self.gateway.close()
        if self.jobs is not None:
            self.jobs.close()
        if self._at_end is not None:
            self._at_end()

    def _statements(self, text: str, environment: str | None) -> list[Statement]:
        return [replace(each, environment=environment) for each in gather_sets(text, split(text))]

    def _close_sessions(self) -> None:
        self._connection.close()
        if self._aside is not None:
            self._aside.close()

    def _connect(
        self, journal: Journal, notice: Callable[[str], None] | None = None, supply: Supply | None = None
    ) -> Connection:
        return Connection(
            self.gateway,
            self._properties,
            journal,
            notice=notice or self.notice,
            heartbeat=self._heartbeat,
            supply=supply or self.supply,
            target=self.target,
        )
