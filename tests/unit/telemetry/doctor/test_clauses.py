"""From an operator of a plan to a clause of the SQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.evidence import operators
from flinklab.telemetry.doctor.clauses import Clause, clause_of

SQL = """INSERT INTO `totals`
SELECT a.k, COUNT(*) AS n, MAX(b.v)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND)) AS a
LEFT JOIN shop.items b ON a.item = b.id
JOIN people c ON a.who = c.person
WHERE a.price > 5 -- GROUP BY nothing
GROUP BY window_start, a.k
UNION ALL
SELECT z, ROW_NUMBER() OVER (PARTITION BY z ORDER BY ts DESC) FROM other GROUP BY z"""


@pytest.mark.parametrize(
    ("text", "clause", "line"),
    [
        ("[1]:GroupAggregate(groupBy=[window_start, k], select=[k])", "GROUP BY window_start, a.k", 7),
        ("[1]:GroupAggregate(groupBy=[z], select=[z])", "GROUP BY z", 9),
        (
            "[1]:GlobalWindowAggregate(groupBy=[k], window=[TUMBLE(...)])",
            "TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND)",
            3,
        ),
        (
            "[1]:Join(where=[(item = id)], leftInputSpec=[NoUniqueKey])",
            "LEFT JOIN shop.items b ON a.item = b.id",
            4,
        ),
        ("[1]:Join(where=[(who = person)])", "JOIN people c ON a.who = c.person", 5),
        ("[1]:Calc(select=[k], where=[(price &gt; 5)])", "WHERE a.price > 5", 6),
        ("[1]:Rank(partitionBy=[z])", "ROW_NUMBER() OVER (PARTITION BY z ORDER BY ts DESC)", 9),
        ("[1]:TableSourceScan(table=[[c, d, orders, project=[k]]], fields=[k])", "FROM orders", 3),
        ("[1]:TableSourceScan(table=[[c, shop, items]], fields=[k])", "FROM shop.items", 4),
        ("totals[5]: Writer", "INSERT INTO `totals`", 1),
        ("[1]:Sink(table=[c.d.totals], fields=[k])", "INSERT INTO `totals`", 1),
    ],
)
def test_the_clause_that_shares_most_names_is_found_with_its_line(text: str, clause: str, line: int) -> None:
    (operator,) = operators(text)
    assert clause_of(operator, SQL) == Clause(clause, line)


@pytest.mark.parametrize(
    ("text", "sql", "clause"),
    [
        ("[1]:TableSourceScan(table=[[c, d, hidden]], fields=[k])", SQL, "FROM hidden"),
        ("[1]:GroupAggregate(groupBy=[k], select=[k])", "", "GROUP BY k"),
        (
            "[1]:GroupAggregate(groupBy=[k], select=[k])",
            "SELECT 1 FROM a GROUP BY k UNION SELECT 2 FROM a GROUP BY K",
            "GROUP BY k",
        ),
        ("[1]:GroupAggregate(groupBy=[k])", "SELECT DISTINCT k FROM t", "SELECT DISTINCT k"),
        ("[1]:Join(where=[(a[1] = b)])", "", "JOIN ... ON (a[1] = b)"),
        ("[1]:WatermarkAssigner(rowtime=[ts], watermark=[ts])", SQL, "WATERMARK FOR ts"),
    ],
)
def test_what_is_not_in_the_statement_is_written_from_the_plan(text: str, sql: str, clause: str) -> None:
    (operator,) = operators(text)
    found = clause_of(operator, sql)
    assert found is not None and found.text == clause


def test_an_operator_of_no_clause_has_none() -> None:
    (operator,) = operators("[1]:Exchange(distribution=[hash[k]])")
    assert clause_of(operator, SQL) is None


@given(st.text(alphabet="SELECT FROMGUPBYJION()'`,;/*+-k ", max_size=80))
def test_no_statement_breaks_it(sql: str) -> None:
    for text in ("[1]:GroupAggregate(groupBy=[k])", "[1]:Join(where=[(a", "t[5]: Writer", "[1]:Calc(where=[k])"):
        for operator in operators(text):
            found = clause_of(operator, sql)
            assert found is None or found.text
