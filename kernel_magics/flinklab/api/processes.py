"""The processes of a cluster that a person looks into: which ones, and all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flinklab.domain.errors import ConnectionFailedError, UsageError
from flinklab.domain.text import count, one_line, suggest
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.session.aside import aside

if TYPE_CHECKING:
    from flinklab.api.looking import Subject

T = TypeVar("T")

_MOST = 10
"""Processes at once: each of them sends all of its log."""

_LONGEST = 120.0  # s until a process counts as silent: Flink copies the file of a TaskManager first


@dataclass(frozen=True, slots=True)
class Processes:
    """`names`: `jobmanager` and ids of TaskManagers; `notes`: which ones are left out, and how to see them."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def processes_of(subject: Subject, process: str | None = None, *, command: str = "logs") -> Processes:
    """Those of a cluster, or those that a job runs on. `process`: only this one, by its name or the end of it.

    Raises `UsageError` for one that there is not, `ConnectionFailedError`.
    """
    machines = subject.monitoring.machines()
    ids = [each.id for each in machines]
    if process is not None:
        return Processes((_one(process, ids),))
    if subject.flink_id is None:
        return _bounded([JOBMANAGER, *ids], [], command)
    here = [each.id for each in machines if subject.flink_id in each.jobs]
    if not here:
        note = [f"{subject.title} runs on no TaskManager now: all of them are shown"] if ids else []
        return _bounded([JOBMANAGER, *ids], note, command)
    others = len(ids) - len(here)
    where = f"%flink {command} {subject.cluster.name}" if subject.cluster is not None else f"%flink {command}"
    note = [f"{count(others, 'TaskManager')} on which it does not run left out: `{where}` shows all"]
    return _bounded([JOBMANAGER, *here], note if others else [], command)


def _bounded(names: list[str], notes: list[str], command: str) -> Processes:
    if len(names) > _MOST:
        more = (
            f"{count(len(names) - _MOST, 'process')} more not looked at: `%flink {command} ... --process` names one"
        )
        notes = [*notes, more]
    return Processes(tuple(names[:_MOST]), tuple(notes))


def _one(process: str, ids: Sequence[str]) -> str:
    if process.lower() in (JOBMANAGER, "jm"):
        return JOBMANAGER
    found = [each for each in ids if each == process] or [each for each in ids if each.endswith(process)]
    if len(found) == 1:
        return found[0]
    known = [JOBMANAGER, *ids]
    close = suggest(process, known)
    names = ", ".join(known[:_MOST]) + (", ..." if len(known) > _MOST else "")
    hint = f"did you mean {close}?" if close and not found else f"there are {names}"
    wrong = "is more than one process" if found else "is no process of this cluster"
    raise UsageError(f"{one_line(process, 60)!r} {wrong}", hint=hint)


def ask_all(names: Sequence[str], ask: Callable[[str], T]) -> tuple[dict[str, T], list[str]]:
    """What each of them answers, asked at the same time, and a line for each that does not.

    Raises the first one's `ConnectionFailedError` when none does.
    """
    pending = {name: aside(lambda name=name: ask(name)) for name in names}  # type: ignore[misc]
    found: dict[str, T] = {}
    errors: dict[str, ConnectionFailedError] = {}
    silent: list[str] = []
    for name, each in pending.items():
        try:
            found[name] = each.result(_LONGEST)
        except ConnectionFailedError as error:
            errors[name] = error
        except FutureTimeoutError:
            silent.append(f"{name} did not answer within {_LONGEST:.0f} s")
    if errors and not found and not silent:
        raise next(iter(errors.values()))
    return found, [*(f"{name}: {error.message}" for name, error in errors.items()), *silent]
