"""Settings that are secret by their name, in whatever text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import JobGraph, JobVertex, Operator
from flinklab.sql.sensitive import SENSITIVE
from flinklab.telemetry.masking import hidden_graph, without_settings

CALC = "[2]:Calc(select=[a], where=[(token = 'hunter2')])"
_WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("password=abc def", "password=****** def"),
        ("'password' = 'it''s x', 'a'='b'", "'password' = '******', 'a'='b'"),
        ('{"token":"a,b","x":1}', '{"token":"******","x":1}'),
        ('sasl.jaas.config: org.X required username="u" password="p";', "sasl.jaas.config: ******"),
        ("Authorization: Bearer abcdef, more\nnext", "Authorization: ******\nnext"),
        ("jdbc:mysql://ann:secret@h/x", "jdbc:mysql://ann:******@h/x"),
        ("jdbc:x?user=ann&password=xx&z=1", "jdbc:x?user=ann&password=******&z=1"),
        ("-Djavax.net.ssl.keyStorePassword=xx -Da=b", "-Djavax.net.ssl.keyStorePassword=****** -Da=b"),
        ("'fields.token.length' = '3'", "'fields.token.length' = '3'"),
        ("the token is gone", "the token is gone"),
        ("", ""),
    ],
)
def test_values_are_hidden_and_the_rest_stays(said: str, shown: str) -> None:
    assert without_settings(said) == shown


@given(
    st.sampled_from(SENSITIVE),
    st.sampled_from(["=", ": ", " = ", "' = '", '":"']),
    _WORD.map(str.upper),
    st.lists(_WORD, max_size=3),
)
def test_no_value_of_a_secret_setting_is_left(word: str, between: str, secret: str, around: list[str]) -> None:
    quote = between[-1] if between[-1] in "'\"" else ""
    text = f"{' '.join(around)} {quote}a.{word}{between}{secret}{quote} {' '.join(around)}"
    assert secret not in without_settings(text)


@given(st.text())
def test_it_is_the_same_the_second_time(text: str) -> None:
    once = without_settings(text)
    assert without_settings(once) == once


GRAPH = JobGraph(
    (
        JobVertex(
            "a", "Source: t[1] -> Calc[2]", 1, operators=(Operator(1, "Scan", "scan"), Operator(2, "Calc", CALC))
        ),
        JobVertex("b", "sink", 1),
    )
)


def test_what_is_put_into_a_plan_is_shown_in_no_graph() -> None:
    shown = hidden_graph(GRAPH, lambda text: text.replace("hunter2", "******"))
    assert [each.text for each in shown.vertices[0].operators] == ["scan", CALC.replace("hunter2", "******")]
    assert [each.name for each in shown.vertices] == [each.name for each in GRAPH.vertices]
    assert hidden_graph(GRAPH, str) == GRAPH and hidden_graph(JobGraph(), str) == JobGraph()


def test_where_secrets_are_not_known_no_operator_tells_anything() -> None:
    shown = hidden_graph(GRAPH, lambda text: "it is not shown")
    assert {each.text for each in shown.vertices[0].operators} == {"it is not shown"}


def test_the_settings_of_one_operator_hide_nothing_of_the_next() -> None:
    vertex = JobVertex(
        "a", "x", 1, operators=(Operator(1, "A", "authorization: Basic abc"), Operator(2, "B", "scan"))
    )
    shown = hidden_graph(JobGraph((vertex,)), without_settings)
    assert [each.text for each in shown.vertices[0].operators] == ["authorization: ******", "scan"]
