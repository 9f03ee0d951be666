from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.variable_types import is_value, wanted
from flinklab.domain.variables import VariableType

BOOLEAN, DOUBLE, DURATION = VariableType.BOOLEAN, VariableType.DOUBLE, VariableType.DURATION
INT, SQL, STRING = VariableType.INT, VariableType.SQL, VariableType.STRING


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (INT, ["0", "-7", "+12"], ["", "1.5", "1_000", "٣", "0x10", "1e3", "4 "]),
        (DOUBLE, ["0", "-7", "0.5", ".5", "5.", "1e-3", "+1E9"], ["", "nan", "inf", "1,5", "1_0", ".", "e3"]),
        (BOOLEAN, ["true", "FALSE"], ["", "yes", "1", "t"]),
        (
            DURATION,
            ["10 s", "5min", "100", " 1 d ", "3 Hours", "7 µs", "1 milli", "PT10S", "p1dt2h", "PT0.5S"],
            ["", "s", "1.5 s", "-1 s", "1 h 30 min", "1 week", "P", "PT", "P1M"],
        ),
        (SQL, ["id > 0", "''"], ["", " \n"]),
        (STRING, ["", "anything"], []),
    ],
)
def test_a_type_says_which_texts_are_its_values(kind: VariableType, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not is_value(kind, text)] == []
    assert [text for text in wrong if is_value(kind, text)] == []


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_values_of_their_types(whole: int, number: float) -> None:
    assert is_value(INT, str(whole))
    assert is_value(DOUBLE, str(whole))
    assert is_value(DOUBLE, repr(number))


@given(st.sampled_from([INT, DOUBLE, BOOLEAN, DURATION]), st.text())
def test_any_text_is_judged(kind: VariableType, text: str) -> None:
    if is_value(kind, text):
        assert text.isprintable() or kind is DURATION
        assert wanted(kind) != "text"
