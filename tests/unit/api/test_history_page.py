"""The history: its pages joined are the whole, also while statements go on being run, and secrets stay hidden."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flinklab.api.history_page import history_page
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.records import HistoryEntry

from .conftest import Fresh

BEGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECRET = "hunter2-of-a-test"
minutes = st.lists(st.integers(0, 4), max_size=12)  # many of the same moment


def entry(catalog: Catalog, number: int, minute: int, sql: str = "SELECT 1") -> HistoryEntry:
    at = BEGIN + timedelta(minutes=minute)
    return HistoryEntry(f"{number:032x}", "my", catalog.person, at, sql, sql, "query", "finished")


@settings(max_examples=15, deadline=None)
@given(minutes=minutes, later=minutes, limit=st.integers(1, 5))
def test_pages_joined_are_what_there_was(fresh: Fresh, minutes: list[int], later: list[int], limit: int) -> None:
    """What is run while pages are turned is newer than all of them."""
    with fresh() as catalog:
        catalog.history.write([entry(catalog, number, minute) for number, minute in enumerate(minutes)])
        found, before, more = [], None, list(later)
        while True:
            page = history_page(catalog, "", limit, before)
            found += page.entries
            assert len(page.entries) == limit or page.before is None
            if (before := page.before) is None:
                break
            if more:
                catalog.history.write([entry(catalog, 1000 + len(more), 10 + more.pop())])
    assert sorted(each.id for each in found) == [f"{number:032x}" for number in range(len(minutes))]
    times = [each.started_at for each in found]
    assert times == sorted(times, reverse=True)


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(st.sampled_from(["SELECT a FROM orders", "select 'x%y' from t", "DROP TABLE a_b", "SHOW JOBS"])),
    asked=st.sampled_from(["orders", "ORDERS", "x%y", "%", "_", "a_b", "o", "SELECT", "nothing of it"]),
    limit=st.integers(1, 4),
)
def test_what_is_found_holds_the_text_on_every_page(fresh: Fresh, texts: list[str], asked: str, limit: int) -> None:
    with fresh() as catalog:
        catalog.history.write([entry(catalog, number, number % 3, sql) for number, sql in enumerate(texts)])
        found, before = [], None
        while True:
            page = history_page(catalog, asked, limit, before)
            found += [each.id for each in page.entries]
            if (before := page.before) is None:
                break
    wanted = [f"{number:032x}" for number, sql in enumerate(texts) if asked.lower() in sql.lower()]
    assert sorted(found) == wanted


def test_both_databases_turn_the_pages_of_one_moment(catalog: Catalog) -> None:
    catalog.history.write([entry(catalog, number, 0) for number in range(7)])
    found, before = [], None
    for _ in range(4):
        page = history_page(catalog, "", 2, before)
        found += [each.id for each in page.entries]
        before = page.before
    assert before is None
    assert sorted(found) == [f"{number:032x}" for number in range(7)]


def test_secrets_are_masked_in_what_ran_and_in_what_was_typed(catalog: Catalog) -> None:
    catalog.history.write([entry(catalog, 1, 0, f"CREATE TABLE t (a INT) WITH ('password' = '{SECRET}')")])
    (shown,) = history_page(catalog).entries
    assert SECRET not in shown.sql + shown.source
    assert "'password' = '******'" in shown.sql


def test_a_page_after_what_there_is_not_and_of_no_size_is_refused(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError):
        history_page(catalog, before="f" * 32)
    with pytest.raises(UsageError):
        history_page(catalog, limit=-1)
