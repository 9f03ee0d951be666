"""Log files as records."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.telemetry.logs import (
    LEVELS,
    LogRecord,
    Wanted,
    choose,
    level_named,
    merged,
    pattern_of,
    records,
    zone_of,
)

UTC = timezone.utc
CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 21, 15, 16, 57, tzinfo=UTC)

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])), max_size=6)


def test_a_line_with_its_stack_trace_is_one_record() -> None:
    text = (
        "2026-11-21 15:16:57,158 WARN  org.apache.flink.runtime.taskmanager.Task    [] - a (1/1)#0 FAILED - why:\n"
        "java.lang.IllegalStateException: x\n"
        "\tat org.apache.flink.A.f(A.java:1)\n"
        "\n"
        "Caused by: java.lang.ArithmeticException: / by zero\n"
        "\t... 3 more\n"
        "2026-11-21 15:16:58,000 INFO  o.a.f.B [] - next\n"
    )
    first, second = records(text, UTC, process="tm-1")
    assert (first.at, first.level) == (AT.replace(microsecond=158_000), "WARN")
    assert first.logger == "org.apache.flink.runtime.taskmanager.Task"
    assert first.message == "a (1/1)#0 FAILED - why:"
    assert first.details.startswith("java.lang.IllegalStateException: x\n\tat ")
    assert first.details.endswith("/ by zero\n\t... 3 more")
    assert first.process == "tm-1"
    assert (second.message, second.details) == ("next", "")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (  # log4j, as Flink's distributions are set up
            "2026-11-21 15:16:57,000 INFO  org.apache.flink.A [] - b - c",
            ("INFO", "org.apache.flink.A", "", "b - c"),
        ),
        (  # logback; a task's thread has brackets and spaces in its name
            "2026-11-21 15:16:57.000 [Source: a[1] -> Calc[2] (1/2)#0] ERROR o.a.f.A  - text",
            ("ERROR", "o.a.f.A", "Source: a[1] -> Calc[2] (1/2)#0", "text"),
        ),
        (
            "2026-11-21 15:16:57,000 DEBUG a.B [{flink-job-id=abc}] - text",
            ("DEBUG", "a.B", "", "text"),
        ),
        ("2026-11-21T15:16:57Z WARNING [main] a.B: text", ("WARN", "a.B", "main", "text")),
        ("2026-11-21T16:16:57+0100 [INFO] a.B - text", ("INFO", "a.B", "", "text")),
        ("[2026-11-21 15:16:57] something of its own", ("", "", "", "something of its own")),
        ("2026-11-21 15:16:57,000 INFO  a.B [] - ", ("INFO", "a.B", "", "")),
    ],
)
def test_layouts(line: str, read: tuple[str, str, str, str]) -> None:
    (record,) = records(line, UTC)
    assert record.at == AT
    assert (record.level, record.logger, record.thread, record.message) == read


def test_a_layout_that_is_not_known_stays_readable() -> None:
    text = "Starting\nException in thread main\n\tat A.f(A.java)\nCaused by: B\n15:16 done\n2026-99-99 99:99:99 x\n"
    found = records(text, UTC)
    assert [each.message for each in found] == [
        "Starting",
        "Exception in thread main",
        "15:16 done",
        "2026-99-99 99:99:99 x",
    ]
    assert found[1].details == "\tat A.f(A.java)\nCaused by: B"
    assert all(each.at is None for each in found)


@given(LINES)
def test_no_text_is_lost(lines: list[str]) -> None:
    found = records("\n".join(lines), UTC)
    kept = "\n".join(f"{each.message}\n{each.details}" for each in found)
    for line in lines:
        words = line.split()
        assert not words or words[-1] in kept or any(each.at is not None for each in found)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(LEVELS), LINES), max_size=8))
def test_what_was_written_is_read(written: list[tuple[int, str, list[str]]]) -> None:
    lines: list[str] = []
    for ms, level, details in written:
        at = AT + timedelta(milliseconds=ms)
        lines += [f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03} {level:<5} a.b.C [] - said {ms}"]
        lines += [f"\t{line}" for line in details]
    found = records("\n".join(lines), UTC)
    assert [(each.at, each.level, each.message) for each in found] == [
        (AT + timedelta(milliseconds=ms), level, f"said {ms}") for ms, level, _ in written
    ]


def test_a_very_long_line_is_cut() -> None:
    (record,) = records(f"2026-11-21 15:16:57,000 INFO a.B [] - {'x' * 100_000}", UTC)
    assert 9_000 < len(record.message) <= 10_000


@given(st.integers(-47, 55), st.floats(0, 2))
def test_the_zone_is_found_by_the_age_of_the_file(quarters: int, late: float) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    text = f"{AT.astimezone(zone):%Y-%m-%d %H:%M:%S},000 INFO a.B [] - x\n\tat y\n"
    other = AT - timedelta(hours=3, minutes=7)
    found = zone_of(text, [other, AT + timedelta(seconds=late)], CHINA)
    assert AT.astimezone(found).utcoffset() == zone.utcoffset(None)
    assert records(text, found)[0].at == AT


def test_where_no_file_tells_it_is_the_local_zone() -> None:
    text = "2026-11-21 15:16:57,000 INFO a.B [] - x"
    assert zone_of(text, [AT + timedelta(minutes=4)], CHINA) == CHINA
    assert zone_of("", [AT], CHINA) == CHINA
    here = zone_of(text, [], None).utcoffset(AT.replace(tzinfo=None))
    assert here == datetime(2026, 11, 21, 15, 16, 57).astimezone().utcoffset()


def _record(second: float | None, message: str = "", level: str = "INFO") -> LogRecord:
    return LogRecord(AT + timedelta(seconds=second) if second is not None else None, level, message=message)


def test_processes_are_merged_by_time() -> None:
    a = [_record(1, "a1"), _record(None, "a?"), _record(5, "a5")]
    b = [_record(0, "b0"), _record(3, "b3")]
    assert [each.message for each in merged([a, b])] == ["b0", "a1", "a?", "b3", "a5"]


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=6), max_size=4))
def test_merging_keeps_all_and_each_file_in_its_order(files: list[list[int | None]]) -> None:
    parts = [[_record(second, f"{file}.{n}") for n, second in enumerate(of)] for file, of in enumerate(files)]
    found = [each.message for each in merged(parts)]
    assert sorted(found) == sorted(each.message for part in parts for each in part)
    for part in parts:
        places = [found.index(each.message) for each in part]
        assert places == sorted(places)


def test_choosing_says_what_it_leaves_out() -> None:
    found = [_record(n, f"m{n}", LEVELS[n % len(LEVELS)]) for n in range(12)] + [_record(20, "bare", "")]
    chosen = choose(found, Wanted(level="WARN", most=4))
    assert [each.message for each in chosen.records] == ["m5", "m9", "m10", "m11"]
    assert (chosen.left_out, chosen.unjudged) == (2, 1)
    assert [each.message for each in choose(found, Wanted(most=1)).records] == ["bare"]


def test_search_looks_into_stack_traces_and_since_at_times() -> None:
    deep = LogRecord(AT, "ERROR", "a.B", "main", "failed", "Caused by: Kafka gone")
    later = _record(60, "kafka here")
    assert choose([deep, later], Wanted(pattern=pattern_of("KAFKA"))).records == [deep, later]
    assert choose([deep, later], Wanted(since=AT + timedelta(seconds=1))).records == [later]
    assert choose([deep, later], Wanted(pattern=pattern_of("a\\.b"))).records == [deep]


@given(st.text(min_size=1, max_size=20))
def test_any_text_can_be_searched_for(text: str) -> None:
    pattern = pattern_of(text)
    assert isinstance(pattern, re.Pattern)
    assert pattern_of("f(x").search("call F(X)")


def test_levels_by_name() -> None:
    assert (level_named("warn"), level_named("WARNING"), level_named("severe")) == ("WARN", "WARN", "ERROR")
    with pytest.raises(UsageError, match="did you mean ERROR"):
        level_named("eror")
