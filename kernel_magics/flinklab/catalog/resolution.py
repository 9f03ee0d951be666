"""From the names of variables to their values in an environment, in one or two statements."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, select

from flinklab.catalog.database import Database
from flinklab.catalog.environments import missing_environment
from flinklab.catalog.environments import names as environment_names
from flinklab.catalog.names import require_team
from flinklab.catalog.schema import environment as environments
from flinklab.catalog.schema import team as teams_table
from flinklab.catalog.schema import variable as variables
from flinklab.catalog.schema import variable_value as variable_values
from flinklab.catalog.secrets import Vault
from flinklab.domain.errors import SecretError, UnknownVariableError
from flinklab.domain.text import suggest
from flinklab.domain.variable_types import is_value, wanted
from flinklab.domain.variables import ANYWHERE, Resolved, VariableType
from flinklab.references import look_up
from flinklab.sql.variables import mentions


@dataclass(slots=True)
class _Found:
    team: str
    kind: VariableType
    secret: bool
    values: dict[str, tuple[str, bytes | None]] = field(default_factory=dict)  # by environment


@dataclass(frozen=True, slots=True)
class Resolution:
    vault: Vault
    search_path: Sequence[str]
    environment: str

    def of(self, database: Database, names: Sequence[str]) -> dict[str, Resolved]:
        wanted_names = list(dict.fromkeys(names))
        with database.reading() as connection:
            found = self._read(connection, wanted_names)
            if any(name not in found for value in self._plain(found) for name in mentions(value)):
                # Not a level at a time: what one variable mentions may mention others, and so on.
                found = self._read(connection, None)
            resolved: dict[str, Resolved] = {}
            missing: dict[str, str] = {}  # and in whose value each stands
            waiting = [(name, "") for name in reversed(wanted_names)]
            while waiting:
                name, mentioned_by = waiting.pop()
                if name in resolved or name in missing:
                    continue
                value = self._value(found, name)
                if value is None:
                    missing[name] = mentioned_by
                    continue
                resolved[name] = value
                if not value.secret:
                    waiting += [(other, name) for other in mentions(value.value)]
            if missing:
                raise self._unknown(connection, missing)
        return {name: self._revealed(found[name], each) for name, each in resolved.items()}

    def _read(self, connection: Connection, names: Collection[str] | None) -> Mapping[str, _Found]:
        """The variables of those names, or all, of the first team that has each."""
        here = and_(environments.c.team_id == teams_table.c.id, environments.c.name == self.environment)
        named = variables.c.team_id == teams_table.c.id
        if names is not None:
            named = and_(named, variables.c.name.in_(names))
        of_it = and_(
            variable_values.c.variable_id == variables.c.id,
            variable_values.c.environment.in_([self.environment, ANYWHERE]),
        )
        statement = (
            select(
                teams_table.c.name.label("team"),
                environments.c.name.label("here"),
                variables.c.name,
                variables.c.type,
                variables.c.secret,
                variable_values.c.environment,
                variable_values.c.value,
                variable_values.c.cipher,
            )
            .select_from(
                teams_table.outerjoin(environments, here)
                .outerjoin(variables, named)
                .outerjoin(variable_values, of_it)
            )
            .where(teams_table.c.name.in_(self.search_path))
        )
        rows = connection.execute(statement).all()
        for team in self.search_path:
            if all(row.team != team for row in rows):
                require_team(connection, team)
        if self.environment != ANYWHERE and all(row.here is None for row in rows):
            known = environment_names(connection, self.search_path)
            raise missing_environment(self.environment, ", ".join(self.search_path), known)
        found: dict[str, _Found] = {}
        for row in sorted(rows, key=lambda row: self.search_path.index(row.team)):
            if row.name is None:
                continue
            first = found.setdefault(row.name, _Found(row.team, VariableType(row.type), row.secret))
            if first.team == row.team and row.environment is not None:
                first.values[row.environment] = (row.value, row.cipher)
        return found

    def _plain(self, found: Mapping[str, _Found]) -> Iterable[str]:
        values = (self._value(found, name) for name in found)
        return (value.value for value in values if value is not None and not value.secret)

    def _value(self, found: Mapping[str, _Found], name: str) -> Resolved | None:
        """A secret one is not revealed yet: its value here is a reference, or nothing."""
        each = found.get(name)
        kept = None if each is None else each.values.get(self.environment, each.values.get(ANYWHERE))
        return None if each is None or kept is None else Resolved(name, kept[0], each.secret, each.team)

    def _revealed(self, found: _Found, resolved: Resolved) -> Resolved:
        if not found.secret:
            return resolved
        value, cipher = found.values.get(self.environment) or found.values[ANYWHERE]
        what = f"the secret {resolved.name} of team {found.team} for {self.environment}"
        try:
            secret = look_up(value) if cipher is None else self.vault.decrypt(cipher)
        except SecretError as error:
            raise SecretError(f"{what} could not be had: {error.message}", hint=error.hint) from None
        if not is_value(found.kind, secret):
            raise SecretError(f"{what} is not {wanted(found.kind)}", hint=f"it is of type {found.kind.value}")
        return Resolved(resolved.name, _escaped(secret), True, found.team)

    def _unknown(self, connection: Connection, missing: Mapping[str, str]) -> UnknownVariableError:
        rows = connection.execute(
            select(teams_table.c.name, variables.c.name, variables.c.secret, variable_values.c.environment)
            .select_from(
                teams_table.join(variables).outerjoin(
                    variable_values, variable_values.c.variable_id == variables.c.id
                )
            )
            .where(teams_table.c.name.in_(self.search_path))
        ).all()
        rows = sorted(rows, key=lambda row: self.search_path.index(row[0]))
        hints = []
        for name, mentioned_by in missing.items():
            of_it = [row for row in rows if row[1] == name]
            if of_it:
                team, _, secret, _ = of_it[0]
                elsewhere = sorted(row[3] for row in of_it if row[0] == team and row[3] is not None)
                hint = f"{name} of team {team} has a value in {', '.join(elsewhere) or 'no environment'}"
                if secret and not elsewhere:
                    hint = f"{name} of team {team} is a secret, for developers only, or has no value at all"
            else:
                close = suggest(name, {row[1] for row in rows})
                hint = f"did you mean ${{{close}}}?" if close else f"no team on the path has a variable {name}"
            hints.append(hint + (f" (it stands in the value of {mentioned_by})" if mentioned_by else ""))
        shown = ", ".join(f"${{{name}}}" for name in missing)
        have = "has" if len(missing) == 1 else "have"
        return UnknownVariableError(
            f"{shown} {have} no value in environment {self.environment}", hint="; ".join(hints)
        )


def _escaped(secret: str) -> str:
    """The text that `expand` makes the secret of: in a secret `${name}` is not a variable."""
    for name in mentions(re.sub(r"\$+\{", "${", secret)):
        secret = secret.replace(f"${{{name}}}", f"$${{{name}}}")
    return secret
