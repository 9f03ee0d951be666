"""`%flink watch`."""

from __future__ import annotations

from flinklab.notebook.subcommand import Runnable, Subcommand

WATCH_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {}
