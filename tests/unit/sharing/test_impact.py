from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flinklab.domain.definitions import How, Name, Use
from flinklab.domain.errors import StatementInvalidError
from flinklab.sharing.impact import impacts, summary
from flinklab.sharing.trial import Laboratory, Overrides

NAME = Name("my", "orders")


class Flink:
    """`breaks`: what is wrong after the change, `broken`: what was wrong before, by a part of the statement."""

    def __init__(self, breaks: set[str], broken: set[str]) -> None:
        self.breaks, self.broken = breaks, broken
        self.asked: list[str] = []
        self.trials: list[Overrides | None] = []
        self._wrong: set[str] = set()

    @contextmanager
    def trial(self, overrides: Overrides | None = None) -> Iterator[Any]:
        self.trials.append(overrides)
        self._wrong = self.broken | (self.breaks if overrides is not None else set())
        yield self

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        self.asked.append(sql)
        for part in self._wrong:
            if part in sql:
                raise StatementInvalidError(f"{part} not found")
        return []


def use(user: str, kind: str = "notebook") -> Use:
    return Use(kind, user, "definition", "my", "orders", How.READS)


def test_those_that_would_break_come_first_and_are_told_apart() -> None:
    flink = Flink(breaks={"amount"}, broken={"ancient"})
    sources = {
        "fine": ["SELECT id FROM orders"],
        "breaks": ["SELECT id FROM orders", "INSERT INTO x SELECT amount FROM orders", "SELECT amount"],
        "was broken": ["SELECT ancient FROM orders"],
        "unknown": [],
    }
    users = [use(name) for name in sources]
    found = impacts({NAME: None}, users, lambda each: sources[each.user], cast(Laboratory, flink))
    assert [str(impact) for impact in found] == [
        "notebook breaks reads my.orders, and would break: amount not found",
        "notebook fine reads my.orders",
        "notebook was broken reads my.orders",
        "notebook unknown reads my.orders",
    ]
    assert summary(found) == "used by 4 notebooks; 1 would break"
    assert flink.trials == [{NAME: None}, None]
    assert all(sql.startswith("EXPLAIN ") for sql in flink.asked)


def test_nothing_is_run_that_changes_anything() -> None:
    flink = Flink(breaks=set(), broken=set())
    source = "DESCRIBE my.v; DROP TABLE x; SET 'a'='b'; CREATE TABLE y AS SELECT 1 AS one; SELECT 1"
    assert impacts({NAME: None}, [use("my.v", "definition")], lambda each: [source], cast(Laboratory, flink))
    assert flink.asked == [
        "DESCRIBE my.v",
        "EXPLAIN CREATE TABLE y AS SELECT 1 AS one",
        "EXPLAIN SELECT 1",
    ]
    # One for all, one for a text of several statements. Nothing breaks: nobody has to know whether it did before.
    assert flink.trials == [{NAME: None}, {NAME: None}]


def test_what_a_job_makes_for_itself_is_made_before_it_is_judged() -> None:
    flink = Flink(breaks=set(), broken=set())
    own = "CREATE TEMPORARY VIEW v AS SELECT 1 AS one; create temporary table s (a INT)"
    source = f"{own}; INSERT INTO t SELECT * FROM v"
    assert impacts({NAME: None}, [use("my.orders_dwd", "job")], lambda each: [source], cast(Laboratory, flink))
    assert flink.asked == [
        "CREATE TEMPORARY VIEW v AS SELECT 1 AS one",
        "create temporary table s (a INT)",
        "EXPLAIN INSERT INTO t SELECT * FROM v",
    ]


def test_without_users_no_flink_is_asked() -> None:
    flink = Flink(set(), set())
    assert impacts({NAME: None}, [], lambda each: [], cast(Laboratory, flink)) == []
    assert flink.trials == []


def test_a_summary_counts_by_kind() -> None:
    flink = Flink(set(), set())
    users = [use("a"), use("b"), use("my.v", "definition")]
    found = impacts({NAME: None}, users, lambda each: [], cast(Laboratory, flink))
    assert summary(found) == "used by 2 notebooks, 1 definition"
