"""Which metrics are asked of Flink, and what is asked made into samples.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/metrics/#system-metrics
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flinklab.domain.monitoring import JobLook, JobVertex, Machine, Spread
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.rates import comparable, elapsed, per_second, rates

_BUSY, _BACKPRESSURED = "busyTimeMsPerSecond", "backPressuredTimeMsPerSecond"
_ROWS_IN, _ROWS_OUT = "numRecordsInPerSecond", "numRecordsOutPerSecond"
_WATERMARK = "currentInputWatermark"
_OF_TASKS = (_BUSY, _BACKPRESSURED, _ROWS_IN, _ROWS_OUT, _WATERMARK)

_READ = (".numRecordsIn", ".numRecordsOut")
_OUTPUT_WATERMARK = ".currentOutputWatermark"
_PENDING, _KAFKA_LAG, _EMIT_LAG = ".pendingRecords", ".records-lag-max", ".currentEmitEventTimeLag"
_OF_SOURCES = (*_READ, _OUTPUT_WATERMARK, _PENDING, _KAFKA_LAG, _EMIT_LAG)

_NO_WATERMARK = 9.2e18  # ms; beyond it lie Long.MIN_VALUE (none yet) and Long.MAX_VALUE (the input is over)
_FEWEST_ROWS = 1.0  # /s of all sub-tasks: of less it does not matter who gets them

JOB_METRICS = ("numRestarts", "fullRestarts", "lastCheckpointFullSize")
"""Of a whole job. Flink before 1.17 has no `numRestarts`."""

_JVM = "Status.JVM."
_GC = f"{_JVM}GarbageCollector."
_COLLECTORS = tuple(
    f"{_GC}{name}.Time"
    for name in (
        "G1_Young_Generation",
        "G1_Old_Generation",
        "Copy",
        "MarkSweepCompact",
        "PS_Scavenge",
        "PS_MarkSweep",
    )
)
_ALL_GC = f"{_GC}All.Time"
_LOADED, _UNLOADED = f"{_JVM}ClassLoader.ClassesLoaded", f"{_JVM}ClassLoader.ClassesUnloaded"
_NETWORK = "Status.Shuffle.Netty."
_SEGMENTS, _USED_SEGMENTS = f"{_NETWORK}TotalMemorySegments", f"{_NETWORK}UsedMemorySegments"
_PROCESS = {
    "heap_used": f"{_JVM}Memory.Heap.Used",
    "heap_max": f"{_JVM}Memory.Heap.Max",
    "metaspace_used": f"{_JVM}Memory.Metaspace.Used",
    "metaspace_max": f"{_JVM}Memory.Metaspace.Max",
    "managed_used": "Status.Flink.Memory.Managed.Used",
    "managed_max": "Status.Flink.Memory.Managed.Total",
    "direct_used": f"{_JVM}Memory.Direct.MemoryUsed",
    "cpu": f"{_JVM}CPU.Load",
    "threads": f"{_JVM}Threads.Count",
}
PROCESS_METRICS = (
    *_PROCESS.values(),
    *(_LOADED, _UNLOADED, _SEGMENTS, _USED_SEGMENTS, _ALL_GC),
    *_COLLECTORS,
)
"""Of the JobManager and of each TaskManager. Flink leaves out those that a process does not have."""

_CLUSTER = {
    "slots": "taskSlotsTotal",
    "free_slots": "taskSlotsAvailable",
    "taskmanagers": "numRegisteredTaskManagers",
    "jobs": "numRunningJobs",
}
CLUSTER_METRICS = tuple(_CLUSTER.values())
"""Of the JobManager alone."""

ALL_METRICS = (
    *_OF_TASKS,
    *(ending.removeprefix(".") for ending in _OF_SOURCES),
    *JOB_METRICS,
    *PROCESS_METRICS,
    *CLUSTER_METRICS,
)
"""Of everything, an operator's without the operator: for who reads all of a cluster at once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of a job at one moment: `vertices` by id and metric, `job` by metric."""

    look: JobLook
    vertices: Mapping[str, Mapping[str, Spread]] = field(default_factory=dict)
    job: Mapping[str, float] = field(default_factory=dict)


def vertex_metrics(vertex: JobVertex, names: Collection[str]) -> frozenset[str]:
    """What is asked of a vertex, of those `names` that its sub-tasks have.

    Only those: where one name is not known, Flink answers an aggregated request with nothing at all.
    """
    wanted = {name for name in _OF_TASKS if name in names}
    for name in names:
        if _is_of_source(name):
            if name.endswith(_OF_SOURCES):
                wanted.add(name)
        elif _is_of_sink(name):
            if name.endswith(".numRecordsIn"):
                wanted.add(name)
        elif _assigns_watermarks(name) and name.endswith(_OUTPUT_WATERMARK) and vertex.is_source:
            wanted.add(name)
    return frozenset(wanted)


def job_values(before: Reading | None, after: Reading) -> dict[SeriesKey, float]:
    """What is recorded of a job. Without a comparable reading before, that which needs no difference."""
    found = dict(_gauges(after))
    if before is not None and comparable(before.look, after.look):
        seconds = elapsed(before.look, after.look)
        if seconds is not None:
            found |= rates(before.look, after.look, seconds)
            complete = {
                key: count for key, count in _counted(after).items() if _is_same(before.look, after.look, key.part)
            }
            found |= per_second(_counted(before), complete, seconds)
    return found


def is_newer(before: Reading, after: Reading) -> bool:
    """Whether the next difference begins at `after`. Not when the cluster had nothing new to tell."""
    return not comparable(before.look, after.look) or elapsed(before.look, after.look) is not None


def process_values(
    process: str, before: Mapping[str, float], after: Mapping[str, float], seconds: float
) -> dict[SeriesKey, float]:
    """Of the JobManager or a TaskManager. `seconds` from one to the other; 0 where there is none before."""
    found = {
        SeriesKey(process, name): after[metric] for name, metric in _PROCESS.items() if after.get(metric, -1) >= 0
    }
    if _LOADED in after:
        found[SeriesKey(process, "classes")] = after[_LOADED] - after.get(_UNLOADED, 0)
    if after.get(_SEGMENTS, 0) > 0 and _USED_SEGMENTS in after:
        found[SeriesKey(process, "network_used")] = after[_USED_SEGMENTS] / after[_SEGMENTS]
    first, second = _collecting(before), _collecting(after)
    if seconds > 0 and first is not None and second is not None and second >= first:
        found[SeriesKey(process, "gc")] = min((second - first) / 1000 / seconds, 1.0)
    return found


def cluster_values(jobmanager: Mapping[str, float], machines: Sequence[Machine]) -> dict[SeriesKey, float]:
    """Of the cluster as a whole, from the JobManager's own metrics; slots and TaskManagers, as they are listed."""
    found = {SeriesKey("", name): jobmanager[metric] for name, metric in _CLUSTER.items() if metric in jobmanager}
    found[SeriesKey("", "slots")] = float(sum(each.slots for each in machines))
    found[SeriesKey("", "free_slots")] = float(sum(each.free_slots for each in machines))
    found[SeriesKey("", "taskmanagers")] = float(len(machines))
    return found


def restarts(reading: Mapping[str, float]) -> int:
    """How often Flink restarted a job by itself, out of its own metrics."""
    return int(max(reading.get("numRestarts", 0.0), reading.get("fullRestarts", 0.0)))


def _gauges(reading: Reading) -> Iterator[tuple[SeriesKey, float]]:
    if "numRestarts" in reading.job or "fullRestarts" in reading.job:
        yield SeriesKey("", "restarts"), float(restarts(reading.job))
    if reading.job.get("lastCheckpointFullSize", -1.0) >= 0 and "lastCheckpointFullSize" in reading.job:
        yield SeriesKey("", "state_size"), reading.job["lastCheckpointFullSize"]
    for vertex in reading.look.graph.vertices:
        yield SeriesKey(vertex.id, "parallelism"), float(vertex.parallelism)
        metrics = reading.vertices.get(vertex.id, {})
        for name, value in _of_vertex(vertex, metrics, reading.look.at.timestamp()):
            yield SeriesKey(vertex.id, name), value


def _of_vertex(vertex: JobVertex, metrics: Mapping[str, Spread], now: float) -> Iterator[tuple[str, float]]:
    for name, metric in (("busy_max", _BUSY), ("backpressured_max", _BACKPRESSURED)):
        if metric in metrics:
            yield name, min(max(metrics[metric].high / 1000, 0.0), 1.0)
    skew = _skew(vertex, metrics)
    if skew is not None:
        yield "skew", skew
    watermark = _watermark(metrics)
    if watermark is not None:
        yield "watermark_lag", now - watermark / 1000
    lag = _source_lag(metrics)
    if lag is not None:
        yield "source_lag", lag
    delays = [spread.high for name, spread in metrics.items() if name.endswith(_EMIT_LAG)]
    if delays and max(delays) >= 0:  # -1: the source knows no event times
        yield "source_delay", max(delays) / 1000


def _skew(vertex: JobVertex, metrics: Mapping[str, Spread]) -> float | None:
    if vertex.parallelism < 2:
        return None
    # A source of the old kind has rows going out only.
    for rows in (metrics.get(_ROWS_IN), metrics.get(_ROWS_OUT)):
        if rows is not None and rows.sum >= _FEWEST_ROWS and rows.mean > 0:
            return rows.high / rows.mean
    return None


def _watermark(metrics: Mapping[str, Spread]) -> float | None:
    """In ms: the least of all its sub-tasks. Where they have inputs, of these; of a source, of what it hands on."""
    if _WATERMARK in metrics:
        lows = [metrics[_WATERMARK].low]
    else:
        given = [(name, spread.low) for name, spread in metrics.items() if name.endswith(_OUTPUT_WATERMARK)]
        # Behind a source that knows none, an operator makes them.
        lows = [low for name, low in given if _assigns_watermarks(name)] or [low for _, low in given]
    known = [low for low in lows if abs(low) < _NO_WATERMARK]
    return min(known) if known and len(known) == len(lows) else None


def _source_lag(metrics: Mapping[str, Spread]) -> float | None:
    """Kafka's own metric is of the partition that is furthest behind: the least that it can be."""
    for ending in (_PENDING, _KAFKA_LAG):
        waiting = [spread.sum for name, spread in metrics.items() if name.endswith(ending)]
        if waiting and min(waiting) >= 0:
            return sum(waiting)
    return None


def _counted(reading: Reading) -> dict[SeriesKey, float]:
    """Rows that sources read and sinks were given, since they were deployed."""
    found: dict[SeriesKey, float] = {}
    for vertex, metrics in reading.vertices.items():
        read: dict[str, float] = {}  # a source of the old kind counts what goes out, one of the new kind both
        for name, spread in metrics.items():
            if _is_of_source(name) and name.endswith(_READ):
                operator = name.rpartition(".")[0]
                read[operator] = max(read.get(operator, 0.0), spread.sum)
            elif _is_of_sink(name) and name.endswith(".numRecordsIn"):
                key = SeriesKey(vertex, "sink_records")
                found[key] = found.get(key, 0.0) + spread.sum
        if read:
            found[SeriesKey(vertex, "source_records")] = sum(read.values())
    return found


def _is_same(before: JobLook, after: JobLook, vertex_id: str) -> bool:
    first, second = before.graph.vertex(vertex_id), after.graph.vertex(vertex_id)
    return first is not None and second is not None and first.parallelism == second.parallelism


def _collecting(metrics: Mapping[str, float]) -> float | None:
    """Milliseconds in garbage collection. Flink before 1.18 tells it by collector only."""
    if _ALL_GC in metrics:
        return metrics[_ALL_GC]
    told = [metrics[name] for name in _COLLECTORS if name in metrics]
    return sum(told) if told else None


def _is_of_source(name: str) -> bool:
    """Flink writes an operator's name with `_` for what has a meaning in metrics: `Source: t[1]`."""
    return name.startswith("Source__")


def _is_of_sink(name: str) -> bool:
    operator = name.rpartition(".")[0]
    return operator.endswith("__Writer") or operator.startswith("Sink__") or operator == "StreamingFileWriter"


def _assigns_watermarks(name: str) -> bool:
    return name.startswith("WatermarkAssigner")
