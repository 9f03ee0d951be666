"""Who may do what: people, teams, roles, and the record of what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any


class Role(IntEnum):
    """A role in a team; each includes the ones before it."""

    VIEWER = 1  # sees everything of the team but secrets
    DEVELOPER = 2  # changes definitions, variables, clusters, snippets, jobs
    ADMIN = 3  # changes who is in the team


@dataclass(frozen=True, slots=True)
class Team:
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    team: str
    person: str
    role: Role


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit: who changed what, when. `before` and `after` leave values of variables out."""

    at: datetime
    person: str
    team: str
    action: str  # insert, update, delete
    table: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
