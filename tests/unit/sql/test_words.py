from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sql_texts import any_text
from flinklab.domain.errors import Position, StatementParseError
from flinklab.sql.identifiers import quote
from flinklab.sql.tokens import tokens
from flinklab.sql.words import Words, name_of, unquoted, written


@given(any_text)
def test_a_place_moves_over_any_text_to_its_end(text: str) -> None:
    words = Words(text)
    while not words.is_over:
        before = words.at
        words.path()
        words.string()
        if words.at == before:
            words.at += 1
    assert (words.token(), words.word(), words.peek(), words.path(), words.string()) == (None, "", "", (), None)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_a_path_is_read_whole(parts: list[str]) -> None:
    words = Words(f"{quote(parts)} (")
    assert words.path() == tuple(parts)
    assert words.peek() == "("


@pytest.mark.parametrize(
    ("text", "path", "rest"),
    [
        ("a.b.*", ("a", "b"), "."),
        ("a . `b c` d", ("a", "b c"), "d"),
        ("a.'b'", ("a",), "."),
        ("1.5", (), "1"),
        ("${a}", (), "$"),
        ("$a", ("$a",), ""),
        ("'a'", (), "'a'"),
    ],
)
def test_where_a_path_ends(text: str, path: tuple[str, ...], rest: str) -> None:
    words = Words(text)
    assert words.path() == path
    assert words.peek() == rest


def test_keywords_are_taken_together_or_not_at_all() -> None:
    words = Words("if Not exists x")
    assert not words.take("IF", "EXISTS")
    assert words.at == 0
    assert words.take("IF", "NOT", "EXISTS")
    assert words.word() == "X"
    assert not Words("`IF`").take("IF")


def test_a_bracket_is_its_inside() -> None:
    words = Words("(a, (b), ')') c")
    assert [token.text for token in words.bracket() or []] == ["a", ",", "(", "b", ")", ",", "')'"]
    assert words.peek() == "c"
    assert words.bracket() is None


def test_a_bracket_that_never_ends_is_an_error_at_its_begin() -> None:
    words = Words("x\n ((a)")
    words.at = 1
    with pytest.raises(StatementParseError, match=r"never closed, at \(") as caught:
        words.bracket()
    assert caught.value.position == Position(2, 2, 2, 2)


def test_an_error_after_the_last_word_is_at_the_end() -> None:
    words = Words("ab `𝄞` ")
    words.at = 2
    assert words.error("more").position == Position(1, 8)
    assert Words("").error("more").position == Position(1, 1)


@given(any_text)
def test_what_is_written_is_read_as_the_same_words(text: str) -> None:
    read = list(tokens(text))
    assert [token.text for token in tokens(written(read))] == [token.text for token in read]


def test_names_and_strings() -> None:
    assert [name_of(token) for token in tokens("a `b``c` 1 $ 'x' (")] == ["a", "b`c", None, None, None, None]
    assert [unquoted(token) for token in tokens("'it''s' ''")] == ["it's", ""]
