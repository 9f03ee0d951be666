"""Where a catalog's database is: its URL, checked, and as it may be shown."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from flinklab.domain.errors import UsageError

_FORMS = "it is sqlite:////path/to/catalog.db or postgresql://user@host/database"
_SECRET_PARAMETERS = ("password", "sslpassword")  # libpq's; a URL may carry them in its query


def default_path() -> Path:
    """The catalog of who does not name one: a file in the user's data folder."""
    return user_data_path("flinklab", appauthor=False) / "catalog.db"


def default_url() -> str:
    return f"sqlite:///{default_path()}"


def parse_url(text: str) -> URL:
    """The database's URL, with the driver that is used here. Raises `UsageError`, which shows no password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Whatever it is, there may be a password in it.
        raise UsageError("the catalog's URL cannot be read", hint=_FORMS) from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        if not url.database or ":memory:" in url.database:
            raise UsageError("the catalog's URL names no file", hint=_FORMS)
        return url.set(drivername="sqlite+pysqlite", database=_expanded(url.database))
    if kind in ("postgresql", "postgres"):
        if not url.database:
            raise UsageError(f"the catalog's URL {masked(url)} names no database", hint=_FORMS)
        password = url.password or "".join(url.query.get("password", ())) or None
        return url.difference_update_query(["password"]).set(drivername="postgresql+psycopg", password=password)
    raise UsageError(f"a catalog cannot be kept in {kind}", hint=_FORMS)


def _expanded(database: str) -> str:
    return database if database.startswith("file:") else str(Path(database).expanduser().absolute())


def masked(url: URL) -> str:
    """The URL as a person would write it, with `***` for what is secret in it."""
    secret = {name: "***" for name in _SECRET_PARAMETERS if name in url.query}
    plain = url.set(drivername=url.drivername.partition("+")[0])
    return plain.update_query_dict(secret).render_as_string(hide_password=True)


def place(url: URL) -> str:
    """What an error calls the database: its file, or `database at host:port`."""
    if url.drivername.startswith("sqlite"):
        return url.database or ""
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.database} at {host}:{url.port or 5432}"


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database; None for a server's."""
    if not url.drivername.startswith("sqlite"):
        return None
    return Path((url.database or "").removeprefix("file:"))
