"""Metric names and values are those that a Flink 2.3 told of a job; other connectors' as their documents say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import Counters, JobGraph, JobLook, JobVertex, Machine, Spread
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.measures import MEASURES
from flinklab.telemetry.sampling import (
    CLUSTER_METRICS,
    JOB_METRICS,
    PROCESS_METRICS,
    Reading,
    cluster_values,
    is_newer,
    job_values,
    process_values,
    restarts,
    vertex_metrics,
)

AT = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
NOW = AT.timestamp()
SOURCE = JobVertex("s", "Source: orders[1] -> Calc[2] -> WatermarkAssigner[3]", 2)
SINK = JobVertex("k", "GroupAggregate[6] -> sums[8]: Writer", 2)


def spread(low: float, high: float | None = None, total: float | None = None) -> Spread:
    high = low if high is None else high
    return Spread(low, high, (low + high) / 2, low + high if total is None else total)


def reading(
    seconds: float = 0,
    vertices: Mapping[str, Mapping[str, Spread]] | None = None,
    job: Mapping[str, float] | None = None,
    **more: object,
) -> Reading:
    at = AT + timedelta(seconds=seconds)
    counters = {
        "s": Counters(records_out=100 + 10 * seconds),
        "k": Counters(records_in=100 + 10 * seconds, busy=1 + 0.5 * seconds, idle=9 + 1.5 * seconds),
    }
    tasks = {each: {"RUNNING": 2} for each in ("s", "k")}
    graph = JobGraph((SOURCE, SINK))
    look = JobLook(JobId("1"), "a job", JobState.RUNNING, at, AT, AT, graph, counters, tasks)
    return Reading(replace(look, **more), vertices or {}, job or {})  # type: ignore[arg-type]


def of(vertex: JobVertex, metrics: Mapping[str, Spread]) -> dict[str, float]:
    found = job_values(None, reading(vertices={vertex.id: metrics}))
    return {key.name: value for key, value in found.items() if key.part == vertex.id and key.name != "parallelism"}


def test_only_what_is_there_is_asked_and_only_what_is_recorded() -> None:
    there = {
        *("busyTimeMsPerSecond", "numRecordsInPerSecond", "numBytesOut", "mailboxLatencyMs_p95"),
        *("Source__orders[1].numRecordsOut", "Source__orders[1].pendingRecords", "Source__orders[1].numBytesOut"),
        "Source__orders[1].KafkaSourceReader.KafkaConsumer.records-lag-max",
        *("Calc[2].numRecordsIn", "Calc[2].currentOutputWatermark", "WatermarkAssigner[3].currentOutputWatermark"),
        *("sums[8]__Writer.numRecordsIn", "sums[8]__Writer.numRecordsSend", "Sink__out[9].numRecordsIn"),
    }
    assert vertex_metrics(SOURCE, there) == {
        *("busyTimeMsPerSecond", "numRecordsInPerSecond"),
        *("Source__orders[1].numRecordsOut", "Source__orders[1].pendingRecords"),
        "Source__orders[1].KafkaSourceReader.KafkaConsumer.records-lag-max",
        "WatermarkAssigner[3].currentOutputWatermark",
        *("sums[8]__Writer.numRecordsIn", "Sink__out[9].numRecordsIn"),
    }
    assert "WatermarkAssigner[3].currentOutputWatermark" not in vertex_metrics(SINK, there)


@given(st.frozensets(st.text(max_size=20) | st.sampled_from(["a__Writer.numRecordsIn", "busyTimeMsPerSecond"])))
def test_nothing_is_asked_that_is_not_there(names: frozenset[str]) -> None:
    assert vertex_metrics(SOURCE, names) <= names


def test_the_busiest_sub_task_and_the_worst_count() -> None:
    found = of(SINK, {"busyTimeMsPerSecond": spread(0, 1000), "backPressuredTimeMsPerSecond": spread(0, 250)})
    assert found == {"busy_max": 1.0, "backpressured_max": 0.25}
    assert of(SINK, {"busyTimeMsPerSecond": spread(0, 1013)})["busy_max"] == 1.0  # as Flink's meters may say


@pytest.mark.parametrize(
    ("metrics", "skew"),
    [
        ({"numRecordsInPerSecond": Spread(10, 90, 25, 100)}, 3.6),
        ({"numRecordsInPerSecond": spread(0, 0), "numRecordsOutPerSecond": Spread(5, 15, 10, 20)}, 1.5),
        ({"numRecordsInPerSecond": spread(0, 0.2)}, None),  # hardly any rows
        ({}, None),
    ],
)
def test_skew_is_the_fullest_by_the_mean(metrics: Mapping[str, Spread], skew: float | None) -> None:
    assert of(SINK, metrics).get("skew") == skew


def test_one_sub_task_has_no_skew() -> None:
    alone = replace(reading().look, graph=JobGraph((replace(SINK, parallelism=1),)))
    found = job_values(None, Reading(alone, {"k": {"numRecordsInPerSecond": spread(90)}}))
    assert SeriesKey("k", "skew") not in found


def test_a_watermark_is_behind_the_clusters_clock() -> None:
    ms = (NOW - 7) * 1000
    assert of(SINK, {"currentInputWatermark": spread(ms, ms + 5000)}) == {"watermark_lag": pytest.approx(7)}
    behind_a_source = {
        "Source__orders[1].currentOutputWatermark": spread(-9.223372036854776e18),
        "WatermarkAssigner[3].currentOutputWatermark": spread(ms, ms + 5000),
    }
    assert of(SOURCE, behind_a_source) == {"watermark_lag": pytest.approx(7)}
    pushed_down = {"Source__orders[1].currentOutputWatermark": spread(ms)}
    assert of(SOURCE, pushed_down) == {"watermark_lag": pytest.approx(7)}


@pytest.mark.parametrize("none", [-9.223372036854776e18, 9.223372036854776e18])
def test_no_watermark_yet_or_any_more_is_no_lag(none: float) -> None:
    assert of(SINK, {"currentInputWatermark": spread(none, NOW * 1000)}) == {}
    two = {
        "WatermarkAssigner[3].currentOutputWatermark": spread(none),
        "WatermarkAssigner[9].currentOutputWatermark": spread(NOW * 1000),
    }
    assert of(SOURCE, two) == {}


def test_what_waits_to_be_read() -> None:
    kafka = "Source__orders[1].KafkaSourceReader.KafkaConsumer.records-lag-max"
    pending = {"Source__a[1].pendingRecords": spread(5, 7), "Source__b[2].pendingRecords": spread(1)}
    assert of(SOURCE, pending)["source_lag"] == 14
    assert of(SOURCE, {kafka: spread(5, 7)})["source_lag"] == 12
    assert of(SOURCE, {kafka: spread(5, 7), "Source__a[1].pendingRecords": spread(3)})["source_lag"] == 6
    assert "source_lag" not in of(SOURCE, {"Source__a[1].pendingRecords": spread(-1)})
    assert of(SOURCE, {"Source__a[1].currentEmitEventTimeLag": spread(300, 1500)})["source_delay"] == 1.5
    assert "source_delay" not in of(SOURCE, {"Source__a[1].currentEmitEventTimeLag": spread(-1)})


def test_rows_of_sources_old_and_new_and_of_sinks() -> None:
    def counted(rows: float) -> dict[str, dict[str, Spread]]:
        return {
            "s": {
                "Source__old[1].numRecordsIn": spread(0),
                "Source__old[1].numRecordsOut": spread(0, total=rows),
                "Source__new[2].numRecordsIn": spread(0, total=10 * rows),
                "Source__new[2].numRecordsOut": spread(0, total=10 * rows),
            },
            "k": {"sums[8]__Writer.numRecordsIn": spread(0, total=3 * rows)},
        }

    found = job_values(reading(0, counted(100)), reading(10, counted(200)))
    assert found[SeriesKey("s", "source_records")] == 110
    assert found[SeriesKey("k", "sink_records")] == 30
    assert found[SeriesKey("k", "records_in")] == 10
    assert found[SeriesKey("k", "busy")] == pytest.approx(0.25)
    assert all(value >= 0 for value in found.values())
    back = job_values(reading(0, counted(200)), reading(10, counted(100)))
    assert SeriesKey("s", "source_records") not in back


def test_over_a_restart_or_a_pause_in_the_collecting_only_what_needs_no_difference_is_known() -> None:
    first = reading(job={"numRestarts": 0.0})
    for second in (
        reading(10, job={"numRestarts": 1.0}, restarted_at=AT + timedelta(seconds=3)),
        replace(first, look=replace(first.look, at=AT + timedelta(seconds=9)), job={"numRestarts": 1.0}),
    ):
        found = job_values(first, second)
        assert {key.name for key in found} == {"parallelism", "restarts"}
        assert found[SeriesKey("", "restarts")] == 1
    assert job_values(None, first) == job_values(first, first)


def test_the_next_difference_begins_where_there_was_something_new() -> None:
    first = reading()
    same = replace(first, look=replace(first.look, at=AT + timedelta(seconds=9)))
    assert not is_newer(first, same)
    assert is_newer(first, reading(9))
    assert is_newer(first, replace(same, look=replace(same.look, restarted_at=AT + timedelta(seconds=3))))


def test_of_the_job_itself() -> None:
    found = job_values(None, reading(job={"fullRestarts": 3.0, "lastCheckpointFullSize": 4096.0}))
    assert found[SeriesKey("", "restarts")] == 3 and found[SeriesKey("", "state_size")] == 4096
    none_yet = job_values(None, reading(job={"lastCheckpointFullSize": -1.0}))
    assert not {SeriesKey("", "restarts"), SeriesKey("", "state_size")} & none_yet.keys()
    assert restarts({}) == 0 and restarts({"numRestarts": 2.0}) == 2
    assert "numRestarts" in JOB_METRICS


def test_a_process_as_flink_tells_of_it() -> None:
    told = {
        "Status.JVM.Memory.Heap.Used": 100.0,
        "Status.JVM.Memory.Heap.Max": 400.0,
        "Status.JVM.Memory.Metaspace.Used": 60.0,
        "Status.JVM.Memory.Metaspace.Max": -1.0,  # unbounded
        "Status.JVM.ClassLoader.ClassesLoaded": 12754.0,  # since it began
        "Status.JVM.ClassLoader.ClassesUnloaded": 754.0,
        "Status.JVM.GarbageCollector.All.Time": 990.0,
        "Status.Shuffle.Netty.TotalMemorySegments": 1000.0,
        "Status.Shuffle.Netty.UsedMemorySegments": 250.0,
        "Status.JVM.CPU.Load": 0.23,
        "Status.JVM.Threads.Count": 75.0,
    }
    assert set(told) <= set(PROCESS_METRICS)
    first = process_values("jobmanager", {}, told, 0)
    assert first == {
        SeriesKey("jobmanager", name): value
        for name, value in {
            "heap_used": 100,
            "heap_max": 400,
            "metaspace_used": 60,
            "classes": 12000,
            "network_used": 0.25,
            "cpu": 0.23,
            "threads": 75,
        }.items()
    }
    later = told | {"Status.JVM.GarbageCollector.All.Time": 1490.0}
    assert process_values("jobmanager", told, later, 10)[SeriesKey("jobmanager", "gc")] == 0.05
    began_anew = process_values("jobmanager", later, told, 10)
    assert SeriesKey("jobmanager", "gc") not in began_anew


def test_garbage_collection_of_a_flink_that_tells_it_by_collector() -> None:
    young, old = "Status.JVM.GarbageCollector.Copy.Time", "Status.JVM.GarbageCollector.MarkSweepCompact.Time"
    found = process_values("t", {young: 10.0, old: 5.0}, {young: 510.0, old: 505.0}, 10)
    assert found[SeriesKey("t", "gc")] == pytest.approx(0.1)


def test_of_the_cluster() -> None:
    machines = [Machine("a", "h", 4, 1, AT), Machine("b", "h", 4, 4, AT)]
    found = cluster_values({"numRunningJobs": 3.0, "taskSlotsTotal": 4.0}, machines)
    assert found == {
        SeriesKey("", name): value
        for name, value in {"slots": 8, "free_slots": 5, "taskmanagers": 2, "jobs": 3}.items()
    }
    assert "numRunningJobs" in CLUSTER_METRICS


def test_every_measure_is_made_here_and_no_other() -> None:
    metrics = {
        "s": {
            "busyTimeMsPerSecond": spread(1),
            "backPressuredTimeMsPerSecond": spread(1),
            "numRecordsOutPerSecond": spread(1),
            "WatermarkAssigner[3].currentOutputWatermark": spread(NOW),
            "Source__a[1].pendingRecords": spread(1),
            "Source__a[1].currentEmitEventTimeLag": spread(1),
            "Source__a[1].numRecordsOut": spread(1),
        },
        "k": {"sums[8]__Writer.numRecordsIn": spread(1)},
    }
    job = {"numRestarts": 0.0, "lastCheckpointFullSize": 1.0}
    of_jobs = job_values(reading(0, metrics, job), reading(10, metrics, job))
    told = dict.fromkeys(PROCESS_METRICS, 1.0)
    of_cluster = cluster_values(dict.fromkeys(CLUSTER_METRICS, 1.0), [])
    found = {key.name for key in (*of_jobs, *process_values("t", told, told, 10), *of_cluster)}
    assert found == MEASURES.keys()
