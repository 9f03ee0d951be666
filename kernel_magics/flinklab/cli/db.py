"""`flinklab db`: the shared catalog's database."""

from __future__ import annotations

from flinklab.cli.commands import Commands


def add_commands(commands: Commands) -> None:
    commands.group("db", "The shared catalog's database.")
