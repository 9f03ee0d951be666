"""What is recorded: every series by name, with its unit and meaning."""

from __future__ import annotations

from typing import NamedTuple


class Measure(NamedTuple):
    """`unit` as it is shown: `/s`, `%` (the value is a share, 0 to 1), `s`, `B`, `B/s` or empty for a number.

    `of`: `vertex`, `job`, `process` (JobManager and TaskManagers) or `cluster`.
    """

    of: str
    unit: str
    meaning: str


MEASURES = {
    "records_in": Measure("vertex", "/s", "rows that came in over the network"),
    "records_out": Measure("vertex", "/s", "rows that left over the network"),
    "bytes_in": Measure("vertex", "B/s", "bytes that came in over the network"),
    "bytes_out": Measure("vertex", "B/s", "bytes that left over the network"),
    "source_records": Measure("vertex", "/s", "rows that its sources read"),
    "sink_records": Measure("vertex", "/s", "rows that its sinks were given"),
    "busy": Measure("vertex", "%", "time in which its sub-tasks worked, mean"),
    "busy_max": Measure("vertex", "%", "time in which its busiest sub-task worked"),
    "backpressured": Measure("vertex", "%", "time in which it could not hand rows on, mean of its sub-tasks"),
    "backpressured_max": Measure("vertex", "%", "time in which its worst sub-task could not hand rows on"),
    "idle": Measure("vertex", "%", "time in which it had nothing to do, mean of its sub-tasks"),
    "skew": Measure("vertex", "", "rows of its fullest sub-task, times those of the mean"),
    "watermark_lag": Measure("vertex", "s", "how far its watermark is behind the clock"),
    "source_lag": Measure("vertex", "", "rows that wait to be read (`pendingRecords`; Kafka's lag)"),
    "source_delay": Measure("vertex", "s", "age of a row as its source hands it on (`currentEmitEventTimeLag`)"),
    "parallelism": Measure("vertex", "", "sub-tasks"),
    "restarts": Measure("job", "", "times that Flink restarted it by itself, since it was submitted"),
    "state_size": Measure("job", "B", "whole state in its newest checkpoint"),
    "heap_used": Measure("process", "B", "Java heap in use"),
    "heap_max": Measure("process", "B", "Java heap at most"),
    "metaspace_used": Measure("process", "B", "metaspace in use: classes, of ended jobs too when they leak"),
    "metaspace_max": Measure("process", "B", "metaspace at most"),
    "classes": Measure("process", "", "classes that are loaded"),
    "managed_used": Measure("process", "B", "managed memory in use (RocksDB, sorting)"),
    "managed_max": Measure("process", "B", "managed memory at most"),
    "direct_used": Measure("process", "B", "direct memory in use"),
    "network_used": Measure("process", "%", "network buffers in use"),
    "cpu": Measure("process", "%", "load of its JVM, of all processors of its machine"),
    "gc": Measure("process", "%", "time in garbage collection"),
    "threads": Measure("process", "", "threads"),
    "slots": Measure("cluster", "", "task slots"),
    "free_slots": Measure("cluster", "", "task slots that are free"),
    "taskmanagers": Measure("cluster", "", "TaskManagers"),
    "jobs": Measure("cluster", "", "jobs that run"),
}
