"""What every command of `flinklab` shares: how it is declared, how it speaks, how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

OK, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

Run = Callable[[argparse.Namespace], int]
"""A command: parsed arguments to an exit code. A `FlinklabError` that it raises becomes lines on stderr."""


class Commands:
    """Where commands are declared. A room of commands is a module with `add_commands(commands: Commands)`."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._added = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, run: Run, summary: str) -> argparse.ArgumentParser:
        """Declare a command; its arguments are added to the parser that comes back."""
        added = self._added.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    def group(self, name: str, summary: str) -> Commands:
        """Declare a group, `flinklab NAME COMMAND`, to add commands to."""
        return Commands(self._added.add_parser(name, help=summary, description=summary))


def say(line: str) -> None:
    """A word to the person, on stderr: what a command answers is on stdout."""
    print(line, file=sys.stderr, flush=True)
