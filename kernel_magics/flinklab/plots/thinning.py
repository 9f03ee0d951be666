"""Fewer points than were measured, the smallest and largest among them, no line over a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def kept(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Indices, rising, of the points that are drawn of `values` (shape (n,), NaN where nothing is).

    All of them up to `most`. Of more, in each of `most / 2` stretches the smallest and the largest, the ends of
    the whole, and a NaN wherever there is one between two of those: at most about `2 * most`.
    """
    import numpy as np

    count = len(values)
    if count <= most:
        return np.arange(count)
    starts = np.unique(np.linspace(0, count, max(most // 2, 1), endpoint=False).astype(np.intp))
    missing = np.isnan(values)
    stretch = np.zeros(count, dtype=np.intp)
    stretch[starts[1:]] = 1
    stretch = np.cumsum(stretch)
    # Within a stretch from the smallest to the largest, what is missing first.
    order = np.lexsort((np.where(missing, -np.inf, values), stretch))
    ends = np.append(starts[1:], count) - 1
    gaps = np.add.reduceat(missing.astype(np.intp), starts)
    lowest = order[np.minimum(starts + gaps, ends)]
    chosen = np.unique(np.concatenate([lowest, order[ends], [0, count - 1]]))
    return _with_gaps(chosen, missing)


def worst(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Indices, rising, of at most `most` values: of each stretch the largest. NaN counts as the smallest."""
    import numpy as np

    count = len(values)
    if count <= most:
        return np.arange(count)
    starts = np.unique(np.linspace(0, count, most, endpoint=False).astype(np.intp))
    stretch = np.zeros(count, dtype=np.intp)
    stretch[starts[1:]] = 1
    order = np.lexsort((np.where(np.isnan(values), -np.inf, values), np.cumsum(stretch)))
    chosen: NDArray[np.intp] = np.sort(order[np.append(starts[1:], count) - 1])
    return chosen


def _with_gaps(chosen: NDArray[np.intp], missing: NDArray[np.bool_]) -> NDArray[np.intp]:
    import numpy as np

    count = len(missing)
    places = np.where(missing, np.arange(count), count)
    next_gap = np.minimum.accumulate(places[::-1])[::-1]  # the first NaN from here on
    between = next_gap[np.minimum(chosen[:-1] + 1, count - 1)]
    both: NDArray[np.intp] = np.unique(np.concatenate([chosen, between[between < chosen[1:]]]))
    return both
