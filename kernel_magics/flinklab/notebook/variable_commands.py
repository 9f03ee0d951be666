"""`%flink vars|env`: the values behind `${name}`, per environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from getpass import getpass
from typing import TYPE_CHECKING

from flinklab.domain.definitions import Name
from flinklab.domain.errors import NotFoundError, SecretError, UsageError
from flinklab.domain.text import one_line, suggest
from flinklab.domain.variables import ANYWHERE, Variable, VariableType
from flinklab.notebook import finding
from flinklab.notebook.definition_commands import TEAM, show_users
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.notebook.workbench import Workbench

_TYPES = [kind.value for kind in VariableType]


@dataclass(frozen=True, slots=True)
class Vars:
    """The variables, or one of them; secrets are references or masked."""

    name: str | None = None
    team: str | None = None
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        if self.name is not None:
            known = [finding.variable(catalog, self.name)]
        else:
            teams = [self.team] if self.team is not None else catalog.teams
            known = [each for team in teams for each in catalog.variables.list(team)]
        if not known:
            print("there are no variables: `%flink vars set NAME VALUE` makes one")
            return
        if self.environment is not None:
            environments = [self.environment]
        else:
            environments = sorted({environment for each in known for environment in each.values})
        rows = [
            (
                f"{each.team}.{each.name}",
                each.type.value + (", secret" if each.secret else ""),
                *(_value_in(each, environment, alone=self.environment is not None) for environment in environments),
                each.description,
            )
            for each in known
        ]
        headings = ["anywhere" if environment == ANYWHERE else environment for environment in environments]
        show_table(("name", "type", *headings, "description"), rows)


@dataclass(frozen=True, slots=True)
class SetVariable:
    """Give a variable a value in an environment; it is made when it is new.

    `ask`: a person is asked for the value, which is kept encrypted. What is None stays as it was.
    """

    name: str
    value: str | None = None
    environment: str | None = None
    type: VariableType | None = None
    secret: bool = False
    ask: bool = False
    description: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        environment = self.environment or catalog.environment
        before = self._before(catalog)
        if before is None:
            team, name = finding.place_for(catalog, self.name)
            wanted = Variable(team, name)
        else:
            wanted = before
        wanted = replace(
            wanted,
            type=self.type or wanted.type,
            secret=self.secret or self.ask or wanted.secret,
            description=wanted.description if self.description is None else self.description,
        )
        plain = {environment: self._asked(wanted)} if self.ask else {}
        if self.value is not None:
            wanted = replace(wanted, values={**wanted.values, environment: self.value})
        saved = catalog.variables.save(
            wanted, expected=before.version if before is not None else None, secret_values=plain
        )
        shown = _value_in(saved, environment, alone=False)
        where = "anywhere" if environment == ANYWHERE else f"in {environment}"
        print(f"{saved.team}.{saved.name} = {shown} {where} (version {saved.version})")

    def _before(self, catalog: Catalog) -> Variable | None:
        team, name = finding.place_for(catalog, self.name)
        try:
            return catalog.variables.get(team, name)
        except NotFoundError:
            return None

    def _asked(self, variable: Variable) -> str:
        try:
            answer = getpass(f"{variable.team}.{variable.name}: ")
        except (EOFError, RuntimeError):  # nbclient and papermill: there is nobody
            answer = ""
        if not answer:
            raise SecretError(
                f"no value was given for {variable.name}",
                hint="--ask needs somebody to answer; --secret takes where it is: env:NAME, file:PATH",
            )
        return answer


@dataclass(frozen=True, slots=True)
class DeleteVariable:
    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        it = finding.variable(catalog, self.name)
        users = catalog.usage.users_of(Name(it.team, it.name), target_kind="variable")
        catalog.variables.delete(it.team, it.name, expected=it.version, users=users)
        print(f"deleted variable {it.team}.{it.name}")


@dataclass(frozen=True, slots=True)
class VariableUsers:
    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        it = finding.variable(catalog, self.name)
        users = catalog.usage.users_of(Name(it.team, it.name), target_kind="variable")
        if users:
            show_users(users)
        else:
            print(f"nothing is known to use {it.team}.{it.name}")


@dataclass(frozen=True, slots=True)
class Environments:
    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        rows = [
            ("●" if each.name == catalog.environment else "", each.name, each.team, each.description)
            for team in catalog.teams
            for each in catalog.variables.environments(team)
        ]
        if rows:
            show_table(("", "environment", "team", "description"), rows)
        else:
            print(f"there is no environment yet: `%flink env add {catalog.environment}` makes one")


@dataclass(frozen=True, slots=True)
class AddEnvironment:
    name: str
    team: str | None = None
    description: str = ""

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        made = catalog.variables.add_environment(self.team or catalog.team, self.name, self.description)
        print(f"environment {made.name} of team {made.team}")


@dataclass(frozen=True, slots=True)
class UseEnvironment:
    """For the cells that follow in this notebook."""

    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        known = {each.name for team in catalog.teams for each in catalog.variables.environments(team)}
        if self.name not in known:
            close = suggest(self.name, known)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(sorted(known)) or 'none yet'}"
            raise NotFoundError(f"there is no environment {one_line(self.name, 60)}", hint=hint)
        bench.environment = self.name
        print(f"${{name}} has its value of {self.name} from here on")


def _value_in(variable: Variable, environment: str, *, alone: bool) -> str:
    """`alone`: what holds there, wherever it comes from."""
    values = variable.values
    if environment in values:
        return values[environment]
    return f"{values[ANYWHERE]} (anywhere)" if alone and ANYWHERE in values else ""


def _vars(parser: LineParser, words: list[str]) -> Runnable:
    return Vars(words[0] if words else None, parser.one("--team"), parser.one("--env"))


def _set(parser: LineParser, words: list[str]) -> Runnable:
    value = words[1] if len(words) > 1 else None
    ask, secret = parser.has("--ask"), parser.has("--secret")
    if ask and value is not None:
        # Not repeated: what stands there is a secret that should not be in a notebook.
        raise UsageError("--ask asks for the value: leave it out of the line")
    changed = secret or parser.has("--type") or parser.has("--description")
    if value is None and not ask and not changed:
        raise UsageError("%flink vars set needs a value: %flink vars set NAME VALUE, or --ask for a secret")
    return SetVariable(
        words[0], value, parser.one("--env"), _type(parser.one("--type")), secret, ask, parser.one("--description")
    )


def _type(text: str | None) -> VariableType | None:
    if text is None:
        return None
    if text.lower() in _TYPES:
        return VariableType(text.lower())
    close = suggest(text, _TYPES)
    advice = f"did you mean {close}?" if close else f"one of {', '.join(_TYPES)}"
    raise UsageError(f"unknown type {one_line(text, 40)}: {advice}")


def _add_environment(parser: LineParser, words: list[str]) -> Runnable:
    return AddEnvironment(words[0], parser.one("--team"), parser.one("--description") or "")


_ENV = Flag(("--env",), "in this environment; * is any that has no value of its own", "NAME")
_DESCRIPTION = Flag(("--description",), "what it is", "TEXT")

VARIABLE_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "vars": Subcommand(
        "[NAME]",
        1,
        "variables and their values per environment; secrets are never shown",
        _vars,
        (TEAM, Flag(("--env",), "the values that hold in this environment", "NAME")),
        (("%flink vars", "all of them"), ("%flink vars topic --env prod", "one, as prod has it")),
    ),
    "vars set": Subcommand(
        "NAME [VALUE]",
        2,
        "give a variable a value in the environment in use, or in another",
        _set,
        (
            _ENV,
            Flag(("--type",), ", ".join(_TYPES), "TYPE"),
            Flag(("--secret",), "VALUE is where the secret is: env:NAME, file:PATH or keyring:SERVICE/NAME"),
            Flag(("--ask",), "ask for the secret, and keep it encrypted"),
            _DESCRIPTION,
        ),
        (
            ("%flink vars set topic orders_dev --env dev", "what ${topic} is in dev"),
            ("%flink vars set password env:DB_PASSWORD --secret", "a secret by reference"),
            ("%flink vars set password --ask --env prod", "a secret that is typed, and is in no notebook"),
        ),
        least=1,
    ),
    "vars delete": Subcommand(
        "NAME", 1, "delete a variable that nothing uses", lambda _p, w: DeleteVariable(w[0]), least=1
    ),
    "vars used": Subcommand("NAME", 1, "what uses a variable", lambda _p, w: VariableUsers(w[0]), least=1),
    "env": Subcommand("", 0, "the environments, and which one is in use", lambda _p, _w: Environments()),
    "env list": Subcommand("", 0, "the same", lambda _p, _w: Environments()),
    "env add": Subcommand("NAME", 1, "add an environment", _add_environment, (TEAM, _DESCRIPTION), least=1),
    "env use": Subcommand(
        "NAME",
        1,
        "take the values of ${name} from there, in this notebook",
        lambda _p, w: UseEnvironment(w[0]),
        examples=(("%flink env use prod", "for the cells that follow"),),
        least=1,
    ),
}
