"""A gateway session's objects without Flink: what statements make, list and drop, with Flink 2.3's messages.

`tests/contract/test_objects.py` holds it to a real gateway.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import Position, StatementInvalidError
from flinklab.sql.ddl_head import Head, read_head
from flinklab.sql.identifiers import quote
from flinklab.sql.names import NamedTable, Path, named
from flinklab.sql.positions import Cursor

Rows = list[tuple[object, ...]]
_PART = re.compile(r"`((?:[^`]|``)+)`|([\w$]+)")
_LISTED = {
    "TABLES": DefinitionKind.TABLE,
    "USER FUNCTIONS": DefinitionKind.FUNCTION,
    "MODELS": DefinitionKind.MODEL,
}


class FakeObjects:
    """`ran` are the statements that arrived. `refuse` maps a part of a statement to the message against it."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.refuse: dict[str, str] = {}
        self.before: Callable[[str], None] = lambda sql: None
        self.catalog, self.database = "default_catalog", "default_database"
        self.catalogs: dict[str, set[str]] = {self.catalog: {self.database}}
        self.temporary: dict[tuple[DefinitionKind, Path], str] = {}
        self.lasting: dict[tuple[DefinitionKind, Path], str] = {}

    def run(self, sql: str) -> Rows:
        self.before(sql)
        self.ran.append(sql)
        for part, message in self.refuse.items():
            if part in sql:
                raise StatementInvalidError(message)
        head = read_head(sql)
        if head is not None:
            return self._ddl(sql, head)
        words = " ".join(sql.split()).upper()
        for begin, act in {
            "SHOW CURRENT CATALOG": lambda: [(self.catalog,)],
            "SHOW CURRENT DATABASE": lambda: [(self.database,)],
            "SHOW CATALOGS": lambda: [(name,) for name in self.catalogs],
            "SHOW ": lambda: self._show(sql),
            "USE CATALOG ": lambda: self._use_catalog(_path(sql[12:])),
            "USE ": lambda: self._use(_path(sql[4:])),
            "CREATE DATABASE IF NOT EXISTS ": lambda: self._create_database(_path(sql[30:])),
            "DESCRIBE ": lambda: self._describe(_path(sql[9:])),
        }.items():
            if words.startswith(begin):
                return act()
        if words.startswith(("SELECT", "INSERT", "EXPLAIN")):
            self._check(sql)
        return [("OK",)]

    def made(self, kind: str = "CREATE TEMPORARY") -> list[str]:
        """What was created, in order."""
        return [
            quote(head.path).replace("`", "")
            for sql in self.ran
            if sql.startswith(kind) and (head := read_head(sql))
        ]

    def full(self, path: Path) -> Path:
        return (*(self.catalog, self.database)[: 3 - len(path)], *path)

    def _key(self, kind: DefinitionKind, path: Path) -> tuple[DefinitionKind, Path]:
        full = self.full(path)
        if kind is DefinitionKind.FUNCTION:
            full = (*full[:-1], full[-1].lower())
        return (DefinitionKind.TABLE if kind is DefinitionKind.VIEW else kind, full)

    def _there(self, kind: DefinitionKind, path: Path) -> bool:
        key = self._key(kind, path)
        return key in self.temporary or key in self.lasting

    def _ddl(self, sql: str, head: Head) -> Rows:
        if head.kind is DefinitionKind.CATALOG:
            return self._catalog(sql, head)
        key = self._key(head.kind, head.path)
        own = self.temporary if head.has("TEMPORARY") else self.lasting
        if head.verb.keyword == "DROP":
            return self._drop(head, key, own)
        if key in own and not head.has("IF") and head.kind is not DefinitionKind.FUNCTION:
            kind = "model" if head.kind is DefinitionKind.MODEL else "table"
            raise StatementInvalidError(f"Temporary {kind} '{quote(key[1])}' already exists")
        if key in own and head.kind is DefinitionKind.FUNCTION:
            raise StatementInvalidError(
                "Could not register temporary catalog function. "
                f"A function '{'.'.join(key[1])}' does already exist."
            )
        if own is self.lasting and key[1][1] not in self.catalogs[key[1][0]]:
            raise StatementInvalidError(f"Database {key[1][1]} does not exist in Catalog {key[1][0]}.")
        self._check(sql)
        own[key] = sql
        return [("OK",)]

    def _drop(
        self, head: Head, key: tuple[DefinitionKind, Path], own: dict[tuple[DefinitionKind, Path], str]
    ) -> Rows:
        made = own.get(key)
        read = read_head(made) if made is not None else None
        if read is None or read.kind is not head.kind:
            if not head.has("IF"):
                raise StatementInvalidError(
                    f"Temporary table or view with identifier '{'.'.join(key[1])}' does not exist."
                )
            return [("OK",)]
        del own[key]
        return [("OK",)]

    def _catalog(self, sql: str, head: Head) -> Rows:
        [name] = head.path
        if head.verb.keyword == "DROP":
            if name == self.catalog:
                raise StatementInvalidError("Cannot drop a catalog which is currently in use.")
            self.catalogs.pop(name, None)
        else:
            self.catalogs.setdefault(name, {"default"})
        return [("OK",)]

    def _create_database(self, path: Path) -> Rows:
        catalog, database = path if len(path) == 2 else (self.catalog, *path)
        self.catalogs[catalog].add(database)
        return [("OK",)]

    def _use_catalog(self, path: Path) -> Rows:
        if path[0] not in self.catalogs:
            raise StatementInvalidError(f"A catalog with name [{path[0]}] does not exist.")
        self.catalog, self.database = path[0], min(self.catalogs[path[0]])
        return [("OK",)]

    def _use(self, path: Path) -> Rows:
        catalog, database = path if len(path) == 2 else (self.catalog, *path)
        if database not in self.catalogs[catalog]:
            raise StatementInvalidError(
                f"A database with name [{database}] does not exist in the catalog: [{catalog}]."
            )
        self.catalog, self.database = catalog, database
        return [("OK",)]

    def _show(self, sql: str) -> Rows:
        found = re.match(r"(?is)show (tables|user functions|models)(?:\s+(?:from|in)\s+(.*))?$", sql)
        if found is None:
            return []
        path = _path(found[2] or "") or (self.database,)
        catalog, database = path if len(path) == 2 else (self.catalog, *path)
        if database not in self.catalogs.get(catalog, ()):
            raise StatementInvalidError(f"Database '{catalog}'.'{database}' doesn't exist.")
        kind = _LISTED[found[1].upper()]
        seen = () if kind is DefinitionKind.MODEL else self.temporary  # Flink lists no temporary models
        keys = sorted({*seen, *self.lasting}, key=lambda key: key[1])
        return [(full[-1],) for of, full in keys if of is kind and full[:2] == (catalog, database)]

    def _describe(self, path: Path) -> Rows:
        if not self._there(DefinitionKind.TABLE, path):
            raise StatementInvalidError(
                f"Tables or views with the identifier '{'.'.join(self.full(path))}' doesn't exist."
            )
        return [("id", "BIGINT", True, None, None, None)]

    def _check(self, sql: str) -> None:
        """Everything that the statement names is there, as Flink sees it."""
        read = named(sql)
        is_insert = sql.lstrip().upper().startswith("INSERT")
        for table in read.tables:
            if self._there(DefinitionKind.TABLE, table.parts):
                continue
            full = self.full(table.parts)
            if is_insert and table == read.tables[0]:
                raise StatementInvalidError(
                    f"Cannot find table '{quote(full)}' in any of the catalogs [{', '.join(self.catalogs)}], "
                    "nor as a temporary table."
                )
            like = re.search(r"(?is)\blike\s*$", sql[: table.offset])
            if like is not None:
                raise StatementInvalidError(
                    f"Source table '{quote(full)}' of the LIKE clause not found in the catalog, at line 1, column 1"
                )
            self._object_not_found(sql, table, full)
        for call in read.calls:
            if not call.parts[-1].isupper() and not self._there(DefinitionKind.FUNCTION, call.parts):
                raise StatementInvalidError(
                    f"No match found for function signature {call.parts[-1]}(<NUMERIC>)", position=_at(sql, call)
                )

    def _object_not_found(self, sql: str, table: NamedTable, full: Path) -> None:
        database_is_there = full[1] in self.catalogs.get(full[0], ())
        if not database_is_there and any(key[1][:2] == full[:2] for key in self.temporary):
            raise StatementInvalidError(f"Database {full[1]} does not exist in Catalog {full[0]}.")
        if len(table.parts) == 1:
            what = f"Object '{table.parts[0]}' not found"
        elif database_is_there:
            what = f"Object '{full[2]}' not found within '{full[0]}.{full[1]}'"
        else:
            what = f"Object '{table.parts[0]}' not found"
        raise StatementInvalidError(what, position=_at(sql, table))


def _path(text: str) -> Path:
    return tuple((quoted or plain).replace("``", "`") for quoted, plain in _PART.findall(text))


def _at(sql: str, place: NamedTable) -> Position:
    begin = Cursor(sql).at(place.offset)
    return Position(begin.line, begin.column, begin.line, begin.column + place.length - 1)
