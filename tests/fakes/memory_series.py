"""Series in memory: what a supervisor writes and people read, worked out the slow and plain way.

series = MemorySeries(lambda: clock.now)
series.append([Sample(owner, at, {SeriesKey("v", "busy"): 0.5})])
series.frame(owner, since, until)
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flinklab.domain.jobs import Checkpoint, Event
from flinklab.domain.series import Frame, Retention, Sample, SeriesKey, SeriesOwner, Tier
from flinklab.ports.series import RecordedFailure, RecordedGraph

HOUR = 3600
ABOUT, MANY = 1.25, 8  # times the wanted points: still as many; read and then rolled up
MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440)
HOURS = (1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 168, 336, 672)
FRESH = timedelta(minutes=10)

Values = Mapping[SeriesKey, float]
Rows = dict[float, dict[SeriesKey, list[float]]]
"""By time and key, what there is of it."""


@dataclass
class MemorySeries:
    """Fulfils `ports.series.SeriesWriter` and `SeriesReader`.

    `check`: raises `LeaseLostError` where the lease is lost. `is_here`: whether a job is on the cluster. What a
    ledger keeps is put into `checkpoint_rows` and `event_rows`.
    """

    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    check: Callable[[], None] = lambda: None
    is_here: Callable[[int], bool] = lambda _: True
    samples: dict[SeriesOwner, dict[float, Values]] = field(default_factory=dict)
    graph_rows: list[RecordedGraph] = field(default_factory=list)
    failure_rows: list[RecordedFailure] = field(default_factory=list)
    checkpoint_rows: list[Checkpoint] = field(default_factory=list)
    event_rows: list[Event] = field(default_factory=list)
    kept_from: dict[Tier, float] = field(default_factory=dict)

    def append(self, samples: Sequence[Sample]) -> None:
        self.check()
        for sample in samples:
            if not sample.owner.job_id or self.is_here(sample.owner.job_id):
                self.samples.setdefault(sample.owner, {}).setdefault(round(sample.at, 3), dict(sample.values))

    def graph(self, graph: RecordedGraph) -> None:
        self.check()
        own = [each for each in self.graph_rows if each.job_id == graph.job_id]
        newest = max(own, key=lambda each: each.at, default=None)
        is_known = newest is not None and (newest.graph, newest.version) == (graph.graph, graph.version)
        if self.is_here(graph.job_id) and not is_known:
            self.graph_rows.append(graph)

    def failures(self, failures: Sequence[RecordedFailure]) -> None:
        self.check()
        for each in failures:
            if self.is_here(each.job_id) and _identity(each) not in map(_identity, self.failure_rows):
                self.failure_rows.append(each)

    def tidy(self, retention: Retention) -> bool:
        self.check()
        now = self.now().timestamp()
        for tier, days in {
            Tier.RAW: retention.raw,
            Tier.MINUTE: max(retention.minutes, retention.raw),
            Tier.HOUR: max(retention.hours, retention.minutes, retention.raw),
        }.items():
            self.kept_from[tier] = (now - 86400 * days) // HOUR * HOUR
        return False

    def keys(self, owner: SeriesOwner, since: datetime, until: datetime) -> Sequence[SeriesKey]:
        found = {key for _, values in self._within(owner, since.timestamp(), until.timestamp()) for key in values}
        return sorted(found)

    def frame(
        self,
        owner: SeriesOwner,
        since: datetime,
        until: datetime,
        *,
        names: Sequence[str] | None = None,
        points: int = 1500,
    ) -> Frame:
        begin, end = since.timestamp(), until.timestamp()
        rows = {at: {key: [value] for key, value in values.items()} for at, values in self._within(owner, 0, end)}
        tier = self._tier(rows, begin, points)
        rows = {at: row for at, row in rows.items() if at >= self._kept(tier, rows)}
        if tier is Tier.RAW:
            rows = {at: row for at, row in rows.items() if at >= begin}
            times = _with_pauses(sorted(rows))
            return Frame(np.array(times), _layer(rows, times, statistics.fmean, names))
        rolled = {at: row for at, row in _rolled(rows, tier.step).items() if at > begin - tier.step}
        wanted = len(rolled) / (ABOUT * points)
        step = tier.step * next(each for each in (MINUTES if tier is Tier.MINUTE else HOURS) if each >= wanted)
        layers = []
        for of in (statistics.fmean, min, max):
            further = _rolled({at: _each(row, of) for at, row in rolled.items()}, step)
            times = _with_pauses(sorted(further))
            layers.append(_layer(further, times, of, names))
        return Frame(np.array(times), *layers, tier, step)

    def newest(self, owners: Sequence[SeriesOwner], names: Sequence[str]) -> dict[SeriesOwner, Sample]:
        oldest = (self.now() - FRESH).timestamp()
        found = {}
        for owner in owners:
            at = max(self.samples.get(owner, ()), default=0.0)
            if at > oldest:
                values = {key: value for key, value in self.samples[owner][at].items() if key.name in names}
                found[owner] = Sample(owner, at, values)
        return found

    def graphs(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedGraph]:
        own = sorted((each for each in self.graph_rows if each.job_id == job_id), key=lambda each: each.at)
        first = max(0, bisect_right([each.at for each in own], since) - 1)
        return [each for each in own[first:] if each.at <= until]

    def recorded_failures(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedFailure]:
        own = [each for each in self.failure_rows if each.job_id == job_id and since <= each.failure.at <= until]
        return sorted(own, key=lambda each: each.failure.at)

    def checkpoints(self, job_id: int, since: datetime, until: datetime) -> Sequence[Checkpoint]:
        own = [each for each in self.checkpoint_rows if each.job_id == job_id]
        timed = [(each.triggered_at, each) for each in own if each.triggered_at is not None]
        found = [each for at, each in sorted(timed, key=lambda pair: pair[0]) if since <= at <= until]
        for gap in (each for each in own if each.triggered_at is None):
            for place, each in enumerate(found):
                if each.flink_id != gap.flink_id:
                    continue
                if gap.checkpoint_id + gap.span == each.checkpoint_id:
                    found.insert(place, gap)
                    break
                if each.checkpoint_id + each.span == gap.checkpoint_id:
                    found.insert(place + 1, gap)
                    break
        return found

    def events(self, job_id: int, since: datetime, until: datetime) -> Sequence[Event]:
        timed = [(each.at, each) for each in self.event_rows if each.job_id == job_id and each.at is not None]
        return [each for at, each in sorted(timed, key=lambda pair: pair[0]) if since <= at <= until]

    def _within(self, owner: SeriesOwner, begin: float, end: float) -> list[tuple[float, Values]]:
        return sorted(pair for pair in self.samples.get(owner, {}).items() if begin <= pair[0] <= end)

    def _tier(self, rows: Rows, begin: float, points: int) -> Tier:
        counts = {tier: len(_rolled(rows, tier.step, begin)) for tier in (Tier.RAW, Tier.MINUTE)}
        first = begin // HOUR * HOUR
        for tier, most in ((Tier.RAW, ABOUT * points), (Tier.MINUTE, MANY * points)):
            kept = self._kept(tier, rows)
            coarser = self._kept(Tier.HOUR, rows)
            is_kept = kept <= first or not any(coarser <= at < kept for at in rows)
            if is_kept and counts[tier] <= most:
                return tier
        return Tier.HOUR

    def _kept(self, tier: Tier, rows: Rows) -> float:
        """From when on a tier is kept; of samples that came once a minute or more seldom nothing is rolled up."""
        times = sorted(rows)
        steps = [after - before for before, after in pairwise(times)]
        if tier is Tier.RAW and steps and statistics.median(steps) >= 54:
            tier = Tier.MINUTE
        return self.kept_from.get(tier, -math.inf)


def _identity(told: RecordedFailure) -> tuple[object, ...]:
    return (told.flink_id, told.failure.at, told.failure.task, told.failure.message)


def _rolled(rows: Rows, step: float, begin: float = -math.inf) -> Rows:
    """Of each step what each series had in it."""
    found: Rows = {}
    for at, row in sorted(rows.items()):
        if at < begin:
            continue
        own = found.setdefault(at // step * step if step else at, {})
        for key, values in row.items():
            own.setdefault(key, []).extend(values)
    return found


def _each(row: dict[SeriesKey, list[float]], of: Callable[[list[float]], float]) -> dict[SeriesKey, list[float]]:
    return {key: [of(values)] for key, values in row.items()}


def _layer(
    rows: Rows, times: list[float], of: Callable[[list[float]], float], names: Sequence[str] | None
) -> dict[SeriesKey, NDArray[np.float64]]:
    keys = sorted({key for row in rows.values() for key in row if names is None or key.name in names})
    return {
        key: np.array([of(rows[at][key]) if key in rows.get(at, {}) else math.nan for at in times]) for key in keys
    }


def _with_pauses(times: list[float]) -> list[float]:
    """With the moment one step after the last one before each pause."""
    steps = [after - before for before, after in pairwise(times)]
    if len(steps) < 2:
        return times
    over_all = statistics.median_low(steps)
    padded = [over_all] * 5 + steps + [over_all] * 5
    found = times[:1]
    for place, step in enumerate(steps):
        usual = max(statistics.median(padded[place : place + 5]), statistics.median(padded[place + 6 : place + 11]))
        if step > 2.5 * usual:
            found.append(found[-1] + usual)
        found.append(times[place + 1])
    return found
