"""State that grows without bound, and which operator lets it."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from fakes.evidence import AGGREGATE, NOW, aggregate, checkpoint, evidence, in_words, rules, source, vertex
from flinklab.domain.jobs import Checkpoint
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Flow, VertexEvidence
from flinklab.telemetry.doctor.growth import is_unbounded

MIB = 1024**2


def sizes(*found: float) -> tuple[Checkpoint, ...]:
    """A checkpoint every ten seconds, in MiB, the oldest first."""
    many = len(found)
    taken = (checkpoint(each + 1, (many - each) * 10, full_size=int(found[each] * MIB)) for each in range(many))
    return tuple(taken)[::-1]


LINE = sizes(*range(1, 11))


def test_growth_names_the_clause_and_its_cure() -> None:
    (found,) = diagnose(evidence(source(), aggregate(), checkpoints=LINE)).findings
    assert found.rule == "state-grows" and found.vertex == "agg"
    assert found.clause is not None and (found.clause.text, found.clause.line) == ("GROUP BY k", 3)
    assert "102 KiB a second" in found.title
    assert any("table.exec.state.ttl" in line for line in found.advice)


@pytest.mark.parametrize(
    "found",
    [
        sizes(*[5.0] * 10),
        sizes(1, 3, 5, 7, 8, 8.5, 8.7, 8.8, 8.8, 8.8),
        sizes(1, 5, 2, 6, 1, 5, 2, 6, 1, 5),
        sizes(1, 2, 3, 4),
        sizes(*[0.01 * each for each in range(1, 11)]),
        sizes(*[100 + 0.2 * each for each in range(10)]),
    ],
    ids=["level", "the keys are all there", "saw", "too few", "small", "little of much"],
)
def test_what_does_not_grow_without_bound_is_no_finding(found: tuple[Checkpoint, ...]) -> None:
    assert not rules(evidence(source(), aggregate(), checkpoints=found))


def test_compactions_do_not_hide_growth() -> None:
    saw = [each * 2 + (3 if each % 3 == 2 else 0) for each in range(1, 13)]
    assert rules(evidence(source(), aggregate(), checkpoints=sizes(*saw))) == ["state-grows"]


def test_a_time_to_live_is_fine() -> None:
    assert not rules(evidence(source(), aggregate(), checkpoints=LINE, config={"table.exec.state.ttl": "1 d"}))
    assert rules(evidence(source(), aggregate(), checkpoints=LINE, config={"table.exec.state.ttl": "0 ms"}))


def test_settings_that_are_not_known_are_said_to_be() -> None:
    (found,) = diagnose(evidence(source(), aggregate(), checkpoints=LINE, config=None)).findings
    assert any("not known" in line for line in found.evidence)


def test_a_hint_is_a_time_to_live() -> None:
    hinted = vertex("agg", "[3]:GroupAggregate(groupBy=[k], hints=[[[STATE_TTL options:{t=1d}]]])")
    assert not rules(evidence(source(), hinted, checkpoints=LINE))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (AGGREGATE, True),
        ("[3]:Join(joinType=[InnerJoin], where=[(k = k0)])", True),
        ("[3]:IntervalJoin(joinType=[InnerJoin], windowBounds=[...])", False),
        ("[3]:Deduplicate(keep=[FirstRow], key=[id], order=[PROCTIME])", True),
        ("[3]:Rank(strategy=[AppendFastStrategy], rankRange=[rankStart=1, rankEnd=3])", True),
        ("[3]:OverAggregate(window=[RANG BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW])", True),
        ("[3]:OverAggregate(window=[ROWS BETWEEN 5 PRECEDING AND CURRENT ROW])", False),
        ("[3]:GlobalWindowAggregate(groupBy=[k], window=[TUMBLE(size=[5 s])])", False),
        ("[3]:LocalGroupAggregate(groupBy=[k])", False),
        ("[3]:Sink(table=[c.d.t], fields=[k], upsertMaterialize=[true])", True),
        ("[3]:Sink(table=[c.d.t], fields=[k])", False),
        ("[3]:Calc(select=[k])", False),
    ],
)
def test_which_operators_let_nothing_go(text: str, bare: bool) -> None:
    (operator,) = vertex("v", text).vertex.operators
    assert is_unbounded(operator) is bare


def test_windows_that_do_not_close_fill_up() -> None:
    old = NOW.timestamp() * 1000 - 86_400_000

    def window(before: float) -> VertexEvidence:
        flows = {"GlobalWindowAggregate[6]": Flow(10.0, 0.0, 600.0, 0.0)}
        text = "[6]:GlobalWindowAggregate(groupBy=[k], window=[TUMBLE(time_col=[ts], size=[5 s])])"
        return vertex("win", text, flows=flows, watermarks={"": {0: old}}, before={"": {0: before}})

    stands = evidence(source(), window(old), checkpoints=LINE)
    assert in_words(stands) == "windows-do-not-close win; windows-fill win < windows-do-not-close"
    assert "windows-fill" not in rules(evidence(source(), window(old - 10_000), checkpoints=LINE))


@for_all(st.lists(st.floats(0, 1e6), max_size=30))
def test_whatever_sizes_there_are_nothing_breaks_and_growth_is_a_rise(found: list[float]) -> None:
    checkpoints = sizes(*found)
    if "state-grows" in rules(evidence(source(), aggregate(), checkpoints=checkpoints)):
        assert len(found) >= 5 and sorted(found) != sorted(found, reverse=True)
