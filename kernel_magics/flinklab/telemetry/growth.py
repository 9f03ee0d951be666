"""How fast something grows, whatever teeth the saw has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 300  # points that are looked at: their pairs are all taken
_LEAST = 5
_APART = 1 / 3
_WIDE = 5  # points whose median stands for the one in their middle
_TEETH = 4
_DEEP = 0.5  # of the deepest fall


class Growth(NamedTuple):
    """`slope`: a second; the line is at `level` at the time `at`. `share`: how much of all changes between points
    that are far from each other are rises."""

    slope: float
    at: float
    level: float
    share: float

    def value(self, time: float) -> float:
        return self.level + self.slope * (time - self.at)


def growth(times: NDArray[np.float64], values: NDArray[np.float64]) -> Growth | None:
    """The median slope of all pairs of points that are at least a third of the whole time apart; None for less
    than five points. Of a saw with four teeth or more only the points count at which it begins to rise anew: what
    stays after each compaction is what grows, however high the teeth are and wherever the time cuts them.

    After Theil (1950) and Sen, "Estimates of the regression coefficient based on Kendall's tau" (1968): up to 29 %
    of the points may be anything. Pairs close to each other are left out, since between two compactions of RocksDB
    all of them rise although nothing grows.
    """
    import numpy as np

    there = np.isfinite(values) & np.isfinite(times)
    x, y = times[there], values[there]
    if len(x) < _LEAST or x[-1] <= x[0]:
        return None
    slopes = _slopes(*(_bottoms(x, y) or (x, y)))
    slope, middle = float(np.median(slopes)), float(np.median(x))
    level = float(np.median(y - slope * (x - middle)))
    return Growth(slope, middle, level, float(np.mean(slopes > 0)))


def _slopes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    if len(x) > _MOST:
        chosen = np.linspace(0, len(x) - 1, _MOST).astype(np.intp)
        x, y = x[chosen], y[chosen]
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] - x[first]
    far = apart >= (x[-1] - x[0]) * _APART
    found: NDArray[np.float64] = (y[second] - y[first])[far] / apart[far]
    return found


def _bottoms(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The ends of the deep falls, of values without single ones that stand out; None where they are few."""
    import numpy as np

    if len(y) < _WIDE + _TEETH:
        return None
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(y, _WIDE), axis=1)
    falls = np.concatenate([[False], np.diff(smooth) < 0, [False]])
    turns = np.flatnonzero(np.diff(falls.astype(np.int8)))
    tops, ends = turns[::2], turns[1::2]
    depths = smooth[tops] - smooth[ends]
    deep = ends[depths >= _DEEP * depths.max(initial=0.0)]
    deep = deep[deep < len(smooth) - 1]  # it may still fall
    if len(deep) < _TEETH:
        return None
    return x[_WIDE // 2 : -(_WIDE // 2)][deep], smooth[deep]
