"""Rows over sub-tasks."""

from __future__ import annotations

import numpy as np
import pytest

from fakes.recorded import SPAN, day_of, job_graph, vertex_id
from flinklab.domain.monitoring import Subtask
from flinklab.domain.series import Frame
from flinklab.plots import skew
from flinklab.plots.vertices import parts_of_graph

PARTS = parts_of_graph(job_graph())
SOURCE, AGGREGATE = vertex_id(0), vertex_id(1)


def subtasks(*rows: float) -> list[Subtask]:
    return [
        Subtask(index, "RUNNING", "tm-1", records_in=each, backpressured=1, idle=5, busy=4)
        for index, each in enumerate(rows)
    ]


def test_the_hot_sub_task_is_named() -> None:
    plot = skew.plot({AGGREGATE: subtasks(10, 10, 970, 10)}, None, title="t", parts=PARTS, note="now")
    assert plot.note == "now · sub-task 2 of GroupAggregate has 3.9 times the rows of the mean"
    assert plot.data["times the mean"].max() == pytest.approx(3.88)
    assert plot.data["busy [share]"].iloc[0] == pytest.approx(0.4)


def test_an_even_spread_names_nobody() -> None:
    assert skew.plot({AGGREGATE: subtasks(5, 5)}, None, title="t", parts=PARTS).note == ""


def test_of_a_source_rows_that_left_count() -> None:
    found = [Subtask(n, "RUNNING", "tm", records_out=rows) for n, rows in enumerate((30, 10))]
    data = skew.rows_of({SOURCE: found}, PARTS)
    assert list(data["rows"]) == [30, 10]
    assert data["busy [share]"].isna().all()


def test_a_source_that_cannot_tell_how_busy_it_is_has_no_share() -> None:
    data = skew.rows_of({SOURCE: [Subtask(0, "RUNNING", "tm", backpressured=3, idle=1, busy=None)]}, PARTS)
    assert np.isnan(data["busy [share]"].iloc[0])
    assert data["backpressured [share]"].iloc[0] == pytest.approx(0.75)


def test_the_recorded_skew_stands_above() -> None:
    recorded = (day_of("skew"), SPAN)
    plot = skew.plot({AGGREGATE: subtasks(1, 2)}, recorded, title="t", parts=PARTS)
    assert plot.figure.layout.annotations[0].text.startswith("skew")
    assert plot.figure.layout.xaxis.type == "date"


def test_of_a_job_that_does_not_run_what_was_recorded_is_the_data() -> None:
    plot = skew.plot({}, (day_of("skew"), SPAN), title="t", parts=PARTS)
    assert len(plot.data) == 1440


def test_nothing_recorded_is_no_panel() -> None:
    plot = skew.plot({AGGREGATE: subtasks(1)}, (Frame(np.array([]), {}), SPAN), title="t", parts=PARTS)
    assert plot.figure.layout.xaxis.type == "category"
