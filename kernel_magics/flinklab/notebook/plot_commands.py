"""`%flink plot`."""

from __future__ import annotations

from flinklab.notebook.subcommand import Runnable, Subcommand

PLOT_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {}
