"""Taking a line apart: quotes, values, and what is left of it."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.notebook.flag_parser import HELP, Flag, LineParser, columns, help_page

FLAGS = (
    Flag(("-n", "--number"), "a number", "N"),
    Flag(("--name",), "a name", "NAME"),
    Flag(("-v", "--verbose"), "say more"),
    Flag(("-D",), "an option", "KEY=VALUE", repeatable=True),
)


def parser(line: str) -> LineParser:
    made = LineParser(line, FLAGS, "%test")
    made.take_flags()
    return made


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("--number 5", "--number", "5"),
        ("--number=5", "--number", "5"),
        ("-n 5", "--number", "5"),
        ("-n5", "--number", "5"),
        ("-n=5", "--number", "5"),
        ("--number -5", "--number", "-5"),
        ("--name=", "--name", ""),
        ("--name ''", "--name", ""),
        ("--name='a b'", "--name", "a b"),
        ('--name "a \\"b\\" \\\\ \\c"', "--name", 'a "b" \\ \\c'),
        ("--name 'a\\b'", "--name", "a\\b"),
        ("--name C:\\jobs\\a", "--name", "C:\\jobs\\a"),
        ("--name a'b'\"c\"d", "--name", "abcd"),
        ("--name '--verbose'", "--name", "--verbose"),
        ("--name a=b=c", "--name", "a=b=c"),
    ],
)
def test_a_value(line: str, key: str, value: str) -> None:
    parsed = parser(line)
    assert parsed.one(key) == value
    assert parsed.rest == ""


def test_pairs() -> None:
    parsed = parser("-Da=b -D c=d=e -D 'f g'='h i' -D=j=k -D l=")
    assert parsed.pairs("-D") == {"a": "b", "c": "d=e", "f g": "h i", "j": "k", "l": ""}
    assert parser("").pairs("-D") == {}


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("", ""),
        ("   ", ""),
        ("-v SELECT  'a  b' -- c ", "SELECT  'a  b' -- c "),
        ("-v -- -n 5", "-n 5"),
        ("SELECT -v", "SELECT -v"),
        ("-n 5 it's", "it's"),
    ],
)
def test_the_rest_stays_as_it_is(line: str, rest: str) -> None:
    assert parser(line).rest == rest


def test_taking_words_flags_and_matches_in_turn() -> None:
    parsed = parser("one -v 'two three' ")
    assert parsed.take_word() == "one"
    parsed.take_flags()
    assert parsed.has("--verbose")
    assert parsed.take_match(re.compile("x")) is None
    assert parsed.take_match(re.compile("'tw")) is not None
    assert parsed.rest == "o three' "
    assert parsed.take_word() == "o"
    assert LineParser(" ", FLAGS, "%test").take_word() == ""


def test_help_ends_the_reading() -> None:
    parsed = parser("-v --help --nonsense 'open")
    assert parsed.wants_help
    assert not parser("-v").wants_help


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--numbr 5", "unknown flag --numbr: did you mean --number?"),
        ("--numbr=5", "unknown flag --numbr: did you mean --number?"),
        ("-number 5", "unknown flag -number: did you mean --number?"),
        ("-verbose", "unknown flag -verbose: did you mean --verbose?"),
        ("--NAME x", "unknown flag --NAME: did you mean --name?"),
        ("--quux", "unknown flag --quux: %test -h lists them"),
        ("-x", "unknown flag -x: %test -h lists them"),
        ("-", "unknown flag -: %test -h lists them"),
        ("-vn 5", "unknown flag -vn: %test -h lists them"),
        ("--number", "--number needs a value: --number N"),
        ("-n --verbose", "-n needs a value: -n N"),
        ("-n -v", "-n needs a value: -n N"),
        ("--number --later", "--number needs a value: --number N"),
        ("--verbose=yes", "--verbose takes no value"),
        ("-n 5 --number 6", "--number is given twice"),
        ("-v -v", "-v is given twice"),
        ("--name 'a b", "a quote is not closed: 'a b"),
        ('--name "a\\"', 'a quote is not closed: "a\\"'),
    ],
)
def test_mistakes(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser(line)
    assert caught.value.report() == [f"Usage: {message}"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-D a", "-D needs a key and a value: -D KEY=VALUE"),
        ("-D =a", "-D needs a key and a value: -D KEY=VALUE"),
        ("-D a=1 -D ' a'=2", "-D a is given twice"),
    ],
)
def test_mistakes_in_pairs(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser(line).pairs("-D")
    assert str(caught.value) == message


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
@example("--")
@example("--0")
@example("-v")
def test_a_value_quoted_for_a_shell_comes_back(value: str) -> None:
    quoted = shlex.quote(value)
    quoted = f"'{value}'" if quoted == value else quoted  # without, what begins with dashes is a flag
    assert parser(f"--name {quoted} -v").one("--name") == value


@given(st.text(alphabet=st.sampled_from("-=nvD'\" \\a\t")) | st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        parsed = parser(line)
        while parsed.rest and not parsed.wants_help:
            before = parsed.rest
            parsed.take_word()
            assert len(parsed.rest) < len(before)
            parsed.take_flags()
        parsed.pairs("-D")
    except UsageError as error:
        assert len(error.report()) == 1


def test_a_help_page_shows_each_flag_with_its_default() -> None:
    page = help_page(
        (("%test [flags]", "test it"),), {"Flags": (*FLAGS, HELP)}, (("%test -v", "aloud"),), {"-D": "none"}
    )
    lines = page.splitlines()
    assert lines[0] == "  %test [flags]  test it"
    assert "  -n, --number N  a number" in lines
    assert "  -D KEY=VALUE    an option (default: none)" in lines
    assert lines[-1] == "  %test -v  aloud"
    assert "Examples" not in help_page((("%test", ""),), {}, ())


def test_long_meanings_are_wrapped_in_their_column() -> None:
    lines = columns([("a", "word " * 40), ("bcd", "")]).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert all(line.startswith("       word") for line in lines[1:-1])
    assert lines[-1] == "  bcd"
    assert sum(line.count("word") for line in lines) == 40
