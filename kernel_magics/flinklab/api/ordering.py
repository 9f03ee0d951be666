"""Orders to a job as another program sends them: a kind and named arguments, held to what the kind takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, suggest

_Taken = Mapping[str, type | tuple[type, ...]]

_STATE: _Taken = {"state": str}
_ORDERS: Mapping[str, tuple[Callable[..., CommandHandle], _Taken]] = {
    "start": (JobHandle.start, {"from_": str, "empty": bool, "state": str}),
    "stop": (JobHandle.stop, {"drain": bool}),
    "cancel": (JobHandle.cancel, {}),
    "savepoint": (JobHandle.savepoint, {"canonical": bool}),
    "restart": (JobHandle.restart, {}),
    "scale": (JobHandle.scale, {"parallelism": int}),
    "upgrade": (JobHandle.upgrade, {"number": int, **_STATE}),
    "rollback": (JobHandle.rollback, {"to": int, **_STATE}),
    "switch-backend": (JobHandle.switch_backend, {"backend": str}),
    "move": (JobHandle.move, {"cluster": str, "pool": str, "lost": bool}),
    "configure": (
        JobHandle.configure,
        {
            "policies": dict,
            "config": dict,
            "tags": list,
            "pool": str,
            "priority": int,
            "owner": str,
            "description": str,
        },
    ),
    "delete": (JobHandle.delete, {"points": str}),
}
_NEEDED = {"scale": "parallelism", "switch-backend": "backend", "delete": "points"}


def give_order(handle: JobHandle, kind: str, arguments: Mapping[str, Any], why: str = "") -> CommandHandle:
    """Record an order. `arguments`: those of the method of `JobHandle` that is called like the kind.

    Raises `UsageError` for a kind that there is not and for arguments that it does not take, and what the method
    raises; nothing is recorded then.
    """
    if kind not in _ORDERS:
        raise _unknown("order to a job", kind, _ORDERS)
    ask, taken = _ORDERS[kind]
    for name, value in arguments.items():
        if name not in taken:
            raise _unknown(f"argument of {kind}", name, taken)
        wanted = taken[name]
        # bool is an int to Python, and never a number to a person.
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise UsageError(f"{name} of {kind} cannot be {one_line(repr(value), 40)}")
    if kind in _NEEDED and _NEEDED[kind] not in arguments:
        raise UsageError(f"{kind} needs {_NEEDED[kind]}")
    return ask(handle, **arguments, why=why)


def _unknown(what: str, given: str, known: Mapping[str, object]) -> UsageError:
    close = suggest(given, known)
    hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}" if known else "it takes none"
    return UsageError(f"there is no {what} called {one_line(given, 40)!r}", hint=hint)
