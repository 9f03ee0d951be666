"""`%flink report`."""

from __future__ import annotations

from flinklab.notebook.subcommand import Runnable, Subcommand

REPORT_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {}
