from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fakes.sql_texts import any_text, gaps
from flinklab.domain.errors import Position, UnknownVariableError
from flinklab.domain.variables import MASK
from flinklab.sql.identifiers import quote, string
from flinklab.sql.positions import Cursor, offset_at
from flinklab.sql.tokens import TokenKind, tokens
from flinklab.sql.variables import expand, mask, mentions, references, substitute

names = st.from_regex(r"[a-z_][a-z0-9_.]{0,3}(-[a-z]){0,1}", fullmatch=True)
values = st.text(st.sampled_from("a'`\\\n\r-/*;é𝄞 ${}"), max_size=6)


def found(text: str) -> list[str]:
    return [reference.name for reference in references(text)]


def test_a_reference_is_found_everywhere_but_in_comments() -> None:
    text = (
        "SELECT ${a}, '${b.c}', `${d-e}` FROM t${f} /*+ OPTIONS('x'='${g}') */ -- ${h}\n // ${i}\n /* ${j} */ ${_k}"
    )
    assert found(text) == ["a", "b.c", "d-e", "f", "g", "_k"]
    for reference in references(text):
        assert text[reference.offset : reference.offset + reference.length] == f"${{{reference.name}}}"


@pytest.mark.parametrize("text", ["${}", "${ a}", "${1}", "$a", "${a", "${a b}", "$ {a}", "${-a}", "${a--b}"])
def test_what_is_no_reference_stays(text: str) -> None:
    assert found(text) == []
    assert substitute(text, {}).text == text


@given(any_text)
def test_any_text_without_references_stays_itself(text: str) -> None:
    assume("${" not in text)
    assert substitute(text, {}).text == text


def test_two_dollars_are_the_thing_itself() -> None:
    assert found("$${a} '$${b}' ${c}") == ["c"]
    assert substitute("$${a} '$${b}' ${c} $$ -- $${d}", {"c": "$${x}"}).text == "${a} '${b}' $${x} $$ -- $${d}"


@given(values)
def test_a_value_in_a_string_is_that_text(value: str) -> None:
    (token,) = tokens(substitute("'${v}'", {"v": value}).text)
    assert token.text == string(value)


@given(values)
def test_a_value_in_back_ticks_is_that_name(value: str) -> None:
    assume(value)
    (token,) = tokens(substitute("`${v}`", {"v": value}).text)
    assert token.text == quote(value)


@given(values)
def test_a_value_never_ends_an_escaped_string(value: str) -> None:
    read = list(tokens(substitute("E'${v}' + 1", {"v": value}).text))
    assert [token.kind for token in read[1:]] == [TokenKind.STRING, TokenKind.SYMBOL, TokenKind.WORD]


def test_elsewhere_a_value_goes_in_as_it_is() -> None:
    assert substitute("SELECT ${list} FROM t", {"list": "a, 'b', `c`"}).text == "SELECT a, 'b', `c` FROM t"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UnknownVariableError, match=r"\$\{b\} has no value"):
        substitute("${a} ${b}", {"a": "1"})


def test_a_substituted_text_does_not_show_itself() -> None:
    assert "hunter2" not in repr(substitute("'${password}'", {"password": "hunter2"}))


@given(st.lists(st.tuples(st.sampled_from(["x", "'", "''", "é", "𝄞", "\n", " "]) | gaps, names, values)))
def test_a_place_in_the_result_is_found_in_the_source(parts: list[tuple[str, str, str]]) -> None:
    source = "".join(f"{text}${{{name}}}" for text, name, _ in parts) + "end"
    substituted = substitute(source, {name: value for _, name, value in parts})
    text = substituted.text
    spans = [(each.offset, each.offset + each.length) for each in references(source)]
    for offset in range(len(text)):
        if offset_at(text, Cursor(text).at(offset).line, Cursor(text).at(offset).column) != offset:
            continue  # within a line break: no place that Flink could name
        begin = Cursor(text).at(offset)
        place = substituted.original(Position(begin.line, begin.column, begin.line, begin.column))
        assert place.end_line is not None and place.end_column is not None
        start = offset_at(source, place.line, place.column)
        stop = offset_at(source, place.end_line, place.end_column) + 1
        if (start, stop) not in spans:
            assert source[start] == text[offset]


def test_places_around_a_value_of_several_lines() -> None:
    substituted = substitute("SELECT ${a}, nope\nFROM ${b} x", {"a": "1,\n  2", "b": ""})
    assert substituted.text == "SELECT 1,\n  2, nope\nFROM  x"
    assert substituted.original(Position(2, 6, 2, 9)) == Position(1, 14, 1, 17)  # nope
    assert substituted.original(Position(2, 3)) == Position(1, 8)  # the 2
    assert substituted.original(Position(1, 8, 2, 3)) == Position(1, 8, 1, 11)  # all of the value
    assert substituted.original(Position(3, 7, 3, 7)) == Position(2, 11, 2, 11)  # x
    assert substituted.original(Position(9, 9)) == Position(2, 12)  # beyond the text


@given(st.dictionaries(names, st.text(max_size=5), max_size=5))
def test_values_without_references_stay(plain: dict[str, str]) -> None:
    assume(not any("${" in value for value in plain.values()))
    assert expand(plain) == plain


def test_values_of_values() -> None:
    given_values = {"url": "jdbc:x://${host}:${port}/$${db}", "host": "h--${zone}", "zone": "z", "port": "1"}
    assert expand(given_values) == {"url": "jdbc:x://h--z:1/${db}", "host": "h--z", "zone": "z", "port": "1"}
    assert mentions(given_values["host"]) == ("zone",)


def test_a_circle_is_shown() -> None:
    with pytest.raises(UnknownVariableError, match=r"refers to itself: b -> c -> b"):
        expand({"a": "${b}", "b": "x${c}", "c": "${b}"})
    with pytest.raises(UnknownVariableError, match=r"a -> a"):
        expand({"a": "${a}"})


def test_a_value_that_mentions_nothing_known() -> None:
    with pytest.raises(UnknownVariableError, match=r"\$\{b\} has no value .*the value of a"):
        expand({"a": "${b}"})


def test_a_long_chain_is_resolved() -> None:
    chain = {f"v{number}": f"${{v{number + 1}}}" for number in range(5_000)} | {"v5000": "end"}
    assert set(expand(chain).values()) == {"end"}


@given(any_text, st.lists(st.text(min_size=4).filter(lambda text: "*" not in text), max_size=3), st.randoms())
def test_no_secret_is_left(text: str, secrets: list[str], random: object) -> None:
    shown = text + "".join(f" {secret} {string(secret)} {json.dumps(secret)}" for secret in secrets)
    shown += "".join(secret[:3] + other for secret in secrets for other in secrets)
    masked = mask(shown, secrets)
    assert not [secret for secret in secrets if secret in masked]
    assert not [secret for secret in secrets if secret.replace("'", "''") in masked]


def test_a_secret_is_hidden_however_it_is_written() -> None:
    secret = "p'a\\s\"s wörd/1"
    for form in [secret, string(secret), json.dumps(secret), quote(secret), f"?password={quote_plus(secret)}&x"]:
        masked = mask(f"before {form} after", [secret])
        assert MASK in masked
        assert "rd/1" not in masked and "rd%2F1" not in masked
        assert masked.startswith("before ") and masked.endswith(" after")


def test_the_longest_secret_wins_and_overlapping_ones_leave_nothing() -> None:
    assert mask("secret-key!", ["secret", "secret-key"]) == f"{MASK}!"
    assert mask("abcdefgh.", ["abcdef", "cdefgh"]) == f"{MASK}."


def test_one_line_of_a_secret_of_several_is_hidden() -> None:
    assert mask("at: MIIEpAIBAAK", ["-----BEGIN-----\nMIIEpAIBAAK\n-----END-----"]) == f"at: {MASK}"


def test_a_short_secret_is_hidden_where_it_is_a_value() -> None:
    text = "a cat: 'a' = \"a\", password=a&x, password: a, passwords are a thing"
    assert mask(text, ["a", ""]) == (
        f"a cat: '{MASK}' = \"{MASK}\", password={MASK}&x, password: {MASK}, passwords are a thing"
    )
