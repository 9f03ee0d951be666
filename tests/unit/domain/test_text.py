"""Amounts as people read and write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.text import count, duration, epoch_ms, one_line, parse_count, parse_duration, size, suggest

FLAGS = ["--limit", "--timeout", "--mode", "--wait"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("--limt", "--limit"),
        ("--LIMIT", "--limit"),
        ("--time", "--timeout"),
        ("--wiat", "--wait"),
        ("--quux", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_suggest(word: str, expected: str | None) -> None:
    assert suggest(word, FLAGS) == expected


def test_a_beginning_that_fits_two_is_judged_by_likeness() -> None:
    assert suggest("stat", ["status", "statistics"]) == "status"
    assert suggest("ses", ["session", "status"]) == "session"


def test_a_suggestion_is_spelt_as_the_choice() -> None:
    assert suggest("flinksql.Limit", ["FlinkSQL.limit"]) == "FlinkSQL.limit"


@given(st.text(), st.lists(st.text()))
def test_a_suggestion_is_one_of_the_choices(word: str, choices: list[str]) -> None:
    assert suggest(word, choices) in {None, *choices}


@pytest.mark.parametrize(
    ("n", "noun", "expected"),
    [
        (1, "row", "1 row"),
        (0, "row", "0 rows"),
        (1_234_567, "row", "1,234,567 rows"),
        (2, "query", "2 queries"),
        (2, "key", "2 keys"),
        (2, "class", "2 classes"),
        (2, "branch", "2 branches"),
    ],
)
def test_count(n: int, noun: str, expected: str) -> None:
    assert count(n, noun) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (0.0004, "0.4 ms"),
        (0.0042, "4.2 ms"),
        (0.015625, "16 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (0.42, "0.42 s"),
        (0.994, "0.99 s"),
        (0.996, "1.0 s"),
        (1, "1 s"),
        (3.14, "3.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3599.7, "1 h"),
        (3600 * 3 + 60 * 12 + 7, "3 h 12 min"),
        (86399, "1 d"),
        (86400 * 2 + 3600 * 4 + 59, "2 d 4 h"),
    ],
)
def test_duration(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@given(st.floats(0.0001, 1e8))
def test_a_duration_read_again_is_nearly_the_same(seconds: float) -> None:
    assert parse_duration(duration(seconds)) == pytest.approx(seconds, rel=0.06)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_540, "1.5 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (23_400_000, "23 MB"),
        (1_200_000_000, "1.2 GB"),
        (3_400_000_000_000, "3.4 TB"),
        (3_400_000_000_000_000, "3,400.0 TB"),
    ],
)
def test_size(n: int, expected: str) -> None:
    assert size(n) == expected


def test_times_are_milliseconds_for_browsers_wherever_the_clock_stands() -> None:
    at = datetime(1970, 1, 2, 1, 0, 0, 1600, tzinfo=timezone(timedelta(hours=1)))
    assert epoch_ms(at) == 86_400_002
    assert epoch_ms(None) is None


def test_one_line() -> None:
    assert one_line("  SELECT\n\t1 ", 20) == "SELECT 1"
    assert one_line("SELECT 12345", 8) == "SELECT…"
    assert one_line("SELECT12345", 8) == "SELECT1…"


@given(st.text(), st.integers(1, 30))
def test_one_line_is_one_line_of_that_width(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1
    assert line.rstrip("…").split() == text.split()[: len(line.split())] or line.endswith("…")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 30),
        ("5 min", 300),
        ("5m", 300),
        ("1h", 3600),
        ("500ms", 0.5),
        ("2.5s", 2.5),
        (" 90 ", 90),
        ("0.5", 0.5),
        ("1h30m", 5400),
        ("1h 30min 5 s", 5405),
        ("2 Hours", 7200),
        ("1 day", 86400),
        ("10 secs", 10),
    ],
)
def test_parse_duration(text: str, expected: float) -> None:
    assert parse_duration(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "s",
        "-5s",
        "0",
        "0ms",
        "5 parsecs",
        "1e3",
        "5 mss",
        "1.2.3s",
        "5s5",
        "inf",
        "nan",
        "٣s",
        "30s!",
        "9" * 99,
    ],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration") as caught:
        parse_duration(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        ("1_000", 1000),
        ("1,000,000", 10**6),
        ("10k", 10**4),
        ("1M", 10**6),
        ("1.5 k", 1500),
        ("2G", 2 * 10**9),
    ],
)
def test_parse_count(text: str, expected: int) -> None:
    assert parse_count(text) == expected


@pytest.mark.parametrize(
    "text", ["", "k", "-1", "0", "0k", "1.5", "1.0001k", "1_00", "1e3", "10kk", "ten", "٣", "1 0", "9" * 5000]
)
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a (whole )?number") as caught:
        parse_count(text)
    assert len(str(caught.value)) < 120


@given(st.integers(1, 10**15))
def test_a_count_reads_its_own_writing(n: int) -> None:
    assert parse_count(f"{n}") == parse_count(f"{n:,}") == parse_count(f"{n:_}") == n
    assert parse_count(re.sub(" .*", "", count(n, "row"))) == n


@given(st.text())
def test_any_text_is_an_amount_or_a_users_mistake(text: str) -> None:
    for parse in (parse_duration, parse_count):
        try:
            assert parse(text) > 0
        except UsageError as error:
            assert len(error.report()) <= 2
