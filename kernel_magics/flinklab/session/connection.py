"""A gateway session that stays alive, and is made again from its journal when the gateway forgot it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import (
    CatalogError,
    ConnectionFailedError,
    FlinklabError,
    SessionExpiredError,
    StatementError,
    UnreachableError,
)
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.statements import Statement
from flinklab.domain.text import count, one_line
from flinklab.ports import SqlGateway
from flinklab.results.rows import rows_of
from flinklab.results.table import Mode, ResultTable
from flinklab.session.aside import aside
from flinklab.session.journal import Journal
from flinklab.session.operation import pages_of
from flinklab.session.supply import NoCatalog, Prepared, Rows, Supply
from flinklab.session.target import Target, reaches_cluster
from flinklab.sql.classify import classify

HEARTBEAT = 20.0
TRIES = 8
"""How often a statement is tried again after something that it lacked was brought."""
_BRIEFLY = 0.5


class Connection:
    """One gateway session at a time, opened when it is first needed.

    `notice` is told in one line when a session had to be made again. A gateway ends a session after an idle
    time (ten minutes by default, two in the embedded Flink); the heartbeat, a request every `heartbeat`
    seconds, prevents it while this process lives, and only then: that is how the queries of a dead kernel end.
    """

    def __init__(
        self,
        gateway: SqlGateway,
        properties: Mapping[str, str],
        journal: Journal,
        *,
        notice: Callable[[str], None],
        heartbeat: float = HEARTBEAT,
        supply: Supply | None = None,
        target: Target | None = None,
    ) -> None:
        self._gateway = gateway
        self._properties = dict(properties)
        self._journal = journal
        self._notice = notice
        self._heartbeat = heartbeat
        self._supply = supply or NoCatalog()
        self.target = target or Target()
        self._stock = self._supply.stock(self._run)
        self._handle: SessionHandle | None = None
        self._lost = False
        self._left: SessionHandle | None = None
        self._replayed = 0
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._pulse: threading.Thread | None = None

    @property
    def gateway(self) -> SqlGateway:
        return self._gateway

    def handle(self) -> SessionHandle:
        """The session, opened and brought up to the journal."""
        with self._lock:
            if self._handle is None:
                self._handle = self._open()
                self._start_pulse()
                if self._lost:
                    self._lost = False
                    self._notice(self._made_again())
            if self._closed.is_set():
                self._end()
                raise UnreachableError("the session was closed", url=self._gateway.url, hint="connect again")
            return self._handle

    def follow(self) -> SessionHandle:
        """The session with what the journal gained since (for a session that only listens in)."""
        with self._lock:
            handle = self.handle()
            self._replay(handle)
            return handle

    def aimed(self, statement: Statement, config: Mapping[str, str]) -> dict[str, str]:
        """The configuration with which a statement reaches the cluster that is meant, wherever it is now.

        What is said for the statement itself comes first. Raises a `ConnectionFailedError`: nothing was sent then.
        """
        return {**self.target.config(), **config} if reaches_cluster(statement) else dict(config)

    def submit(self, statement: str, config: Mapping[str, str]) -> tuple[SessionHandle, OperationHandle]:
        """Submit a statement; when the gateway forgot the session, once more on a new one.

        That is safe: a session that is not there has run nothing.
        """
        handle = self.handle()
        try:
            return handle, self._gateway.submit(handle, statement, config)
        except SessionExpiredError:
            handle = self._renew(handle)
            return handle, self._gateway.submit(handle, statement, config)

    def prepare(self, statement: Statement) -> Prepared:
        """The statement as it is to be submitted, with what it needs of the catalog brought into the session."""
        with self._lock:
            self.handle()
            try:
                return self._stock.prepare(statement)
            except SessionExpiredError:
                self._renew(self._handle)
                return self._stock.prepare(statement)

    @property
    def brought(self) -> frozenset[tuple[str, ...]]:
        """The full paths of what the catalog has brought into the session."""
        return self._stock.brought

    def has_own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        """Whether the session itself has something of that name, and not from the catalog."""
        with self._lock:
            self.handle()
            return self._stock.own(path, kind)

    def values(self, config: Mapping[str, str], environment: str | None) -> dict[str, str]:
        """Settings with the `${name}` in them replaced. Raises a `CatalogError`."""
        with self._lock:
            self.handle()
            return {key: self._stock.value(value, environment) for key, value in config.items()}

    def supply(self, prepared: Prepared, error: StatementError) -> bool:
        """Bring what `error` says is missing; True: try again."""
        with self._lock:
            self.handle()
            try:
                return self._stock.supply(prepared, error)
            except SessionExpiredError:
                self._renew(self._handle)
                return self._stock.supply(prepared, error)

    def ask(
        self,
        sql: str,
        config: Mapping[str, str] | None = None,
        *,
        environment: str | None = None,
        timeout: float | None = None,
    ) -> Rows:
        """All rows of a statement that ends by itself: SHOW, DESCRIBE, EXPLAIN, SET, a DDL.

        The strings of the rows, or of nested values their Python form; raises the `StatementError`, and
        `concurrent.futures.TimeoutError` after `timeout` seconds (the statement goes on to its end).
        """
        return aside(
            lambda: self._ask(Statement(sql, classify(sql), environment=environment), config or {})
        ).result(timeout)

    def complete(self, text: str, position: int) -> list[str]:
        """What the gateway offers at `position` (characters) of `text`, with what the journal defines."""
        handle = self.follow()
        try:
            return list(self._gateway.complete(handle, text, position))
        except SessionExpiredError:
            return list(self._gateway.complete(self._renew(handle), text, position))

    def _ask(self, statement: Statement, config: Mapping[str, str]) -> Rows:
        prepared = self.prepare(statement)
        config = self.aimed(statement, config)
        for last in (*[False] * TRIES, True):
            session, operation = self.submit(prepared.text, config)
            try:
                return self._rows(session, operation, prepared.hide)
            except StatementError as error:
                if last or not self.supply(prepared, error):
                    prepared.restore(error)
                    raise
        raise AssertionError("the last try returns or raises")

    def _run(self, sql: str) -> Rows:
        """For the stock: as it is, and in the session that there is."""
        handle = self._handle
        if handle is None:
            raise SessionExpiredError("the session is not open", url=self._gateway.url)
        return self._rows(handle, self._gateway.submit(handle, sql, {}))

    def _rows(
        self, session: SessionHandle, operation: OperationHandle, hide: Callable[[bytes], bytes] = bytes
    ) -> Rows:
        pages = pages_of(self._gateway, session, operation)
        table = ResultTable(pages[0].columns, mode=Mode.APPEND, rows_kept=None)
        for page in pages:
            table.add(replace(page, rows=hide(page.rows)))
        return rows_of(table.arrow())

    def noted(self) -> None:
        """The journal's newest entries were run here already."""
        self._replayed = len(self._journal)

    def properties(self) -> dict[str, str]:
        """The session's configuration as the gateway has it now."""
        handle = self.handle()
        try:
            seen = self._gateway.session_properties(handle)
        except SessionExpiredError:
            seen = self._gateway.session_properties(self._renew(handle))
        return {key: self._stock.hide(value) for key, value in seen.items()}

    def leave(self, session: SessionHandle) -> None:
        """Let the gateway end this session by its idle time: an operation in it is of a JobManager that is gone.

        To close such an operation, or the session with it, Flink tries there for a minute to cancel the job
        (`CollectResultFetcher.close`). Until then no statement of the session is taken, and requests of others were
        seen to wait as well.
        """
        self._left = session

    def close(self) -> None:
        """End the session, its heartbeat, and the queries that still run in it."""
        self._closed.set()
        # Whoever holds the lock for long waits for the gateway to open the session, and ends it then.
        if self._lock.acquire(timeout=_BRIEFLY):
            try:
                self._end()
            finally:
                self._lock.release()

    def _end(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and handle != self._left:
            # Otherwise the gateway is gone, or will end the session itself after its idle time.
            with suppress(ConnectionFailedError):
                self._gateway.close_session(handle)

    def _renew(self, expired: SessionHandle | None) -> SessionHandle:
        with self._lock:
            if self._handle == expired:
                self._handle, self._lost = None, True
            return self.handle()

    def _open(self) -> SessionHandle:
        handle = self._gateway.open_session(self._properties)
        self._replayed = 0
        before, self._handle = self._handle, handle
        self._stock = self._supply.stock(self._run)
        try:
            self._replay(handle)
        except BaseException:
            # Half a session would be taken for the whole one.
            self._handle = before
            with suppress(FlinklabError):
                self._gateway.close_session(handle)
            raise
        return handle

    def _made_again(self) -> str:
        replayed = f" from its journal ({count(len(self._journal), 'statement')})" if len(self._journal) else ""
        return f"the gateway had ended the session: made again{replayed}; what ran in it has ended"

    def _replay(self, handle: SessionHandle) -> None:
        while self._replayed < len(self._journal):
            statement = self._journal.statements[self._replayed]
            prepared = None
            try:
                prepared = self._stock.prepare(statement)
                self._rows(handle, self._gateway.submit(handle, prepared.text, {}))
            except (StatementError, CatalogError) as error:
                if prepared is not None and isinstance(error, StatementError):
                    prepared.restore(error)
                self._notice(f"could not replay `{one_line(statement.text, 60)}`: {error.message}")
            self._replayed += 1

    def _start_pulse(self) -> None:
        if self._pulse is None:
            self._pulse = threading.Thread(target=self._beat, name="flinklab-heartbeat", daemon=True)
            self._pulse.start()

    def _beat(self) -> None:
        while not self._closed.wait(self._heartbeat):
            handle = self._handle
            if handle is None:
                continue
            try:
                self._gateway.heartbeat(handle)
            except FlinklabError:
                # The next statement finds out and says so; a beat that fails once is no news.
                continue
