"""`%flink doctor`."""

from __future__ import annotations

from flinklab.notebook.subcommand import Runnable, Subcommand

DOCTOR_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {}
