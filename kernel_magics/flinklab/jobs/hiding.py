"""What Flink says of a job, without the values of its secrets: its exceptions repeat options and paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from flinklab.domain.errors import CatalogError, CatalogUnavailableError, SchemaVersionError
from flinklab.domain.jobs import JobVersion, Managed
from flinklab.ports import Variables
from flinklab.ports.jobs import Versions
from flinklab.sharing.resolving import Resolver
from flinklab.sql.variables import mask

Hide = Callable[[Managed, str], str]
"""A text about a job's newest attempt, as people may see it."""


class Hiding:
    """Fulfils `Hide`. Raises a `CatalogUnavailableError` or a `SchemaVersionError`."""

    def __init__(self, versions: Versions, variables: Variables) -> None:
        self._versions = versions
        self._variables = variables

    def __call__(self, managed: Managed, text: str) -> str:
        return self.of(managed)(text)

    def of(self, managed: Managed) -> Callable[[str], str]:
        """For many texts: the secrets are read once, when there is something to hide them in."""
        secrets = cache(lambda: self._known(managed))

        def hide(text: str) -> str:
            try:
                return mask(text, secrets()) if text else text
            except (CatalogUnavailableError, SchemaVersionError):
                raise
            except CatalogError as error:
                return f"it is not shown, because what is secret in it is not known: {error.message}"

        return hide

    def _known(self, managed: Managed) -> frozenset[str]:
        key, attempt = managed.job.key, managed.attempt
        number = attempt.version if attempt is not None else managed.job.number
        version = self._versions.version(key.team, key.name, number)
        return frozenset(self._secrets(version, key.environment))

    def _secrets(self, version: JobVersion, environment: str) -> Iterator[str]:
        """A definition's own team comes first for its variables."""
        named = " ".join(f"${{{name}}}" for name in version.variables)
        teams = version.script.teams or (version.team,)
        for owner in dict.fromkeys((teams[0], *(each.team for each in version.definitions))):
            path = (owner, *(each for each in teams if each != owner))
            yield from Resolver(self._variables, path).value(named, environment)[1]
