from __future__ import annotations

import pytest

from flinklab.domain.errors import Position
from flinklab.flink.places import names_in, position_in, without_positions


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
