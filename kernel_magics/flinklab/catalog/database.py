"""The catalog's database: connections by URL, transactions, and errors in words."""

from __future__ import annotations

import getpass
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Pool, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from flinklab.catalog.failures import in_words
from flinklab.catalog.urls import masked, parse_url
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.references import look_up

_BUSY = 10  # s that a writer waits for another one
_CONNECT = 5  # s until a server that does not answer counts as down
_STATEMENT = 30  # s that a statement may take: somebody is waiting for it
_IDLE_IN_TRANSACTION = 60  # s after which a transaction that was forgotten is ended, and its locks with it
_SILENCE = 15  # s without a sign of the server until a connection counts as lost
_MIGRATION = 600  # s that a migration may take, and wait for the one of another process
_ONE_MIGRATES = 0x666C696E6B  # the key of an advisory lock
_WRITES, _MIGRATES = "flinklab_writes", "flinklab_migrates"


class Database:
    """One catalog database as one person uses it. Safe to use from several threads, and after a fork.

    `url`: `sqlite:////path/catalog.db` or `postgresql://ann@host/flinklab`. `password`: a reference to the
    server's password (`env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`), looked up for each connection when none is
    in the URL; without both it is what libpq finds by itself (`PGPASSWORD`, `~/.pgpass`). Connections are made
    when they are needed, and so many of them as `connections` stay open. Raises `UsageError` for a URL that is
    none, `CatalogUnavailableError` without a driver.
    """

    def __init__(self, url: str, *, password: str | None = None, connections: int = 1) -> None:
        self.url = parse_url(url)
        self._password = password
        self.engine = _postgresql(self, connections) if self.is_shared else _sqlite(self, connections)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        self._migrator = self.engine.execution_options(**{_WRITES: True, _MIGRATES: True})
        self._reader = self.engine.execution_options(
            **({"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"} if self.is_shared else {})
        )
        self._person: str | None = None
        self._inherited: list[Pool] = []
        _OPEN.add(self)

    @property
    def shown_url(self) -> str:
        """The URL without what is secret in it."""
        return masked(self.url)

    @property
    def is_shared(self) -> bool:
        """A server's database, which keeps teams apart by itself; SQLite is one person's and does not."""
        return not self.url.drivername.startswith("sqlite")

    @property
    def person(self) -> str:
        """Who is connected: the database's own user, in SQLite the one of this machine."""
        if self._person is None:
            if self.is_shared:
                with self.reading() as connection:
                    self._person = str(connection.execute(text("SELECT session_user")).scalar_one())
            else:
                self._person = _this_user()
        return self._person

    def act_for(self, person: str) -> None:
        """Record what is done from now on as this person's, where a person is no more than a name (SQLite).

        A server's database goes on to record the login that it gave rights to, whoever is said to use it.
        """
        if not self.is_shared:
            self._person = person

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with: it sees one moment of the database, and waits for no writer.

        Raises `CatalogUnavailableError`, `SchemaVersionError` (no catalog is there), `NotPermittedError`.
        """
        with self._in_words(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all that is done in it is kept, or nothing is.

        Raises what `reading` does, and `ConflictError` when another writer got there first.
        """
        with self._in_words(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction to change the schema in: one process at a time, the others wait."""
        with self._in_words(), self._migrator.begin() as connection:
            if self.is_shared:
                for timeout in ("statement_timeout", "lock_timeout"):
                    connection.execute(text(f"SET LOCAL {timeout} = '{_MIGRATION}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_MIGRATES})
            yield connection

    def password(self) -> str | None:
        """The password as it is now; None: libpq finds it, or none is needed. Raises `SecretError`."""
        if self.url.password or self._password is None:
            return self.url.password
        return look_up(self._password)

    def close(self) -> None:
        """Let go of all connections. A next use makes new ones."""
        self.engine.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise in_words(error, self.url) from error

    def _leave_connections_to_the_parent(self) -> None:
        # Kept, because a connection that is closed here would be closed for the parent, too.
        self._inherited.append(self.engine.pool)
        self.engine.dispose(close=False)


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


def _after_fork() -> None:
    for database in list(_OPEN):
        database._leave_connections_to_the_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _this_user() -> str:
    # On a hub many people's servers run as one user of their machines.
    if name := os.environ.get("JUPYTERHUB_USER"):
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}"


def _sqlite(database: Database, connections: int) -> Engine:
    engine = create_engine(
        database.url,
        hide_parameters=True,
        pool_size=connections + 1,  # one reads while another one writes
        max_overflow=30,
        pool_timeout=_BUSY,
        connect_args={"timeout": _BUSY},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, not by pysqlite
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    # To alter a table is to copy it, and to drop the first one: nothing may follow it.
    migrates = connection.get_execution_options().get(_MIGRATES, False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if migrates else 'ON'}")
    # A writer that began by reading could not go on after another one's commit: it takes its turn at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(database: Database, connections: int) -> Engine:
    server_settings = {
        "statement_timeout": _STATEMENT * 1000,
        "lock_timeout": _BUSY * 1000,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION * 1000,
    }
    own_options = " ".join(f"-c {name}={value}" for name, value in server_settings.items())
    defaults = {
        "connect_timeout": _CONNECT,
        "application_name": "flinklab",
        "keepalives_idle": _SILENCE,
        "tcp_user_timeout": _SILENCE * 1000,
    }
    asked = database.url.query
    options = f"{own_options} {asked.get('options', '')}".strip()  # of two settings of one thing the last one holds
    try:
        engine = create_engine(
            database.url,
            hide_parameters=True,
            # A kernel is quiet most of the time, and a server has a hundred connections for all of them.
            pool_size=connections,
            max_overflow=4,
            pool_timeout=_BUSY,
            pool_pre_ping=True,
            connect_args={**{k: v for k, v in defaults.items() if k not in asked}, "options": options},
        )
    except ModuleNotFoundError as error:
        raise CatalogUnavailableError(
            f"{error.name} is not installed, which connects to PostgreSQL",
            hint='pip install "flinklab[postgresql]"',
        ) from None

    def add_password(_dialect: object, _record: object, _arguments: object, named: dict[str, Any]) -> None:
        if password := database.password():
            named["password"] = password

    event.listen(engine, "do_connect", add_password)
    return engine
