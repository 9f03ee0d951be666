"""What went wrong with the database, in words for the person who met it."""

from __future__ import annotations

import re

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from flinklab.catalog.sqlite_locks import lock_holder
from flinklab.catalog.urls import place, sqlite_path
from flinklab.domain.errors import (
    CatalogError,
    CatalogUnavailableError,
    ConflictError,
    NotPermittedError,
    SchemaVersionError,
)
from flinklab.domain.text import one_line

_LONGEST = 300  # characters of what a driver says
_INIT = "make it with: flinklab db init"
_TAKEN = "somebody else wrote the same name or row at the same moment"
_LOOK_AGAIN = "look at it again, and decide"
_SERVER = "is the server up, and the catalog's URL right?"


def in_words(error: SQLAlchemyError, url: URL) -> CatalogError:
    """The error of ours that a driver's error means. None of them shows a password or the statement's values."""
    if isinstance(error, PoolTimeoutError):
        return CatalogUnavailableError(
            "all of this process's connections to the catalog are in use",
            hint="wait for what runs, or close what was left open",
        )
    if not isinstance(error, DBAPIError) or error.orig is None:
        return CatalogError(f"the catalog could not be used: {one_line(str(error).splitlines()[0], _LONGEST)}")
    said = one_line(_primary(error.orig), _LONGEST)
    if url.drivername.startswith("sqlite"):
        return _of_sqlite(said, url)
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return _of_connecting(said, url) if not error.connection_invalidated else _lost(said, url)
    return _of_state(state, said, url)


def _primary(error: BaseException) -> str:
    # The detail lines below it hold values of rows.
    diagnosis = getattr(error, "diag", None)
    if primary := getattr(diagnosis, "message_primary", None):
        return str(primary)
    lines = [line.strip() for line in str(error).splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("Is the server running"))
    return said.removeprefix("connection failed: ") or type(error).__name__


def _lost(said: str, url: URL) -> CatalogError:
    return CatalogUnavailableError(
        f"the connection to the catalog's database {place(url)} was lost: {said}",
        hint="what was being written is not there; the next try makes a new connection",
    )


def _crowded(url: URL) -> CatalogError:
    return CatalogUnavailableError(
        f"the catalog's database {place(url)} takes no more connections",
        hint="end kernels that are not needed, or let its administrator raise the limit",
    )


def _of_connecting(said: str, url: URL) -> CatalogError:
    where = place(url)
    if "authentication failed" in said or "no password supplied" in said:
        return CatalogUnavailableError(
            f"the catalog's database {where} refused the password of {url.username or 'you'}",
            hint="set FLINKLAB_CATALOG_PASSWORD to a reference (env:NAME, file:PATH), or use ~/.pgpass",
        )
    if "does not exist" in said and "database" in said:
        return CatalogUnavailableError(
            f"there is no database {url.database} on that server ({where})",
            hint=f"let the server's administrator run: CREATE DATABASE {url.database};",
        )
    if "too many" in said or "remaining connection slots" in said:
        return _crowded(url)
    if "closed" in said or "lost" in said or "terminating" in said:
        return _lost(said, url)
    return CatalogUnavailableError(f"the catalog's database {where} does not answer: {said}", hint=_SERVER)


def _policy(said: str) -> str:
    """PostgreSQL's sentence about a row-level policy, as what it means for a person."""
    found = re.search(r'violates row-level security policy[^"]*(?:"[^"]*" )?for table "(\w+)"', said)
    return f"your role in the team does not let you write {found[1]} rows of it" if found else said


def _of_state(state: str, said: str, url: URL) -> CatalogError:
    """https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    match state:
        case "42501":
            return NotPermittedError(
                f"you may not do that in the catalog: {_policy(said)}",
                hint="flinklab team list says your roles; an admin of the team can change them",
            )
        case "23505":
            return ConflictError(f"{_TAKEN}: {said}", hint=_LOOK_AGAIN)
        case "23503":
            return ConflictError(f"other rows of the catalog stand in the way: {said}", hint=_LOOK_AGAIN)
        case "40001" | "40P01":
            return ConflictError(f"somebody else changed it at the same moment: {said}", hint="try again")
        case "42P01" | "42703" | "42883" | "3F000":
            return SchemaVersionError(f"no (whole) catalog is in {place(url)}: {said}", hint=_INIT)
        case "57014":
            return CatalogUnavailableError(
                f"the catalog's database took too long, and was stopped: {said}", hint="try again, or ask for less"
            )
        case "55P03":
            return CatalogUnavailableError(
                f"somebody else holds what is to be changed in {place(url)}",
                hint="wait for their change (or a flinklab db upgrade) to end, and try again",
            )
        case "25006":
            return CatalogUnavailableError(
                f"the catalog's database {place(url)} can only be read now: {said}",
                hint="it may be a standby: connect to its primary",
            )
        case "53100":
            return CatalogUnavailableError(
                f"the disk of the catalog's database {place(url)} is full",
                hint="nothing was written; make room there",
            )
        case "53300":
            return _crowded(url)
    match state[:2]:
        case "08" | "57":
            return _lost(said, url)
        case "28":
            return _of_connecting("authentication failed", url)
        case "3D":
            return _of_connecting("database does not exist", url)
    return CatalogError(f"the catalog's database refused it: {said}")


def _of_sqlite(said: str, url: URL) -> CatalogError:
    # Codes are in Python 3.11's sqlite3 only; the texts are SQLite's own, and not translated.
    where = place(url)
    lower = said.lower()
    if "locked" in lower:
        holder = lock_holder(sqlite_path(url))
        return CatalogUnavailableError(
            f"{where} is locked by {holder or 'another process'}", hint="wait for it to end, and try again"
        )
    if "unique constraint" in lower:
        return ConflictError(f"{_TAKEN}: {said}", hint=_LOOK_AGAIN)
    if "foreign key" in lower:
        return ConflictError("other rows of the catalog stand in the way", hint=_LOOK_AGAIN)
    if "no such table" in lower or "no such column" in lower or "has no column" in lower:
        return SchemaVersionError(f"no (whole) catalog is in {where}: {said}", hint=_INIT)
    if "readonly" in lower:
        return CatalogUnavailableError(f"{where} can only be read", hint="make the file and its folder writable")
    if "not a database" in lower:
        return CatalogUnavailableError(f"{where} is a file of something else", hint="name another file")
    if "full" in lower:
        return CatalogUnavailableError(f"there is no room for {where}", hint="nothing was written; make room there")
    if "unable to open" in lower:
        return CatalogUnavailableError(f"{where} cannot be opened", hint="is its folder there, and yours?")
    if "malformed" in lower or "i/o error" in lower:
        return CatalogUnavailableError(
            f"{where} is damaged, or its disk is: {said}",
            hint="put back the last copy of flinklab db backup",
        )
    return CatalogError(f"the catalog's database refused it: {said}")
