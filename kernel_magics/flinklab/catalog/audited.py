"""What the audit records: of which tables, and what is left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.engine.interfaces import ReflectedColumn

from flinklab.sql.sensitive import SENSITIVE

Tables = dict[str, list[ReflectedColumn]]

STAMPS = ("changed_by", "changed_at")  # a line of the audit says both by itself
LEFT_OUT = ("id", "team_id", "variable_id", *STAMPS)
ONLY_ADDED = {
    "audit": ("UPDATE", "DELETE"),
    "definition_version": ("UPDATE",),
    "job_version": ("UPDATE",),
    "job_plan": ("UPDATE",),
}
"""What may not be done to a table. (Versions go with their team, those of a definition with that.)"""

_REFERENCES = ("env:", "file:", "keyring:")


@dataclass(frozen=True)
class Audited:
    """What is recorded of a table.

    `key`: the column that tells a person which row it is, or the id of a row of `parent`, whose name does.
    `always`: a column that is recorded although it did not change. `passing`: columns of which nothing is
    recorded, also not that they changed. `masked`: columns with a JSON object which may hold credentials: of the
    texts in it only references are recorded, and those in whose key is none of the words given for the column;
    of what is nested in it nothing.
    """

    key: str = "name"
    parent: str = ""
    team: str = "team_id"
    left_out: tuple[str, ...] = ()
    always: str = ""
    passing: tuple[str, ...] = ()
    masked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Columns that are in no line."""
        return (*LEFT_OUT, *self.left_out, *self.passing)

    @property
    def no_news(self) -> tuple[str, ...]:
        """Columns whose change alone makes no line."""
        return (*STAMPS, *self.passing)


_ANY = ("",)  # in every key

AUDITED = {
    "team": Audited(team="id"),
    "member": Audited(key="person"),
    "definition": Audited(left_out=("ddl", "facts", "search")),
    "environment": Audited(),
    "variable": Audited(),
    "variable_value": Audited("variable_id", "variable", left_out=("value", "cipher"), always="environment"),
    "gateway": Audited(masked={"access": _ANY}),
    "storage": Audited(),
    "cluster": Audited(masked={"defaults": SENSITIVE, "sizing": SENSITIVE}),
    "yarn": Audited(masked={"access": _ANY, "defaults": SENSITIVE}),
    "pool": Audited(),
    "snippet": Audited(),
    "session": Audited(),
    "job": Audited(masked={"deployment": SENSITIVE}),
    "command": Audited(
        "job_id",
        "job",
        left_out=("job_id", "asked_by", "asked_at"),
        always="kind",
        passing=("step", "step_at", "trigger", "before", "savepoint", "attempt", "is_open", "begun_at", "ended_at"),
        masked={"arguments": SENSITIVE},
    ),
}


def recordable(sensitive: tuple[str, ...], key: str, value: str, is_text: str, is_nested: str) -> str:
    """The SQL condition under which an entry of a masked object is recorded as it is.

    `key` and `value` (as text), `is_text` and `is_nested` are SQL expressions about the entry.
    """
    reference = _like(value, tuple(f"{scheme}%" for scheme in _REFERENCES))
    hidden = _like(f"lower({key})", tuple(f"%{word}%" for word in sensitive))
    return f"({is_text} AND {reference}) OR NOT ({is_nested} OR ({is_text} AND {hidden}))"


def _like(subject: str, patterns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"{subject} LIKE '{pattern}'" for pattern in patterns) + ")"
