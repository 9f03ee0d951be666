"""The subcommands of `%flink` that are about managed jobs and the shared catalog."""

from __future__ import annotations

from flinklab.notebook.definition_commands import DEFINITION_SUBCOMMANDS
from flinklab.notebook.exchange_commands import EXCHANGE_SUBCOMMANDS
from flinklab.notebook.gateway_commands import GATEWAY_SUBCOMMANDS
from flinklab.notebook.job_subcommands import JOB_SUBCOMMANDS
from flinklab.notebook.looking_subcommands import LOOKING_SUBCOMMANDS
from flinklab.notebook.people_commands import PEOPLE_SUBCOMMANDS
from flinklab.notebook.place_commands import PLACE_SUBCOMMANDS
from flinklab.notebook.pool_commands import POOL_SUBCOMMANDS
from flinklab.notebook.record_commands import RECORD_SUBCOMMANDS
from flinklab.notebook.session_commands import SESSION_SUBCOMMANDS
from flinklab.notebook.variable_commands import VARIABLE_SUBCOMMANDS
from flinklab.notebook.yarn_commands import YARN_SUBCOMMANDS

CATALOG_SUBCOMMANDS = {
    "Managed jobs": JOB_SUBCOMMANDS,
    "Looking": LOOKING_SUBCOMMANDS,
    "What the team shares": DEFINITION_SUBCOMMANDS,
    "Into the catalog and out of it": EXCHANGE_SUBCOMMANDS,
    "Variables and environments": VARIABLE_SUBCOMMANDS,
    "Where cells run": {**PLACE_SUBCOMMANDS, **POOL_SUBCOMMANDS, **GATEWAY_SUBCOMMANDS},
    "YARN": {**YARN_SUBCOMMANDS, **SESSION_SUBCOMMANDS},
    "SQL that was kept or run": RECORD_SUBCOMMANDS,
    "The catalog and its people": PEOPLE_SUBCOMMANDS,
}
"""By the heading that they have in the overview."""
