"""How a job runs, and how it is kept alive. Times in seconds; the defaults are a careful operator's."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deployment:
    """What can change without a new version. `config` wins over the version's, `parallelism` over both.

    `backend`: `hashmap`, `rocksdb`, or empty for what the cluster has.
    """

    parallelism: int | None = None
    config: dict[str, str] = field(default_factory=dict)
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """`restarts` in `restart_window`, each after `restart_delay` doubled every time up to `restart_delay_max`;
    counted from zero again after `stable_after` of running with a checkpoint completed.

    `prove_within`: a redeployed job must run and complete a checkpoint in this time, else what ran before comes
    back.
    `stop_within`: after this time a stop is said to be late; it is never given up by itself.
    `savepoint_every`: None for no savepoints by the clock. `keep_points` of the newest restore points, and all that
    are younger than `keep_for`; the newest valid one is never deleted.
    `unreachable_after`: how long a silent cluster is taken for a hiccup.
    """

    restarts: int = 5
    restart_window: float = 1800.0
    restart_delay: float = 10.0
    restart_delay_max: float = 300.0
    stable_after: float = 600.0
    prove_within: float = 300.0
    stop_within: float = 600.0
    savepoint_every: float | None = None
    keep_points: int = 5
    keep_for: float = 7 * 86400.0
    unreachable_after: float = 30.0
