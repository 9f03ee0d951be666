"""The catalog's database: connections by URL, transactions, and errors in words."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from flinklab.domain.errors import CatalogError, CatalogUnavailableError

_BUSY = 10_000  # ms that a writer waits for another one's transaction in SQLite


class Database:
    """One catalog database as one person uses it. Safe to use from several threads.

    `url` is SQLAlchemy's: `sqlite:////path/catalog.db` or `postgresql+psycopg://ann@host/flinklab`.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self._person: str | None = None

    @property
    def is_shared(self) -> bool:
        """A server's database, which keeps teams apart by itself; SQLite is one person's and does not."""
        return self.engine.dialect.name != "sqlite"

    @property
    def person(self) -> str:
        """Who is connected: the database's own user, in SQLite the one of this machine."""
        if self._person is None:
            if self.is_shared:
                with self.reading() as connection:
                    self._person = str(connection.execute(text("SELECT session_user")).scalar_one())
            else:
                self._person = getpass.getuser()
        return self._person

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with. Raises `CatalogUnavailableError`."""
        with self._in_words(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all that is done in it is kept, or nothing is.

        Raises `CatalogUnavailableError`, `NotPermittedError`.
        """
        with self._in_words(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise CatalogUnavailableError(f"the catalog's database failed: {error.orig}") from error
        except SQLAlchemyError as error:
            raise CatalogError(f"the catalog could not be used: {error}") from error


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # transactions are begun by us, not by pysqlite
    for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY}", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
