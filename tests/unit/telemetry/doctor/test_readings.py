"""What was read at two moments becomes shares, rates and watermarks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import JobVertex, Spread, Subtask
from flinklab.telemetry.doctor.readings import VertexReading, vertex_evidence, watermark_names, with_missing

VERTEX = JobVertex("v", "GroupAggregate[3]", 1)
amounts = st.floats(0, 1e9)


def read(subtask: Subtask, **totals: float) -> VertexReading:
    return VertexReading((subtask,), {f"Calc[2].{n}": Spread(v, v, v, v) for n, v in totals.items()})


@given(amounts, amounts, amounts, amounts, st.floats(0, 100))
def test_nothing_is_ever_negative_or_more_than_all_the_time(
    a: float, b: float, c: float, d: float, time: float
) -> None:
    first = Subtask(0, "RUNNING", "m", a, b, backpressured=a, idle=b, busy=c)
    second = Subtask(0, "RUNNING", "m", c, d, backpressured=c, idle=d, busy=a)
    (found,) = vertex_evidence(VERTEX, read(first), read(second), time).subtasks
    shares = (found.busy, found.backpressured, found.idle)
    assert all(each is None or 0.0 <= each <= 1.0 for each in shares)
    assert all(each is None or each >= 0.0 for each in (found.records_in, found.records_out))


def test_what_a_sub_task_spends_its_time_on_adds_up_whatever_the_clock_says() -> None:
    first, second = Subtask(0, "RUNNING", "m", busy=1.0, idle=1.0), Subtask(0, "RUNNING", "m", busy=7.0, idle=3.0)
    (found,) = vertex_evidence(VERTEX, read(first), read(second), 12.0).subtasks
    assert (found.busy, found.idle) == (0.75, 0.25)


def test_a_sub_task_that_idles_is_not_busy_though_what_flink_counts_so_goes_back_a_little() -> None:
    first, second = (
        Subtask(0, "RUNNING", "m", busy=0.05, idle=20.0),
        Subtask(0, "RUNNING", "m", busy=0.03, idle=31.0),
    )
    (found,) = vertex_evidence(VERTEX, read(first), read(second), 11.0).subtasks
    assert (found.busy, found.idle) == (0.0, 1.0)


def test_a_sub_task_that_began_anew_tells_no_rates() -> None:
    first, second = Subtask(0, "RUNNING", "m", 50, busy=9.0, idle=20.0), Subtask(0, "RUNNING", "m", 70, busy=1.0)
    (found,) = vertex_evidence(VERTEX, read(first), read(second), 11.0).subtasks
    assert (found.busy, found.idle, found.records_in) == (None, None, None)


def test_a_sub_task_that_moved_or_one_look_tells_no_rates() -> None:
    moved = Subtask(0, "RUNNING", "other", 500.0, busy=9.0)
    for before, seconds in ((read(Subtask(0, "RUNNING", "m")), 10.0), (None, 10.0), (read(moved), 0.0)):
        (found,) = vertex_evidence(VERTEX, before, read(moved), seconds).subtasks
        assert (found.busy, found.records_in, found.total_in) == (None, None, 500.0)


def test_rows_through_operators() -> None:
    task = Subtask(0, "RUNNING", "m")
    found = vertex_evidence(
        VERTEX, read(task, numRecordsIn=10, numRecordsOut=0), read(task, numRecordsIn=110, numRecordsOut=0), 10.0
    ).flows["Calc[2]"]
    assert (found.records_in, found.records_out, found.total_in, found.total_out) == (10.0, 0.0, 110.0, 0.0)


def test_watermarks_are_asked_where_they_begin_and_where_they_arrive() -> None:
    names = {"currentInputWatermark", "Source__t[1].currentOutputWatermark", "Calc[2].currentOutputWatermark"}
    assert watermark_names(VERTEX, names) == {"currentInputWatermark"}
    source = JobVertex("s", "Source: t[1] -> Calc[2]", 1)
    assert watermark_names(source, names) == {"Source__t[1].currentOutputWatermark"}


def test_a_sub_task_that_runs_and_tells_none_has_none_yet() -> None:
    tasks = [Subtask(0, "RUNNING", "m"), Subtask(1, "RUNNING", "m"), Subtask(2, "FINISHED", "m")]
    assert with_missing({0: 5.0}, tasks) == {0: 5.0, 1: -(2.0**63)}
