"""What a lab is to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import msgspec

from flinklab.domain.errors import UsageError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LEAST_MEMORY = 1024


class QueueShare(msgspec.Struct, frozen=True):
    """A leaf queue right under root: what it is given of the node, and what it may grow to (both in percent)."""

    name: str
    capacity: float
    most: float = 100.0


# `full` is too small for any container: what is submitted to it waits for ever.
_QUEUES = (QueueShare("default", 63), QueueShare("etl", 36), QueueShare("full", 1, most=1))


@dataclass(frozen=True, slots=True)
class LabOptions:
    """`memory` in MiB is what the node offers (nothing is reserved), `vcores` likewise.

    `ha`: two ResourceManagers, of which one is active. `zookeeper`: one for Flink's high availability; `ha` has one
    in any case.
    """

    memory: int = 6144
    vcores: int = 16
    queues: tuple[QueueShare, ...] = field(default=_QUEUES)
    ha: bool = False
    zookeeper: bool = False

    def __post_init__(self) -> None:
        if self.memory < _LEAST_MEMORY:
            raise UsageError(f"the node's memory must be at least {_LEAST_MEMORY} MiB, not {self.memory} MiB")
        if self.vcores < 1:
            raise UsageError(f"the node's vcores must be at least 1, not {self.vcores}")
        names = [queue.name for queue in self.queues]
        if len(set(names)) != len(names):
            raise UsageError(f"a queue is named twice: {', '.join(names)}")
        total = sum(queue.capacity for queue in self.queues)
        if abs(total - 100) > 0.01:
            raise UsageError(f"the queues have {total:g} % together, not 100 %", hint="as in etl:50,default:50")

    @property
    def has_zookeeper(self) -> bool:
        return self.zookeeper or self.ha


def parse_queues(text: str) -> tuple[QueueShare, ...]:
    """`NAME:PERCENT[:MOST]` with commas between them; the percents are 100 together."""
    return tuple(_parse_queue(part.strip()) for part in text.split(","))


def _parse_queue(text: str) -> QueueShare:
    name, *shares = text.split(":")
    try:
        numbers = [float(share.rstrip("%")) for share in shares]
    except ValueError:
        numbers = []
    good = _NAME.fullmatch(name) and 1 <= len(numbers) <= 2 and all(0 < number <= 100 for number in numbers)
    if not good or numbers[0] > numbers[-1]:
        raise UsageError(
            f"not a queue: {text!r}", hint="write NAME:PERCENT or NAME:PERCENT:MOST, as in etl:50,default:50"
        )
    return QueueShare(name, *numbers)
