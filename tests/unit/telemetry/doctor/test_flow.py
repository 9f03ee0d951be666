"""No rows, and why."""

from __future__ import annotations

from typing import Any

from fakes.evidence import SINK, SOURCE, aggregate, checkpoint, evidence, in_words, rules, source, vertex
from flinklab.domain.monitoring import CheckpointSettings
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence, Flow, VertexEvidence

NOTHING = Flow(0.0, 0.0, 0.0, 0.0)


def test_a_source_that_never_gave_a_row_is_told() -> None:
    assert rules(evidence(source(flows={SOURCE: NOTHING}), aggregate(flows={SINK: NOTHING}))) == ["nothing-read"]


def test_one_that_gave_some_and_waits_is_healthy() -> None:
    waits = {SOURCE: Flow(0.0, 0.0, 0.0, 500.0)}
    assert not rules(evidence(source(flows=waits), aggregate()))


def test_nothing_need_have_come_in_the_first_seconds_or_at_the_end() -> None:
    empty = source(flows={SOURCE: NOTHING})
    assert not rules(evidence(empty, aggregate(), age=5.0))
    assert not rules(evidence(empty, aggregate(), task_states={"src": {"FINISHED": 1}, "agg": {"RUNNING": 1}}))


def filters(total_in: float, total_out: float) -> Evidence:
    text = "[2]:Calc(select=[k], where=[(id = 5)])"
    flows = {SOURCE: Flow(0.0, 9.0, 0.0, 600.0), "Calc[2]": Flow(9.0, 0.0, total_in, total_out)}
    sinks = {SINK: Flow(0.0, 0.0, total_out, 0.0)}
    read = source("src", "orders", text, flows=flows)
    return evidence(read, aggregate(flows=sinks), sql="INSERT INTO totals SELECT k FROM orders WHERE id = 5")


def test_a_filter_that_lets_nothing_pass_is_why_nothing_comes() -> None:
    given = filters(600.0, 0.0)
    assert in_words(given) == "filtered-out src; no-rows agg < filtered-out"
    assert diagnose(given).findings[0].clause is not None
    assert "`WHERE id = 5`" in diagnose(given).findings[0].title


def test_one_that_lets_some_pass_or_saw_few_is_healthy() -> None:
    assert not rules(filters(600.0, 3.0))
    assert "filtered-out" not in rules(filters(20.0, 0.0))


def test_a_join_that_finds_nothing_is_told() -> None:
    def joined(out: float) -> Evidence:
        flows = {"Join[4]": Flow(9.0, 0.0, 600.0, out), SINK: Flow(0.0, 0.0, out, 0.0)}
        text = "[4]:Join(joinType=[InnerJoin], where=[(k = k0)])"
        return evidence(source(), vertex("join", text, "totals[5]: Writer", flows=flows))

    assert in_words(joined(0.0)) == "join-without-match join; no-rows join < join-without-match"
    assert not rules(joined(1.0))


def test_no_rows_without_a_reason_say_how_far_they_come() -> None:
    flows = {"GroupAggregate[3]": Flow(1.0, 0.0, 50.0, 0.0), SINK: NOTHING}
    (found,) = diagnose(evidence(source(), aggregate(flows=flows))).findings
    assert found.rule == "no-rows"
    assert any("as far as GroupAggregate: in 50 rows" in line for line in found.evidence)


def test_how_far_rows_come_is_not_told_by_what_only_ends_a_sink() -> None:
    told = Flow(0.1, 0.0, 9.0, 0.0)
    ends = {"end__Writer": told, "out__Committer": told, "PartitionCommitter": told}
    flows = {"GroupAggregate[3]": Flow(1.0, 0.0, 50.0, 0.0), SINK: NOTHING, **ends}
    (found,) = diagnose(evidence(source(), aggregate(flows=flows))).findings
    assert [line for line in found.evidence if "as far as" in line] == [
        "they come as far as GroupAggregate: in 50 rows"
    ]


def hidden(name: str, **more: Any) -> Evidence:
    flows = {"StreamingFileWriter": Flow(9.0, 0.0, 600.0, 0.0)}
    if "Collect" in name:
        flows = {"Sink__Collect_table_sink": Flow(9.0, 0.0, 600.0, 0.0)}
    sink: VertexEvidence = vertex("out", "[2]:Calc(select=[k])", name=name, flows=flows)
    return evidence(source(), sink, **more)


def test_files_are_seen_after_a_checkpoint() -> None:
    off = {"checkpointing": False, "settings": CheckpointSettings(None), "checkpoints": ()}
    given = hidden("Calc[2] -> StreamingFileWriter", **off)
    assert in_words(given) == "no-checkpoints; hidden-rows out < no-checkpoints"
    assert not rules(hidden("Calc[2] -> StreamingFileWriter"))


def test_a_querys_rows_come_with_each_checkpoint() -> None:
    collect = "Calc[2] -> Sink: Collect table sink"
    once = {"execution.checkpointing.mode": "EXACTLY_ONCE"}
    assert rules(hidden(collect, config=once)) == ["hidden-rows"]
    assert not rules(hidden(collect, config={"execution.checkpointing.mode": "AT_LEAST_ONCE"}))
    assert not rules(hidden(collect, config=None)), "nothing is guessed"
    often = (checkpoint(9, 1), checkpoint(8, 6))
    assert not rules(hidden(collect, config=once, settings=CheckpointSettings(5.0), checkpoints=often))
