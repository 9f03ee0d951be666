"""Checkpoints as a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fakes.recorded import SPAN, at, checkpoint, growing, job_graph, recorded
from flinklab.domain.jobs import Checkpoint
from flinklab.plots import checkpoints
from flinklab.plots.comparing import Earlier, period
from flinklab.plots.vertices import parts_of

PARTS = parts_of([recorded(job_graph())])


def draw(points: list[Checkpoint], **more: object) -> checkpoints.Plot:
    return checkpoints.plot(points, SPAN, title="t", parts=PARTS, **more)  # type: ignore[arg-type]


def named(plot: checkpoints.Plot, name: str) -> list[object]:
    return [trace for trace in plot.figure.data if trace.name == name]


def test_the_data_has_a_row_for_each_with_its_parts_and_the_slowest_sub_task() -> None:
    data = draw([checkpoint(7, 1), checkpoint(8, 2, slowest=None, alignment=0.4)]).data
    first, second = data.to_dict("records")
    assert (first["checkpoint"], first["slowest"], first["sub-task"]) == (7, "GroupAggregate", 1)
    assert [first[f"{part} [s]"] for part in ("start delay", "alignment", "sync", "async")] == [0.3, 0.7, 0.2, 0.8]
    assert (second["slowest"], second["alignment [s]"]) == ("", 0.4)
    assert isinstance(data["at"].dtype, pd.DatetimeTZDtype)


def test_the_parts_of_the_slowest_are_stacked_under_the_durations() -> None:
    plot = draw([checkpoint(n, n) for n in range(1, 20)])
    bars = {trace.name: trace.y[0] for trace in plot.figure.data if trace.type == "bar"}
    assert bars == pytest.approx({"start delay": 0.3, "alignment": 0.7, "sync": 0.2, "async": 0.8})
    assert plot.figure.layout.barmode == "stack"


def test_a_failure_is_marked_with_its_reason_and_counted() -> None:
    plot = draw([checkpoint(1, 1), checkpoint(2, 2, status="failed", failure="Checkpoint <expired>", slowest=None)])
    [failed] = named(plot, "failed")
    assert "Checkpoint &lt;expired&gt;" in failed.text[0]
    assert "1 failed" in plot.note


def test_a_gap_stands_where_it_belongs_and_says_how_many() -> None:
    gap = checkpoint(2, 0, status="gap", triggered_at=None, span=12, slowest=None)
    plot = draw([checkpoint(1, 3), gap, checkpoint(14, 5)])
    [unseen] = named(plot, "not seen")
    assert unseen.x[0] == checkpoints.Clock(SPAN).at(at(3))
    assert "12 not seen" in unseen.text[0]
    assert "12 not seen" in plot.note


def test_only_gaps_before_the_first_have_the_moment_after() -> None:
    gap = checkpoint(1, 0, status="gap", triggered_at=None, span=3, slowest=None)
    assert list(draw([gap, checkpoint(4, 5)]).data["at"]) == [at(5), at(5)]


def test_savepoints_are_told_apart() -> None:
    plot = draw([checkpoint(1, 1), checkpoint(2, 2, is_savepoint=True), checkpoint(3, 3)])
    assert {trace.marker.symbol for trace in named(plot, "savepoint")} == {"diamond"}
    assert all(len(trace.x) == 2 for trace in named(plot, "checkpoint"))


def test_incremental_ones_have_a_line_of_what_they_wrote() -> None:
    assert named(draw([checkpoint(n, n) for n in range(1, 4)]), "written (incremental)")
    full = [checkpoint(n, n, size=100, full_size=100) for n in range(1, 4)]
    assert not named(draw(full), "written (incremental)")


def test_growth_is_said_in_words_and_drawn() -> None:
    plot = draw(list(growing(per_hour=12 * 1024**2)))
    assert "its state grows by 12 MiB/h" in plot.note
    assert named(plot, "its state grows by 12 MiB/h")


def test_a_state_that_keeps_its_size_does_not_grow() -> None:
    assert "its state keeps its size" in draw(list(growing(per_hour=0))).note


def test_teeth_of_compactions_are_said_to_go_up_and_down() -> None:
    points = [checkpoint(n, n / 10, full_size=10**8 + (n % 12) * 5 * 10**7) for n in range(240)]
    assert "grows" not in draw(points).note


def test_growth_is_told_since_the_job_last_began_without_state() -> None:
    points = [checkpoint(n, n / 10, full_size=10**9 + 10**7 * n) for n in range(120)]
    points += [checkpoint(n, n / 10, full_size=10**6) for n in range(120, 240)]
    assert "its state keeps its size" in draw(points, began_empty=at(12)).note


def test_many_are_thinned_and_the_slowest_stays() -> None:
    points = [checkpoint(n, n / 1200, duration=50.0 if n == 12_345 else 1.0) for n in range(28_800)]
    plot = draw(points)
    assert len(plot.data) == 28_800
    [durations, _] = named(plot, "checkpoint")
    assert len(durations.x) < 1500
    assert max(durations.y) == 50.0


def test_an_earlier_time_lies_on_the_same_axis() -> None:
    yesterday = period("yesterday", SPAN)
    before = [checkpoint(n, n - 24) for n in range(1, 24)]
    plot = draw([checkpoint(n, n) for n in range(1, 24)], earlier=Earlier(yesterday, before))
    durations, sizes = named(plot, "yesterday")
    now = named(plot, "checkpoint")[0]
    assert (np.asarray(durations.x) == np.asarray(now.x)).all()
    assert (durations.showlegend, sizes.showlegend) == (True, False)
    assert list(plot.data["period"]) == ["now"] * 23 + ["yesterday"] * 23


@pytest.mark.parametrize(
    "points",
    [
        [],
        [checkpoint(1, 1)],
        [checkpoint(1, 1, status="failed", slowest=None)],
        [checkpoint(1, 1, full_size=0, size=0, duration=0.0)],
    ],
)
def test_little_is_drawn_all_the_same(points: list[Checkpoint]) -> None:
    assert draw(points)._repr_mimebundle_()["text/plain"].startswith("t (")
