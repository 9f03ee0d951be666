"""The table that the pages of one result add up to."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """How the rows of a query become a table.

    `AUTO`: append until a row takes another back, then the current table. `APPEND`: every row is kept as it came.
    `UPDATE`: the current table, exact under retractions and duplicate rows. `SINGLE`: the newest row only.
    `CHANGELOG`: the changes themselves, with a first column `op` (`+I`, `-U`, `+U`, `-D`).
    """

    AUTO = "auto"
    APPEND = "append"
    UPDATE = "update"
    SINGLE = "single"
    CHANGELOG = "changelog"
