"""The catalog's stores for those who can do without: a dead database is not asked again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from flinklab.domain.definitions import Definition, Name, Use
from flinklab.domain.errors import CatalogUnavailableError, SchemaVersionError
from flinklab.domain.variables import Resolved
from flinklab.ports import Definitions, Uses, Variables

T = TypeVar("T")
NEXT_TRY = 30.0
"""Seconds for which a catalog that could not be reached is left alone."""


class Stores(Protocol):
    @property
    def definitions(self) -> Definitions: ...

    @property
    def usage(self) -> Uses: ...

    @property
    def variables(self) -> Variables: ...


class Reach:
    """Opens the catalog when it is first needed, and tries a dead one again after `NEXT_TRY` seconds."""

    def __init__(self, open: Callable[[], Stores], clock: Callable[[], float] = time.monotonic) -> None:
        self._open = open
        self._clock = clock
        self._stores: Stores | None = None
        self._failure: CatalogUnavailableError | None = None
        self._until = 0.0

    def ask(self, question: Callable[[Stores], T]) -> T:
        """Raises `CatalogUnavailableError`, at once while the catalog is left alone."""
        if self._failure is not None and self._clock() < self._until:
            raise self._failure
        try:
            if self._stores is None:
                self._stores = self._open()
            answer = question(self._stores)
        except (CatalogUnavailableError, SchemaVersionError) as error:
            self._failure = CatalogUnavailableError(error.message, hint=error.hint, details=error.details)
            self._until = self._clock() + NEXT_TRY
            raise self._failure from error
        self._failure = None
        return answer


class ReachedDefinitions:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        return self._reach.ask(lambda stores: stores.definitions.find(names))

    def get(self, name: Name) -> Definition:
        return self._reach.ask(lambda stores: stores.definitions.get(name))

    def version(self, name: Name, number: int) -> Definition:
        return self._reach.ask(lambda stores: stores.definitions.version(name, number))

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        return self._reach.ask(lambda stores: stores.definitions.save(definition, expected=expected))

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition:
        return self._reach.ask(lambda stores: stores.definitions.drop(name, expected=expected, note=note))


class ReachedUses:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def record(self, uses: Sequence[Use]) -> None:
        self._reach.ask(lambda stores: stores.usage.record(uses))

    def replace(self, user_kind: str, user: str, uses: Sequence[Use]) -> None:
        self._reach.ask(lambda stores: stores.usage.replace(user_kind, user, uses))

    def users_of(self, name: Name, *, target_kind: str = "definition") -> Sequence[Use]:
        return self._reach.ask(lambda stores: stores.usage.users_of(name, target_kind=target_kind))


class ReachedVariables:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def resolve(self, search_path: Sequence[str], environment: str, names: Sequence[str]) -> Mapping[str, Resolved]:
        return self._reach.ask(lambda stores: stores.variables.resolve(search_path, environment, names))
