"""From which chunks a frame is made: by how long it is, how many values it may have, and what is still kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flinklab.domain.series import Tier

HOUR, DAY = 3600, 86400  # s: what a chunk holds, of the two finer tiers and of the coarsest one

_MANY = 1.25  # times the wanted values that are still about as many
_THINNED = 8  # times the wanted values that are read, and then rolled up
_MULTIPLES = {
    Tier.MINUTE: (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440),
    Tier.HOUR: (1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 168, 336, 672),
}


class Chunk(NamedTuple):
    """A row of `series_chunk` without its data. `start` in s."""

    tier: int
    start: int
    as_sampled: bool
    times: int


class Loose(NamedTuple):
    """Samples that are in no chunk: how many, and in how many different minutes."""

    times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Chunks to read, by the tier that they are kept in."""

    tier: Tier
    starts: dict[int, list[int]]


def plan(chunks: Sequence[Chunk], loose: Loose, since: float, until: float, points: int) -> Plan:
    """`chunks`: of the whole days in which the time from `since` to `until` (s) lies."""
    first = int(since // HOUR) * HOUR
    raw = [each for each in chunks if each.as_sampled or each.tier == Tier.RAW.value]
    minutes = [each for each in chunks if each.tier == Tier.MINUTE.value]
    hours = [each for each in chunks if each.tier == Tier.HOUR.value]

    def within(some: Sequence[Chunk], length: int) -> list[Chunk]:
        return [each for each in some if since - length < each.start <= until]

    if _reaches_back(raw, minutes, first) and _covers(minutes, hours, first):
        chosen = within(raw, HOUR)
        if sum(each.times for each in chosen) + loose.times <= _MANY * points:
            return Plan(Tier.RAW, _by_tier(chosen))
    if _covers(minutes, hours, first):
        chosen = within(minutes, HOUR)
        if sum(each.times for each in chosen) + loose.minutes <= _THINNED * points:
            return Plan(Tier.MINUTE, _by_tier(chosen))
    return Plan(Tier.HOUR, _by_tier(within(hours, DAY)))


def step(tier: Tier, times: int, points: int) -> float:
    """The step (s) in which about `points` are left of `times` values of a tier."""
    if tier is Tier.RAW:
        return 0.0
    multiples = _MULTIPLES[tier]
    wanted = times / (_MANY * points)
    return tier.step * next((each for each in multiples if each >= wanted), multiples[-1])


def _by_tier(chunks: Sequence[Chunk]) -> dict[int, list[int]]:
    starts: dict[int, list[int]] = {}
    for each in chunks:
        starts.setdefault(each.tier, []).append(each.start)
    return starts


def _reaches_back(finer: Sequence[Chunk], coarser: Sequence[Chunk], first: int) -> bool:
    """Whether the finer tier is kept from `first` on, or for as long as the coarser one; both of hours."""
    if not coarser or not finer:
        return not coarser
    oldest = min(each.start for each in finer)
    return oldest <= first or oldest <= min(each.start for each in coarser)


def _covers(minutes: Sequence[Chunk], hours: Sequence[Chunk], first: int) -> bool:
    """Whether of each hour from `first` on that the days' chunks know there are the minutes."""
    if not minutes or not hours:
        return not hours
    oldest = min(each.start for each in minutes)
    day = oldest - oldest % DAY
    before = [each for each in hours if each.start < day]
    known = sum(each.times for each in hours if each.start == day)
    of_day = sum(1 for each in minutes if each.start < day + DAY)
    return oldest <= first or (not before and known <= of_day)
