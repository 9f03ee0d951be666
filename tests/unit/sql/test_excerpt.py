"""Excerpts: the caret stands under what is meant, whatever else is on the line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sql_texts import any_text
from flinklab.domain.errors import Position
from flinklab.sql.excerpt import excerpt, find_identifier
from flinklab.sql.positions import Cursor, utf16_length
from flinklab.sql.split import split
from flinklab.sql.tokens import tokens


def width(text: str) -> int:
    """Columns of a terminal that a text takes (its characters are printable)."""
    return sum(2 if unicodedata.east_asian_width(character) in ("W", "F") else 1 for character in text)


def parts(drawn: str) -> tuple[str, str, str]:
    """The number, the line and the carets of an excerpt."""
    first, second = drawn.split("\n")
    number, line = first.split(" | ", 1)
    blank, carets = second.split(" | ", 1)
    assert blank == " " * len(number)
    return number.strip(), line, carets


def test_an_excerpt() -> None:
    text = "SELECT id,\n       nope\nFROM orders"
    assert excerpt(text, Position(2, 8, 2, 11)) == "  2 |        nope\n    |        ^^^^"


def test_lines_are_numbered_as_in_the_cell() -> None:
    assert parts(excerpt("a\nb", Position(2, 1), first_line=2)) == ("3", "b", "^")
    assert parts(excerpt("a\nb", Position(1, 1), first_line=12345)) == ("12345", "a", "^")


_visible = st.text(alphabet=st.sampled_from("ab ,(𝄞é你ｗ"), min_size=1, max_size=60)


@given(_visible, _visible, _visible)
def test_carets_take_the_room_of_what_is_meant_and_begin_under_it(before: str, meant: str, after: str) -> None:
    line = before + meant + after
    begin = utf16_length(before) + 1
    drawn = excerpt(f"x\r\n{line}\ny", Position(2, begin, 2, begin + utf16_length(meant) - 1))
    _, shown, carets = parts(drawn)
    if len(line) <= 96:
        assert shown == line
        assert width(carets) == width(before) + width(meant)
        assert carets.lstrip(" \u3000") == "^" * width(meant)


@given(any_text, st.integers(-2, 8), st.integers(-2, 60), st.integers(-2, 8), st.integers(-2, 60), st.booleans())
def test_any_place_in_any_text_has_an_excerpt(
    text: str, line: int, column: int, end_line: int, end_column: int, ranged: bool
) -> None:
    position = Position(line, column, end_line, end_column) if ranged else Position(line, column)
    _, shown, carets = parts(excerpt(text, position))
    assert carets.endswith("^")
    assert carets.strip(" \u3000").strip("^") == ""
    assert not any(unicodedata.category(character) == "Cc" for character in shown)


def test_a_tab_takes_the_same_room_in_both_lines() -> None:
    _, shown, carets = parts(excerpt("\ta\tnope", Position(1, 4, 1, 7)))
    assert shown == "    a   nope"
    assert carets == "        ^^^^"


def test_what_cannot_be_seen_is_shown() -> None:
    _, shown, carets = parts(excerpt("SELECT\u200b1\x00", Position(1, 7)))
    assert shown == "SELECT\ufffd1␀"
    assert carets == "      ^"


def test_a_combining_mark_takes_no_room() -> None:
    _, shown, carets = parts(excerpt("e\u0301 nope", Position(1, 4, 1, 7)))
    assert (shown, carets) == ("e\u0301 nope", "  ^^^^")
    assert parts(excerpt("e\u0301", Position(1, 2)))[2] == " ^"


def test_a_place_over_several_lines_is_shown_to_the_end_of_its_first() -> None:
    assert parts(excerpt("SELECT (a\n+ b)", Position(1, 8, 2, 4)))[2] == "       ^^"


@pytest.mark.parametrize("position", [Position(1, 9), Position(1, 99, 1, 100), Position(7, 1)])
def test_a_place_beyond_the_text_is_its_end(position: Position) -> None:
    assert parts(excerpt("SELECT 1", position)) == ("1", "SELECT 1", "        ^")


def test_an_end_before_the_begin_is_one_caret() -> None:
    assert parts(excerpt("SELECT 1", Position(1, 8, 1, 2)))[2] == "       ^"


@pytest.mark.parametrize("before", [0, 20, 200, 5_000, 1_000_000])
@pytest.mark.parametrize("after", [0, 20, 1_000])
def test_a_long_line_is_cut_around_the_place(before: int, after: int) -> None:
    line = "x" * before + "nope" + "y" * after
    _, shown, carets = parts(excerpt(line, Position(1, before + 1, 1, before + 4)))
    assert len(shown) <= 98
    begin = carets.index("^")
    assert shown[begin : begin + 4] == "nope"
    assert carets[begin:] == "^^^^"
    assert shown.startswith("…") == (len(line) > 96 and before > 32)
    assert shown.strip("…") in line


def test_a_range_longer_than_the_line_shown_is_cut_with_it() -> None:
    _, shown, carets = parts(excerpt("x" * 500, Position(1, 1, 1, 500)))
    assert (shown, carets) == ("x" * 96 + "…", "^" * 96)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("SELECT nope FROM t", "nope", Position(1, 8, 1, 11)),
        ("SELECT\n  NoPe FROM t", "nOpE", Position(2, 3, 2, 6)),
        ("SELECT 'nope', /* nope */ nope -- nope", "nope", Position(1, 27, 1, 30)),
        ("SELECT `no pe`", "no pe", Position(1, 8, 1, 14)),
        ("SELECT `a``b`", "a`b", Position(1, 8, 1, 13)),
        ("SELECT nopes, nope", "nope", Position(1, 15, 1, 18)),
        ("INSERT INTO db.t SELECT 1", "`default_catalog`.`db`.`t`", Position(1, 16, 1, 16)),
        ("INSERT INTO db.t SELECT 1", "db.t", Position(1, 16, 1, 16)),
        ("INSERT INTO `db.t` SELECT t", "db.t", Position(1, 13, 1, 18)),
        ("SELECT 1 /*+ OPTIONS(nope) */", "nope", Position(1, 22, 1, 25)),
        ("SELECT '𝄞', nope", "nope", Position(1, 14, 1, 17)),
        ("SELECT `a\nb` c", "a\nb", Position(1, 8, 2, 2)),
        ("SELECT 'nope'", "nope", None),
        ("SELECT 1", "", None),
        ("", "nope", None),
    ],
)
def test_finding_a_name(text: str, name: str, expected: Position | None) -> None:
    assert find_identifier(text, name) == expected


@given(any_text, st.data())
def test_every_name_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    named = [token for token in tokens(text) if token.name]
    if not named:
        return
    name = data.draw(st.sampled_from(named)).name
    assert name is not None
    first = next(token for token in named if token.name is not None and token.name.casefold() == name.casefold())
    found = find_identifier(text, name)
    if name == name.strip() and "`" not in name:
        assert found is not None
        assert Position(found.line, found.column) == Cursor(text).at(first.offset)


def test_a_statements_place_is_drawn_where_it_is_in_the_cell() -> None:
    cell = "-- the first\nSHOW TABLES; SELECT id, nope FROM t"
    statement = split(cell)[1]
    found = find_identifier(statement.text, "nope")
    assert found is not None
    _, shown, carets = parts(excerpt(cell, statement.locate(found), first_line=2))
    assert shown[carets.index("^") :].startswith("nope")
