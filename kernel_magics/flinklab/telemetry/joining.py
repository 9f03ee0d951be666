"""Series of several owners as one frame, a part for each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from flinklab.domain.series import Frame, SeriesKey

_SHORTEST = 60.0  # s


def worst_of(frames: Mapping[str, Frame], names: Sequence[str]) -> Frame:
    """Of each frame and name the largest of all parts, on an axis that all of them share: the largest in each step,
    NaN where there is none. The parts are the keys of `frames`.

    A step is a minute, or so long that each one has a value of every frame where nothing is missing.
    """
    import numpy as np

    there = {part: frame for part, frame in frames.items() if not frame.is_empty}
    if not there:
        return Frame(np.array([]), {})
    step = max(map(_step, there.values()))
    slots = {part: np.floor(frame.times / step).astype(np.int64) for part, frame in there.items()}
    first, last = min(each[0] for each in slots.values()), max(each[-1] for each in slots.values())
    times = np.arange(first, last + 1) * step
    values = {}
    for part, frame in there.items():
        for name in names:
            mine = [frame.highs.get(key, each) for key, each in frame.values.items() if key.name == name]
            if mine:
                found = np.full(len(times), -np.inf)
                np.maximum.at(
                    found, slots[part] - first, np.fmax.reduce([np.nan_to_num(each, nan=-np.inf) for each in mine])
                )
                values[SeriesKey(part, name)] = np.where(np.isneginf(found), np.nan, found)
    return Frame(times, values, step=step)


def _step(frame: Frame) -> float:
    import numpy as np

    if frame.step or len(frame.times) < 2:
        return max(frame.step, _SHORTEST)
    pause = float(np.median(np.diff(frame.times)))  # samples come a little late at times
    return max(_SHORTEST, math.ceil(1.5 * pause / _SHORTEST) * _SHORTEST)
