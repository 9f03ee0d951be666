"""Who is too slow, and who only waits."""

from __future__ import annotations

import pytest

from fakes.evidence import AGGREGATE, WRITER, aggregate, evidence, in_words, rules, source, subtask, vertex
from flinklab.domain.monitoring import Machine
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Flow

CALC = "[4]:Calc(select=[k, n, SHA512(REPEAT(m, 5000)) AS h])"
MATERIALIZER = "[5]:SinkMaterializer(pk=[k])"
PLAIN = "[4]:Calc(select=[k, n])"


def test_the_first_vertex_that_is_busy_and_free_is_the_cause() -> None:
    given = evidence(
        source(backpressured=0.9),
        vertex("join", "[2]:Join(where=[(a = b)])", busy=0.1, backpressured=0.9),
        aggregate(busy=1.0),
        vertex("end", "[9]:Calc(select=[k])", busy=0.7),
    )
    (found,) = diagnose(given).findings
    assert (found.rule, found.vertex) == ("slow-vertex", "agg")
    assert found.clause is not None and found.clause.text == "GROUP BY k"
    assert "holds up orders and Join" in found.title


def test_back_pressure_over_two_ways_has_its_cause_on_the_busy_one() -> None:
    given = evidence(
        source(backpressured=1.0),
        vertex("slow", AGGREGATE, busy=1.0),
        vertex("quick", "[7]:GroupAggregate(groupBy=[z])", busy=0.2),
        edges=[("src", "slow"), ("src", "quick")],
    )
    assert in_words(given) == "slow-vertex slow"


@pytest.mark.parametrize(("backpressured", "busy"), [(0.4, 1.0), (0.9, 0.3), (0.0, 0.5)])
def test_little_back_pressure_or_nobody_busy_is_no_finding(backpressured: float, busy: float) -> None:
    assert not rules(evidence(source(backpressured=backpressured), aggregate(busy=busy), machines=()))


def test_a_source_that_cannot_tell_how_busy_it_is_is_no_cause() -> None:
    assert not rules(evidence(source(busy=None, idle=None, backpressured=0.0), aggregate()))


def test_a_vertex_that_only_writes_is_a_slow_sink() -> None:
    given = evidence(source(backpressured=0.9), vertex("out", PLAIN, WRITER, busy=0.95))
    (found,) = diagnose(given).findings
    assert (found.rule, found.clause and found.clause.text) == ("slow-sink", "INSERT INTO totals")


def test_a_sink_whose_key_is_not_the_querys_looks_through_all_rows_of_it() -> None:
    given = evidence(source(backpressured=0.9), vertex("out", MATERIALIZER, WRITER, busy=0.95))
    (found,) = diagnose(given).findings
    assert found.rule == "slow-sink"
    assert "SinkMaterializer" in found.evidence[-1]
    assert "PRIMARY KEY" in found.advice[0]


def test_functions_before_a_sink_may_be_what_is_slow() -> None:
    given = evidence(
        source(backpressured=0.9),
        vertex("out", CALC, WRITER, busy=0.95),
        sql="INSERT INTO x SELECT SHA512(m) FROM y",
    )
    (found,) = diagnose(given).findings
    assert (found.rule, found.clause and found.clause.text) == ("slow-vertex", "SELECT SHA512(m)")


def hot(rows: float, others: float, busy: float, rest: float) -> list[str]:
    subtasks = [
        subtask(0, busy=rest, records_in=others),
        subtask(1, busy=busy, records_in=rows),
        subtask(2, busy=rest, records_in=others),
    ]
    return rules(evidence(source(), aggregate(subtasks=subtasks), machines=()))


def test_one_hot_sub_task_is_skew() -> None:
    assert hot(900, 50, 1.0, 0.1) == ["skew"]
    assert hot(900, 50, 1.0, 1.0) == ["skew"], "who gets few rows may lack a processor"


@pytest.mark.parametrize(("rows", "others"), [(120, 100), (900, 50)])
def test_uneven_rows_that_hurt_nobody_are_no_skew(rows: float, others: float) -> None:
    assert hot(rows, others, 0.2, 0.05) == []


def test_skew_explains_the_slow_vertex_that_it_makes() -> None:
    subtasks = [subtask(0, busy=0.1, records_in=50.0), subtask(1, busy=1.0, records_in=900.0)]
    given = evidence(source(backpressured=0.9), aggregate(subtasks=subtasks))
    assert in_words(given) == "skew agg; slow-vertex agg < skew"
    found = diagnose(given).findings[0]
    assert "sub-task 1" in found.title and "95%" in found.title
    assert any("machine-1" in line for line in found.evidence)


def test_a_sub_task_that_is_slow_with_the_same_rows_is_told_from_skew() -> None:
    assert hot(100, 100, 0.9, 0.2) == ["slow-subtask"]
    assert hot(100, 100, 0.9, 0.8) == []


def test_a_vertex_without_time_left_wants_more_sub_tasks() -> None:
    assert rules(evidence(source(), aggregate(busy=0.95))) == ["small-parallelism"]
    assert not rules(evidence(source(), aggregate(busy=0.95), machines=())), "there is nothing that it could take"
    assert not rules(evidence(source(), aggregate(busy=0.7)))
    full = (Machine("m", "host", 4, 0, evidence().at),)
    assert not rules(evidence(source(), aggregate(busy=0.95), machines=full))


def test_a_source_lags_when_more_waits_every_time() -> None:
    flows = {"Source__orders[1]": Flow(0.0, 100.0, 0.0, 6000.0)}
    assert rules(evidence(source(pending=(5_000.0, 9_000.0), flows=flows), aggregate())) == ["source-lags"]
    assert not rules(evidence(source(pending=(9_000.0, 5_000.0), flows=flows), aggregate()))
    assert not rules(evidence(source(pending=(10.0, 50.0), flows=flows), aggregate()))
    assert not rules(evidence(source(pending=(None, 9_000.0), flows=flows), aggregate()))


def test_a_lag_follows_from_what_is_slow() -> None:
    given = evidence(source(backpressured=0.9, pending=(5_000.0, 9_000.0)), aggregate(busy=1.0))
    assert in_words(given) == "slow-vertex agg; source-lags src < slow-vertex"
