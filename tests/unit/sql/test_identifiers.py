from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flinklab.sql.identifiers import quote, string
from flinklab.sql.tokens import TokenKind, tokens


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_a_quoted_path_is_read_back_as_its_parts(parts: list[str]) -> None:
    assert [token.name for token in tokens(quote(parts)) if token.kind is TokenKind.QUOTED_NAME] == parts


def test_a_string_is_one_part() -> None:
    assert quote("a.b") == "`a.b`"
    assert quote(["a", "b"]) == "`a`.`b`"


@given(st.text())
def test_a_literal_is_one_string_and_nothing_else(text: str) -> None:
    (token,) = tokens(string(text))
    assert token.kind is TokenKind.STRING
    assert token.text[1:-1].replace("''", "'") == text
