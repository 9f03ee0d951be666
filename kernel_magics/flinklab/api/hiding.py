"""What Flink's processes say, without the secrets that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flinklab.domain.errors import CatalogError, CatalogUnavailableError
from flinklab.domain.variables import ANYWHERE, Variable
from flinklab.sharing.resolving import Resolver
from flinklab.sql.variables import mask
from flinklab.telemetry.masking import without_settings

if TYPE_CHECKING:
    from flinklab.api.looking import Subject
    from flinklab.catalog.catalog import Catalog


@dataclass(frozen=True)
class Veil:
    """Hides the secrets of a subject's teams in a text, and values of settings that are secret by their name.

    `unknown`: the secret variables whose values could not be had, which it cannot hide.
    """

    subject: Subject
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    unknown: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        # Of a managed job the secrets are among these. Its own `hide` shows nothing where one of them is not known,
        # which would be every line of a log.
        own = text if self.subject.managed is not None else self.subject.hide(text)
        return without_settings(mask(own, self.secrets)) if text else text

    @property
    def notes(self) -> list[str]:
        if not self.unknown:
            return []
        return [f"not hidden, as the values are not known here: {', '.join(self.unknown)}"]


def veil(subject: Subject, catalog: Catalog | None = None) -> Veil:
    """For a subject of this catalog; without one only the statement's own secrets are known.

    Raises `CatalogUnavailableError`.
    """
    if catalog is None:
        return Veil(subject)
    found: set[str] = set()
    unknown: list[str] = []
    for team in _teams(subject, catalog):
        for variable in catalog.variables.list(team):
            if variable.secret:
                values, is_whole = _values(catalog, variable)
                found |= values
                unknown += [] if is_whole else [f"{team}.{variable.name}"]
    return Veil(subject, frozenset(found), tuple(unknown))


def _teams(subject: Subject, catalog: Catalog) -> Iterable[str]:
    """Whose definitions may run there, as far as this person sees them."""
    teams = [*catalog.teams]
    managed = subject.managed
    if managed is not None:
        key = managed.job.key
        version = catalog.job_versions.version(key.team, key.name, managed.job.number)
        teams += [key.team, *(each.team for each in version.definitions)]
    elif subject.cluster is not None:
        teams.append(subject.cluster.team)
    known = {each.name for each in catalog.people.teams()}
    return [team for team in dict.fromkeys(teams) if team in known]


def _values(catalog: Catalog, variable: Variable) -> tuple[frozenset[str], bool]:
    """In all environments; False: one of them could not be had."""
    resolver = Resolver(catalog.variables, (variable.team,))
    found: set[str] = set()
    is_whole = True
    for environment in variable.values:
        try:
            where = catalog.environment if environment == ANYWHERE else environment
            found |= resolver.value(f"${{{variable.name}}}", where)[1]
        except CatalogUnavailableError:
            raise
        except CatalogError:
            is_whole = False
    return frozenset(found), is_whole
