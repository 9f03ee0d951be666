from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from flinklab.catalog import history as module
from flinklab.catalog import history_index, schema
from flinklab.catalog.database import Database
from flinklab.catalog.history import History
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.records import HistoryEntry
from teams import make_team

START = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=timezone.utc)


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


def make(database: Database, number: int = 0, **more: object) -> HistoryEntry:
    """The entry number `number`: each began a second after the one before."""
    entry = HistoryEntry(
        id=uuid.UUID(int=number).hex,
        team="my",
        person=database.person,
        started_at=START + timedelta(seconds=number),
        sql=f"SELECT {number} FROM orders",
        source=f"SELECT {number} FROM orders",
        kind="query",
        outcome="finished",
        ended_at=START + timedelta(seconds=number, milliseconds=5),
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def ids(entries: Sequence[HistoryEntry]) -> list[int]:
    return [int(entry.id, 16) for entry in entries]


def how_many(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.history)).scalar_one()


def test_what_is_written_is_what_is_found(history: History, database: Database) -> None:
    entry = make(
        database, 7, notebook="a.ipynb", cell="c1", commit="abc", cluster="my.prod", environment="dev",
        rows=2**40, error="no", job_id="f" * 32,
    )  # fmt: skip
    history.write([entry])
    assert history.search() == [entry]
    assert history.get(entry.id) == entry


def test_an_entry_that_is_written_again_is_one(history: History, database: Database) -> None:
    entry = make(database)
    history.write([entry, entry])
    history.write([entry])
    assert history.search() == [entry]
    assert how_many(database) == 1
    history.write([])
    assert how_many(database) == 1


def test_the_later_outcome_wins_in_whichever_order_it_comes(history: History, database: Database) -> None:
    running = make(database, outcome="running", ended_at=None)
    submitted = replace(running, outcome="submitted", job_id="a" * 32)
    finished = replace(submitted, outcome="finished", ended_at=START + timedelta(seconds=1), rows=3)
    failed = replace(submitted, outcome="failed", ended_at=START + timedelta(seconds=2), error="lost")
    stages = [running, submitted, finished, failed]
    for number, order in enumerate(itertools.permutations(stages)):
        mine = [replace(each, id=uuid.UUID(int=number).hex) for each in order]
        if number % 2:
            history.write(mine)
        else:
            for each in mine:
                history.write([each])
        assert history.get(mine[0].id) == replace(failed, id=mine[0].id)


def test_of_two_pages_none_is_missing_and_none_twice(history: History, database: Database) -> None:
    same = [make(database, number, started_at=START) for number in range(5)]
    history.write([*same, *(make(database, number) for number in range(5, 10))])
    first = history.search(limit=7)
    assert ids(first) == [9, 8, 7, 6, 5, 4, 3]
    assert ids(history.search(limit=7, before=first[-1])) == [2, 1, 0]
    assert history.search(before=history.search()[-1]) == []


def test_each_condition_narrows(history: History, database: Database) -> None:
    make_team(database, "o'brien")
    history.write(
        [
            make(database, 1, notebook="a.ipynb", cluster="my.prod", outcome="failed"),
            make(database, 2, notebook="b.ipynb", cluster="my.prod"),
            make(database, 3, notebook="a.ipynb", team="o'brien"),
        ]
    )
    assert ids(history.search()) == [3, 2, 1]
    assert ids(history.search(teams=["my"])) == [2, 1]
    assert ids(history.search(teams=["my", "o'brien"])) == [3, 2, 1]
    assert ids(history.search(teams=[])) == []
    assert ids(history.search(notebook="a.ipynb")) == [3, 1]
    assert ids(history.search(notebook="a.ipynb", outcome="failed")) == [1]
    assert ids(history.search(cluster="my.prod")) == [2, 1]
    assert ids(history.search(person=database.person)) == [3, 2, 1]
    assert ids(history.search(person="nobody")) == []
    assert ids(history.search(since=START + timedelta(seconds=2))) == [3, 2]
    assert ids(history.search(until=START + timedelta(seconds=2))) == [1]
    assert ids(history.search(text="orders", teams=["o'brien"])) == [3]
    with pytest.raises(NotFoundError, match="no team called 'sales'"):
        history.search(teams=["sales"])
    with pytest.raises(UsageError, match="without its zone"):
        history.search(since=datetime(2024, 1, 1))
    with pytest.raises(UsageError):
        history.search(limit=0)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ORDERS_LATE", [1]),
        ("rders_l", [1]),
        ("100%", [2]),
        ("%", [2]),
        ("_", [1]),
        ('"quoted"', [3]),
        ("it''s", [3]),
        ("a\\b", [4]),
        ("订单明", [5]),
        ("订", [5]),
        ("select", [5, 4, 3, 2, 1]),
        ("sel", [5, 4, 3, 2, 1]),
        ("NOT orders AND *", []),
        ("", [5, 4, 3, 2, 1]),
    ],
)
@pytest.mark.parametrize("newest", [2_000, 1])
def test_a_text_is_found_with_the_index_and_without(
    history: History,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str,
    found: list[int],
    newest: int,
) -> None:
    texts = ["orders_late", "'100%'", "\"quoted\" 'it''s'", "a\\b", "订单明细"]
    history.write([make(database, number, sql=f"SELECT {each}") for number, each in enumerate(texts, 1)])
    monkeypatch.setattr(module, "_NEWEST", newest)
    with database.reading() as connection:
        served = history_index.serves(connection, wanted)
    # Without the index only the newest are looked at, which is what it is for.
    assert ids(history.search(text=wanted)) == [
        each for each in found if not wanted or served or each > len(texts) - newest
    ]


def test_the_index_follows_what_is_changed_and_let_go(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_NEWEST", 1)
    first = make(database, 1, sql="SELECT alpha", ended_at=None, outcome="running")
    history.write([first, make(database, 2, sql="SELECT beta")])
    history.write([replace(first, sql="SELECT gamma", outcome="finished", ended_at=START)])
    assert [ids(history.search(text=word)) for word in ("alpha", "gamma", "beta")] == [[], [1], [2]]
    history.prune(timedelta(0))
    assert history.search(text="gamma") == []
    if not database.is_shared:
        with database.writing() as connection:
            connection.execute(text("INSERT INTO history_search (history_search) VALUES ('integrity-check')"))


def test_the_newest_of_many_that_have_a_text_are_found(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.write([make(database, number, sql="SELECT rare" if number % 10 == 0 else "x") for number in range(100)])
    monkeypatch.setattr(module, "_NEWEST", 5)
    assert ids(history.search(text="rare", limit=3)) == [90, 80, 70]
    assert ids(history.search(text="rare", limit=3, until=START + timedelta(seconds=75))) == [70, 60, 50]


def test_an_entry_is_named_by_the_beginning_of_its_id(history: History, database: Database) -> None:
    known = [replace(make(database), id=beginning.ljust(32, "0")) for beginning in ("abc1", "abc2", "f")]
    history.write(known)
    assert history.get("abc1") == known[0]
    assert history.get(" F ") == known[2]
    with pytest.raises(UsageError, match="several entries of the history begin with abc") as caught:
        history.get("abc")
    assert "abc1" in (caught.value.hint or "")
    with pytest.raises(NotFoundError, match="no entry of the history called '0'"):
        history.get("0")
    for wrong in ("", "xyz", "a" * 33, "a%"):
        with pytest.raises(UsageError, match="is no id of the history"):
            history.get(wrong)


def test_what_is_old_is_let_go_in_batches(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 3)
    make_team(database, "other")
    now = datetime.now(timezone.utc)
    history.write([make(database, number, started_at=now - timedelta(days=number)) for number in range(10)])
    history.write([make(database, 99, team="other", started_at=now - timedelta(days=99))])
    assert history.prune(timedelta(days=4, hours=12), team="my") == 5
    assert ids(history.search()) == [0, 1, 2, 3, 4, 99]
    assert history.prune(timedelta(days=4, hours=12)) == 1
    assert history.prune(timedelta(days=4, hours=12)) == 0
    assert ids(history.search()) == [0, 1, 2, 3, 4]
    with pytest.raises(NotFoundError):
        history.prune(timedelta(0), team="sales")


def test_a_team_that_is_not_there_keeps_nothing(history: History, database: Database) -> None:
    with pytest.raises(NotFoundError, match="no team called 'sales'"):
        history.write([make(database, 1), make(database, 2, team="sales")])
    assert how_many(database) == 0


def test_what_the_database_cannot_hold_is_made_to_fit(history: History, database: Database) -> None:
    history.write([make(database, sql="a\0b\ud800c", cell="x" * 300, outcome="y" * 20, error="\udfff")])
    (found,) = history.search()
    assert (found.sql, found.error) == ("a\ufffdb\ufffdc", "\ufffd")
    assert (len(found.cell), len(found.outcome)) == (255, 16)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sql=st.text(), wanted=st.text(min_size=1, max_size=5))
def test_any_text_can_be_kept_and_looked_for(history: History, database: Database, sql: str, wanted: str) -> None:
    entry = replace(make(database), id=uuid.uuid4().hex, sql=sql + wanted)
    history.write([entry])
    kept = module.storable(entry)
    assert history.get(entry.id) == kept
    assert entry.id in {each.id for each in history.search(text=module.storable(replace(entry, sql=wanted)).sql)}


def test_the_newest_are_found_by_an_index(history: History, database: Database) -> None:
    """The plans of what is asked most: no reading of the whole table, and nothing sorted but the last term."""
    history.write([make(database, number) for number in range(200)])
    asked: list[tuple[str, object]] = []
    with database.reading() as connection:

        def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
            asked.append((statement, parameters))

        event.listen(database.engine, "before_cursor_execute", note)
        history.search(teams=["my"], limit=10)
        history.search(limit=10)
        event.remove(database.engine, "before_cursor_execute", note)
        statements = [each for each in asked if "history" in each[0]]
        assert len(statements) == 2
        if database.is_shared:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in statements:
            explain = "EXPLAIN " if database.is_shared else "EXPLAIN QUERY PLAN "
            rows = connection.exec_driver_sql(explain + statement, parameters).all()  # type: ignore[arg-type]
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "Seq Scan on history" not in plan
            assert "SCAN history\n" not in plan + "\n"
            assert "started_at" in plan
