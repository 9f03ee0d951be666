"""Tokens: what is left of a text without spaces and comments."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given

from fakes.sql_texts import any_text, cells
from flinklab.sql.tokens import BLANKS, TokenKind, tokens


def shape(text: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokens(text)]


def test_blanks_are_all_of_unicodes_spaces_and_two_that_nobody_sees() -> None:
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert set(BLANKS) == spaces | {"\u200b", "\ufeff"}
    assert len(BLANKS) == len(set(BLANKS))


@given(any_text)
def test_tokens_stand_where_they_say_in_order(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert token.text
        assert token.offset >= at
        assert text.startswith(token.text, token.offset)
        at = token.offset + len(token.text)


@given(cells())
def test_the_statements_tokens_are_the_cells_tokens(cell) -> None:
    of_statements = [token.text for _, statement in cell.statements for token in tokens(statement)]
    semicolons_between = [token for token in tokens(cell.text) if token.kind is TokenKind.SEMICOLON]
    of_cell = [token.text for token in tokens(cell.text)]
    assert [text for text in of_cell if text != ";"] == [text for text in of_statements if text != ";"]
    assert len(semicolons_between) >= len(cell.statements) - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" -- c\n/* c */", []),
        ("a1_$ 2", [("word", "a1_$"), ("word", "2")]),
        ("größe", [("word", "größe")]),
        ("a<>b", [("word", "a"), ("symbol", "<"), ("symbol", ">"), ("word", "b")]),
        ("`a``b`.c", [("quoted name", "`a``b`"), ("symbol", "."), ("word", "c")]),
        ("x'00'", [("word", "x"), ("string", "'00'")]),
        ("/*+ A */", [("symbol", "/*+"), ("word", "A"), ("symbol", "*/")]),
        ("'a", [("string", "'a")]),
        ("a /*", [("word", "a"), ("open comment", "/*")]),
        ('"a b"', [("symbol", '"a b"')]),
        ("a;", [("word", "a"), (";", ";")]),
        ("hdfs://nn", [("word", "hdfs"), ("symbol", "://"), ("word", "nn")]),
        ("a\xa0\ufeffb", [("word", "a"), ("word", "b")]),
    ],
)
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [("a", "a"), ("`a b`", "a b"), ("`a``b`", "a`b"), ("`a", "a"), ("``", ""), ("'a'", None), ("(", None)],
)
def test_the_name_in_a_token(text: str, name: str | None) -> None:
    [token] = tokens(text)
    assert token.name == name


def test_a_keyword_is_a_word_in_capitals() -> None:
    assert [token.keyword for token in tokens("select `select` 'select' (")] == ["SELECT", "", "", ""]
