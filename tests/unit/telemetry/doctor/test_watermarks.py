"""Who holds event time back, and what waits for it."""

from __future__ import annotations

from fakes.evidence import NOW, WRITER, evidence, in_words, rules, source, subtask, vertex
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence, Flow, VertexEvidence

CLOCK = NOW.timestamp() * 1000
NONE = -9.223372036854776e18
ASSIGNER = "[2]:WatermarkAssigner(rowtime=[ts], watermark=[ts])"
WINDOW = "[6]:GlobalWindowAggregate(groupBy=[k], window=[TUMBLE(time_col=[ts], size=[5 s])], select=[k])"


def reads(id: str, table: str, now: float, before: float | None = None, rate: float = 100.0) -> VertexEvidence:
    was = now - 10_000 if before is None else before
    return source(
        id,
        table,
        ASSIGNER,
        flows={f"Source__{table}[1]": Flow(0.0, rate, 0.0, rate * 60)},
        records_out=rate,
        watermarks={"WatermarkAssigner[2]": {0: now}},
        before={"WatermarkAssigner[2]": {0: was}},
    )


def window(now: float, before: float | None = None, out: float = 60.0, late: float | None = None) -> VertexEvidence:
    flows = {
        "GlobalWindowAggregate[6]": Flow(10.0, out / 60, 600.0, out, late),
        "totals[5]__Writer": Flow(out / 60, 0.0, out, 0.0),
    }
    was = now - 10_000 if before is None else before
    return vertex("win", WINDOW, WRITER, flows=flows, watermarks={"": {0: now}}, before={"": {0: was}})


def two(one: VertexEvidence, other: VertexEvidence, last: VertexEvidence, age: float = 60.0) -> Evidence:
    ends = [(one.vertex.id, "win"), (other.vertex.id, "win")]
    return evidence(one, other, last, edges=ends, age=age)


def test_the_source_that_is_behind_is_named_and_the_rest_follows() -> None:
    old = CLOCK - 86_400_000
    given = two(reads("a", "quick", CLOCK), reads("b", "stalled", old), window(old, old, out=0.0))
    assert in_words(given) == (
        "watermark-held-back b; windows-do-not-close win < watermark-held-back; no-rows win < watermark-held-back"
    )
    found = diagnose(given).findings[0]
    assert found.clause is not None and found.clause.text == "FROM stalled"
    assert "1 d" in found.evidence[0]


def test_a_silent_source_is_told_from_one_with_old_rows() -> None:
    silent = two(reads("a", "quick", CLOCK), reads("b", "idle", NONE, NONE, rate=0.0), window(NONE, NONE, out=0.0))
    found = next(each for each in diagnose(silent).findings if each.rule == "watermark-held-back")
    assert "no rows" in found.title and "idle-timeout" in found.advice[0]


def test_a_source_that_counts_as_idle_holds_nothing_back() -> None:
    old = CLOCK - 86_400_000
    assert not rules(two(reads("a", "quick", CLOCK), reads("b", "idle", old), window(CLOCK)))


def test_sources_that_are_close_together_are_healthy() -> None:
    assert not rules(two(reads("a", "quick", CLOCK), reads("b", "other", CLOCK - 5_000), window(CLOCK - 5_000)))


def test_one_sub_task_without_a_partition_holds_all_back() -> None:
    parts = [subtask(0, busy=None, idle=None), subtask(1, busy=None, idle=None, records_out=0.0)]
    wide = source(
        "src",
        "orders",
        ASSIGNER,
        subtasks=parts,
        watermarks={"WatermarkAssigner[2]": {0: CLOCK, 1: NONE}},
        before={"WatermarkAssigner[2]": {0: CLOCK - 9_000, 1: NONE}},
    )
    given = evidence(wide, window(NONE, NONE, out=0.0))
    found = diagnose(given).findings[0]
    assert found.rule == "watermark-held-back" and "sub-task 1" in found.title
    assert any("partition" in line for line in found.advice)


def test_nothing_is_said_of_the_first_seconds() -> None:
    given = two(reads("a", "quick", CLOCK), reads("b", "new", NONE, NONE), window(NONE, NONE, out=0.0), age=5.0)
    assert not rules(given)


def test_rows_are_read_and_event_time_stands_still() -> None:
    old = CLOCK - 600_000
    assert rules(evidence(reads("a", "orders", old, old), window(old, old, out=0.0)))[0] == "watermark-stands"
    assert "watermark-stands" not in rules(evidence(reads("a", "orders", old, old, rate=0.0), window(old, old)))
    assert "watermark-stands" not in rules(evidence(reads("a", "orders", old), window(old)))


def test_nobody_waits_for_a_watermark_without_windows() -> None:
    old = CLOCK - 86_400_000
    last = vertex("win", "[3]:GroupAggregate(groupBy=[k])", watermarks={"": {0: old}}, before={"": {0: old}})
    assert not rules(two(reads("a", "quick", CLOCK), reads("b", "stalled", old), last))


def test_an_ended_source_holds_nothing_back() -> None:
    end = 9.223372036854776e18
    assert not rules(two(reads("a", "quick", CLOCK), reads("b", "done", end, end), window(CLOCK)))


def test_rows_from_the_future_are_found() -> None:
    ahead = CLOCK + 3_600_000
    given = evidence(reads("a", "orders", ahead), window(ahead, late=100.0))
    assert in_words(given) == "watermark-in-future a; late-rows win < watermark-in-future"


def test_few_late_rows_are_no_finding() -> None:
    assert rules(evidence(reads("a", "orders", CLOCK), window(CLOCK, late=100.0))) == ["late-rows"]
    assert not rules(evidence(reads("a", "orders", CLOCK), window(CLOCK, late=1.0)))
