"""What is known of tables, columns, functions and variables: what completions are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flinklab.domain.definitions import TableColumn
from flinklab.sql.completing.scope import Path


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name with what there is to say of it. `whole`: written as it is, not as one identifier."""

    name: str
    detail: str = ""
    comment: str = ""
    whole: bool = False


class Known(Protocol):
    """Every method answers soon, with what it has by then, and raises nothing."""

    def tables(self, path: Path, begins: str) -> Sequence[KnownName]:
        """Tables and views whose names may begin so, in any case; `path`: only those of this team or database."""
        ...

    def columns(self, path: Path) -> Sequence[TableColumn] | None:
        """Those of a table; None when they are not known."""
        ...

    def options(self, path: Path) -> Mapping[str, str]:
        """Those of a table, empty when they are not known."""
        ...

    def functions(self, path: Path) -> Sequence[KnownName]:
        """Functions of people, and what the session has besides Flink's usual ones."""
        ...

    def models(self, path: Path) -> Sequence[KnownName]: ...

    def catalogs(self) -> Sequence[KnownName]: ...

    def databases(self, path: Path) -> Sequence[KnownName]: ...

    def variables(self) -> Sequence[KnownName]: ...

    def python_names(self) -> Sequence[KnownName]: ...


class Nothing:
    """Nobody is connected, and there is no catalog."""

    def tables(self, path: Path, begins: str) -> Sequence[KnownName]:
        return ()

    def columns(self, path: Path) -> Sequence[TableColumn] | None:
        return None

    def options(self, path: Path) -> Mapping[str, str]:
        return {}

    def functions(self, path: Path) -> Sequence[KnownName]:
        return ()

    def models(self, path: Path) -> Sequence[KnownName]:
        return ()

    def catalogs(self) -> Sequence[KnownName]:
        return ()

    def databases(self, path: Path) -> Sequence[KnownName]:
        return ()

    def variables(self) -> Sequence[KnownName]:
        return ()

    def python_names(self) -> Sequence[KnownName]:
        return ()
