"""What can stand where a person types: from Flink SQL itself, the team's catalog and the session."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from flinklab.api.known_catalog import KnownCatalog
from flinklab.api.known_session import KnownSession
from flinklab.domain.completion import Completion, CompletionType
from flinklab.domain.definitions import Facts, TableColumn
from flinklab.sql.completing.defined import defined_beside
from flinklab.sql.completing.known import KnownName
from flinklab.sql.completing.offers import offers
from flinklab.sql.completing.place import place_at
from flinklab.sql.completing.scope import Path
from flinklab.sql.completing.wanted import Place, Want

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.session.session import Session

PATIENCE = 0.1
"""Seconds that a completion waits for the gateway and the catalog in all."""


def complete(
    text: str,
    position: int | None = None,
    *,
    session: Session | None = None,
    catalog: Catalog | None = None,
    names: Mapping[str, Any] | None = None,
    environment: str | None = None,
    patience: float = PATIENCE,
) -> list[Completion]:
    """What can stand before the character at `position` (the end) of a text of Flink SQL, the best first.

    A first line that is a `%%flinksql` is left aside. What `session` and `catalog` do not say within `patience`
    seconds is left out, and is there the next time. `names` are variables for `{{ }}`. Raises nothing: a gateway or
    a database that does not answer has nothing to offer.
    """
    known = None
    if catalog is not None:
        of = ref(catalog)
        known = _OF_CATALOG.setdefault(catalog, KnownCatalog(lambda: of()))
    at = len(text) if position is None else position
    return _COMPLETER.complete(
        text, at, session=session, catalog=known, names=names, environment=environment, patience=patience
    )


class Completer:
    """Keeps what sessions said for as long as their journals stay, and for some seconds at most."""

    def __init__(self) -> None:
        self._of_session: WeakKeyDictionary[Session, KnownSession] = WeakKeyDictionary()

    def complete(
        self,
        text: str,
        position: int,
        *,
        session: Session | None = None,
        catalog: KnownCatalog | None = None,
        names: Mapping[str, Any] | None = None,
        environment: str | None = None,
        patience: float = PATIENCE,
    ) -> list[Completion]:
        """See `complete`."""
        until = time.monotonic() + patience
        text = _without_magic(text)
        place = place_at(text, position)
        of_session = None
        if session is not None:
            of_session = self._of_session.setdefault(session, KnownSession(session))
        known = _Known(
            of_session,
            catalog,
            defined_beside(text, position),
            names or {},
            environment,
            until,
        )
        found = offers(place, known)
        if found or of_session is None or not _is_unknown(place):
            return found
        return list(_from_gateway(of_session, text, place, until))


_COMPLETER = Completer()
_OF_CATALOG: WeakKeyDictionary[Catalog, KnownCatalog] = WeakKeyDictionary()


def _without_magic(text: str) -> str:
    """The same places, without the line of the magic."""
    begin = len(text) - len(text.lstrip())
    if not text.startswith("%%", begin):
        return text
    end = text.find("\n", begin)
    end = len(text) if end < 0 else end
    return " " * end + text[end:]


def _is_unknown(place: Place) -> bool:
    caret = place.caret
    is_ours = {Want.PYTHON, Want.VARIABLE, Want.KEY, Want.VALUE, Want.SETTING} & place.wants
    return not (caret.mute or caret.quote or is_ours) and bool(caret.before)


def _from_gateway(session: KnownSession, text: str, place: Place, until: float) -> Iterator[Completion]:
    caret = place.caret
    begin = caret.before[0].offset
    statement = text[begin : caret.end]
    for name in session.completed(statement, until):
        if name.casefold().startswith(caret.written.casefold()) and name != caret.written:
            yield Completion(name, CompletionType.NAME, caret.begin, caret.end, "gateway")


class _Known:
    """`Known` at one moment: the definitions of the text itself, then the catalog's, then the session's."""

    def __init__(
        self,
        session: KnownSession | None,
        catalog: KnownCatalog | None,
        defined: Mapping[Path, Facts],
        names: Mapping[str, Any],
        environment: str | None,
        until: float,
    ) -> None:
        self._session = session
        self._catalog = catalog
        self._defined = defined
        self._names = names
        self._environment = environment
        self._until = until

    def tables(self, path: Path, begins: str) -> Sequence[KnownName]:
        found = [KnownName(each[-1], "this cell") for each in self._defined if each[:-1] == path]
        if self._catalog is not None:
            found += self._catalog.tables(path, begins, self._until)
        if self._session is not None:
            found += self._session.tables(path, self._until)
        return found

    def columns(self, path: Path) -> Sequence[TableColumn] | None:
        if path in self._defined:
            return self._defined[path].columns
        facts = self._catalog.facts(path, self._until) if self._catalog is not None else None
        if facts is not None and facts.columns:
            return facts.columns
        return self._session.columns(path, self._until) if self._session is not None else None

    def options(self, path: Path) -> Mapping[str, str]:
        if path in self._defined:
            return self._defined[path].options
        facts = self._catalog.facts(path, self._until) if self._catalog is not None else None
        return facts.options if facts is not None else {}

    def functions(self, path: Path) -> Sequence[KnownName]:
        found = list(self._catalog.functions(path, self._until)) if self._catalog is not None else []
        if self._session is not None and not path:
            found += self._session.functions(self._until)
        return found

    def models(self, path: Path) -> Sequence[KnownName]:
        found = list(self._catalog.models(path, self._until)) if self._catalog is not None else []
        if self._session is not None and not path:
            found += self._session.models(self._until)
        return found

    def catalogs(self) -> Sequence[KnownName]:
        return self._session.catalogs(self._until) if self._session is not None else ()

    def databases(self, path: Path) -> Sequence[KnownName]:
        found = list(self._catalog.teams(self._until)) if self._catalog is not None and not path else []
        if self._session is not None:
            found += self._session.databases(path, self._until)
        return found

    def variables(self) -> Sequence[KnownName]:
        return self._catalog.variables(self._environment, self._until) if self._catalog is not None else ()

    def python_names(self) -> Sequence[KnownName]:
        return [
            KnownName(name, type(value).__name__)
            for name, value in self._names.items()
            if isinstance(name, str) and not name.startswith("_")
        ]
