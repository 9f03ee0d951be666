"""Series of several owners as one frame, a part for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flinklab.domain.series import Frame, SeriesKey


def worst_of(frames: Mapping[str, Frame], names: Sequence[str], step: float = 60.0) -> Frame:
    """Of each frame and name the largest of all parts, on an axis that all of them share: the largest in each step
    (s), NaN where there is none. The parts are the keys of `frames`."""
    import numpy as np

    there = {part: frame for part, frame in frames.items() if not frame.is_empty}
    if not there:
        return Frame(np.array([]), {})
    slots = {part: np.floor(frame.times / step).astype(np.int64) for part, frame in there.items()}
    first, last = min(each[0] for each in slots.values()), max(each[-1] for each in slots.values())
    times = np.arange(first, last + 1) * step
    values = {}
    for part, frame in there.items():
        for name in names:
            mine = [frame.values[key] for key in frame.values if key.name == name]
            if mine:
                found = np.full(len(times), -np.inf)
                np.maximum.at(
                    found, slots[part] - first, np.fmax.reduce([np.nan_to_num(each, nan=-np.inf) for each in mine])
                )
                values[SeriesKey(part, name)] = np.where(np.isneginf(found), np.nan, found)
    return Frame(times, values)
