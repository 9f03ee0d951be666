"""The policies of a job as people write them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from flinklab.domain.errors import UsageError
from flinklab.domain.job_policies import Policies
from flinklab.domain.text import one_line, parse_duration, suggest

_KINDS = {field.name: str(field.type) for field in dataclasses.fields(Policies)}


def read_policies(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Fields of `Policies`, ready to be replaced. A time is in seconds, or written such as `10 min`.

    Raises `UsageError` for a name that there is not, and for a value that it cannot have.
    """
    for name in values:
        if name not in _KINDS:
            close = suggest(str(name), _KINDS)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(_KINDS)}"
            raise UsageError(f"there is no policy {one_line(str(name), 40)!r}", hint=hint)
    return {name: _read(name, value) for name, value in values.items()}


def _read(name: str, value: Any) -> Any:
    kind = _KINDS[name]
    if value is None and "None" in kind:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    elif isinstance(value, str) and "float" in kind:
        value = _seconds(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < float("inf") or ("float" not in kind and value != int(value)):
        wanted = "a time such as 10 min" if "float" in kind else "a whole number"
        raise UsageError(f"the policy {name} is {wanted}, not {one_line(str(value), 40)!r}")
    return float(value) if "float" in kind else int(value)


def _seconds(text: str) -> float | str:
    try:
        return parse_duration(text)
    except UsageError:
        return text
