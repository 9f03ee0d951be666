"""Which form a result takes."""

from __future__ import annotations

import pytest

from fakes.snapshots import one_value, snapshot_of
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.shape import Shape, shape_of, whole_text
from flinklab.session.snapshot import Snapshot

JOB = JobId("072d1a2bf00000000000000000000001")
TWO_ROWS = snapshot_of({"table name": ["a", "b"]})


@pytest.mark.parametrize(
    ("kind", "snapshot", "shape"),
    [
        (StatementKind.QUERY, one_value("OK"), Shape.CARD),
        (StatementKind.QUERY, one_value("two\nlines"), Shape.CARD),
        (StatementKind.DDL, one_value("OK"), Shape.LINE),
        (StatementKind.DDL, snapshot_of({}), Shape.LINE),
        (StatementKind.SET, one_value("OK"), Shape.LINE),
        (StatementKind.SET, TWO_ROWS, Shape.PLAIN),
        (StatementKind.SHOW, TWO_ROWS, Shape.PLAIN),
        (StatementKind.SHOW, one_value("orders"), Shape.PLAIN),
        (StatementKind.SHOW, one_value("CREATE TABLE `a` (\n  `id` BIGINT\n)"), Shape.TEXT),
        (StatementKind.EXPLAIN, one_value("Scan"), Shape.TEXT),
        (StatementKind.INSERT, one_value(JOB, job_id=JOB), Shape.LINE),
        (StatementKind.INSERT, snapshot_of({"rows affected": [3]}), Shape.PLAIN),
    ],
)
def test_a_result_takes_the_form_that_fits(kind: StatementKind, snapshot: Snapshot, shape: Shape) -> None:
    assert shape_of(snapshot, Statement("...", kind)) is shape


def test_without_a_statement_it_is_drawn_like_a_query() -> None:
    assert shape_of(one_value("OK"), None) is Shape.CARD


def test_a_whole_text_says_that_it_was_cut() -> None:
    assert whole_text(one_value("a\nb"), 10) == "a\nb"
    assert whole_text(one_value("x" * 5000), 1000) == "x" * 1000 + "…\n(more than 1,000 characters)"
