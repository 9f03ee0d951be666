"""What an ApplicationMaster runs: a script, and the jars that come with it. Pure but for one look at the files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_ADD_JAR = re.compile(r"(?is)\s*ADD\s+JAR\s+'(?P<file>(?:[^']|'')+)'\s*\Z")


@dataclass(frozen=True, slots=True)
class Script:
    """`jars` of this machine go to the containers, where they are on the class path: nothing has to add them."""

    text: str = field(repr=False)
    jars: tuple[Path, ...] = ()


def script_of(statements: Sequence[str]) -> Script:
    """An ADD JAR of what is no file here stays one: the container may reach what this machine does not."""
    kept, jars = [], []
    for statement in statements:
        jar = _file_in(statement)
        if jar is not None:
            jars.append(jar)
        else:
            kept.append(f"{statement}\n;\n")  # on a line of its own: the statement may end in a comment
    return Script("".join(kept), tuple(dict.fromkeys(jars)))


def _file_in(statement: str) -> Path | None:
    found = _ADD_JAR.match(statement)
    if found is None:
        return None
    path = Path(found["file"].replace("''", "'").removeprefix("file://"))
    return path if path.is_absolute() and path.is_file() else None
