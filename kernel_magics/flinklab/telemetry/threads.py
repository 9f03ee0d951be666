"""Thread dumps by what the threads do: equal stacks once, the threads of tasks first.

The texts are those of Java's `ThreadInfo.toString`, as Flink's `ThreadDumpInfo` has them (1.17 to 2.3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from flinklab.domain.monitoring import ThreadStack

_STATE = re.compile(r"Id=\d+\s+(?P<state>[A-Z_]+)(?P<rest>.*)")
_OWNER = re.compile(r'owned by (?P<owner>".*?" Id=\d+)')
_IDENTITY = re.compile(r"@[0-9a-f]+\b(?![./])")  # of an object; `java.base@17.0.15/` is a module
# `vertex (sub-task/of)#attempt`; a source of the old kind has a thread of its own beside the task's.
_TASK = re.compile(r"\A(?:Legacy Source Thread - )?(?P<vertex>.+) \(\d+/\d+\)#\d+\Z")
_BESIDE = re.compile(r"\A(?:OutputFlusher for|(?:System )?Time Trigger for|Channel state writer) ")
_STATES = ("BLOCKED", "RUNNABLE")


@dataclass(frozen=True, slots=True)
class ThreadGroup:
    """Threads with one stack in one state. `threads`: process and name of each; `owner`: who holds what they wait
    for; `is_task`: threads in which tasks run."""

    state: str
    stack: str
    threads: tuple[tuple[str, str], ...]
    owner: str = ""
    is_task: bool = False


def vertex_of_thread(name: str) -> str:
    """The vertex whose task runs in a thread; empty for another thread."""
    found = _TASK.match(name) if not _BESIDE.match(name) else None
    return found["vertex"] if found is not None else ""


def of_other_jobs(threads: Iterable[ThreadStack], vertices: Collection[str]) -> frozenset[str]:
    """The names of those in which tasks of none of these vertices run. `vertices` by their Flink names."""
    names = {each.name for each in threads}
    return frozenset(name for name in names if vertex_of_thread(name) and vertex_of_thread(name) not in vertices)


def grouped_threads(
    dumps: Mapping[str, Iterable[ThreadStack]], pattern: re.Pattern[str] | None = None
) -> list[ThreadGroup]:
    """Of the processes' threads. `pattern`: only stacks in which it is found, or in a thread's name."""
    found: dict[tuple[bool, str, str, str], list[tuple[str, str]]] = {}
    for process, threads in dumps.items():
        for each in threads:
            if pattern is None or pattern.search(each.name) or pattern.search(each.stack):
                state, owner, stack = _read(each)
                key = (bool(vertex_of_thread(each.name)), state, stack, owner)
                found.setdefault(key, []).append((process, each.name))
    groups = [
        ThreadGroup(state, stack, tuple(threads), owner, is_task)
        for (is_task, state, stack, owner), threads in found.items()
    ]
    return sorted(groups, key=_order)


def _order(group: ThreadGroup) -> tuple[bool, int, int, str]:
    rank = _STATES.index(group.state) if group.state in _STATES else len(_STATES)
    return not group.is_task, rank, -len(group.threads), group.threads[0][1]


def _read(thread: ThreadStack) -> tuple[str, str, str]:
    """State, owner of the lock, and stack without what is another one each time."""
    head, _, frames = thread.stack.partition("\n")
    found = _STATE.search(head.removeprefix(f'"{thread.name}"'))
    if found is None:
        return "", "", _IDENTITY.sub("", thread.stack).strip()
    owner = _OWNER.search(found["rest"])
    lines = (line.strip() for line in _IDENTITY.sub("", frames).splitlines())
    return found["state"], owner["owner"] if owner else "", "\n".join(line for line in lines if line)
