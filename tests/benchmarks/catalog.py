"""The shared catalog with 50,000 tables of 20 columns in two teams: what a person waits for."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import func, insert, select, text

from benchmarks import completing
from flinklab.catalog import lifecycle, schema
from flinklab.catalog.database import Database
from flinklab.catalog.definitions import Definitions
from flinklab.catalog.history import History
from flinklab.catalog.search import Search
from flinklab.catalog.spool import HistoryWriter
from flinklab.domain.definitions import Definition, DefinitionKind, Facts, Name, TableColumn
from flinklab.domain.people import Role
from flinklab.domain.records import HistoryEntry
from postgres import running_server

_T = TypeVar("_T")
_TEAMS = ("trade", "risk")
_TABLES = 50_000
_WRITERS, _EACH = 50, 10
_PROCESSES = 10
_LAYERS = ("ods", "dwd", "dws", "ads", "dim")
_THINGS = ("order", "refund", "click", "session", "invoice", "ledger", "device", "visit", "score", "coupon", "sku")
_PARTS = ("id", "name", "time", "amount", "count", "status", "type", "code", "flag", "price", "rate", "level")
_CONNECTORS = ("kafka",) * 6 + ("jdbc", "jdbc", "hudi", "paimon")


def measured(folder: Path) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    yield from _on_sqlite(folder)
    yield from _on_postgresql()


def _on_postgresql() -> Iterator[tuple[str, str]]:
    with running_server() as server:
        owner = server.create_login("owner")
        server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
        person = server.create_login("person")
        name = server.create_database(owner)
        url = server.url(name, owner)
        with _made(url, person.name) as database:
            yield "PostgreSQL: import of 50,000 tables", _filled(database)
        server.execute("VACUUM ANALYZE", name)
        with _opened(server.url(name, person)) as database:
            yield from _measured("PostgreSQL, restricted role", database)


def _on_sqlite(folder: Path) -> Iterator[tuple[str, str]]:
    url = f"sqlite:///{folder / 'catalog.db'}"
    with _made(url, None) as database:
        yield "SQLite: import of 50,000 tables", _filled(database)
        yield from _measured("SQLite", database)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _made(url: str, person: str | None) -> Iterator[Database]:
    """A new catalog with both teams; `person` is a viewer of them."""
    lifecycle.init(url)
    with _opened(url) as database:
        with database.writing() as connection:
            for team in _TEAMS:
                number = connection.execute(insert(schema.team).values(name=team).returning(schema.team.c.id))
                team_id = number.scalar_one()
                if person is not None:
                    if team == _TEAMS[0]:
                        connection.execute(text(f"GRANT flinklab_user TO {person}"))
                        connection.execute(insert(schema.person).values(name=person))
                    connection.execute(
                        insert(schema.member).values(team_id=team_id, person=person, role=Role.VIEWER)
                    )
        yield database


def _filled(database: Database) -> str:
    chance = random.Random(7)
    tables = [_table(number, chance) for number in range(_TABLES)]
    begun = time.perf_counter()
    Definitions(database).save_all(tables, replace=False)
    return f"{time.perf_counter() - begun:.1f} s"


def _table(number: int, chance: random.Random) -> Definition:
    name = f"{chance.choice(_LAYERS)}_{chance.choice(_THINGS)}_{chance.choice(_THINGS)}_{number:05}"
    columns = ["id", *(f"{chance.choice(_THINGS)}_{chance.choice(_PARTS)}" for _ in range(17))]
    columns += [f"special_{number % 997}_{chance.choice(_PARTS)}", "event_time"]
    connector = chance.choice(_CONNECTORS)
    listed = ", ".join(f"{column} STRING" for column in columns)
    return Definition(
        Name(_TEAMS[number % 2], name),
        DefinitionKind.TABLE,
        f"CREATE TABLE {name} ({listed}) WITH ('connector' = '{connector}', 'topic' = '{name}')",
        Facts(
            columns=tuple(TableColumn(column, "STRING") for column in columns),
            options={"connector": connector, "topic": name},
            comment=f"{chance.choice(_THINGS)} 明细, number {number}",
        ),
        owner="ann",
        tags=(f"domain_{number % 300}", chance.choice(("gold", "silver", "bronze"))),
    )


def _measured(where: str, database: Database) -> Iterator[tuple[str, str]]:
    chance = random.Random(11)
    search, definitions = Search(database), Definitions(database)
    number = chance.randrange
    asked: dict[str, Callable[[], str]] = {
        "part of a name": lambda: f"{chance.choice(_THINGS)}_{number(_TABLES):05}"[2:],
        "a word of many names": lambda: chance.choice(_THINGS),
        "part of a column": lambda: f"pecial_{number(997)}_",
        "a column that all have": lambda: "event_time",
        "tag": lambda: f"domain_{number(300)}",
        "connector": lambda: chance.choice(_CONNECTORS),
    }
    for what, text_of in asked.items():
        yield f"{where}: search by {what}", _times([text_of() for _ in range(100)], search.search)
    every = definitions.entries(_TEAMS[0], limit=300)
    names = [[entry.name for entry in every[i : i + 3]] for i in range(0, 300, 3)]
    yield f"{where}: find three names", _times(names, definitions.find)

    def tree(_: int) -> None:
        definitions.counts()
        definitions.entries(_TEAMS[0])

    yield f"{where}: open the tree (counts and 200 lines)", _times(range(50), tree)
    tables = [entry.name.name for entry in definitions.entries(_TEAMS[0], limit=2_000)]
    yield from completing.measured(where, database.url.render_as_string(hide_password=False), tables)
    yield (
        f"{where}: the store's own wait, {_WRITERS} writers of {_EACH} history rows each at once",
        _history(database),
    )
    yield f"{where}: what {_WRITERS} sessions wait for their {_EACH} history rows each", _sessions(database)


def _times(values: Sequence[_T], action: Callable[[_T], object]) -> str:
    """The first five are run once before, for connections and caches."""
    for value in values[:5]:
        action(value)
    taken = []
    for value in values:
        begun = time.perf_counter()
        action(value)
        taken.append((time.perf_counter() - begun) * 1000)
    return f"p50 {statistics.median(taken):.1f} ms, p99 {statistics.quantiles(taken, n=100)[98]:.1f} ms"


def _history(database: Database) -> str:
    """Each writer has a `Database` of its own, as each kernel has; a connection is made before the race."""
    waits: list[float] = []
    before = _kept(database)
    together = threading.Barrier(_WRITERS)

    def write() -> None:
        with _opened(database.url.render_as_string(hide_password=False)) as own:
            history = History(own)
            _ = own.person
            together.wait(120)
            for _ in range(_EACH):
                entry = _entry(own.person)
                begun = time.perf_counter()
                history.write([entry])
                waits.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=write) for _ in range(_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lost = _WRITERS * _EACH - (_kept(database) - before)
    return f"{lost} lost, longest wait {max(waits) * 1000:.0f} ms"


def _entry(person: str) -> HistoryEntry:
    now = datetime.now(timezone.utc)
    return HistoryEntry(uuid4().hex, _TEAMS[0], person, now, "SELECT 1", "SELECT 1", "query", "finished")


def _kept(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.history)).scalar_one()


def _sessions(database: Database) -> str:
    """What a session does with its history: it hands rows to the thread that writes them, in several processes."""
    before = _kept(database)
    url = database.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, context.Manager() as manager:
        together = manager.Barrier(_PROCESSES)
        with ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
            begun = [pool.submit(_a_process, url, Path(folder), together) for _ in range(_PROCESSES)]
            waits = [wait for each in begun for wait in each.result()]
    lost = _WRITERS * _EACH - (_kept(database) - before)
    return f"{lost} lost, longest wait {max(waits) * 1000:.1f} ms"


def _a_process(url: str, folder: Path, together: threading.Barrier) -> list[float]:
    """The waits, in seconds, of this process's share of the sessions; at its end all is written."""
    with ExitStack() as open_things:
        writers = []
        for _ in range(_WRITERS // _PROCESSES):
            own = open_things.enter_context(_opened(url))
            writer = HistoryWriter(partial(History, own), folder, print)
            open_things.callback(writer.close, 120)
            writers.append((writer, own.person))
        together.wait(120)
        waits = []
        for _ in range(_EACH):
            for writer, person in writers:
                begun = time.perf_counter()
                writer.add(_entry(person))
                waits.append(time.perf_counter() - begun)
        return waits
