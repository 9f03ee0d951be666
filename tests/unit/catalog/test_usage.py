"""What uses what: recorded, replaced, and followed both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from fakes.plans import plans_of
from flinklab.catalog.database import Database
from flinklab.catalog.people import People
from flinklab.catalog.schema import usage as table
from flinklab.catalog.usage import Usage
from flinklab.domain.definitions import How, Name, Use
from flinklab.domain.errors import NotFoundError

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def usage(database: Database) -> Usage:
    return Usage(database)


def use(user: str, target: str, how: How = How.READS, *, kind: str = "job", minutes: int = 0) -> Use:
    """`target` is of team `my`."""
    return Use(kind, user, "definition", "my", target, how, NOON + timedelta(minutes=minutes))


def edges(uses: list[Use]) -> set[tuple[str, str, str]]:
    return {(one.user, one.how.value, one.target) for one in uses}


def test_a_use_is_kept_once_with_its_newest_time(usage: Usage, database: Database) -> None:
    usage.record([use("j", "orders", minutes=5), use("j", "orders", minutes=9), use("j", "orders", minutes=1)])
    usage.record([use("j", "orders", minutes=3)])
    (kept,) = usage.users_of(Name("my", "orders"))
    assert kept.seen_by == database.person
    if not database.is_shared:  # a team's database puts its own clock in the place of ours
        assert kept.seen_at == NOON + timedelta(minutes=9)
    usage.record([use("j", "orders", minutes=10), use("j", "orders", How.WRITES)])
    assert [one.how for one in usage.users_of(Name("my", "orders"))] == [How.READS, How.WRITES]


def test_a_use_without_a_time_is_seen_now(usage: Usage) -> None:
    before = datetime.now(timezone.utc)
    usage.record([Use("notebook", "/work/a b's.ipynb", "variable", "my", "topic")])
    usage.record([])
    (kept,) = usage.used_by("notebook", "/work/a b's.ipynb")
    assert kept.seen_at is not None and kept.seen_at >= before
    assert usage.users_of(Name("my", "topic")) == []
    assert usage.users_of(Name("my", "topic"), target_kind="variable") == [kept]


def test_replace_forgets_what_is_not_used_any_more(usage: Usage) -> None:
    usage.record([use("j", "a"), use("j", "b"), use("other", "a")])
    usage.replace("job", "j", [use("j", "b", minutes=1), use("j", "c")])
    assert edges(usage.used_by("job", "j")) == {("j", "reads", "b"), ("j", "reads", "c")}
    assert edges(usage.used_by("job", "other")) == {("other", "reads", "a")}
    usage.replace("job", "j", [])
    assert usage.used_by("job", "j") == []
    usage.forget("job", "other")
    assert usage.users_of(Name("my", "a")) == []


def test_a_use_of_another_team_belongs_to_it(usage: Usage, database: Database) -> None:
    People(database).create_team("o'ther")
    usage.record([use("j", "a"), Use("job", "j", "definition", "o'ther", "a", How.READS)])
    assert {one.team for one in usage.used_by("job", "j")} == {"my", "o'ther"}
    assert [one.team for one in usage.users_of(Name("o'ther", "a"))] == ["o'ther"]


def test_nothing_is_recorded_when_one_team_is_unknown(usage: Usage) -> None:
    with pytest.raises(NotFoundError, match="team"):
        usage.record([use("j", "a"), Use("job", "j", "definition", "nobody's", "a")])
    assert usage.used_by("job", "j") == []


def test_more_uses_than_fit_into_one_statement(usage: Usage) -> None:
    usage.replace("job", "j", [use("j", f"t{i}") for i in range(2_500)])
    assert len(usage.used_by("job", "j")) == 2_500
    usage.replace("job", "j", [use("j", "t7")])
    assert len(usage.used_by("job", "j")) == 1


@pytest.fixture
def warehouse(usage: Usage) -> Usage:
    """source -> (job load) -> ods -> (view v) -> v -> (job sum) -> ads, a notebook looks at ads; and a cycle."""
    usage.record(
        [
            use("load", "source"),
            use("load", "ods", How.WRITES),
            use("my.v", "ods", How.USES, kind="definition"),
            use("my.v", "fn", How.USES, kind="definition"),
            use("sum", "v"),
            use("sum", "ads", How.WRITES),
            use("a.ipynb", "ads", kind="notebook"),
            use("back", "ads"),
            use("back", "source", How.WRITES),
            use("unrelated", "fn"),
        ]
    )
    return usage


def test_lineage_goes_both_ways(warehouse: Usage) -> None:
    assert edges(warehouse.lineage(Name("my", "v"), depth=1)) == {
        ("my.v", "uses", "ods"),
        ("my.v", "uses", "fn"),
        ("sum", "reads", "v"),
        ("sum", "writes", "ads"),
    }
    far = edges(warehouse.lineage(Name("my", "v"), depth=2))
    assert {("load", "reads", "source"), ("load", "writes", "ods"), ("a.ipynb", "reads", "ads")} <= far
    assert ("unrelated", "reads", "fn") not in far, "what else uses what v uses is not its lineage"


def test_lineage_ends_in_a_cycle_and_at_nothing(warehouse: Usage) -> None:
    whole = warehouse.lineage(Name("my", "source"), depth=50)
    assert len(whole) == len(set(whole))
    assert ("back", "writes", "source") in edges(whole)
    assert warehouse.lineage(Name("my", "nothing")) == []
    assert warehouse.lineage(Name("my", "v"), depth=0) == []


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_asking_reads_no_table_whole(
    backend: str, request: pytest.FixtureRequest, open_catalog: Callable[[str], Database]
) -> None:
    database = open_catalog(request.getfixturevalue(f"{backend}_url"))
    usage = Usage(database)
    usage.record([use(f"j{i}", f"t{i % 1_500}") for i in range(3_000)])
    if backend == "sqlite":
        with database.writing() as connection:
            connection.execute(text("ANALYZE"))
    else:
        request.getfixturevalue("postgres_server").execute(
            "VACUUM ANALYZE", request.getfixturevalue("postgres_database")
        )
    for action in (
        lambda: usage.users_of(Name("my", "t77")),
        lambda: usage.used_by("job", "j77"),
        lambda: usage.lineage(Name("my", "t77")),
    ):
        plan = plans_of(database, action)
        assert "ix_usage_" in plan, plan
        assert f"Seq Scan {table.name}" not in plan and f"SCAN {table.name}" not in plan, plan
