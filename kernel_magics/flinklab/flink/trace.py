"""Reading Java stack traces: who said what, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = re.compile(r"(?:Caused by: )?((?:[a-z_][\w]*\.)+[A-Z][\w$]*)(?:: (.*))?\Z")
_NESTED = re.compile(r"((?:[a-z_][\w]*\.)+[A-Z][\w$]*(?:Exception|Error))(?:: (.*))?\Z")
_WRAPPERS = ("<Exception on server side:", "End of exception on server side>", "]")


@dataclass(frozen=True, slots=True)
class Cause:
    """One throwable: its class without the package, and its message (may have several lines, may be empty)."""

    name: str
    message: str


def causes(text: str) -> list[Cause]:
    """The throwables of a trace, the outermost first; the last one is where it began.

    A message that only repeats the throwable under it (`CompletionException: java.io.IOException: disk`) is
    taken apart, so that it names the inner one.
    """
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(("\tat ", "\t...", "\tSuppressed:")) or line.strip() in _WRAPPERS:
            continue
        head = _HEAD.match(line)
        if head and (line.startswith("Caused by: ") or not found):
            name, message = _inner(head[1], head[2] or "")
            found.append((name, [message]))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            found.append(("", [line]))
    return [Cause(name.rpartition(".")[2], "\n".join(lines).strip()) for name, lines in found]


def _inner(name: str, message: str) -> tuple[str, str]:
    while head := _NESTED.match(message):
        name, message = head[1], head[2] or ""
    return name, message
