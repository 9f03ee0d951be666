"""A real PostgreSQL server for tests: on loopback, in a temporary folder, gone when the tests are."""

from __future__ import annotations

import itertools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL

_INSTALL = "the tests need PostgreSQL's server (initdb is not found): apt-get install postgresql"
_SUPERUSER = "postgres"
_START = 60.0  # s
_FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB")
# Ends the server and removes its folder as soon as the tests' process is gone, however it ended.
_END_WHEN_THE_TESTS_DO = """
import os, shutil, signal, sys, time
from pathlib import Path
sys.stdin.read()
folder = Path(sys.argv[1])
pid_file = folder / "data" / "postmaster.pid"
for attempt in range(300):
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        break
    try:
        os.kill(pid, signal.SIGINT if attempt < 100 else signal.SIGQUIT)
    except ProcessLookupError:
        break
    time.sleep(0.1)
shutil.rmtree(folder, ignore_errors=True)
"""


@dataclass(frozen=True)
class Login:
    """A role that can connect."""

    name: str
    password: str


class PostgresServer:
    """A running server, as its superuser sees it. Roles are the whole server's, so their names are made unique."""

    def __init__(self, port: int, password: str) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self.superuser = Login(_SUPERUSER, password)
        self._numbers = itertools.count(1)

    def url(self, database: str, login: Login | None = None) -> str:
        """SQLAlchemy's URL of a database, password and all; the superuser's when no login is given."""
        login = login or self.superuser
        return URL.create(
            "postgresql+psycopg", login.name, login.password, self.host, self.port, database
        ).render_as_string(hide_password=False)

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as superuser; its rows, if it has any."""
        with psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.superuser.name,
            password=self.superuser.password,
            dbname=database,
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def create_login(self, name: str = "person", *, exactly: bool = False) -> Login:
        """A role that can connect and nothing else, named `name` and a number (`exactly`: just `name`)."""
        login = Login(name if exactly else f"{name}_{next(self._numbers)}", secrets.token_hex(8))
        self.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(login.name), sql.Literal(login.password)
            )
        )
        return login

    def create_database(self, owner: Login, template: str = "template1") -> str:
        """A new database of `owner`, a copy of `template`; its name."""
        name = f"catalog_{next(self._numbers)}"
        self.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(owner.name), sql.Identifier(template)
            )
        )
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server; it ends with the block, or with this process."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="flinklab-postgres-"))
    watcher = subprocess.Popen(
        [sys.executable, "-c", _END_WHEN_THE_TESTS_DO, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )
    assert watcher.stdin is not None
    try:
        password = secrets.token_hex(16)
        _make_cluster(binaries, folder, password)
        process, port = _start(binaries, folder)
        try:
            yield _answering(process, folder, port, password)
        finally:
            process.terminate()  # lets those connected finish; the watcher is less patient
            watcher.stdin.close()
            process.wait(60)
    finally:
        watcher.stdin.close()
        watcher.wait(60)


def _binaries() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    # Debian keeps them out of the PATH, one folder per version.
    places = list(Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb"))
    if not places:
        raise RuntimeError(_INSTALL)
    return max(places, key=lambda path: float(path.parts[-3])).parent


def _as_nobody_if_root() -> dict[str, Any]:
    # PostgreSQL refuses to be run by root.
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}


def _make_cluster(binaries: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    owner = _as_nobody_if_root()
    if owner:
        for path in (folder, secret):
            shutil.chown(path, **owner)
    subprocess.run(
        [
            str(binaries / "initdb"),
            f"--pgdata={folder / 'data'}",
            f"--username={_SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **owner,
    )


def _start(binaries: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *_FAST_AND_FORGETFUL)
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    for option in options:
        command += ["-c", option]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            **_as_nobody_if_root(),
        )
    return process, port


def _answering(process: subprocess.Popen[bytes], folder: Path, port: int, password: str) -> PostgresServer:
    server = PostgresServer(port, password)
    deadline = time.monotonic() + _START
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {error}\n{log[-2000:]}") from error
            time.sleep(0.05)
        else:
            return server
