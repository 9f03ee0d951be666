"""What completions take from a session, asked in the gateway session beside it and kept for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar
from weakref import ref

from flinklab.api.asking import Asking
from flinklab.domain.definitions import TableColumn
from flinklab.domain.errors import StatementError, UnreachableError
from flinklab.sql.completing.known import KnownName
from flinklab.sql.completing.scope import Path
from flinklab.sql.completing.words_of_sql import FUNCTIONS
from flinklab.sql.identifiers import quote

if TYPE_CHECKING:
    from flinklab.session.session import Session

T = TypeVar("T")
_LONGEST = 5.0  # seconds for one question
_COMMENT = 6  # its column in DESCRIBE, which has it when one of the columns has a comment


class KnownSession:
    """Asks again when the journal gained a statement. It does not keep the session alive."""

    def __init__(self, session: Session, asking: Asking | None = None) -> None:
        self._session = ref(session)
        self._asking = asking or Asking((StatementError,))

    def tables(self, path: Path, until: float) -> list[KnownName]:
        where = f" FROM {quote(path)}" if path else ""
        return [KnownName(name, "session") for name in self._first(f"SHOW TABLES{where}", until)]

    def columns(self, path: Path, until: float) -> Sequence[TableColumn] | None:
        def read(session: Session) -> list[TableColumn]:
            rows = session.look(f"DESCRIBE {quote(path)}", timeout=_LONGEST)
            return [
                TableColumn(str(row[0]), _type(row[1]), str(row[_COMMENT] or "") if len(row) > _COMMENT else "")
                for row in rows
            ]

        return self._ask(("columns", path), read, until)

    def functions(self, until: float) -> list[KnownName]:
        """People's, and those of Flink that its documentation does not tell of."""
        own = [KnownName(name, "session") for name in self._first("SHOW USER FUNCTIONS", until)]
        # Flink tells some by the names they have inside: `fromBase64`, `isNotNull`.
        more = [name for name in self._first("SHOW FUNCTIONS", until) if name.isupper() and name not in FUNCTIONS]
        return own + [KnownName(name, "Flink") for name in more if "_AGG_DECIMAL" not in f"_{name}"]

    def models(self, until: float) -> list[KnownName]:
        return [KnownName(name, "session") for name in self._first("SHOW MODELS", until)]

    def catalogs(self, until: float) -> list[KnownName]:
        return [KnownName(name, "catalog") for name in self._first("SHOW CATALOGS", until)]

    def databases(self, path: Path, until: float) -> list[KnownName]:
        where = f" FROM {quote(path)}" if path else ""
        return [KnownName(name, "database") for name in self._first(f"SHOW DATABASES{where}", until)]

    def completed(self, statement: str, until: float) -> list[str]:
        """What the gateway offers at the end of `statement`."""
        return (
            self._ask(("complete", statement), lambda session: session.complete(statement, len(statement)), until)
            or []
        )

    def _first(self, sql: str, until: float) -> list[str]:
        """The first column of a SHOW."""
        return (
            self._ask(sql, lambda session: [str(row[0]) for row in session.look(sql, timeout=_LONGEST)], until)
            or []
        )

    def _ask(self, question: Hashable, read: Callable[[Session], T], until: float) -> T | None:
        session = self._session()
        if session is None:
            return None

        def work() -> T:
            there = self._session()
            if there is None:
                raise UnreachableError("the session is gone", url="")
            return read(there)

        return self._asking.ask((len(session.journal), question), work, until)


def _type(shown: object) -> str:
    """Without the marks of a time attribute: `TIMESTAMP(3) *ROWTIME*`."""
    return str(shown).partition(" *")[0]
