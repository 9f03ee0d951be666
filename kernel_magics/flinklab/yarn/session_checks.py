"""What can be known to fail before hundreds of MB are uploaded. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flinklab.domain.errors import UsageError, YarnRefusedError
from flinklab.domain.memory import memory, parse_memory
from flinklab.domain.yarn import Application, Queue, YarnInfo
from flinklab.yarn.queue_words import find_queue, queue_names
from flinklab.yarn.session_config import memory_of


def check_name(name: str, applications: Sequence[Application]) -> None:
    """Raises `YarnRefusedError` while a Flink application of that name lives: it would be taken for this one."""
    taken = [each for each in applications if each.is_flink and each.name == name and not each.state.is_over]
    if taken:
        first = taken[0]
        raise YarnRefusedError(
            f"a Flink application called {name} is there already: {first.id} of {first.user}, {first.state.value}",
            hint=f"use it (`%flink connect {name}`), stop it, or choose another name",
        )


def check_queue(name: str, queues: Sequence[Queue]) -> None:
    """Raises `YarnRefusedError` for a queue that is not there or takes nothing."""
    queue = find_queue(queues, name)
    if queue is None and name and queues:
        raise YarnRefusedError(f"there is no queue {name}", hint=queue_names(queues, name))
    if queue is not None and not queue.is_running:
        raise YarnRefusedError(f"queue {queue.path} is stopped: it takes no applications", hint=queue_names(queues))


def check_room(config: Mapping[str, str], queue: Queue | None, info: YarnInfo) -> None:
    """Raises `YarnRefusedError` for a process that is larger than any container may be, or when no node is up."""
    if not info.nodes:
        raise YarnRefusedError(
            "no node of this YARN is up and healthy",
            hint="the NodeManagers' pages say why: mostly a disk that is nearly full",
        )
    largest = queue.largest_memory if queue is not None else None
    for process, title, flag in (
        ("jobmanager", "JobManager", "--jm-memory"),
        ("taskmanager", "TaskManager", "--tm-memory"),
    ):
        text = memory_of(config, process)
        try:
            wanted = parse_memory(text)
        except UsageError:  # Flink's own ways of writing it are for Flink to judge
            continue
        if largest is not None and wanted > largest:
            raise YarnRefusedError(
                f"a {title} of {memory(wanted)} is larger than a container of this YARN may be: {memory(largest)}",
                hint=f"give it at most {flag} {largest}m, or raise yarn.scheduler.maximum-allocation-mb",
            )
