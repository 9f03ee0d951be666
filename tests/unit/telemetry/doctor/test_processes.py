"""Garbage, heap, metaspace, classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fakes.evidence import NOW, aggregate, evidence, healthy, in_words, rules, source
from flinklab.domain.series import Frame, SeriesKey
from flinklab.telemetry.doctor.evidence import Evidence, ProcessEvidence
from flinklab.telemetry.doctor.processes import HEAP, METASPACE

MIB = 1024**2


def process(name: tuple[str, str], used: float, before: float, most: float = 100.0, **more: Any) -> ProcessEvidence:
    return ProcessEvidence(
        "tm", values={name[0]: used, name[1]: most}, before={name[0]: before, name[1]: most}, **more
    )


def cluster(*processes: ProcessEvidence, frame: Frame | None = None) -> Evidence:
    return Evidence("cluster", NOW, 10.0, processes=processes, frame=frame)


def test_time_in_garbage_collection() -> None:
    assert rules(cluster(ProcessEvidence("tm", gc=0.5))) == ["gc-pressure"]
    assert not rules(cluster(ProcessEvidence("tm", gc=0.02)))
    assert not rules(cluster(ProcessEvidence("tm", gc=None)))


def test_garbage_explains_what_is_slow() -> None:
    given = evidence(source(backpressured=0.9), aggregate(busy=1.0), processes=(ProcessEvidence("tm", gc=0.5),))
    assert in_words(given) == "gc-pressure; slow-vertex agg < gc-pressure"


def test_a_heap_is_full_when_it_stays_full() -> None:
    assert rules(cluster(process(HEAP, 95.0, 93.0))) == ["heap-full"]
    assert not rules(cluster(process(HEAP, 95.0, 40.0))), "it is collected now and then"
    assert not rules(cluster(process(HEAP, 95.0, 95.0, most=-1.0))), "it has no bound"


def test_metaspace_near_its_limit() -> None:
    assert rules(cluster(process(METASPACE, 95.0, 95.0))) == ["metaspace-full"]
    assert not rules(cluster(process(METASPACE, 70.0, 70.0)))
    assert not rules(cluster(process(METASPACE, 95.0, 95.0, most=-1.0)))


def recorded(values: list[float], step: float = 600.0) -> Frame:
    times = NOW.timestamp() - step * np.arange(len(values))[::-1]
    return Frame(times, {SeriesKey("tm", "metaspace_used"): np.array(values) * MIB})


def test_metaspace_that_grows_for_hours_is_a_leak() -> None:
    leaks = recorded([100 + 10 * each for each in range(12)])
    assert rules(cluster(process(METASPACE, 30.0, 30.0), frame=leaks)) == ["class-leak"]


def test_metaspace_that_is_level_or_known_for_minutes_only_is_none() -> None:
    assert not rules(cluster(process(METASPACE, 30.0, 30.0), frame=recorded([200.0] * 12)))
    assert not rules(cluster(process(METASPACE, 30.0, 30.0), frame=recorded([100, 200, 100, 200, 100, 200, 100])))
    short = recorded([100 + 10 * each for each in range(12)], step=60.0)
    assert not rules(cluster(process(METASPACE, 30.0, 30.0), frame=short))
    assert not rules(cluster(process(METASPACE, 30.0, 30.0)))


def test_a_healthy_job_has_no_finding() -> None:
    assert not rules(healthy())
