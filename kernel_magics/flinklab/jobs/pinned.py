"""The shared definitions as they were when a version was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import NotFoundError, NotPermittedError
from flinklab.domain.jobs import Pinned
from flinklab.ports import Definitions


class PinnedDefinitions:
    """Fulfils `ports.Definitions` with the pinned ones and no others; nothing can be written.

    All are read at once, so that a catalog that goes away later is not taken for one in which they are missing.
    Raises a `CatalogError`.
    """

    def __init__(self, definitions: Definitions, pinned: Iterable[Pinned]) -> None:
        self._pinned = {
            Name(each.team, each.name): definitions.version(Name(each.team, each.name), each.version)
            for each in pinned
        }

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        return {name: self._pinned[name] for name in names if name in self._pinned}

    def get(self, name: Name) -> Definition:
        if name not in self._pinned:
            raise NotFoundError(f"the version of the job does not use {name}")
        return self._pinned[name]

    def version(self, name: Name, number: int) -> Definition:
        definition = self.get(name)
        if definition.version != number:
            raise NotFoundError(f"the version of the job uses version {definition.version} of {name}, not {number}")
        return definition

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        raise NotPermittedError(f"{definition.name} is pinned by a job's version")

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition:
        raise NotPermittedError(f"{name} is pinned by a job's version")
