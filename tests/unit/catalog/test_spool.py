from __future__ import annotations

import multiprocessing
import os
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flinklab.catalog.database import Database
from flinklab.catalog.history import History
from flinklab.catalog.spool import HistoryWriter
from flinklab.catalog.spool_file import SpoolFile, adopted, left_behind
from flinklab.domain.errors import CatalogUnavailableError, NotFoundError
from flinklab.domain.records import HistoryEntry

START = datetime(2024, 5, 1, tzinfo=timezone.utc)


def make(number: int = 0, **more: Any) -> HistoryEntry:
    entry = HistoryEntry(uuid.UUID(int=number).hex, "my", "ann", START, f"SELECT {number}", "", "query", "finished")
    return replace(entry, **more)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


class Store:
    """A history in memory that can be down, be slow, or refuse an entry."""

    def __init__(self) -> None:
        self.kept: dict[str, HistoryEntry] = {}
        self.is_down = False
        self.tries = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.refused: set[str] = set()

    def write(self, entries: Sequence[HistoryEntry]) -> None:
        self.tries += 1
        assert self.may_go_on.wait(60)
        if self.is_down:
            raise CatalogUnavailableError("the catalog is down")
        if any(entry.id in self.refused for entry in entries):
            raise NotFoundError("there is no team called 'gone'")
        self.kept.update((entry.id, entry) for entry in entries)

    @property
    def numbers(self) -> list[int]:
        return sorted(int(each, 16) for each in self.kept)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history"


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def make_writer(store: Store, folder: Path, notices: list[str]) -> Iterator[Callable[[], HistoryWriter]]:
    made: list[HistoryWriter] = []

    def make_() -> HistoryWriter:
        made.append(HistoryWriter(lambda: store, folder, notices.append, pause=0.01))
        return made[-1]

    yield make_
    store.may_go_on.set()
    for writer in made:
        writer.close(60)


def spooled(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in left_behind(folder))


def test_what_is_handed_over_is_written_and_nothing_stays_behind(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str]
) -> None:
    writer = make_writer()
    for number in range(1000):
        writer.add(make(number))
    writer.close(60)
    assert store.numbers == list(range(1000))
    assert list(folder.iterdir()) == []
    assert notices == []


def test_a_writer_without_work_makes_no_thread_and_no_file(
    make_writer: Callable[[], HistoryWriter], folder: Path
) -> None:
    before = threading.active_count()
    make_writer().close()
    assert threading.active_count() == before
    assert not folder.exists()


def test_while_the_database_is_down_entries_wait_in_a_file(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str]
) -> None:
    store.is_down = True
    writer = make_writer()
    for number in range(5):
        writer.add(make(number))
    wait_until(lambda: spooled(folder).count(b"\n") == 5 and store.tries > 2)
    (path,) = left_behind(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    store.is_down = False
    wait_until(lambda: store.numbers == list(range(5)))
    wait_until(lambda: spooled(folder) == b"")
    writer.add(make(5))
    writer.close(60)
    assert store.numbers == list(range(6))
    assert list(folder.iterdir()) == []
    assert notices == [], "nothing was lost"


def test_what_waits_at_the_end_is_written_by_the_next_process(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str]
) -> None:
    store.is_down = True
    first = make_writer()
    first.add(make(1))
    first.close(60)
    assert len(left_behind(folder)) == 1
    store.is_down = False
    second = make_writer()
    second.add(make(2))
    second.close(60)
    assert store.numbers == [1, 2]
    assert list(folder.iterdir()) == []
    assert notices == []


def test_the_file_of_a_process_that_lives_is_left_alone(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path
) -> None:
    alive = SpoolFile(folder)
    alive.append([make(1)])
    writer = make_writer()
    writer.add(make(2))
    writer.close(60)
    assert store.numbers == [2]
    assert left_behind(folder) == [alive.path]
    alive.close()
    with adopted(alive.path) as chunks:
        assert chunks is not None
        assert [entries for entries, _ in chunks] == [[make(1)]]


def test_a_session_never_waits_for_a_slow_database(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path
) -> None:
    store.may_go_on.clear()
    writer = make_writer()
    writer.add(make(0))
    wait_until(lambda: store.tries == 1)
    for number in range(1, 500):  # would not come back if it waited
        writer.add(make(number))
    writer.close(0.05)
    assert spooled(folder).count(b"\n") == 500, "what was not written waits for another process"
    writer.add(make(500))
    assert spooled(folder).count(b"\n") == 501
    store.may_go_on.set()
    wait_until(lambda: not any(each.name == "flinklab-history" for each in threading.enumerate()))
    assert spooled(folder).count(b"\n") >= 500, "what came after is not thrown away with what was delivered"
    following = make_writer()
    following.add(make(501))
    following.close(60)
    assert store.numbers == list(range(502))


def test_without_a_file_entries_wait_in_memory_and_it_is_said_once(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str]
) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in the way", encoding="utf-8")
    store.is_down = True
    writer = make_writer()
    writer.add(make(1))
    wait_until(lambda: len(notices) == 1)
    writer.add(make(2))
    wait_until(lambda: store.tries > 3)
    assert len(notices) == 1
    assert "the catalog is down" in notices[0]
    assert f"cannot be kept in {folder}" in notices[0]
    store.is_down = False
    wait_until(lambda: store.numbers == [1, 2])
    writer.close(60)
    assert len(notices) == 1


def test_what_is_lost_in_the_end_is_counted(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str]
) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("", encoding="utf-8")
    store.is_down = True
    writer = make_writer()
    for number in range(3):
        writer.add(make(number))
    writer.close(60)
    assert notices[-1] == "3 statements lost to the history"


def test_more_than_can_wait_is_said(
    make_writer: Callable[[], HistoryWriter], store: Store, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flinklab.catalog.spool._QUEUE", 10)
    store.may_go_on.clear()
    writer = make_writer()
    for number in range(500):
        writer.add(make(number))
        if number == 0:
            wait_until(lambda: store.tries == 1)
    assert notices == ["more than 10 statements wait for the catalog: some are lost to the history"]
    store.may_go_on.set()
    writer.close(60)
    assert store.numbers == list(range(11))


def test_an_entry_that_is_refused_keeps_no_other_out(
    make_writer: Callable[[], HistoryWriter], store: Store, notices: list[str], folder: Path
) -> None:
    store.refused = {make(3).id, make(7).id}
    store.is_down = True
    writer = make_writer()
    for number in range(10):
        writer.add(make(number))
    wait_until(lambda: spooled(folder).count(b"\n") == 10)
    store.is_down = False
    writer.close(60)
    assert store.numbers == [0, 1, 2, 4, 5, 6, 8, 9]
    assert notices == ["2 statements lost to the history: there is no team called 'gone'"]
    assert list(folder.iterdir()) == []


def test_what_another_process_left_and_this_person_may_not_write_stays(
    make_writer: Callable[[], HistoryWriter], store: Store, notices: list[str], folder: Path
) -> None:
    other = SpoolFile(folder)
    other.append([make(1), make(2)])
    other.close()
    store.refused = {make(1).id}
    writer = make_writer()
    writer.add(make(3))
    writer.close(60)
    assert (store.numbers, left_behind(folder), notices) == ([2, 3], [other.path], [])


def test_what_does_not_pass_by_itself_is_said(folder: Path, notices: list[str], store: Store) -> None:
    faults: list[Exception] = [ZeroDivisionError("a fault")]

    def history() -> Store:
        if faults:
            raise faults.pop()
        return store

    writer = HistoryWriter(history, folder, notices.append, pause=0.01)
    writer.add(make(1))
    wait_until(lambda: store.numbers == [1])
    writer.close(60)
    assert notices == ["the history is not written until it can be: ZeroDivisionError('a fault')"]


def test_a_listener_that_fails_stops_nothing(folder: Path, store: Store) -> None:
    def listen(line: str) -> None:
        raise ValueError(line)

    store.refused = {make(1).id}
    writer = HistoryWriter(lambda: store, folder, listen, pause=0.01)
    writer.add(make(1))
    writer.add(make(2))
    writer.close(60)
    assert store.numbers == [2]


def test_actions_come_after_what_was_handed_over_before(
    make_writer: Callable[[], HistoryWriter], store: Store, notices: list[str]
) -> None:
    seen: list[list[int]] = []
    store.is_down = True
    writer = make_writer()
    writer.add(make(1))
    writer.do(lambda: seen.append(store.numbers))
    wait_until(lambda: store.tries > 2)
    assert seen == []
    store.is_down = False
    wait_until(lambda: seen == [[1]])
    writer.close(60)
    assert notices == []


def test_an_action_is_tried_until_the_database_answers(make_writer: Callable[[], HistoryWriter]) -> None:
    tries: list[int] = []

    def act() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise CatalogUnavailableError("down")

    writer = make_writer()
    writer.do(act)
    wait_until(lambda: len(tries) == 4)
    writer.close(60)
    assert len(tries) == 4


@pytest.mark.parametrize("torn", [b'{"id":"00', b'{"id":7}', b"\xff\xfe", b"[]", b"null"])
def test_a_line_that_is_none_loses_only_itself(
    make_writer: Callable[[], HistoryWriter], store: Store, folder: Path, notices: list[str], torn: bytes
) -> None:
    other = SpoolFile(folder)
    other.append([make(1)])
    with other.path.open("ab") as file:
        file.write(torn + b"\n")
    other.append([make(2)])
    other.close()
    writer = make_writer()
    writer.add(make(3))
    writer.close(60)
    assert store.numbers == [1, 2, 3]
    assert notices == ["1 statement lost to the history: a process ended while it wrote"]
    assert list(folder.iterdir()) == []


def test_what_a_full_disk_tore_is_taken_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SpoolFile(folder)
    file.append([make(1)])

    class Full:
        """A disk with room for ten more bytes."""

        def __init__(self, inner: Any) -> None:
            self.inner, self.room = inner, 10

        def fileno(self) -> int:
            return int(self.inner.fileno())

        def write(self, data: memoryview) -> int:
            if not self.room:
                raise OSError(28, "No space left on device")
            written, self.room = self.inner.write(data[: self.room]), 0
            return int(written)

    inner: Any = file._file
    for can_cut in (True, False):
        file._file = Full(inner)  # type: ignore[assignment]
        with monkeypatch.context() as patch:
            if not can_cut:
                patch.setattr(os, "ftruncate", lambda *_: (_ for _ in ()).throw(OSError(5, "no")))
            with pytest.raises(OSError, match="No space left"):
                file.append([make(2)])
        file._file = inner
    file.append([make(3)])
    file.close()
    with adopted(file.path) as chunks:
        assert chunks is not None
        assert list(chunks) == [([make(1), make(3)], 1)]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    texts=st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")), min_size=1),
    rows=st.none() | st.integers(0, 2**62),
    at=st.datetimes(timezones=st.just(timezone.utc)),
)
def test_every_entry_comes_back_from_the_file(
    folder: Path, texts: list[str], rows: int | None, at: datetime
) -> None:
    entries = [make(number, sql=text, source=text, rows=rows, ended_at=at) for number, text in enumerate(texts)]
    file = SpoolFile(folder)
    file.append(entries)
    found = [entry for some, broken in file.chunks() for entry in some if broken == 0]
    assert found == entries
    file.clear(file.size - 1)
    assert file.size > 0
    file.clear(file.size)
    file.close()
    assert not file.path.exists()


_PROCESSES, _EACH = 8, 25


def _run_statements(url: str, folder: Path, number: int, start: Any, said: Any) -> None:
    database = Database(url)
    lost: list[str] = []
    writer = HistoryWriter(lambda: History(database), folder, lost.append)
    start.wait()
    for at in range(_EACH):
        entry = make(number * _EACH + at, person=database.person)
        writer.add(replace(entry, outcome="running"))
        writer.add(replace(entry, ended_at=START))
    writer.close(120)
    database.close()
    said.put(lost)


def test_many_processes_at_once_lose_nothing(database: Database, tmp_path: Path, folder: Path) -> None:
    several = multiprocessing.get_context("spawn")
    start, said = several.Barrier(_PROCESSES), several.Queue()
    url = database.url.render_as_string(hide_password=False)
    processes = [
        several.Process(target=_run_statements, args=(url, folder, number, start, said))
        for number in range(_PROCESSES)
    ]
    for process in processes:
        process.start()
    lost = [line for _ in processes for line in said.get(timeout=240)]
    for process in processes:
        process.join(60)
    assert lost == []
    found = History(database).search(limit=10_000)
    assert sorted(int(entry.id, 16) for entry in found) == list(range(_PROCESSES * _EACH))
    assert {entry.outcome for entry in found} == {"finished"}
    assert list(folder.iterdir()) == []
