"""What a statement needs besides itself: values for its `${name}`, and definitions that the team shares.

The session asks; who knows the team's catalog answers (`flinklab.sharing`). Without a catalog the answer is that
nothing is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from flinklab.domain.definitions import DefinitionKind, Use
from flinklab.domain.errors import StatementError
from flinklab.domain.statements import Statement

if TYPE_CHECKING:
    from flinklab.session.session import Session

Rows = list[tuple[object, ...]]
Run = Callable[[str], Rows]
"""Runs a statement that ends by itself in one gateway session, as it is."""


class Prepared(Protocol):
    """A statement as it is submitted."""

    @property
    def text(self) -> str: ...

    @property
    def shown(self) -> str:
        """`text` with its secrets masked."""
        ...

    @property
    def uses(self) -> tuple[Use, ...]:
        """The shared definitions and variables that the statement names; who uses them is left empty."""
        ...

    def hide(self, rows: bytes) -> bytes:
        """A page's rows with all secrets of the session masked."""
        ...

    def restore(self, error: StatementError) -> None:
        """Make an error about `text` one about what the person wrote: its place, and no secrets."""
        ...


class Stock(Protocol):
    """What one gateway session has of the catalog."""

    def prepare(self, statement: Statement) -> Prepared:
        """Bring what `statement` names. Raises a `CatalogError` or a `StatementError` before anything runs."""
        ...

    def supply(self, prepared: Prepared, error: StatementError) -> bool:
        """Bring what `error` says is missing. True: the statement is worth another try."""
        ...

    def value(self, text: str, environment: str | None) -> str:
        """The value of a setting with its `${name}` replaced. Raises a `CatalogError`."""
        ...

    def hide(self, text: str) -> str: ...

    @property
    def brought(self) -> frozenset[tuple[str, ...]]:
        """The full paths of what was brought."""
        ...

    def own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        """Whether the session itself has something of that name, which was not brought."""
        ...


class Supply(Protocol):
    """Where stocks come from."""

    def stock(self, run: Run) -> Stock:
        """The stock of a new gateway session, in which `run` runs statements."""
        ...

    def instead(self, statement: Statement, session: Session, *, force: bool = False) -> list[str] | None:
        """Carry out a statement that is about the catalog and not about the session; the lines to tell.

        None: it is the session's.
        """
        ...

    def is_about_catalog(self, statement: Statement, session: Session) -> bool:
        """Whether `instead` would carry it out."""
        ...


class _AsItIs:
    uses: tuple[Use, ...] = ()

    def __init__(self, text: str) -> None:
        self.text = self.shown = text

    def hide(self, rows: bytes) -> bytes:
        return rows

    def restore(self, error: StatementError) -> None:
        pass


class _Empty:
    def prepare(self, statement: Statement) -> Prepared:
        return _AsItIs(statement.text)

    def supply(self, prepared: Prepared, error: StatementError) -> bool:
        return False

    def value(self, text: str, environment: str | None) -> str:
        return text

    def hide(self, text: str) -> str:
        return text

    @property
    def brought(self) -> frozenset[tuple[str, ...]]:
        return frozenset()

    def own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        return True


class NoCatalog:
    """Statements run as they are written."""

    def stock(self, run: Run) -> Stock:
        return _Empty()

    def instead(self, statement: Statement, session: Session, *, force: bool = False) -> list[str] | None:
        return None

    def is_about_catalog(self, statement: Statement, session: Session) -> bool:
        return False
