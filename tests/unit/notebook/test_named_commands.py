"""Advice and hints that name a subcommand of %flink: there is one, with those flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import flinklab
from flinklab.notebook.catalog_subcommands import CATALOG_SUBCOMMANDS
from flinklab.notebook.flag_parser import HELP, Flag
from flinklab.notebook.subcommands import _SUBCOMMANDS

ROOM = Path(flinklab.__file__).parent
FLAGS: dict[str, tuple[Flag, ...]] = {
    name: each.flags
    for section in (_SUBCOMMANDS, *CATALOG_SUBCOMMANDS.values())
    for name, each in section.items()  # type: ignore[attr-defined]
}
_NAMED = re.compile(r"%flink ([a-z][^`\n\"';,()|]*)")


def texts(node: ast.AST) -> Iterator[str]:
    """Of a module, each text in it; X stands for what is put in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in child.values)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        else:
            yield from texts(child)


def named(path: Path) -> Iterator[str]:
    for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
        yield from (found[1].strip() for found in _NAMED.finditer(text))


@pytest.mark.parametrize(
    "room", ["api", "catalog", "cli", "domain", "flink", "jobs", "notebook", "plots", "telemetry"]
)
def test_each_command_that_is_named_is_there(room: str) -> None:
    for path in sorted((ROOM / room).rglob("*.py")):
        for line in named(path):
            words = line.split()
            name = next((each for each in (" ".join(words[:2]), words[0]) if each in FLAGS), None)
            is_group = any(each.startswith(f"{words[0]} ") for each in FLAGS)
            assert name is not None or is_group, f"{path.name}: %flink {line}"
            known = {spelling for flag in (*FLAGS.get(name or "", ()), HELP) for spelling in flag.names}
            flags = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", line))
            assert name is None or flags <= known, f"{path.name}: %flink {line}"


def test_many_are_named() -> None:
    assert len({line for path in ROOM.rglob("*.py") for line in named(path)}) > 100
