"""A scratch session in which a definition, or a change of one, is tried and nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flinklab.domain.definitions import Definition, Name
from flinklab.ports import Definitions
from flinklab.session.supply import NoCatalog, Rows, Run, Stock
from flinklab.sharing.resolving import Resolution, Resolves
from flinklab.sharing.stock import AddJar, SharedStock

if TYPE_CHECKING:
    from flinklab.session.connection import Connection
    from flinklab.session.session import Session

Overrides = Mapping[Name, Definition | None]
"""Definitions that take the place of what the catalog has; None: it is gone."""


class Trial:
    """What can be done in a scratch session."""

    def __init__(self, connection: Connection, supply: _Supply) -> None:
        self._connection = connection
        self._supply = supply

    def ask(self, sql: str) -> Rows:
        """Run a statement with what it names of the catalog."""
        return self._connection.ask(sql)

    def plain(self, sql: str) -> Rows:
        """Run a statement as it is."""
        self._connection.handle()
        return self._supply.run(sql)

    def make(self, definition: Definition) -> None:
        """Make a definition as sessions do. Raises the `StatementError` with what Flink says against it."""
        self._connection.handle()
        self._supply.last.make(definition)

    def text_of(self, definition: Definition) -> str:
        """The definition's last statement with values in place, what it needs having been made."""
        self._connection.handle()
        return self._supply.last.text_of(definition)

    def in_full(self, sql: str, definition: Definition) -> str:
        """A statement about the definition, with the full names of what it needs, which has been made."""
        return self._supply.last.in_full(sql, definition)


class Laboratory:
    """Opens trials for one person's session."""

    def __init__(
        self,
        session: Session,
        definitions: Definitions,
        resolver: Resolves,
        teams: Sequence[str],
        environment: str,
        add_jar: AddJar = str,
    ) -> None:
        self._session = session
        self._definitions = definitions
        self._resolver = resolver
        self._teams = tuple(teams)
        self._environment = environment
        self._add_jar = add_jar

    def resolution(self, definition: Definition) -> Resolution:
        """A definition's text with the values of the environment in place."""
        return self._resolver.resolve(definition.ddl, self._environment, team=definition.name.team)

    @contextmanager
    def trial(self, overrides: Overrides | None = None, *, resolver: Resolves | None = None) -> Iterator[Trial]:
        """`resolver` may put other values in place than the environment's."""
        supply = _Supply(
            lambda run: SharedStock(
                run,
                self._definitions,
                resolver or self._resolver,
                self._teams,
                self._environment,
                notice=lambda line: None,
                add_jar=self._add_jar,
                overrides=overrides,
            )
        )
        with self._session.scratch(supply) as connection:
            yield Trial(connection, supply)


class _Supply(NoCatalog):
    """Remembers the stock of the one gateway session that it is asked for."""

    last: SharedStock
    run: Run

    def __init__(self, make: Callable[[Run], SharedStock]) -> None:
        self._make = make

    def stock(self, run: Run) -> Stock:
        self.run = run
        self.last = self._make(run)
        return self.last
