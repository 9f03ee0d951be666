"""What may be asked of a job as it is now. A wrong order is refused before anything is recorded."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flinklab.domain.errors import CommandRefusedError, UsageError
from flinklab.domain.ids import CommandId
from flinklab.domain.jobs import Attempt, Command, CommandKind, Managed, ManagedState, RestoreMode
from flinklab.domain.text import one_line
from flinklab.jobs.wanting import in_the_end, runs

KEEP, DROP = "keep", "drop"
"""A person's word on state of which it is not known whether it fits: take it over, or start without any."""
DELETE_POINTS = "delete"
BACKENDS = ("hashmap", "rocksdb")
_FLINK_ID = re.compile(r"[0-9a-f]{32}")
_MAX_PARALLELISM = 32768  # Flink's KeyGroupRangeAssignment.UPPER_BOUND_MAX_PARALLELISM


def order(managed: Managed, kind: CommandKind, arguments: Mapping[str, Any], *, why: str = "") -> Command:
    """A new command, ready to be recorded.

    Raises `CommandRefusedError` where the job as it is now, or will be after what was asked before, does not
    allow it, and `UsageError` for arguments that mean nothing; one line each, with what to do.
    """
    if any(command.kind is CommandKind.DELETE for command in managed.commands):
        raise CommandRefusedError(f"{managed.job.key} is being deleted")
    check = _CHECKS.get(kind)
    if check is not None:
        check(managed, arguments)
    return Command(CommandId(uuid.uuid4().hex), managed.job.id, kind, dict(arguments), why=why)


def restore_from(path: str | None, *, empty: bool, state: str | None = None) -> dict[str, Any]:
    """Arguments that say where a start gets its state from. `path`: a restore point; None or `latest` the newest.

    Raises `UsageError`.
    """
    _check_state(state)
    if state == DROP:
        empty = True
    if empty and (path or state == KEEP):
        raise UsageError("a start without state is from no restore point: name a path, or say empty, not both")
    arguments: dict[str, Any] = {"forced": True} if state == KEEP else {}
    if empty:
        arguments["restore"] = {"mode": RestoreMode.EMPTY.value}
    elif path and path != RestoreMode.LATEST.value:
        arguments["restore"] = {"mode": RestoreMode.POINT.value, "path": path}
    return arguments


def version_before(managed: Managed, attempts: Sequence[Attempt]) -> int:
    """The version that a rollback goes to: the one that ran last before the one that is wanted now.

    `attempts`: the newest first. Raises `CommandRefusedError`.
    """
    now = in_the_end(managed).number
    for attempt in attempts:
        if attempt.running_at is not None and attempt.version != now:
            return attempt.version
    raise CommandRefusedError(
        f"no other version of {managed.job.key} than {now} ever ran", hint="name one: rollback --to NUMBER"
    )


def shape_kept(managed: Managed) -> str:
    """The shape of the plan whose state the next start takes over; empty where that is not known, or there is none.

    A job that runs will be stopped with a savepoint of its own plan.
    """
    attempt = managed.attempt
    if attempt is not None and attempt.state.is_live:
        return attempt.shape
    points = [point for point in managed.points if point.is_restore_point]
    return points[0].shape if points else ""


def _start(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if managed.status.state is ManagedState.QUARANTINED and not managed.commands:
        return
    if in_the_end(managed).wanted:
        raise CommandRefusedError(
            f"{managed.job.key} runs, or is about to: it is {managed.status.state.value}",
            hint="restart begins it anew from a savepoint",
        )


def _needs_running(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if not runs(managed):
        raise CommandRefusedError(
            f"{managed.job.key} does not run: it is {managed.status.state.value}", hint="start starts it"
        )


def _restart(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if managed.attempt is None and not managed.commands:
        raise CommandRefusedError(f"{managed.job.key} never ran", hint="start starts it")


def _scale(managed: Managed, arguments: Mapping[str, Any]) -> None:
    wanted = arguments["parallelism"]
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= _MAX_PARALLELISM:
        raise UsageError(f"a parallelism is a whole number from 1 to {_MAX_PARALLELISM:,}, not {wanted!r}")
    if in_the_end(managed).deployment.parallelism == wanted:
        raise CommandRefusedError(f"{managed.job.key} has parallelism {wanted} already")


def _other_version(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if in_the_end(managed).number == arguments["number"] and set(arguments) <= {"number", "forced", "restore"}:
        raise CommandRefusedError(
            f"{managed.job.key} has version {arguments['number']} already", hint="restart begins it anew"
        )


def _switch_backend(managed: Managed, arguments: Mapping[str, Any]) -> None:
    backend = str(arguments["backend"])
    if backend == "forst":
        raise CommandRefusedError(
            "ForSt cannot write canonical savepoints, so no other backend could ever read its state again",
            hint="rocksdb keeps large state on disk, too",
        )
    if backend not in BACKENDS:
        raise UsageError(f"there is no state backend {one_line(backend, 40)!r}", hint=f"{' or '.join(BACKENDS)}")
    if in_the_end(managed).deployment.backend == backend:
        raise CommandRefusedError(f"{managed.job.key} has the state backend {backend} already")


def _move(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if in_the_end(managed).cluster == arguments["cluster"]:
        raise CommandRefusedError(f"{managed.job.key} is on cluster {arguments['cluster']} already")


def _configure(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if not arguments:
        raise UsageError("there is nothing to configure: say what is to be different")


def _delete(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if arguments.get("points") not in (KEEP, DELETE_POINTS):
        raise UsageError(
            "say what becomes of its savepoints",
            hint="points keep leaves them where they are, points delete deletes them for good",
        )
    if runs(managed):
        raise CommandRefusedError(
            f"{managed.job.key} runs, or is about to: it is {managed.status.state.value}", hint="stop it first"
        )


def _adopt(managed: Managed, arguments: Mapping[str, Any]) -> None:
    if not _FLINK_ID.fullmatch(str(arguments["flink_id"])):
        raise UsageError(
            f"{one_line(str(arguments['flink_id']), 40)!r} is no Flink job id", hint="it has 32 hexadecimal digits"
        )
    if runs(managed):
        raise CommandRefusedError(
            f"{managed.job.key} runs already: one job has one Flink job", hint="stop it first"
        )


def _check_state(state: str | None) -> None:
    if state not in (None, KEEP, DROP):
        raise UsageError(f"state is {KEEP} or {DROP}, not {one_line(str(state), 40)!r}")


_CHECKS: dict[CommandKind, Callable[[Managed, Mapping[str, Any]], None]] = {
    CommandKind.START: _start,
    CommandKind.STOP: _needs_running,
    CommandKind.CANCEL: _needs_running,
    CommandKind.SAVEPOINT: _needs_running,
    CommandKind.RESTART: _restart,
    CommandKind.SCALE: _scale,
    CommandKind.UPGRADE: _other_version,
    CommandKind.ROLLBACK: _other_version,
    CommandKind.SWITCH_BACKEND: _switch_backend,
    CommandKind.MOVE: _move,
    CommandKind.CONFIGURE: _configure,
    CommandKind.DELETE: _delete,
    CommandKind.ADOPT: _adopt,
}
