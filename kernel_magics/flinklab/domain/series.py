"""Series: what was measured of a job or a cluster, over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SeriesKey(NamedTuple):
    """`part`: a vertex id, a TaskManager's id, `jobmanager`, or empty for the job or the cluster as a whole.

    `name`: one of `flinklab.telemetry.measures.MEASURES`, which has its unit and meaning.
    """

    part: str
    name: str


class SeriesOwner(NamedTuple):
    """A job (`job_id` of its row) or, with 0, the cluster itself."""

    team: str
    cluster: str
    job_id: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """All that was measured of one owner at one moment. `at`: seconds since 1970 (UTC). What was not known is left
    out: a rate after a restart, a metric that a vertex does not have."""

    owner: SeriesOwner
    at: float
    values: Mapping[SeriesKey, float]


class Tier(Enum):
    """How finely: as it was sampled, by the minute, by the hour. The value is what the database keeps."""

    RAW = 0
    MINUTE = 1
    HOUR = 2

    @property
    def step(self) -> float:
        """Seconds between two values; 0 where they came as they came."""
        return {Tier.RAW: 0.0, Tier.MINUTE: 60.0, Tier.HOUR: 3600.0}[self]


@dataclass(frozen=True, slots=True)
class Frame:
    """Series of one owner with one axis of time.

    `times`: seconds since 1970 (UTC), rising, shape (n,). `values`: by key, shape (n,), NaN where nothing was
    measured. Of a `MINUTE` or `HOUR` frame they are means over the step that begins at the time, and `lows` and
    `highs` the smallest and largest in it; of a `RAW` one those are empty. `step`: seconds between two values, a
    multiple of the tier's where it has many; 0 where they are as they came. A pause in the recording is a NaN in
    all series just after the last value before it, so that no line is drawn over it.
    """

    times: NDArray[np.float64]
    values: Mapping[SeriesKey, NDArray[np.float64]]
    lows: Mapping[SeriesKey, NDArray[np.float64]] = field(default_factory=dict)
    highs: Mapping[SeriesKey, NDArray[np.float64]] = field(default_factory=dict)
    tier: Tier = Tier.RAW
    step: float = 0.0

    @property
    def is_empty(self) -> bool:
        return len(self.times) == 0

    def parts(self, name: str) -> list[str]:
        """The parts of which there is a series of that name."""
        return [key.part for key in self.values if key.name == name]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept, in days."""

    raw: float = 1.0
    minutes: float = 30.0
    hours: float = 365.0
    checkpoints: float = 90.0  # those that are no restore points
    events: float = 365.0
