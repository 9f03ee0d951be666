"""`{{ name }}`: a value of Python as one literal of SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sql_texts import any_text
from flinklab.domain.errors import Position, StatementInvalidError, UsageError
from flinklab.sql.identifiers import string
from flinklab.sql.templates import identifier, literal, render, templates
from flinklab.sql.tokens import Token, TokenKind, tokens
from flinklab.sql.variables import substitute


class Colour(Enum):
    RED = "red"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20),
)
OTHERS = st.one_of(st.none(), st.booleans(), st.dates(), st.times(), st.datetimes())
AROUND = ["a -{{ x }}", "f({{ x }})", "a/{{ x }}", "b={{ x }}", "E{{ x }}", "u&{{ x }}", "'a'{{ x }}'b'"]
AROUND += ["a{{ x }}b", "`a`{{ x }}`b`", "1{{ x }}1", "{{ x }}"]
VALUES = st.one_of(TEXT, NUMBERS, OTHERS)


def words(text: str) -> list[Token]:
    return list(tokens(text))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (5, "5"),
        (-5, "(-5)"),
        (1.5, "1.5E0"),
        (1e300, "1E300"),
        (-1e-7, "(-1E-7)"),
        (Decimal("1.50"), "1.50"),
        ("it's", "'it''s'"),
        ("${brokers}", "'$${brokers}'"),
        (date(2026, 1, 2), "DATE '2026-01-02'"),
        (datetime(2026, 1, 2, 3, 4, 5, 6), "TIMESTAMP '2026-01-02 03:04:05.000006'"),
        (time(3, 4), "TIME '03:04:00'"),
        ([1, "a", None], "(1, 'a', NULL)"),
        (("a",), "('a')"),
        ({3, 1, 2}, "(1, 2, 3)"),
        (Colour.RED, "'red'"),
        (np.int64(7), "7"),
        (np.bool_(True), "TRUE"),
        (np.array([1, 2]), "(1, 2)"),
        (pd.Series(["a", "b"]), "('a', 'b')"),
        (pd.NaT, "NULL"),
        (pd.NA, "NULL"),
        (pd.Timestamp("2026-01-02 03:04:05.000000006"), "TIMESTAMP '2026-01-02 03:04:05.000000006'"),
    ],
)
def test_a_value_is_written_as_sql_writes_it(value: object, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "no literal of nan"),
        (Decimal("inf"), "no literal of Infinity"),
        (10**38, "38 digits"),
        ([], "empty"),
        ([[1]], "a list is no literal"),
        (pd.DataFrame({"a": [1]}), "a DataFrame is no literal"),
        (np.ones((2, 2)), "a ndarray is no literal"),
        (timedelta(1), "a timedelta is no literal"),
        (b"x", "a bytes is no literal"),
        (datetime(2026, 1, 1, tzinfo=timezone.utc), "time zone"),
        ("a\0b", "no text"),
        ("\ud800", "no text"),
        (len, "no literal"),
    ],
)
def test_what_is_no_literal_is_refused_with_its_place(value: object, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        literal(value)
    with pytest.raises(StatementInvalidError, match=re.escape("{{ x }}: ") + f".*{why}") as refused:
        render("SELECT 1,\n {{ x }}", {"x": value})
    assert refused.value.position == Position(2, 2)


@given(TEXT)
def test_a_string_is_one_token_and_means_itself(value: str) -> None:
    done = substitute(render("{{ x }}", {"x": value}).text, {}).text
    [token] = words(done)
    assert token.kind is TokenKind.STRING
    assert token.text == string(value)


@given(TEXT)
def test_the_text_of_an_option_is_one_token_too(value: str) -> None:
    assert render("{{ x | string }}", {"x": value}).text == literal(value)


@given(TEXT.filter(bool))
def test_an_identifier_is_one_name(value: str) -> None:
    done = substitute(render("{{ x | identifier }}", {"x": value}).text, {}).text
    [token] = words(done)
    assert token.name == value
    parts = substitute(identifier([value, "t"]), {}).text
    assert [each.name for each in words(parts) if each.text != "."] == [value, "t"]


@given(NUMBERS)
def test_a_number_keeps_its_value(value: Any) -> None:
    written = literal(value)
    assert type(value)(written.strip("()")) == value
    assert written.startswith("(-") == (value < 0)
    assert not any(each.kind is TokenKind.STRING for each in words(written))


@given(VALUES, st.sampled_from(AROUND))
def test_nothing_around_a_value_changes(value: object, text: str) -> None:
    done = substitute(render(text, {"x": value}).text, {}).text
    before, _, after = text.partition("{{ x }}")
    around = [each.text for each in words(before)], [each.text for each in words(after)]
    found = [each.text for each in words(done)]
    assert found[: len(around[0])] == around[0]
    assert found[len(found) - len(around[1]) :] == around[1]
    value_of = substitute(literal(value), {}).text
    inner = found[len(around[0]) : len(found) - len(around[1])]
    assert inner == [each.text for each in words(value_of)]


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_a_list_is_its_values_in_brackets(values: list[object]) -> None:
    assert literal(values) == f"({', '.join(literal(each) for each in values)})"


@given(any_text)
def test_a_text_without_braces_stays(text: str) -> None:
    if "{{" not in text:
        assert render(text, {}).text == text


@pytest.mark.parametrize("text", ["'{{ x }}'", "`{{ x }}`", "-- {{ x }}\n", "/* {{ x }} */", "'{{\"a\": 1}}'"])
def test_in_quotes_and_comments_braces_are_text(text: str) -> None:
    assert render(f"SELECT {text} 1", {"x": 5}).text == f"SELECT {text} 1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT {{ a.b }}", r"\{\{ a.b \}\} is no value"),
        ("SELECT {{ f() }}", "is no value"),
        ("SELECT {{ 'x' }}", "is no value"),
        ("SELECT {{", "is no value"),
        ("SELECT {{ }}", "is no value"),
        ("SELECT {{ day | upper }}", "no filter upper"),
        ("SELECT {{ dya }}", "no variable dya"),
    ],
)
def test_a_mistake_says_what_to_write(text: str, why: str) -> None:
    with pytest.raises(StatementInvalidError, match=why) as refused:
        render(text, {"day": 1})
    assert refused.value.position == Position(1, 8)
    assert refused.value.hint


@pytest.mark.parametrize("write", [lambda: identifier(""), lambda: identifier([]), lambda: identifier(5)])
def test_no_name(write: Callable[[], str]) -> None:
    with pytest.raises(UsageError, match="a name is"):
        write()


def test_options_are_strings() -> None:
    text = "WITH ('rows' = {{ n | string }}, 'on' = {{ on | string }})"
    assert render(text, {"n": 5, "on": True}).text == "WITH ('rows' = '5', 'on' = 'true')"


def test_places_in_what_was_rendered_lead_back() -> None:
    done = render("SELECT {{ a }}, wrong", {"a": "x\ny"})
    assert done.text == "SELECT 'x\ny', wrong"
    assert render("{{ a }}{{ a }}", {"a": "x"}).text == "'x'  'x'"
    assert done.original(Position(2, 5)) == Position(1, 17)
    assert done.original(Position(1, 9)) == Position(1, 8)
    assert [each.name for each in templates("SELECT {{ a }}, {{ b | string }}")] == ["a", "b"]
