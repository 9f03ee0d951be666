"""Rules about the processes: heap, garbage, classes."""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.domain.series import SeriesKey
from flinklab.telemetry.doctor.evidence import Evidence, ProcessEvidence
from flinklab.telemetry.doctor.figures import length, memory, share
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.growth import growth

HEAP = ("Status.JVM.Memory.Heap.Used", "Status.JVM.Memory.Heap.Max")
METASPACE = ("Status.JVM.Memory.Metaspace.Used", "Status.JVM.Memory.Metaspace.Max")
GC_TIME = "Status.JVM.GarbageCollector.All.Time"
LOADED, UNLOADED = "Status.JVM.ClassLoader.ClassesLoaded", "Status.JVM.ClassLoader.ClassesUnloaded"

_GC_MUCH, _GC_TOO_MUCH = 0.1, 0.3
_NEARLY_FULL = 0.9
_LEAK = 64 * 1024**2  # B of metaspace, below which growth is what a few more jobs take
_RISES = 0.9  # of the pairs of values that are far from each other
_SHORT = 1800.0  # s of records, below which nothing is said of growth


def gc_pressure(evidence: Evidence) -> Iterator[Finding]:
    for process in evidence.processes:
        if process.gc is None or process.gc < _GC_MUCH:
            continue
        heap = process.filled(*HEAP)
        yield Finding(
            "gc-pressure",
            Severity.CRITICAL if process.gc >= _GC_TOO_MUCH else Severity.WARNING,
            f"{process.title} spends {share(process.gc)} of its time in garbage collection",
            (
                f"garbage collection: {process.gc * evidence.seconds:.1f} s of {evidence.seconds:.0f} s",
                *((_of(process, HEAP, "heap", heap[1]),) if heap is not None else ()),
            ),
            (
                "more taskmanager.memory.process.size, or fewer slots on a TaskManager",
                "state out of the heap: SET 'state.backend.type' = 'rocksdb'; (`%flink backend NAME rocksdb`)",
            ),
            since=evidence.since(process.id, "gc", lambda value: value >= _GC_MUCH),
        )


def heap_full(evidence: Evidence) -> Iterator[Finding]:
    """Full at both looks: a heap that is full once is about to be collected."""
    for process in evidence.processes:
        filled = process.filled(*HEAP)
        if filled is None or evidence.seconds <= 0 or min(filled) < _NEARLY_FULL:
            continue
        yield Finding(
            "heap-full",
            Severity.WARNING,
            f"{process.title} has {share(filled[1])} of its heap in use",
            (_of(process, HEAP, "heap", filled[1]), f"{evidence.seconds:.0f} s before: {share(filled[0])}"),
            (
                "more taskmanager.memory.process.size, or fewer slots on a TaskManager",
                "state out of the heap: SET 'state.backend.type' = 'rocksdb'; (`%flink backend NAME rocksdb`)",
            ),
        )


def metaspace_full(evidence: Evidence) -> Iterator[Finding]:
    for process in evidence.processes:
        filled = process.filled(*METASPACE)
        if filled is None or filled[1] < _NEARLY_FULL:
            continue
        yield Finding(
            "metaspace-full",
            Severity.CRITICAL,
            f"{process.title} has {share(filled[1])} of its metaspace in use, and ends when it is full",
            (_of(process, METASPACE, "metaspace", filled[1]), *_classes(process)),
            (
                "restart the TaskManager at a time that suits its jobs",
                "more taskmanager.memory.jvm-metaspace.size",
                "put connectors' jars into the cluster's lib: those of a session are loaded anew for each job",
            ),
        )


def class_leak(evidence: Evidence) -> Iterator[Finding]:
    """Metaspace that grows over hours although no more jobs run: classes of jobs that are over stay loaded."""
    frame = evidence.frame
    if frame is None:
        return
    for process in evidence.processes:
        used = frame.values.get(SeriesKey(process.id, "metaspace_used"))
        found = growth(frame.times, used) if used is not None else None
        seconds = float(frame.times[-1] - frame.times[0]) if not frame.is_empty else 0.0
        if found is None or seconds < _SHORT or found.share < _RISES or found.slope * seconds < _LEAK:
            continue
        first, last = found.value(float(frame.times[0])), found.value(float(frame.times[-1]))
        yield Finding(
            "class-leak",
            Severity.WARNING,
            f"the metaspace of {process.title} grows by {memory(found.slope * 3600)} an hour: classes leak",
            (
                f"{memory(first)}, {length(seconds)} later {memory(last)}",
                *_classes(process),
            ),
            (
                "restart the TaskManager before it is full",
                "put connectors' jars into the cluster's lib: those of a session are loaded anew for each job",
            ),
        )


def _classes(process: ProcessEvidence) -> tuple[str, ...]:
    loaded, unloaded = process.values.get(LOADED), process.values.get(UNLOADED)
    if loaded is None or unloaded is None:
        return ()
    return (f"{loaded - unloaded:,.0f} classes are loaded ({unloaded:,.0f} were let go of)",)


def _of(process: ProcessEvidence, what: tuple[str, str], name: str, filled: float) -> str:
    return f"{name}: {memory(process.values[what[0]])} of {memory(process.values[what[1]])} ({share(filled)})"
