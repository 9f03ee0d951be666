from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakes.errors import trace
from flinklab.flink.trace import Cause, causes

NAMES = st.sampled_from(
    ["java.io.IOException", "org.apache.flink.table.api.ValidationException", "java.lang.Error"]
)
WORDS = st.text(st.characters(codec="ascii", min_codepoint=33, exclude_characters=":]"), min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=6))
def test_every_throwable_is_found_in_order(throwables: list[tuple[str, str]]) -> None:
    text = trace(*(f"{name}: {words}" for name, words in throwables))
    assert causes(text) == [Cause(name.rpartition(".")[2], words) for name, words in throwables]


def test_a_message_keeps_its_lines() -> None:
    text = "a.B: one\n\ntwo\n\tat x.Y.z(Y.java:1)\nCaused by: c.D: three\n\t... 4 more\n"
    assert causes(text) == [Cause("B", "one\n\ntwo"), Cause("D", "three")]


def test_a_repeated_throwable_names_the_inner_one() -> None:
    text = "Caused by: java.util.concurrent.CompletionException: java.io.IOException: disk full"
    assert causes(text) == [Cause("IOException", "disk full")]


def test_a_class_name_as_message_stays_a_message() -> None:
    text = "Caused by: java.lang.ClassNotFoundException: com.example.Nope"
    assert causes(text) == [Cause("ClassNotFoundException", "com.example.Nope")]


def test_the_wrapping_of_the_gateway_is_left_out() -> None:
    text = "<Exception on server side:\na.B: one\n\tat x.Y.z(Y.java:1)\n\nEnd of exception on server side>"
    assert causes(text) == [Cause("B", "one")]


def test_plain_words_are_a_cause_without_a_class() -> None:
    assert causes("Internal server error.") == [Cause("", "Internal server error.")]


def test_nothing_is_nothing() -> None:
    assert causes("") == []
