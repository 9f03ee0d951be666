"""Which DDL lives only in the gateway's session, and which changes a catalog that lasts."""

from __future__ import annotations

import re
from collections.abc import Callable

_TEMPORARY = re.compile(r"(?is)^\s*(?:create|drop|alter)\s+(?:or\s+replace\s+)?temporary\b")
_CATALOG = re.compile(r"(?is)^\s*(?:create|drop|alter)\s+catalog\b")
_NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)"
_OBJECT = re.compile(
    rf"(?is)^\s*(?:create|replace|drop|alter|truncate|analyze)\s+(?:or\s+(?:replace|alter)\s+)?"
    rf"(?:(?:temporary|materialized)\s+)?(table|view|function|database|model)\s+(?:if\s+(?:not\s+)?exists\s+)?"
    rf"({_NAME}(?:\s*\.\s*{_NAME})*)"
)
_PART = re.compile(_NAME)
_IN_MEMORY = "generic_in_memory"

Ask = Callable[[str], list[tuple[object, ...]]]
"""Runs a SHOW or DESCRIBE in the session and gives its rows."""


class Catalogs:
    """Tells whether a DDL statement changes something that outlives the session.

    Flink's built-in catalog, and those of type `generic_in_memory`, are the session's own; any other catalog
    (Hive, JDBC, Paimon, ...) is shared with others.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lasting: dict[str, bool] = {}
        self._only_built_in: bool | None = None

    def forget(self) -> None:
        """Catalogs were created, dropped or the session is a new one."""
        self._lasting.clear()
        self._only_built_in = None

    def is_lasting(self, ddl: str) -> bool:
        """True when `ddl` changes a catalog that outlives the session. In doubt, True."""
        if _TEMPORARY.match(ddl):
            return False
        if _CATALOG.match(ddl):
            return self._catalog_store_lasts()
        if self._has_only_built_in():
            return False
        named = _OBJECT.match(ddl)
        if named is None:
            return True
        parts = [_unquote(part) for part in _PART.findall(named.group(2))]
        whole = 2 if named.group(1).lower() == "database" else 3
        return self._outlives(parts[0] if len(parts) >= whole else self._current())

    def _has_only_built_in(self) -> bool:
        if self._only_built_in is None:
            names = [str(row[0]) for row in self._ask("SHOW CATALOGS")]
            self._only_built_in = len(names) == 1 and not self._outlives(names[0])
        return self._only_built_in

    def _current(self) -> str:
        return str(self._ask("SHOW CURRENT CATALOG")[0][0])

    def _outlives(self, catalog: str) -> bool:
        if catalog not in self._lasting:
            if catalog == "default_catalog":
                self._lasting[catalog] = False
            else:
                described = self._ask(f"DESCRIBE CATALOG `{catalog.replace('`', '``')}`")
                kinds = {str(row[1]) for row in described if str(row[0]) == "type"}
                self._lasting[catalog] = kinds != {_IN_MEMORY}
        return self._lasting[catalog]

    def _catalog_store_lasts(self) -> bool:
        kinds = {str(row[1]) for row in self._ask("SET") if str(row[0]) == "table.catalog-store.kind"}
        return bool(kinds - {_IN_MEMORY})


def made_by(ddl: str) -> str | None:
    """The last part of the name that a CREATE, ALTER or DROP is about; None when that cannot be told."""
    named = _OBJECT.match(ddl)
    return _unquote(_PART.findall(named.group(2))[-1]) if named else None


def _unquote(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
