"""A statement's `${name}` replaced by the values of an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flinklab.domain.definitions import How, Use
from flinklab.domain.errors import (
    Position,
    SecretError,
    StatementError,
    StatementInvalidError,
    UnknownVariableError,
)
from flinklab.domain.variables import Resolved
from flinklab.ports import Variables
from flinklab.sharing.secret_places import may_hold_secrets
from flinklab.sql.positions import Cursor
from flinklab.sql.variables import Reference, Substituted, expand, mask, mentions, references, substitute


@dataclass(frozen=True, slots=True)
class Resolution:
    """A text with its values in place, and the way back.

    `variables` are those of the text and those in their values, `secrets` the values that nobody may see.
    """

    substituted: Substituted
    variables: tuple[Resolved, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def text(self) -> str:
        return self.substituted.text

    @property
    def uses(self) -> tuple[Use, ...]:
        return tuple(Use("", "", "variable", each.team, each.name, How.USES) for each in self.variables)

    def restore(self, error: StatementError) -> None:
        """Make an error about `text` one about what was written, without secrets."""
        if error.position is not None:
            error.position = self.substituted.original(error.position)
        hide_in(error, self.secrets)


class Resolves(Protocol):
    def resolve(self, text: str, environment: str, *, team: str | None = None) -> Resolution: ...

    def value(self, text: str, environment: str) -> tuple[str, frozenset[str]]: ...


class Resolver:
    """Resolves texts for a person whose search path is `teams`."""

    def __init__(self, variables: Variables, teams: Sequence[str]) -> None:
        self._variables = variables
        self._teams = tuple(teams)

    def resolve(self, text: str, environment: str, *, team: str | None = None) -> Resolution:
        """`team`: whose variables come first, for a definition of that team.

        Raises `StatementInvalidError` at the first name without a value and `SecretError` where a secret would be
        given away.
        """
        found = references(text)
        if not found:
            return Resolution(substitute(text, {}))
        names = list(dict.fromkeys(reference.name for reference in found))
        teams = self._teams if team is None else (team, *(each for each in self._teams if each != team))
        try:
            known = self._variables.resolve(teams, environment, names)
            values = expand({name: each.value for name, each in known.items()})
        except UnknownVariableError as error:
            raise _in_place(error, text, found) from error
        secret = _secret_names(known)
        for reference in found:
            if reference.name in secret and not may_hold_secrets(text, reference.offset):
                raise SecretError(
                    f"${{{reference.name}}} is a secret, which rows or a plan would show",
                    hint="secrets may stand in WITH (...), in OPTIONS hints and in SET",
                )
        return Resolution(
            substitute(text, {name: values[name] for name in names}),
            tuple(known.values()),
            frozenset(values[name] for name in secret if values[name]),
        )

    def value(self, text: str, environment: str) -> tuple[str, frozenset[str]]:
        """A setting's value with its `${name}` replaced, and the secrets in it. Raises `UnknownVariableError`."""
        names = mentions(text)
        if not names:
            return text, frozenset()
        known = self._variables.resolve(self._teams, environment, list(names))
        values = expand({**{name: each.value for name, each in known.items()}, _ITSELF: text})
        return values[_ITSELF], frozenset(values[name] for name in _secret_names(known) if values[name])


_ITSELF = ""  # the name of no variable


def hide_in(error: StatementError, secrets: frozenset[str]) -> None:
    if not secrets:
        return
    error.message = mask(error.message, secrets)
    error.args = (error.message,)
    error.hint = error.hint and mask(error.hint, secrets)
    error.details = error.details and mask(error.details, secrets)


def _secret_names(known: Mapping[str, Resolved]) -> set[str]:
    """The secrets, and what contains one."""
    secret = {name for name, each in known.items() if each.secret}
    while True:
        more = {
            name
            for name, each in known.items()
            if name not in secret and any(inner in secret for inner in mentions(each.value))
        }
        if not more:
            return secret
        secret |= more


def _in_place(error: UnknownVariableError, text: str, found: Sequence[Reference]) -> StatementInvalidError:
    """The error where `text` names the variable, or the one in whose value it stands."""
    said = f"{error.message} {error.hint or ''}"
    wrong = [each for each in found if f"${{{each.name}}}" in error.message] or [
        each for each in found if re.search(rf"(?:value of|->|:) {re.escape(each.name)}(?![\w.-])", said)
    ]
    place = None
    if wrong or len(found) == 1:
        reference = (wrong or found)[0]
        begin = Cursor(text).at(reference.offset)
        place = Position(begin.line, begin.column, begin.line, begin.column + reference.length - 1)
    return StatementInvalidError(error.message, hint=error.hint, position=place)
