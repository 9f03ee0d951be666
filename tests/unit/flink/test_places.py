from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flinklab.domain.errors import Position
from flinklab.flink.places import find_name, in_characters, names_in, position_in, without_positions

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("From line 1, column 8 to line 2, column 11: Column 'x' not found", Position(1, 8, 2, 11)),
        ("SQL validation failed. At line 3, column 8: Table 'x' not found", Position(3, 8)),
        ('Encountered "u" at line 1, column 15.', Position(1, 15)),
        ('Encountered "<EOF>" at line 0, column 0.', None),
        ("division by zero", None),
    ],
)
def test_places_are_read_as_flink_writes_them(text: str, expected: Position | None) -> None:
    assert position_in(text) == expected


def test_a_message_loses_its_places() -> None:
    assert without_positions("From line 1, column 8 to line 1, column 11: gone") == "gone"
    assert position_in(without_positions("x at line 1, column 8.")) is None


@given(st.lists(LINE, min_size=1, max_size=4), st.data())
def test_utf16_columns_become_characters(lines: list[str], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[row])))
    units = len(lines[row][:column].encode("utf-16-le")) // 2
    place = in_characters(Position(row + 1, units + 1, row + 1, units + 1), "\n".join(lines))
    assert place == Position(row + 1, column + 1, row + 1, column + 1)


def test_a_place_behind_the_text_stays_behind_it() -> None:
    assert in_characters(Position(1, 10), "é") == Position(1, 10)
    assert in_characters(Position(7, 3), "é") == Position(7, 3)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("Cannot find table '`default_catalog`.`default_database`.`nosink`' in any of [x]", ["nosink", "x"]),
        ("Table with identifier 'default_catalog.default_database.nix' does not exist.", ["nix"]),
        (
            "A database with name [nodb] does not exist in the catalog: [default_catalog].",
            ["nodb", "default_catalog"],
        ),
        ("The column `zz` does not exist in the base table.", ["zz"]),
        ("nothing is quoted", []),
    ],
)
def test_quoted_names_are_found(message: str, names: list[str]) -> None:
    assert names_in(message) == names


@given(st.text("ab \n", max_size=20), st.from_regex(r"[c-z][a-z]{0,8}", fullmatch=True))
def test_a_name_is_found_where_it_stands(before: str, name: str) -> None:
    text = f"{before} {name} {name}"
    place = find_name(text, [name])
    assert place is not None and place.end_column is not None
    line = text.split("\n")[place.line - 1]
    assert line[place.column - 1 : place.end_column] == name
    assert text.index(name) == sum(len(s) + 1 for s in text.split("\n")[: place.line - 1]) + place.column - 1


@pytest.mark.parametrize("text", ["'nix'", "-- nix", "/* nix\n */", "xnix nixx", "'it''s nix'"])
def test_strings_comments_and_longer_words_do_not_count(text: str) -> None:
    assert find_name(f"SELECT {text}", ["nix"]) is None


def test_backticks_are_part_of_the_place() -> None:
    assert find_name("SELECT `a b`", ["a b"]) == Position(1, 8, 1, 12)


@given(st.text(max_size=60), st.text(min_size=1, max_size=5))
def test_any_text_can_be_searched(text: str, name: str) -> None:
    assume(name.strip())
    place = find_name(text, [name])
    assert place is None or place.line <= text.count("\n") + 1


@pytest.mark.timeout(30)
def test_a_cell_of_five_megabytes_is_searched_once() -> None:
    lines = 500_000
    text = "SELECT a,\n" * lines + "nix"
    assert find_name(text, ["gone", "nix"]) == Position(lines + 1, 1, lines + 1, 3)
