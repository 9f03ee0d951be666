"""The rule for names that people give, and how a team's name finds its rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, ScalarSelect, select

from flinklab.catalog.schema import team
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.text import one_line, suggest

LONGEST_NAME = 255  # characters

_UNSEEN = {"Cc": "a control character", "Cs": "half a character", "Zl": "a line end", "Zp": "a line end"}

_Row = TypeVar("_Row")


def check_name(text: str, what: str) -> str:
    """`text`, when it can be the name of a `what` (a team, an environment, ...). Raises `UsageError`.

    A name has 1 to 255 characters, no control characters and line ends, and no space at its ends.
    Everything else may be in it: names are data, never a part of a statement.
    """
    if not text:
        raise UsageError(f"the name of a {what} cannot be empty")
    if len(text) > LONGEST_NAME:
        raise UsageError(f"the name of a {what} has {len(text):,} characters; {LONGEST_NAME} at most are possible")
    unseen = next((character for character in text if unicodedata.category(character) in _UNSEEN), None)
    if unseen is not None:
        category = _UNSEEN[unicodedata.category(unseen)]
        raise UsageError(f"{text!a} cannot be the name of a {what}: it has {category} in it")
    if text != text.strip():
        raise UsageError(f"{text!r} cannot be the name of a {what}: it begins or ends with a space")
    return text


def team_id(name: str) -> ScalarSelect[int]:
    """The id of the team of that name, for use inside a statement; NULL where the person is in no such team."""
    return select(team.c.id).where(team.c.name == name).scalar_subquery()


def require_team(connection: Connection, name: str) -> int:
    """The id of the team of that name. Raises `NotFoundError` when there is none, or the person is not in it."""
    number: int | None = connection.execute(select(team.c.id).where(team.c.name == name)).scalar_one_or_none()
    if number is None:
        raise not_found("team", name, connection.execute(select(team.c.name)).scalars())
    return number


def require_row(connection: Connection, row: _Row | None, team: str, what: str, name: str) -> _Row:
    """`row`, when it was found. Raises `NotFoundError` which tells a missing team from a missing `what` in it."""
    if row is None:
        require_team(connection, team)
        raise not_found(f"{what} in team {team}", name)
    return row


def not_found(what: str, name: str, choices: Iterable[str] = ()) -> NotFoundError:
    """The error for an unknown name, with the one of `choices` that was probably meant."""
    meant = suggest(name, choices)
    shown = repr(one_line(name, 60))
    return NotFoundError(f"there is no {what} called {shown}", hint=f"did you mean {meant}?" if meant else None)
