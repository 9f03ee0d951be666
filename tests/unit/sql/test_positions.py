"""Lines and columns: the cases are what the SQL Gateway 2.3 answered for a column that does not exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import Position
from flinklab.sql.positions import Cursor, index_of_column, offset_at, split_lines, utf16_length

_texts = st.text(alphabet=st.one_of(st.sampled_from("ab\t\n\r𝄞é"), st.characters()), max_size=40)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT nope", 1, 8),
        ("SELECT\tnope", 1, 8),
        ("\tSELECT\t\tnope", 1, 10),
        ("SELECT '𝄞', nope", 1, 14),
        ("SELECT '你好', nope", 1, 14),
        ("SELECT\r\nnope", 2, 1),
        ("SELECT\rnope", 2, 1),
        ("SELECT\fnope", 1, 8),
        ("SELECT /* a\r\nb */ nope", 2, 6),
        ("SELECT 'a\r\n\r\n\nb', nope", 4, 5),
        ("SELECT\r\r\nx, nope", 3, 4),
        ("SELECT -- \u2028\u0085\v\n nope", 2, 2),
    ],
)
def test_places_are_the_gateways(text: str, line: int, column: int) -> None:
    place = Cursor(text).at(text.index("nope"))
    assert place == Position(line, column)
    shown = split_lines(text)[line - 1]
    assert shown[index_of_column(shown, column) :] == "nope"


@given(_texts)
def test_lines_add_up_to_the_text(text: str) -> None:
    assert "\n".join(split_lines(text)) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(_texts)
def test_utf16_length_is_what_the_encoding_says(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)


@given(st.text(alphabet=st.characters(exclude_characters="\r\n")), st.data())
def test_a_column_leads_back_to_its_character(line: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(line)))
    column = utf16_length(line[:index]) + 1
    assert index_of_column(line, column) == index


def test_a_column_inside_a_character_is_the_character_and_one_beyond_the_line_its_end() -> None:
    assert index_of_column("a𝄞b", 3) == 1
    assert index_of_column("a𝄞b", 4) == 2
    assert [index_of_column(line, 99) for line in ("", "abc", "a𝄞")] == [0, 3, 2]
    assert index_of_column("abc", 0) == index_of_column("é", -3) == 0


@given(_texts.filter(lambda text: "\r\n" not in text), st.data())
def test_a_cursor_that_stops_on_the_way_arrives_at_the_same_place(text: str, data: st.DataObject) -> None:
    stops = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    cursor = Cursor(text)
    for stop in stops:
        place = cursor.at(stop)
        assert place == Cursor(text).at(stop)
        line = split_lines(text)[place.line - 1]
        assert text[stop:].startswith(line[index_of_column(line, place.column) :])


@given(_texts, st.integers(min_value=0))
def test_an_offset_is_found_again_by_its_place(text: str, number: int) -> None:
    offset = number % (len(text) + 1)
    place = Cursor(text).at(offset)
    found = offset_at(text, place.line, place.column)
    # Between the two characters of a line end there is no place: it is the one before them.
    assert found == offset or text[found:offset] == "\r"


def test_a_place_beyond_its_line_is_the_lines_end() -> None:
    assert offset_at("ab\r\ncd", 1, 99) == 2
    assert offset_at("ab\r\ncd", 2, 2) == 5
    assert offset_at("ab\r\ncd", 9, 1) == 6
