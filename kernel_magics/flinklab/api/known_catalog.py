"""What completions take from the team's catalog, asked beside and kept for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

from flinklab.api.asking import Asking
from flinklab.domain.definitions import DefinitionKind, Entry, Facts, Hit, Name
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.variables import ANYWHERE, Variable
from flinklab.sql.completing.known import KnownName
from flinklab.sql.completing.scope import Path
from flinklab.sql.identifiers import quote

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

T = TypeVar("T")
_MOST = 200  # tables of a team, or hits
_TABLES = (DefinitionKind.TABLE, DefinitionKind.VIEW)


class KnownCatalog:
    """`catalog` is called beside, too: opening one may take long. None: there is none.

    `until` is a time of `time.monotonic`; what has not come by then is left out.
    """

    def __init__(self, catalog: Callable[[], Catalog | None], asking: Asking | None = None) -> None:
        self._catalog = catalog
        self._asking = asking or Asking((NotFoundError, UsageError))

    def tables(self, path: Path, begins: str, until: float) -> list[KnownName]:
        """Those of the teams on the search path by their names, others as `team.name`."""
        if len(path) > 1:
            return []
        team, begins = (path[0] if path else None), begins.casefold()
        return self._ask(("tables", team, begins), lambda shared: _tables(shared, team, begins), until) or []

    def facts(self, path: Path, until: float) -> Facts | None:
        return self._ask(("facts", path), lambda shared: _facts(shared, path), until)

    def functions(self, path: Path, until: float) -> list[KnownName]:
        return self._of_kind(DefinitionKind.FUNCTION, path, until)

    def models(self, path: Path, until: float) -> list[KnownName]:
        return self._of_kind(DefinitionKind.MODEL, path, until)

    def teams(self, until: float) -> list[KnownName]:
        return (
            self._ask(
                "teams",
                lambda shared: [KnownName(each.name, "team", each.description) for each in shared.people.teams()],
                until,
            )
            or []
        )

    def variables(self, environment: str | None, until: float) -> list[KnownName]:
        """With their values in the environment; a secret one's is not shown."""
        return (
            self._ask(
                ("variables", environment),
                lambda shared: [
                    _shown(each, environment or shared.environment)
                    for team in shared.teams
                    for each in shared.variables.list(team)
                ],
                until,
            )
            or []
        )

    def names(self, what: str, until: float) -> list[KnownName]:
        """Of `clusters`, `sessions`, `snippets`, `jobs`, `environments`, `gateways`, `yarns`, `teams`."""
        if what == "teams":
            return self.teams(until)
        read = _NAMES.get(what)
        return (self._ask(("names", what), read, until) if read is not None else None) or []

    def _of_kind(self, kind: DefinitionKind, path: Path, until: float) -> list[KnownName]:
        if len(path) > 1:
            return []
        return (
            self._ask(
                (kind, path),
                lambda shared: [
                    KnownName(entry.name.name, kind.value, entry.comment)
                    for team in (path or shared.teams)
                    for entry in shared.definitions.entries(team, kind=kind, limit=_MOST)
                ],
                until,
            )
            or []
        )

    def _ask(self, key: Hashable, read: Callable[[Catalog], T], until: float) -> T | None:
        def work() -> T | None:
            shared = self._catalog()
            return read(shared) if shared is not None else None

        return self._asking.ask(key, work, until)


def _tables(shared: Catalog, team: str | None, begins: str) -> list[KnownName]:
    found: Sequence[Entry | Hit]
    if begins:
        found = shared.search.search(begins, team=team, limit=_MOST)
        found = [each for each in found if begins in each.name.name.casefold()]
    else:
        teams = (team,) if team is not None else shared.teams
        found = [each for name in teams for each in shared.definitions.entries(name, limit=_MOST)]
    return [_table(each, shared.teams, team) for each in found if each.kind in _TABLES]


def _table(each: Entry | Hit, teams: Sequence[str], team: str | None) -> KnownName:
    detail = f"{each.kind.value} {each.connector}".rstrip()
    if team is not None or each.name.team in teams:
        return KnownName(each.name.name, detail, each.comment)
    return KnownName(_spelled(each.name), detail, each.comment, whole=True)


def _spelled(name: Name) -> str:
    return ".".join(part if part.isidentifier() else quote(part) for part in name)


def _facts(shared: Catalog, path: Path) -> Facts | None:
    if len(path) > 2:
        return None
    names = [Name(team, path[0]) for team in shared.teams] if len(path) == 1 else [Name(*path)]
    found = shared.definitions.find(names)
    return next((found[name].facts for name in names if name in found), None)


def _shown(each: Variable, environment: str) -> KnownName:
    value = each.values.get(environment, each.values.get(ANYWHERE, ""))
    return KnownName(each.name, "secret" if each.secret else value[:40], each.description)


def _jobs(shared: Catalog) -> list[KnownName]:
    return [KnownName(each.job.key.name, each.job.key.environment) for each in shared.jobs.list(shared.teams)]


_NAMES: dict[str, Callable[[Catalog], list[KnownName]]] = {
    "clusters": lambda shared: [
        KnownName(each.name, each.kind, each.description) for each in shared.registry.clusters(shared.teams)
    ],
    "sessions": lambda shared: [KnownName(each.name) for each in shared.sessions.list(shared.teams)],
    "snippets": lambda shared: [
        KnownName(each.name, "", each.description) for each in shared.snippets.list(shared.teams)
    ],
    "environments": lambda shared: [
        KnownName(each.name, "", each.description) for each in shared.variables.environments(shared.team)
    ],
    "gateways": lambda shared: [
        KnownName(each.name, each.url, each.description) for each in shared.registry.gateways(shared.teams)
    ],
    "yarns": lambda shared: [
        KnownName(each.name, "", each.description) for each in shared.registry.yarns(shared.teams)
    ],
    "tables": lambda shared: _tables(shared, None, ""),
    "variables": lambda shared: [
        KnownName(each.name, "", each.description) for team in shared.teams for each in shared.variables.list(team)
    ],
    "jobs": _jobs,
}
