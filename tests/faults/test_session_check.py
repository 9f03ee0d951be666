"""What judging a cell must not do, and where it must not judge."""

from __future__ import annotations

import pytest

from fakes import errors
from fakes.answers import fails
from fakes.gateway import FakeGateway
from flinklab.session.session import Session

CTAS = "CREATE TABLE u WITH ('connector' = 'blackhole') AS SELECT 1 AS a"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("COMPILE PLAN '/p.json' FOR INSERT INTO t SELECT 1", "COMPILE"),
        ("COMPILE AND EXECUTE PLAN '/p.json' FOR INSERT INTO t SELECT 1", "COMPILE"),
        ("ANALYZE TABLE t COMPUTE STATISTICS", "ANALYZE"),
        ("create materialized table m FRESHNESS = INTERVAL '1' MINUTE AS SELECT 1 AS a", "CREATE MATERIALIZED"),
        ("ALTER MATERIALIZED TABLE m RESUME", "ALTER MATERIALIZED"),
    ],
)
def test_nothing_is_run_that_leaves_a_file_or_starts_a_job(
    fake: FakeGateway, session: Session, sql: str, named: str
) -> None:
    [verdict] = session.check(sql)
    assert verdict.note == f"not judged: Flink cannot explain {named}"
    assert all(sql not in statement for statement in fake.statements)


def test_what_needs_a_table_that_only_running_makes_is_not_judged(fake: FakeGateway, session: Session) -> None:
    fake.on("EXPLAIN SELECT * FROM `u`", fails(errors.object_not_found("u", 1, 23)))
    verdicts = list(session.check(f"{CTAS};\nSELECT * FROM `u`"))
    assert [verdict.ok for verdict in verdicts] == [True, True]
    assert "it needs u" in (verdicts[1].note or "")


def test_a_mistake_beside_such_a_table_is_found(fake: FakeGateway, session: Session) -> None:
    fake.on("EXPLAIN SELECT * FROM nix", fails(errors.object_not_found("nix", 1, 23)))
    verdicts = list(session.check(f"{CTAS};\nSELECT * FROM nix"))
    assert [verdict.ok for verdict in verdicts] == [True, False]


def test_a_broken_create_table_as_excuses_nothing(fake: FakeGateway, session: Session) -> None:
    fake.on(f"EXPLAIN {CTAS}", fails(errors.object_not_found("nix", 1, 23)))
    fake.on("EXPLAIN SELECT * FROM u", fails(errors.object_not_found("u", 1, 23)))
    verdicts = list(session.check(f"{CTAS};\nSELECT * FROM u"))
    assert [verdict.ok for verdict in verdicts] == [False, False]
