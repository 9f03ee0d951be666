"""What is done to blocks of series on their way into the database and out of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from flinklab.catalog import series_plan
from flinklab.catalog.series_codec import Block, Numbers
from flinklab.domain.series import Frame, Sample, SeriesKey, Tier

Ints = NDArray[np.int64]

_PAUSE = 2.5  # times the usual step
_AROUND = 5  # steps before and after a place, of which the usual one is


def of_sample(sample: Sample) -> Block:
    """Keys in one order, however they came: what is alike is packed alike."""
    keys = tuple(sorted(sample.values))
    with np.errstate(over="ignore"):
        values = np.array([[sample.values[key]] for key in keys], np.float64).reshape(-1, 1).astype(np.float32)
    return Block(np.array([round(sample.at * 1000)], np.int64), keys, values)


def joined(blocks: Sequence[Block], names: Collection[str] | None = None) -> Block:
    """One block of all, by time; of these names, or of all. Of two with one time the later in `blocks` holds."""
    # Asked for each layout, of which there are few, not for each block.
    layouts = {block.keys: None for block in blocks}
    wanted = {key for keys in layouts for key in keys if names is None or key.name in names}
    keys = tuple(sorted(wanted))
    row = {key: number for number, key in enumerate(keys)}
    to = {
        layout: (
            np.array([row[key] for key in layout if key in row], np.intp),
            np.array([number for number, key in enumerate(layout) if key in row], np.intp),
        )
        for layout in layouts
    }
    times = np.fromiter(chain.from_iterable(block.times.tolist() for block in blocks), np.int64)
    is_rolled = any(block.lows is not None for block in blocks)
    layers = [np.full((len(keys), len(times)), np.nan, np.float32) for _ in range(3 if is_rolled else 1)]
    begin = 0
    for block in blocks:
        end = begin + len(block.times)
        rows, own = to[block.keys]
        for layer, numbers in zip(layers, (block.values, block.lows, block.highs), strict=False):
            layer[rows, begin:end] = (block.values if numbers is None else numbers)[own]
        begin = end
    return _by_time(Block(times, keys, *layers))


def _by_time(block: Block) -> Block:
    times = block.times
    if np.all(times[1:] > times[:-1]):
        return block
    order = np.argsort(times, kind="stable")
    last = np.append(times[order][1:] != times[order][:-1], True)
    return picked(block, order[last])


def picked(block: Block, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Block:
    """Those of its times."""
    lows = None if block.lows is None else block.lows[:, which]
    highs = None if block.highs is None else block.highs[:, which]
    return Block(block.times[which], block.keys, block.values[:, which], lows, highs)


def between(block: Block, since: int, until: int) -> Block:
    """Of the times from `since` to `until` (ms), both included."""
    begin, end = np.searchsorted(block.times, since), np.searchsorted(block.times, until, "right")
    return picked(block, slice(int(begin), int(end)))


def is_sparse(block: Block, step: float) -> bool:
    """Whether it has hardly more than one time in a `step` (s): to roll it up would leave it as it is."""
    times = block.times
    return len(times) < 2 or bool(np.median(np.diff(times)) >= 900 * step)


def rolled(block: Block, step: float) -> Block:
    """Mean, low and high in each `step` (s), which begin at its multiples."""
    width = round(step * 1000)
    bucket = block.times // width
    starts = np.flatnonzero(np.diff(bucket, prepend=-1)) if len(bucket) else np.empty(0, np.intp)
    lows = block.values if block.lows is None else block.lows
    highs = block.values if block.highs is None else block.highs
    if not len(starts) or not block.keys:
        return Block(bucket[starts] * width, block.keys, *(each[:, starts] for each in (block.values, lows, highs)))
    is_there = ~np.isnan(block.values)
    sums = np.add.reduceat(np.where(is_there, block.values, 0).astype(np.float64), starts, axis=1)
    counts = np.add.reduceat(is_there.astype(np.int64), starts, axis=1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        means = (sums / counts).astype(np.float32)
    return Block(
        bucket[starts] * width,
        block.keys,
        means,
        np.fmin.reduceat(lows, starts, axis=1),
        np.fmax.reduceat(highs, starts, axis=1),
    )


def with_pauses(block: Block) -> Block:
    """A NaN in all series one step after the last value before each pause in the recording."""
    steps = np.diff(block.times)
    if len(steps) < 2:
        return block
    usual = _usual(steps)
    places = np.flatnonzero(steps > _PAUSE * usual)
    if not len(places):
        return block
    times = np.insert(block.times, places + 1, block.times[places] + usual[places].astype(np.int64))

    def insert(layer: Numbers) -> Numbers:
        return np.insert(layer, places + 1, np.float32(np.nan), axis=1)

    lows = None if block.lows is None else insert(block.lows)
    highs = None if block.highs is None else insert(block.highs)
    return Block(times, block.keys, insert(block.values), lows, highs)


def _usual(steps: Ints) -> NDArray[np.float64]:
    """The usual step around each: how often is sampled may have been changed, which is no pause."""
    over_all = np.quantile(steps, 0.5, method="lower")
    padded = np.pad(steps, _AROUND, constant_values=over_all)
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, _AROUND), axis=1)
    # The window of the steps before place i begins at i, the one of those after it at i + _AROUND + 1.
    found: NDArray[np.float64] = np.maximum(medians[: len(steps)], medians[_AROUND + 1 :])
    return found


def frame(
    blocks: Sequence[Block], tier: Tier, span: tuple[float, float], names: Collection[str] | None, points: int
) -> Frame:
    """What `blocks` have of the time from `span[0]` to `span[1]` (s), in a tier with about `points` values."""
    since, until = (round(each * 1000) for each in span)
    block = joined(blocks, names)
    if tier is not Tier.RAW:
        # What came more seldom than the tier's step is in some of its chunks as it came.
        block = rolled(block, tier.step)
        block = between(block, since - round(tier.step * 1000) + 1, until)
    else:
        block = between(block, since, until)
    step = series_plan.step(tier, len(block.times), points)
    if step > tier.step:
        block = rolled(block, step)
    block = with_pauses(block)

    def by_key(layer: Numbers | None) -> dict[SeriesKey, NDArray[np.float64]]:
        return {} if layer is None else dict(zip(block.keys, layer.astype(np.float64), strict=True))

    return Frame(block.times / 1000, by_key(block.values), by_key(block.lows), by_key(block.highs), tier, step)
