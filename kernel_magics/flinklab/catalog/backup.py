"""A copy of the catalog in a file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from flinklab.catalog.database import Database
from flinklab.catalog.urls import place, sqlite_path
from flinklab.domain.errors import CatalogUnavailableError, UsageError
from flinklab.domain.text import one_line

_WAIT = 3600.0  # s


def backup_name(database: Database) -> str:
    """`catalog-20260131T235959Z.db`; of a server's database a `.dump` for pg_restore."""
    now = datetime.now(timezone.utc)
    return f"catalog-{now:%Y%m%dT%H%M%SZ}.{'dump' if database.is_shared else 'db'}"


def backup(database: Database, to: Path, *, force: bool = False) -> Path:
    """Write a copy that only its owner can read (mode 0600), whole or not at all, while others go on working.

    Of PostgreSQL it is what `pg_dump --format=custom` writes. `force`: a file that is there is replaced. Raises
    `UsageError` for a place where it cannot be, `CatalogUnavailableError`.
    """
    if to.exists() and not force:
        raise UsageError(f"{to} is there already", hint="name another file, or add --force")
    try:
        descriptor, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")  # mode 0600
    except OSError as error:
        raise UsageError(f"no copy can be written to {to}: {error.strerror}") from None
    os.close(descriptor)
    draft = Path(name)
    try:
        path = sqlite_path(database.url)
        if path is None:
            _dump(database, draft)
        else:
            _copy(database, path, draft)
        if force:
            draft.replace(to)
        else:
            os.link(draft, to)
    except FileExistsError:
        raise UsageError(f"{to} came into being meanwhile", hint="name another file, or add --force") from None
    finally:
        draft.unlink(missing_ok=True)
    return to


def _copy(database: Database, path: Path, draft: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(draft)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise CatalogUnavailableError(f"{path} could not be copied: {error}") from error


def _dump(database: Database, draft: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise CatalogUnavailableError(
            "pg_dump is not installed, which copies a PostgreSQL database",
            hint="install PostgreSQL's client programs (Debian: apt-get install postgresql-client)",
        )
    with database.reading():
        pass  # what keeps us from it is better said by us than by pg_dump
    url, password = database.url, database.password()
    # The password goes by the environment: arguments are seen by everybody on the machine.
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [program, "--format=custom", "--no-password", f"--file={draft}", f"--dbname={_conninfo(url)}"]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WAIT
        )
    except subprocess.TimeoutExpired:
        raise CatalogUnavailableError(f"pg_dump of {place(url)} took longer than {_WAIT:.0f} s") from None
    if done.returncode:
        said = one_line(done.stderr.strip() or f"exit code {done.returncode}", 300)
        raise CatalogUnavailableError(
            f"{place(url)} could not be copied: {said}",
            hint="only the owner of the catalog's tables can copy all of them" if "permission" in said else None,
        )


def _conninfo(url: URL) -> str:
    from psycopg.conninfo import make_conninfo

    places = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    known: dict[str, Any] = {name: value for name, value in {**places, **url.query}.items() if value is not None}
    return make_conninfo(**known)
