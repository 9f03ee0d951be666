"""What Flink says of a job, without the values of its secrets: its exceptions repeat options and paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
        key, attempt = managed.job.key, managed.attempt
        if not text:
            return text
        number = attempt.version if attempt is not None else managed.job.number
        try:
            version = self._versions.version(key.team, key.name, number)
            return mask(text, frozenset(self._secrets(version, key.environment)))
        except (CatalogUnavailableError, SchemaVersionError):
            raise
        except CatalogError as error:
            return f"it is not shown, because what is secret in it is not known: {error.message}"

    def _secrets(self, version: JobVersion, environment: str) -> Iterator[str]:
        """A definition's own team comes first for its variables."""
        named = " ".join(f"${{{name}}}" for name in version.variables)
        teams = version.script.teams or (version.team,)
        for owner in dict.fromkeys((teams[0], *(each.team for each in version.definitions))):
            path = (owner, *(each for each in teams if each != owner))
            yield from Resolver(self._variables, path).value(named, environment)[1]
