"""Failures by their root cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import Failure
from flinklab.telemetry.failures import Failed, folded, grouped, pattern_of, place_of, root_of, without_values

AT = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)


def trace(kind: str = "java.io.IOException", said: str = "broken", place: str = "org.x.A.f(A.java:12)") -> str:
    return (
        "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy\n"
        "\tat org.apache.flink.runtime.E.g(E.java:3)\n"
        "\tSuppressed: java.lang.Exception: aside\n\t\tat a.B.c(B.java)\n\tCaused by: java.lang.Error: not it\n"
        f"Caused by: {kind}: {said}\n\tat {place}\n\tat org.x.B.g(B.java:7)\n\t... 4 more\n"
    )


def failure(seconds: float = 0, details: str = "", **more: object) -> Failure:
    return replace(Failure(AT + timedelta(seconds=seconds), "broken", details or trace()), **more)  # type: ignore[arg-type]


def test_the_root_is_the_last_cause_that_is_not_inside_another_one() -> None:
    root = root_of(failure())
    assert (root.kind, root.pattern, root.place) == ("IOException", "broken", "org.x.A.f(A.java)")


def test_groups_tell_how_often_when_and_where() -> None:
    told = [
        Failed(failure(0, task="Source: a[1] (1/2) - execution #0", taskmanager="tm-1", host="h1"), 1, 1),
        Failed(failure(9, task="Source: a[1] (2/2) - execution #3", taskmanager="tm-2", host="h2"), 2, 1),
        Failed(failure(5, task="Calc[2] (1/1)#0", taskmanager="tm-1", host="h1"), 2, 3),
        Failed(failure(20, trace("java.lang.Error")), 3, 3),
    ]
    newest, most = grouped(told)
    assert (newest.root.kind, newest.count, newest.vertices) == ("Error", 1, {})
    assert (most.count, most.first, most.last) == (3, AT, AT + timedelta(seconds=9))
    assert most.vertices == {"Source: a[1]": 2, "Calc[2]": 1}
    assert most.taskmanagers == {"tm-1 (h1)": 2, "tm-2 (h2)": 1}
    assert (most.attempts, most.versions) == ((1, 2), (1, 3))


def test_what_is_recorded_and_told_again_counts_once_and_keeps_its_attempt() -> None:
    task = "Source: a[1] (1/2) - execution #0"
    (group,) = grouped(
        [Failed(failure(task=task)), Failed(failure(task="Source: a[1]"), 4, 2), Failed(failure(task=task))]
    )
    assert (group.count, group.attempts, group.versions) == (1, (4,), (2,))


_HEX = st.text("0123456789abcdef", min_size=8, max_size=40)
_NUMBER = st.integers(-(10**12), 10**12).map(str)
_LABEL = st.text("abcdefgh-0123", min_size=1, max_size=8).map(lambda text: f"a{text}z")
_HOST = st.lists(_LABEL, min_size=1, max_size=3).map(".".join)
_ADDRESS = st.one_of(
    st.tuples(_HOST, st.integers(10, 65535)).map(lambda each: f"{each[0]}:{each[1]}"), st.ip_addresses().map(str)
)
_URL = _HOST.map(lambda host: f"pekko.tcp://flink@{host}:6123/user")
_VALUE = st.text(st.characters(exclude_characters="'\"`<>\n\r", exclude_categories=["Cs", "Cc", "Zl", "Zp"])).map(
    lambda text: f"'{text}'"
)


@st.composite
def _told_twice(draw: st.DrawFn) -> tuple[str, str]:
    """A message and the same one with other numbers, ids, addresses and values."""
    kinds = draw(
        st.lists(
            st.sampled_from([_NUMBER, _HEX.filter(_has_digit), _ADDRESS, _URL, _VALUE]), min_size=1, max_size=4
        )
    )
    words = draw(st.lists(st.sampled_from(["timed out of", "lost", "record at", "heartbeat of", "in"]), min_size=4))
    one, other = (" ".join(f"{word} {draw(kind)}" for word, kind in zip(words, kinds, strict=False)) for _ in "ab")
    return one, other


def _has_digit(text: str) -> bool:
    return any(each.isdigit() for each in text)


@given(_told_twice())
def test_numbers_ids_addresses_and_values_make_no_other_group(messages: tuple[str, str]) -> None:
    one, other = (failure(n, trace(said=said)) for n, said in enumerate(messages))
    assert root_of(one) == root_of(other), (root_of(one), root_of(other))
    assert len(grouped([Failed(one), Failed(other)])) == 1


@given(_HOST, _HOST)
def test_the_taskmanager_and_its_host_make_no_other_group(a: str, b: str) -> None:
    one, other = (
        failure(details=trace(said=f"lost {h} again"), taskmanager=f"{h}:6122-ab", host=h) for h in (a, b)
    )
    assert root_of(one) == root_of(other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_rows_that_cannot_be_read_are_one_group(a: str, b: str) -> None:
    kind = "java.lang.NumberFormatException"
    one, other = (failure(n, trace(kind, f"For input string: '{row}'. Bad")) for n, row in enumerate((a, b)))
    assert root_of(one).kind == "NumberFormatException"
    if "\n" not in a + b:
        assert root_of(one) == root_of(other)


def test_other_classes_places_and_words_are_other_groups() -> None:
    told = [
        trace(),
        trace("java.lang.Error"),
        trace(said="broken by somebody"),
        trace(place="org.x.C.f(C.java:12)"),
    ]
    assert len(grouped(Failed(failure(n, each)) for n, each in enumerate(told))) == 4


def test_what_compiling_changes_makes_no_other_group() -> None:
    places = (
        "StreamExecCalc$12.processElement(Unknown Source)",
        "app//StreamExecCalc$7.processElement(Unknown Source)",
    )
    assert len({root_of(failure(details=trace(place=place))) for place in places}) == 1
    modules = ("java.base@17.0.15/java.lang.A.f(A.java:1)", "java.base/java.lang.A.f(A.java:9)")
    assert {root_of(failure(details=trace(place=place))).place for place in modules} == {"java.lang.A.f(A.java)"}


def test_a_failure_without_a_trace_is_known_by_its_message() -> None:
    bare = Failure(AT, "submission 12 refused")
    assert root_of(bare).pattern == "submission … refused"
    assert grouped([Failed(bare)])[0].pattern == "submission … refused"
    assert place_of(replace(bare, host="h")) == "h"


@given(st.text(), st.text())
def test_any_text_has_a_root(message: str, details: str) -> None:
    one = Failure(AT, message, details)
    assert grouped([Failed(one)])[0].newest is one
    assert "\n" not in pattern_of(message, one)


def test_a_trace_for_others_has_no_value_of_a_row() -> None:
    secret = "4111 1111 for Ann"
    text = trace("java.lang.NumberFormatException", f"For input string: '{secret}'\n{secret}")
    shown = without_values(f"{text}{secret}\n", failure())
    assert "Ann" not in shown
    assert "Caused by: java.lang.NumberFormatException: For input string: …" in shown
    assert "\tat org.x.A.f(A.java:12)" in shown


def test_long_stacks_are_folded() -> None:
    frames = "".join(f"\tat a.B.c{n}(B.java)\n" for n in range(20))
    shown = folded(f"X: y\n{frames}Caused by: Z\n{frames}", 5)
    assert shown.count("\tat ") == 10
    assert shown.count("... 15 more frames") == 2
    assert folded("X: y\n\tat a.B.c(B.java)") == "X: y\n\tat a.B.c(B.java)"
