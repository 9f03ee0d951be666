"""A place in a statement is a place in the cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import Position
from flinklab.domain.statements import Statement, StatementKind


def statement(line: int, column: int) -> Statement:
    return Statement("SELECT 1", StatementKind.QUERY, offset=0, line=line, column=column)


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (Position(1, 1), Position(3, 5)),
        (Position(1, 8), Position(3, 12)),
        (Position(2, 8), Position(4, 8)),
        (Position(1, 8, 1, 9), Position(3, 12, 3, 13)),
        (Position(1, 8, 2, 9), Position(3, 12, 4, 9)),
        (Position(2, 8, 4, 1), Position(4, 8, 6, 1)),
    ],
)
def test_only_the_first_line_is_moved_sideways(within: Position, expected: Position) -> None:
    assert statement(3, 5).locate(within) == expected


@given(st.integers(1, 99), st.integers(1, 99))
def test_a_statement_at_the_beginning_moves_nothing(line: int, column: int) -> None:
    place = Position(line, column, line + 1, column)
    assert statement(1, 1).locate(place) == place


def test_half_an_end_is_no_end() -> None:
    assert statement(2, 3).locate(Position(1, 1, end_line=1)) == Position(2, 3)
    assert statement(2, 3).locate(Position(1, 1, end_column=4)) == Position(2, 3)
