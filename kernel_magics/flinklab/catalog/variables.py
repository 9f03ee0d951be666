"""Variables of a team, with a value per environment; what is secret in them is a reference or encrypted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from flinklab.catalog.database import Database
from flinklab.catalog.environments import Environments
from flinklab.catalog.named_rows import NamedRows
from flinklab.catalog.names import require_team, team_id
from flinklab.catalog.resolution import Resolution
from flinklab.catalog.schema import team as teams_table
from flinklab.catalog.schema import variable as variables
from flinklab.catalog.schema import variable_value as variable_values
from flinklab.catalog.secrets import Vault
from flinklab.domain.definitions import Use
from flinklab.domain.errors import ConflictError, SecretError, UsageError
from flinklab.domain.text import one_line
from flinklab.domain.variable_types import is_value, wanted
from flinklab.domain.variables import MASK, Environment, Resolved, Variable, VariableType
from flinklab.references import FORMS, is_reference
from flinklab.sql.variables import mentions


@dataclass(frozen=True, slots=True)
class _Head:
    """A variable without its values: the row that has its version."""

    team: str
    name: str
    type: str
    secret: bool
    description: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """A value as it is in the database."""

    value: str
    cipher: bytes | None = None

    @property
    def shown(self) -> str:
        return self.value if self.cipher is None else MASK


class Variables:
    """What a person may read here never holds a secret; `resolve` alone reveals them, for machines."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._heads = NamedRows(variables, _Head, "variable", database)
        self._environments = Environments(database)

    def environments(self, team: str) -> Sequence[Environment]:
        """Those of a team, by name. Raises `NotFoundError`."""
        return self._environments.list(team)

    def add_environment(self, team: str, name: str, description: str = "") -> Environment:
        """Raises `ConflictError` when there is one of that name, `NotFoundError`, `UsageError`."""
        return self._environments.add(team, name, description)

    def remove_environment(self, team: str, name: str) -> None:
        """Raises `ConflictError`, which names the variables that have a value in it, `NotFoundError`."""
        self._environments.remove(team, name)

    def get(self, team: str, name: str) -> Variable:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._get(connection, team, name)

    def list(self, team: str) -> Sequence[Variable]:
        """Those of a team, by name. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            heads = self._heads.list(connection, [team])
            values: dict[str, dict[str, str]] = {}
            for name, environment, kept in _values(connection, team):
                values.setdefault(name, {})[environment] = kept.shown
            return [_variable(head, values.get(head.name, {})) for head in heads]

    def save(
        self, variable: Variable, *, expected: int | None, secret_values: Mapping[str, str] | None = None
    ) -> Variable:
        """Keep a variable as it is given, with these values and no others.

        `expected`: the version that was changed, None for a new one. Of a secret variable a value is a reference,
        or `MASK` for the encrypted one that is there; `secret_values` (by environment) are encrypted here.

        Raises `ConflictError`, `NotFoundError` (the team, an environment), `UsageError` (a value that is not of
        the type), and `SecretError` where a secret would be readable or is missing.
        """
        plain = dict(secret_values or {})
        if plain and not variable.secret:
            raise UsageError(
                f"{variable.name} is no secret variable", hint="make it one, or give its value as value"
            )
        _check_name(variable.name)
        for environment, value in variable.values.items():
            _check_value(variable, value, environment, secret=variable.secret and environment not in plain)
        for value in plain.values():
            _check_plain(variable, value)
        ciphers = {environment: _Kept("", self._vault.encrypt(value)) for environment, value in plain.items()}
        with self._database.writing() as connection:
            self._environments.require(connection, variable.team, {*variable.values, *plain})
            before = {name: kept for _, name, kept in _values(connection, variable.team, variable.name)}
            head = self._heads.find(connection, variable.team, variable.name)
            was_secret = head is not None and head.secret
            try:
                self._heads.save(connection, _head(variable), expected)
            except ConflictError as error:
                raise _with_values(error, variable, before) from None
            wanted = {
                environment: _kept(variable, environment, value, before.get(environment), was_secret)
                for environment, value in variable.values.items()
                if environment not in ciphers
            } | ciphers
            _replace_values(connection, variable.team, variable.name, before, wanted)
            return self._get(connection, variable.team, variable.name)

    def set(
        self, team: str, name: str, environment: str, value: str | None = None, *, secret_value: str | None = None
    ) -> Variable:
        """Give a variable one value in one environment, or take it away (`value` None). Others stay as they are.

        `secret_value` is encrypted here; `value` of a secret variable is a reference. Who sets a value last wins:
        there is nothing of another person's in it. Raises what `save` does.
        """
        with self._database.writing() as connection:
            head = self._heads.get(connection, team, name)
            head = self._heads.save(connection, head, head.version)
            variable = _variable(head, {})
            self._environments.require(connection, team, {environment})
            before = {each: kept for _, each, kept in _values(connection, team, name)}
            after = {each: kept for each, kept in before.items() if each != environment}
            if secret_value is not None:
                if not variable.secret or value is not None:
                    raise UsageError(
                        f"{name} is no secret variable" if value is None else "give one value, not two"
                    )
                _check_plain(variable, secret_value)
                after[environment] = _Kept("", self._vault.encrypt(secret_value))
            elif value is not None:
                _check_value(variable, value, environment, secret=variable.secret)
                after[environment] = _kept(variable, environment, value, before.get(environment), variable.secret)
            _replace_values(connection, team, name, before, after)
            return self._get(connection, team, name)

    def delete(self, team: str, name: str, *, expected: int, users: Sequence[Use] = ()) -> None:
        """Raises `ConflictError` also when there are `users`: it names them, all of them in `details`."""
        if users:
            shown = [f"{use.user_kind} {use.user}" for use in users]
            some = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
            raise ConflictError(
                f"variable {name} of team {team} is used by {some}",
                hint="take it out of there first",
                details="\n".join(shown),
            )
        with self._database.writing() as connection:
            self._heads.delete(connection, team, name, expected)

    def resolve(self, search_path: Sequence[str], environment: str, names: Sequence[str]) -> dict[str, Resolved]:
        """The values of `names`, and of all that they mention, by name; secrets revealed. For `expand`.

        A variable is the one of the first team on the path that has it, its value that of `environment`, else the
        one for anywhere (`*`). A secret's text is never taken for a `${name}`: what would be one is escaped.

        Raises `UnknownVariableError`, which names all that are missing, `NotFoundError` for an environment or a
        team that is not there, `SecretError`.
        """
        return Resolution(self._vault, search_path, environment).of(self._database, names)

    def rotate_secrets(self, team: str) -> int:
        """Encrypt what a team keeps encrypted with the vault's first key; how many values there are."""
        with self._database.writing() as connection:
            require_team(connection, team)
            mine = variable_values.c.team_id == team_id(team), variable_values.c.cipher.is_not(None)
            keys = variable_values.c.variable_id, variable_values.c.environment
            # Locked: a value that is set at this moment is not to be replaced by the one before.
            rows = connection.execute(select(*keys, variable_values.c.cipher).where(*mine).with_for_update()).all()
            for variable, environment, cipher in rows:
                row = keys[0] == variable, keys[1] == environment
                rotated = self._vault.rotate(cipher)
                connection.execute(variable_values.update().where(*row).values(cipher=rotated))
            return len(rows)

    def _get(self, connection: Connection, team: str, name: str) -> Variable:
        head = self._heads.get(connection, team, name)
        values = _values(connection, team, name)
        return _variable(head, {environment: kept.shown for _, environment, kept in values})


def _values(connection: Connection, team: str, name: str | None = None) -> Iterable[tuple[str, str, _Kept]]:
    columns = variable_values.c
    statement = (
        select(variables.c.name, columns.environment, columns.value, columns.cipher)
        .select_from(teams_table.join(variables).join(variable_values, columns.variable_id == variables.c.id))
        .where(teams_table.c.name == team)
        .order_by(columns.environment)
    )
    if name is not None:
        statement = statement.where(variables.c.name == name)
    for variable, environment, value, cipher in connection.execute(statement):
        yield variable, environment, _Kept(value, cipher)


def _replace_values(
    connection: Connection, team: str, name: str, before: Mapping[str, _Kept], after: Mapping[str, _Kept]
) -> None:
    number = select(variables.c.id).where(variables.c.team_id == team_id(team), variables.c.name == name)
    row = variable_values.c.variable_id == number.scalar_subquery()
    for environment in before:
        if environment not in after:
            connection.execute(delete(variable_values).where(row, variable_values.c.environment == environment))
    for environment, kept in after.items():
        content = {"value": kept.value, "cipher": kept.cipher}
        if environment not in before:
            key = {"variable_id": number.scalar_subquery(), "environment": environment, "team_id": team_id(team)}
            connection.execute(insert(variable_values).values(**key, **content))
        elif kept != before[environment]:
            here = row, variable_values.c.environment == environment
            connection.execute(variable_values.update().where(*here).values(**content))


def _head(variable: Variable) -> _Head:
    return _Head(variable.team, variable.name, variable.type.value, variable.secret, variable.description)


def _variable(head: _Head, values: dict[str, str]) -> Variable:
    kind = VariableType(head.type)
    return Variable(head.team, head.name, kind, head.secret, head.description, values, head.version)


def _check_name(name: str) -> None:
    if mentions(f"${{{name}}}") != (name,):
        raise UsageError(
            f"{one_line(repr(name), 60)} cannot be the name of a variable",
            hint="a name is letters, digits, _ . and -, and begins with a letter or _",
        )


def _check_value(variable: Variable, value: str, environment: str, *, secret: bool) -> None:
    if secret:
        if value != MASK and not is_reference(value):
            raise SecretError(
                f"the value of {variable.name} in {environment} would be readable, and it is a secret",
                hint=f"give a reference ({FORMS}), or give it as secret_value to have it encrypted",
            )
    elif not variable.secret and not mentions(value) and not is_value(variable.type, value):
        raise UsageError(
            f"{one_line(repr(value), 40)} cannot be the value of {variable.name} in {environment}",
            hint=f"it is of type {variable.type.value}: {wanted(variable.type)}",
        )


def _check_plain(variable: Variable, value: str) -> None:
    if not is_value(variable.type, value):
        raise SecretError(f"the value given for the secret {variable.name} is not {wanted(variable.type)}")


def _kept(variable: Variable, environment: str, value: str, before: _Kept | None, was_secret: bool) -> _Kept:
    """What is to be kept for a value that a person gave: a reference, a plain text, or `MASK`."""
    if not variable.secret:
        if was_secret and before is not None and value in (MASK, before.value):
            raise SecretError(
                f"{variable.name} was a secret: what it was in {environment} is not revealed",
                hint="give it a value there that everybody in the team may read",
            )
        return _Kept(value)
    if value != MASK:
        return _Kept(value)
    if before is None or before.cipher is None:
        raise SecretError(
            f"no encrypted value of {variable.name} is kept for {environment}", hint="give it as secret_value"
        )
    return before


def _with_values(error: ConflictError, variable: Variable, now: Mapping[str, _Kept]) -> ConflictError:
    """The same conflict; its details tell how the values differ, too."""
    lines = [] if error.details is None else [error.details]
    for environment in sorted({*now, *variable.values}):
        theirs = now[environment].shown if environment in now else "no value"
        yours = variable.values.get(environment, "no value")
        if theirs != yours:
            lines.append(f"in {environment}: there now {theirs}, yours {MASK if variable.secret else yours}")
    return ConflictError(error.message, hint=error.hint, details="\n".join(lines) or None)
