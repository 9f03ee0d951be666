"""How long to wait before a process that died is started again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """`first` seconds, doubled at each death up to `most`; back to `first` once it has lived `calm` seconds."""

    first: float = 0.5
    most: float = 30.0
    calm: float = 60.0
    _next: float = field(init=False)

    def __post_init__(self) -> None:
        self._next = self.first

    def after(self, lived: float) -> float:
        """The wait (seconds) after a process that lived `lived` seconds."""
        wait = self.first if lived >= self.calm else self._next
        self._next = min(self.most, 2 * wait)
        return wait
