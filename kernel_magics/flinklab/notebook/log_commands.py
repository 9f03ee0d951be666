"""`%flink logs`."""

from __future__ import annotations

from flinklab.notebook.subcommand import Runnable, Subcommand

LOG_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {}
