"""Plots of what is in a catalog and on a fake cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import flinklab
from fakes.answers import insert
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.managed import ledger
from fakes.monitoring import FakeVertex
from fakes.watched import CLUSTER, Watched, watched
from flinklab.api import plot_live, plot_records
from flinklab.api.plotting import Plots
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import AttemptState, JobKey
from flinklab.domain.series import Sample, SeriesKey, SeriesOwner


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with watched(quiet=1) as world:
            yield world


@pytest.fixture
def orders(world: Watched) -> Plots:
    return flinklab.job("orders", catalog=world.catalog).plot


def test_recorded_measures_are_drawn_by_vertex(orders: Plots) -> None:
    plot = orders.metrics("busy_max", since="30m")
    assert any("GroupAggregate" in column and column.endswith("busy_max [share]") for column in plot.data)
    assert plot.data["at"].is_monotonic_increasing
    assert plot.figure.layout.title.text == "my.orders (dev): metrics"


def test_without_names_the_most_telling_ones_are_drawn(orders: Plots) -> None:
    assert len(orders.metrics().data.columns) > 2


def test_any_metric_of_flink_by_a_part_of_its_name_is_drawn_as_it_is_now(orders: Plots) -> None:
    plot = orders.metrics("busyTimeMsPerSecond")
    assert set(plot.data["metric"]) == {"busyTimeMsPerSecond"}
    assert plot.data.set_index("of")["mean"].max() == pytest.approx(970, abs=30)
    assert "as it is now" in plot.note


def test_recorded_and_own_metrics_together_are_two_kinds_of_panels(orders: Plots) -> None:
    plot = orders.metrics("busy_max", "busyTimeMsPerSecond", since="30m")
    assert {trace.type for trace in plot.figure.data} == {"scatter", "bar"}
    assert "below: as it is now" in plot.note


def test_a_misspelt_metric_is_a_mistake_with_a_suggestion(orders: Plots) -> None:
    with pytest.raises(UsageError, match="no metric is called") as mistake:
        orders.metrics("bussyTimeMsPerSecnd")
    assert mistake.value.hint == "did you mean busyTimeMsPerSecond?"


def test_what_there_is_is_listed_with_units(orders: Plots) -> None:
    found = orders.available().set_index("metric")
    assert found.loc["busy_max", "kind"] == "recorded"
    assert found.loc["busyTimeMsPerSecond", "unit"] == "ms/s"
    assert found.loc["busyTimeMsPerSecond", "kind"] == "now"


@pytest.mark.parametrize("kind", ["checkpoints", "timeline", "lag", "skew", "graph", "backpressure"])
def test_every_kind_is_drawn_of_a_job_that_runs(orders: Plots, kind: str) -> None:
    plot = getattr(orders, kind)()
    assert plot.figure.layout.title.text.startswith("my.orders (dev): ")
    assert "image/svg+xml" in plot._repr_mimebundle_()


def test_the_graph_is_as_it_runs(orders: Plots) -> None:
    assert len(orders.graph().data) == 3


@pytest.mark.parametrize("kind", ["checkpoints", "metrics", "timeline", "lag", "skew", "graph", "backpressure"])
def test_of_a_job_without_history_a_figure_says_what_to_do(world: Watched, kind: str) -> None:
    plot = getattr(flinklab.job("late", catalog=world.catalog).plot, kind)()
    assert plot.note
    assert plot.figure.layout.annotations or plot.figure.data


def test_a_job_that_does_not_have_a_measure_says_so_and_what_it_has(orders: Plots) -> None:
    note = orders.metrics("source_delay").note
    assert "it has nothing to tell of age of a row as its source hands it on" in note
    assert "recorded of it are" in note and "busy_max" in note


def test_a_job_that_never_ran_says_how_to_start_it(world: Watched) -> None:
    plot = flinklab.job("late", catalog=world.catalog).plot.metrics()
    assert plot.note == "it never ran · `%flink start late` starts it"


def test_a_narrow_time_with_nothing_in_it_is_not_widened(orders: Plots) -> None:
    plot = orders.metrics("busy_max", since="40h", until="30h")
    assert "recorded in that time" in plot.note


def test_comparing_with_a_time_of_which_nothing_is_known_says_so(orders: Plots) -> None:
    assert "nothing is known of yesterday" in orders.metrics("busy_max", since="30m", compare="yesterday").note


def test_comparing_with_a_version_that_never_ran_is_a_mistake(orders: Plots) -> None:
    with pytest.raises(UsageError, match="version 9 never ran"):
        orders.metrics("busy_max", compare=9)


def test_a_time_that_means_nothing_is_a_mistake(orders: Plots) -> None:
    with pytest.raises(UsageError, match="is no time"):
        orders.lag(since="soon")


def test_a_cluster_has_metrics_and_lag_and_nothing_else(world: Watched) -> None:
    cluster = flinklab.plot("main", catalog=world.catalog)
    assert "kind" in cluster.available()
    assert cluster.lag().figure is not None
    assert cluster.metrics("Heap.Used").data["mean"].notna().all()
    with pytest.raises(UsageError, match="is a cluster, and has no timeline"):
        cluster.timeline()


def test_of_a_cluster_with_many_jobs_those_that_run_are_drawn_and_it_is_said(
    world: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = flinklab.plot("main", catalog=world.catalog)
    assert "of its" not in cluster.lag(since="30m").note
    monkeypatch.setattr(plot_records, "_MOST_JOBS", 1)
    plot = cluster.metrics("busy_max", since="30m")
    assert [column for column in plot.data if "busy_max" in column] == ["orders busy_max [share]"]
    assert "1 of its 3 jobs, those that run first: `%flink watch` shows all" in plot.note


def test_measures_of_jobs_and_of_processes_are_not_mixed_for_a_cluster(world: Watched) -> None:
    with pytest.raises(UsageError, match="drawn apart"):
        flinklab.plot("main", catalog=world.catalog).metrics("cpu", "busy_max")


def test_an_unknown_name_is_one_line_with_what_may_be_meant(world: Watched) -> None:
    with pytest.raises(NotFoundError, match="orderz") as mistake:
        flinklab.plot("orderz", catalog=world.catalog)
    assert mistake.value.hint == "did you mean orders?"


def test_a_flame_graph_of_an_unknown_kind_or_vertex_is_a_mistake(orders: Plots) -> None:
    with pytest.raises(UsageError, match="one of full, on_cpu, off_cpu"):
        orders.flame("GroupAggregate", kind="sideways")
    with pytest.raises(NotFoundError, match="no vertex is called 'nothing'"):
        orders.flame("nothing")


@pytest.mark.parametrize(("vertex", "subtask"), [("group", None), ("Source", 1)])
def test_the_flame_graph_of_a_vertex_is_drawn_when_flink_has_its_samples(
    world: Watched, orders: Plots, vertex: str, subtask: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plot_live, "_FLAME_PAUSE", 0.0)
    plot = orders.flame(vertex, kind="on-cpu", subtask=subtask)
    assert plot.figure.layout.title.text.startswith("my.orders (dev): flame graph of ")
    assert len(plot.data) > 1
    world.jobmanager.metrics.flamegraphs = False
    try:
        with pytest.raises(UsageError, match="flame"):
            orders.flame(vertex)
    finally:
        world.jobmanager.metrics.flamegraphs = True


def test_a_version_that_ran_earlier_is_drawn_paler_on_the_axis_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with watched(quiet=0) as world:
        catalog = world.catalog
        its, managed = ledger(catalog, CLUSTER), catalog.jobs.get(JobKey(catalog.team, "orders", "dev"))
        assert managed.attempt is not None and managed.attempt.running_at is not None
        first, ended = managed.attempt, managed.attempt.running_at + timedelta(hours=1)
        its.keep(replace(first, state=AttemptState.CANCELED, ended_at=ended))
        second = replace(first, id=AttemptId("b" * 32), flink_id=JobId("b" * 32), number=2, version=2)
        its.keep(replace(second, planned_at=ended, running_at=ended))
        vertex = world.vertex("GroupAggregate")
        owner = SeriesOwner(catalog.team, CLUSTER, managed.job.id)
        its.series.append(
            [
                Sample(owner, ended.timestamp() - seconds, {SeriesKey(vertex, "busy_max"): 0.25})
                for seconds in range(1200, 0, -60)
            ]
        )
        plot = flinklab.job("orders", catalog=catalog).plot.metrics("busy_max", since="30m", compare=1)
        [column] = [each for each in plot.data if each.endswith("busy_max [share]") and "Group" in each]
        then = plot.data[plot.data["period"] == "version 1"]
        assert set(then[column].dropna()) == {0.25}
        now = plot.data.loc[plot.data["period"] == "now", column].dropna()
        assert len(now) and now.to_numpy() == pytest.approx(0.99, rel=1e-3)
        [pale] = [trace for trace in plot.figure.data if trace.name == "version 1" and len(trace.x)]
        start, end = plot.figure.layout.xaxis.range
        assert all(start <= at <= end for at in pale.x)


def test_of_a_result_its_job_is_drawn_as_it_is_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
        gateway.on("INSERT INTO a SELECT x FROM b", insert())
        with flinklab.connect(gateway.url, jobmanager_url=jobmanager.url) as session:
            result = session.sql("INSERT INTO a SELECT x FROM b")
            assert result.job_id is not None
            jobmanager.metrics.vertices(result.job_id, [FakeVertex("Source: t[1] -> Calc[2]", parallelism=1)])
            its = flinklab.plot(result)
            assert len(its.graph().data) == 1
            for plot in (its.metrics(), its.skew(), its.backpressure(), its.checkpoints()):
                assert "nothing is recorded of it" in plot.note
            assert its.timeline().note.startswith("it has no timeline")
            assert len(its.flame("Source").data) > 1


def test_when_the_cluster_is_silent_what_was_recorded_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with watched(quiet=0) as world:
        world.jobmanager.stop()
        its = flinklab.job("orders", catalog=world.catalog).plot
        assert "as recorded" in its.graph().note
        assert "cannot reach" in its.skew(since="30m").note
        assert len(its.metrics("busy_max", since="30m").data)
