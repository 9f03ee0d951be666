"""The places of what is wrong in a cell, as an editor reads them from the cell's output."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.utils.capture import capture_output

from fakes.answers import fails, table
from fakes.errors import column_not_found
from fakes.gateway import FakeGateway
from flinklab.domain.errors import (
    FlinklabError,
    Position,
    PromotionRefusedError,
    StatementError,
    StatementInvalidError,
    UnreachableError,
    UsageError,
)
from flinklab.jobs.findings import Finding, Level
from flinklab.notebook.problems import LINE_LENGTH, MIME, NOWHERE, Marks, marking, with_problems

CELL = "SELECT 1;\nSELECT *\n  FROM nope\n"
PLACE = Position(4, 8, 4, 11)
WRONG = StatementInvalidError("Object 'nope' not found", hint="did you mean note?", position=PLACE)


def test_an_error_has_its_place_its_words_and_the_line_as_it_ran() -> None:
    assert Marks(CELL).of_error(WRONG) == [
        {
            "line": 4,
            "column": 8,
            "end_line": 4,
            "end_column": 11,
            "severity": "error",
            "message": "Object 'nope' not found",
            "hint": "did you mean note?",
            "text": "  FROM nope",
        }
    ]


@pytest.mark.parametrize(
    "error",
    [
        StatementError("somewhere"),
        UsageError("a flag"),
        UnreachableError("nobody answers"),
        StatementError("in the line of the magic, which is a snippet's", position=Position(1, 1)),
        StatementError("in a snippet", position=Position(-3, 1)),
        StatementError("below the cell", position=Position(99, 1)),
    ],
)
def test_what_has_no_place_in_the_cell_is_no_problem_of_it(error: FlinklabError) -> None:
    assert Marks(CELL).of_error(error) == []


def test_a_line_magic_or_a_file_has_no_lines_in_the_cell() -> None:
    assert NOWHERE.of_error(WRONG) == []


def test_findings_keep_their_level_and_a_refused_promotion_its_places() -> None:
    late = Finding("late-setting", Level.WARNING, "SET comes too late", "move it up", Position(2, 1))
    nowhere = Finding("no-sink", Level.ERROR, "nothing is written", "write an INSERT")
    [problem] = Marks(CELL).of_findings([late, nowhere])
    assert (problem["severity"], problem["message"], problem["hint"]) == (
        "warning",
        "late-setting: SET comes too late",
        "move it up",
    )
    refused = PromotionRefusedError("no", findings=["one", "two"], positions=[None, Position(3, 1)])
    assert [(each["line"], each["message"]) for each in Marks(CELL).of_error(refused)] == [(3, "two")]


@given(st.text(alphabet="ab\u2028\x0b\r\n", max_size=30), st.integers(-2, 40))
def test_the_text_of_a_problem_is_a_line_as_flink_counts_them(cell: str, line: int) -> None:
    problems = Marks(cell).of_error(StatementError("x", position=Position(line, 1)))
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [each["text"] for each in problems] == (lines[line - 2 : line - 1] if line >= 2 else [])


def test_a_huge_line_goes_only_in_part() -> None:
    [problem] = Marks("x" * 10_000).of_error(StatementError("y" * 10_000, position=Position(2, 1)))
    assert len(problem["text"]) == LINE_LENGTH
    assert len(problem["message"]) < 10_000


def test_an_output_without_problems_is_the_same_output() -> None:
    assert with_problems({"text/plain": "a"}, []) == {"text/plain": "a"}


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.usefixtures("shell")
def test_an_error_is_put_beside_itself_where_a_front_end_watches(watched: bool) -> None:
    with (
        capture_output() as captured,
        pytest.raises(StatementInvalidError),
        marking(Marks(CELL), is_watched=lambda: watched),
    ):
        raise WRONG
    bundles: list[dict[str, Any]] = [output.data for output in captured.outputs]
    assert [list(each) for each in bundles] == ([["text/plain", MIME]] if watched else [])


def test_a_check_gives_the_places_of_all_statements_that_are_wrong(
    notebook: Any, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flinklab.notebook.magics.is_watched", lambda shell: True)
    gateway.on("EXPLAIN SELECT a", fails(column_not_found("a", 1, 16)))
    gateway.on("EXPLAIN SELECT b", fails(column_not_found("b", 1, 16)))
    gateway.on("EXPLAIN SELECT 1", table("result STRING", [["a plan"]]))
    cell = notebook.run("%%flinksql --check\nSELECT 1;\nSELECT a;\n  SELECT b")
    problems = [problem for bundle in cell.bundles for problem in bundle.get(MIME, {}).get("problems", [])]
    assert sorted((each["line"], each["column"], each["text"]) for each in problems) == [
        (3, 8, "SELECT a;"),
        (4, 10, "  SELECT b"),
    ]
