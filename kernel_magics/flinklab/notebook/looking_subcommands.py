"""The subcommands of `%flink` with which people look at what runs."""

from __future__ import annotations

from flinklab.notebook.doctor_commands import DOCTOR_SUBCOMMANDS
from flinklab.notebook.log_commands import LOG_SUBCOMMANDS
from flinklab.notebook.plot_commands import PLOT_SUBCOMMANDS
from flinklab.notebook.report_commands import REPORT_SUBCOMMANDS
from flinklab.notebook.watch_commands import WATCH_SUBCOMMANDS

LOOKING_SUBCOMMANDS = {
    **WATCH_SUBCOMMANDS,
    **DOCTOR_SUBCOMMANDS,
    **PLOT_SUBCOMMANDS,
    **LOG_SUBCOMMANDS,
    **REPORT_SUBCOMMANDS,
}
