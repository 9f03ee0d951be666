"""How one call runs its statements. Nothing of it stays behind on the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flinklab.domain.errors import UsageError
from flinklab.results.table import Mode


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Budgets and settings of one call.

    `limit` rows and `timeout` seconds are budgets: reaching one ends the query, says so and keeps the rows.
    `rows_kept` bounds the rows in memory (None: all of them). `config` goes with each statement of this call
    only. `environment` is where `${name}` come from, None for the session's. `force` changes what is shared
    although it breaks what uses it. `mode` may be given by its name. Raises `UsageError`.
    """

    mode: Mode = Mode.AUTO
    limit: int | None = None
    timeout: float | None = None
    rows_kept: int | None = 10_000
    batch: bool = False
    parallelism: int | None = None
    max_parallelism: int | None = None
    name: str | None = None
    from_savepoint: str | None = None
    environment: str | None = None
    force: bool = False
    config: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "mode", Mode(self.mode))
        except ValueError:
            names = ", ".join(mode.value for mode in Mode)
            raise UsageError(f"there is no mode {self.mode!r}", hint=f"the modes are {names}") from None
        for name in ("limit", "timeout", "rows_kept", "parallelism", "max_parallelism"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise UsageError(f"{name} is {value}", hint="it must be more than 0, or None")

    def execution_config(self) -> dict[str, str]:
        """The gateway's `executionConfig` for a statement of this call."""
        config = dict(self.config)
        if self.batch:
            config["execution.runtime-mode"] = "batch"
        if self.parallelism is not None:
            config["parallelism.default"] = str(self.parallelism)
        if self.max_parallelism is not None:
            config["pipeline.max-parallelism"] = str(self.max_parallelism)
        if self.name is not None:
            config["pipeline.name"] = self.name
        if self.from_savepoint is not None:
            config["execution.state-recovery.path"] = self.from_savepoint
        return config
