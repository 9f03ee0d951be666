"""How fast something grows, whatever teeth the saw has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 300  # points that are looked at: their pairs are all taken
_LEAST = 5
_APART = 1 / 3


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
    than five points.

    After Theil (1950) and Sen, "Estimates of the regression coefficient based on Kendall's tau" (1968): up to 29 %
    of the points may be anything. Pairs close to each other are left out, since between two compactions of RocksDB
    all of them rise although nothing grows.
    """
    import numpy as np

    there = np.isfinite(values) & np.isfinite(times)
    x, y = times[there], values[there]
    if len(x) < _LEAST or x[-1] <= x[0]:
        return None
    if len(x) > _MOST:
        chosen = np.linspace(0, len(x) - 1, _MOST).astype(np.intp)
        x, y = x[chosen], y[chosen]
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] - x[first]
    far = apart >= (x[-1] - x[0]) * _APART
    slopes = (y[second] - y[first])[far] / apart[far]
    slope, middle = float(np.median(slopes)), float(np.median(x))
    level = float(np.median(y - slope * (x - middle)))
    return Growth(slope, middle, level, float(np.mean(slopes > 0)))
