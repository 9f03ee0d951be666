"""What to say of a queue, and of an application that waits in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flinklab.domain.memory import memory
from flinklab.domain.text import count, one_line, suggest
from flinklab.domain.yarn import Application, Queue

_MOST_NAMED = 12
_SAID = 160  # characters of YARN's own words
# "[Sat Nov 21 22:40:39 +0000 2026] Application is Activated, waiting ... for AM.  Details : AM Partition = ..."
_WHY = re.compile(r"\s*(?:\[[^\]]*\]\s*)?(?P<why>.*?)\s*(?:Details\s*:.*)?", re.DOTALL)


def find_queue(queues: Iterable[Queue], name: str) -> Queue | None:
    """By its whole path or its last part, as the schedulers take it; the default one for an empty name."""
    wanted = name or "default"
    listed = list(queues)
    by_path = next((queue for queue in listed if queue.path == wanted), None)
    return by_path or next((queue for queue in listed if queue.name == wanted), None)


def queue_names(queues: Sequence[Queue], wrong: str = "") -> str:
    """The hint that goes with a queue that there is not: what was meant, and what there is."""
    names = [queue.name if _is_one(queue, queues) else queue.path for queue in queues]
    close = suggest(wrong, names) if wrong else None
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    there = f"there are {', '.join(names[:_MOST_NAMED])}{more}"
    return f"did you mean {close}? {there}" if close else there


def in_numbers(queue: Queue) -> str:
    """`queue etl uses 3.9 GiB of 4 GiB (97 % of its own capacity), 2 applications wait`."""
    most = f" of at most {memory(queue.memory_max)}" if queue.memory_max else ""
    share = f" ({percent(queue.used)} of its own capacity)" if queue.used is not None else ""
    waits = f"{count(queue.waiting, 'application')} {'waits' if queue.waiting == 1 else 'wait'}"
    parts = [f"queue {queue.name} uses {memory(queue.memory_used)}{most}{share}", waits]
    if queue.pending:
        parts.append(f"{count(queue.pending, 'container')} {'is' if queue.pending == 1 else 'are'} waited for")
    return ", ".join(parts)


def waiting(application: Application, queue: Queue | None) -> str:
    """Why an application has not begun, as far as YARN tells: the queue's numbers, and its own words."""
    if application.containers:  # it has what it waited for
        return f"{application.id} has its container; its JobManager is starting"
    found = _WHY.fullmatch(application.diagnostics)
    why = one_line(found["why"], _SAID) if found is not None else ""
    numbers = in_numbers(queue) if queue is not None else f"queue {application.queue}"
    return f"{application.id} waits: {numbers}" + (f"; YARN says: {why}" if why else "")


def percent(share: float | None) -> str:
    """`25 %`; empty for what is not known."""
    return "" if share is None else f"{share * 100:.0f} %"


def _is_one(queue: Queue, queues: Sequence[Queue]) -> bool:
    return sum(each.name == queue.name for each in queues) == 1
