"""The shared catalog, as far as a session needs it. Every method may raise a `CatalogError`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flinklab.domain.definitions import Definition, Name, Use
from flinklab.domain.variables import Resolved


class Definitions(Protocol):
    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        """Those of `names` that there are, dropped ones left out; one question however many names."""
        ...

    def get(self, name: Name) -> Definition:
        """Raises `NotFoundError`."""
        ...

    def version(self, name: Name, number: int) -> Definition:
        """As it was; also of one that was dropped. Raises `NotFoundError`."""
        ...

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        """Record a new version. `expected`: the version that the change was made from, None for a new one.

        Raises `ConflictError` when the definition moved on. An unchanged text makes no version.
        """
        ...

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition: ...


class Uses(Protocol):
    def record(self, uses: Sequence[Use]) -> None: ...

    def replace(self, user_kind: str, user: str, uses: Sequence[Use]) -> None:
        """What something uses now, in place of what it used before."""
        ...

    def users_of(self, name: Name, *, target_kind: str = "definition") -> Sequence[Use]: ...


class Variables(Protocol):
    def resolve(self, search_path: Sequence[str], environment: str, names: Sequence[str]) -> Mapping[str, Resolved]:
        """The values of `names` and, as they may contain `${other}`, of all that they mention.

        Raises `UnknownVariableError`, which names all that are missing.
        """
        ...
