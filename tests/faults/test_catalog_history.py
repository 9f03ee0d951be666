"""The history when its database goes away in the middle, when no file can be had, when a kernel is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from flinklab.catalog import lifecycle
from flinklab.catalog.database import Database
from flinklab.catalog.history import History
from flinklab.catalog.spool import HistoryWriter
from flinklab.catalog.spool_file import left_behind
from flinklab.domain.errors import CatalogError
from flinklab.domain.records import HistoryEntry
from postgres import PostgresServer, running_server
from teams import make_team

START = datetime(2024, 5, 1, tzinfo=timezone.utc)


def make(database: Database, number: int) -> HistoryEntry:
    id_ = uuid.UUID(int=number).hex
    return HistoryEntry(id_, "my", database.person, START, f"SELECT {number}", "", "query", "finished")


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def numbers(database: Database) -> list[int]:
    return sorted(int(entry.id, 16) for entry in History(database).search(limit=1_000))


def waiting(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in left_behind(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "shared" / "catalog.db"
    place.parent.mkdir()
    lifecycle.init(f"sqlite:///{place}")
    return place


@pytest.fixture
def database(place: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{place}")
    yield database
    database.close()


@pytest.fixture
def writer(database: Database, folder: Path) -> Iterator[HistoryWriter]:
    said: list[str] = []
    writer = HistoryWriter(lambda: History(database), folder, said.append, pause=0.05)
    yield writer
    writer.close(120)
    assert said == [], "nothing is lost"
    assert list(folder.iterdir()) == []


def test_a_database_whose_folder_goes_away_and_comes_back(
    database: Database, writer: HistoryWriter, place: Path, folder: Path
) -> None:
    writer.add(make(database, 0))
    wait_until(lambda: numbers(database) == [0])
    away = place.parent.rename(place.parent.with_name("away"))
    database.close()  # what is open goes on with a file that is moved
    for number in range(1, 6):
        writer.add(make(database, number))
    wait_until(lambda: waiting(folder) == 5)
    with pytest.raises(CatalogError):
        numbers(database)
    away.rename(place.parent)
    wait_until(lambda: numbers(database) == list(range(6)))


def test_a_database_that_another_program_keeps_locked(
    database: Database, writer: HistoryWriter, place: Path, folder: Path
) -> None:
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(5):
            writer.add(make(database, number))
        wait_until(lambda: waiting(folder) > 0)
        assert numbers(database) == []
        other.execute("ROLLBACK")
    wait_until(lambda: numbers(database) == list(range(5)))


def test_a_database_that_is_locked_while_the_kernel_ends(database: Database, place: Path, folder: Path) -> None:
    said: list[str] = []
    writer = HistoryWriter(lambda: History(database), folder, said.append)
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(5):
            writer.add(make(database, number))
        writer.close(0.1)
        assert waiting(folder) == 5, "they wait for the next process"
        other.execute("ROLLBACK")
    wait_until(lambda: all(each.name != "flinklab-history" for each in threading.enumerate()))
    following = HistoryWriter(lambda: History(database), folder, said.append)
    following.add(make(database, 5))
    following.close(120)
    assert numbers(database) == list(range(6))
    assert said == []
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_database_and_a_folder_that_cannot_be(tmp_path: Path) -> None:
    place = tmp_path / "catalog.db"
    place.write_bytes(b"this is no database" * 100)
    database, said = Database(f"sqlite:///{place}"), list[str]()
    writer = HistoryWriter(lambda: History(database), Path("/proc/no/folder"), said.append, pause=0.01)
    writer.add(make(database, 1))
    writer.add(make(database, 2))
    writer.close(120)
    database.close()
    assert any("cannot be kept in /proc/no/folder" in line for line in said)
    assert said[-1] == "2 statements lost to the history"
    assert len(said) == len(set(said))


_KILLED = """
import sys, time
from datetime import datetime, timezone
from pathlib import Path
from flinklab.catalog.spool import HistoryWriter
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.domain.records import HistoryEntry

def down():
    raise CatalogUnavailableError("down")

writer = HistoryWriter(down, Path(sys.argv[1]), print)
for number in range(5):
    id = f"{number:032x}"
    at = datetime(2024, 5, 1, tzinfo=timezone.utc)
    writer.add(HistoryEntry(id, "my", sys.argv[2], at, "SELECT 1", "", "query", "finished"))
time.sleep(600)
"""


def test_what_a_killed_kernel_had_kept_is_written_by_the_next(database: Database, folder: Path) -> None:
    kernel = subprocess.Popen([sys.executable, "-c", _KILLED, str(folder), database.person])
    try:
        wait_until(lambda: waiting(folder) == 5)
        said: list[str] = []
        first = HistoryWriter(lambda: History(database), folder, said.append)
        first.add(make(database, 100))
        first.close(120)
        assert numbers(database) == [100], "what a living kernel keeps is its own"
    finally:
        kernel.kill()
        kernel.wait(60)
    (path,) = left_behind(folder)
    with path.open("ab") as file:
        file.write(b'{"id":"0000000000000000000000000000')  # it fell in the middle of a line
    second = HistoryWriter(lambda: History(database), folder, said.append)
    second.add(make(database, 101))
    second.close(120)
    assert numbers(database) == [0, 1, 2, 3, 4, 100, 101]
    assert said == ["1 statement lost to the history: a process ended while it wrote"]
    assert list(folder.iterdir()) == []


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def test_a_server_that_is_killed_and_started_again(server: PostgresServer, folder: Path) -> None:
    owner = server.create_login("owner")
    server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
    url = server.url(server.create_database(owner), owner)
    lifecycle.init(url)
    database, said = Database(url), list[str]()
    make_team(database, "my")
    writer = HistoryWriter(lambda: History(database), folder, said.append, pause=0.05)
    writer.add(make(database, 0))
    wait_until(lambda: numbers(database) == [0])

    server.execute("CHECKPOINT")  # the tests' server answers before it has written, and would lose that in a crash
    data = Path(server.execute("SHOW data_directory")[0][0])
    pid = int((data / "postmaster.pid").read_text().split()[0])
    process = Path(f"/proc/{pid}")
    command = [word.decode() for word in (process / "cmdline").read_bytes().split(b"\0") if word]
    owner_of_it = process.stat()
    os.kill(pid, signal.SIGQUIT)  # at once, as a crash: connections are cut
    wait_until(lambda: not (data / "postmaster.pid").exists())
    for number in range(1, 6):
        writer.add(make(database, number))
    wait_until(lambda: waiting(folder) == 5)
    with pytest.raises(CatalogError):
        numbers(database)

    identity = {"user": owner_of_it.st_uid, "group": owner_of_it.st_gid} if os.geteuid() == 0 else {}
    again = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=data,
        **identity,
    )
    try:

        def is_written() -> bool:
            try:
                return numbers(database) == list(range(6))
            except CatalogError:
                return False

        wait_until(is_written)
        writer.close(120)
        database.close()
    finally:
        again.terminate()
        again.wait(60)
    assert said == []
    assert list(folder.iterdir()) == []
