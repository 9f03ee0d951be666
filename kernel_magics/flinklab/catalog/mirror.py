"""A database's tables as Flink tables with the JDBC connector: onboarding them without writing their DDL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, inspect
from sqlalchemy.engine import Dialect, Inspector, make_url
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from flinklab.catalog.jdbc_types import flink_type
from flinklab.catalog.urls import masked
from flinklab.domain.definitions import Definition, Imported, Name
from flinklab.domain.errors import CatalogUnavailableError, NotFoundError, UsageError
from flinklab.domain.text import one_line, suggest
from flinklab.references import look_up
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import quote, string

_PATIENCE = 10  # seconds to connect
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")


def mirror(
    url: str,
    *,
    team: str,
    owner: str = "",
    schema: str | None = None,
    tables: Sequence[str] | None = None,
    user: str | None = None,
    password: str | None = None,
) -> Imported:
    """The tables and views of `schema` (the database's default when None), or those of them in `tables`.

    `url` is SQLAlchemy's; `user` and `password` (a reference: `env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`) take
    the place of what is in it. Neither is written down: the definitions say `${DATABASE_user}` and
    `${DATABASE_password}`, and a note tells to set them. Columns that the connector cannot read are left out and
    noted. Nothing in the database is changed, and no row is read.

    Raises `UsageError` for a URL that cannot be used, `CatalogUnavailableError` when the database cannot be
    reached, `NotFoundError` for a table or schema that is not there, and `SecretError` for the reference.
    """
    place = _place(url, user, password)
    engine = create_engine(place, poolclass=NullPool, connect_args=_connect_args(place))
    try:
        inspector = inspect(engine)
        if schema is not None and schema not in inspector.get_schema_names():
            raise _not_found("schema", schema, inspector.get_schema_names())
        target = _Target(place, schema, inspector.dialect)
        return _imported(_tables(inspector, schema, tables), target, team, owner)
    except NoSuchTableError as error:
        raise NotFoundError(f"there is no table {error} any more") from error
    except SQLAlchemyError as error:
        raise CatalogUnavailableError(f"{masked(place)} cannot be read: {_said(error)}") from error
    finally:
        engine.dispose()


def _place(text: str, user: str | None, password: str | None) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Whatever it is, there may be a password in it.
        raise UsageError("the database's URL cannot be read", hint="as in postgresql://user@host/db") from None
    kind, _, driver = url.drivername.partition("+")
    if kind not in _DRIVERS and kind != "sqlite":
        raise UsageError(f"tables of {kind} cannot be mirrored", hint="those of PostgreSQL, MySQL and SQLite can")
    if not driver and kind in _DRIVERS:
        url = url.set(drivername=f"{kind}+{_DRIVERS[kind]}")
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise UsageError(f"SQLAlchemy has no driver {driver} for {kind}") from None
    except ImportError as error:
        raise UsageError(f"the driver {error.name} is not installed", hint=f"pip install {error.name}") from None
    if user is not None:
        url = url.set(username=user)
    return url if password is None else url.set(password=look_up(password))


def _connect_args(place: URL) -> dict[str, Any]:
    return {"connect_timeout": _PATIENCE} if place.get_backend_name() in _DRIVERS else {}


def _said(error: SQLAlchemyError) -> str:
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    return one_line(said.strip().splitlines()[0] if said.strip() else type(error).__name__, 200)


def _not_found(what: str, name: str, choices: Sequence[str]) -> NotFoundError:
    meant = suggest(name, choices)
    return NotFoundError(f"there is no {what} {name!r} there", hint=f"did you mean {meant}?" if meant else None)


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: Sequence[Any]
    primary_key: Sequence[str]
    comment: str


def _tables(inspector: Inspector, schema: str | None, wanted: Sequence[str] | None) -> list[_Table]:
    """By the alphabet. A handful of questions to the database, however many tables there are."""
    asked: dict[str, Any] = {"schema": schema, "filter_names": wanted, "kind": ObjectKind.ANY}
    columns: dict[Any, Any] = inspector.get_multi_columns(**asked)
    keys: dict[Any, Any] = inspector.get_multi_pk_constraint(**asked)
    comments: dict[Any, Any] = {}
    with suppress(NotImplementedError):  # SQLite has none
        comments = inspector.get_multi_table_comment(**asked)
    there = [key[1] for key in columns]
    for name in wanted or ():
        if name not in there:
            raise _not_found("table", name, inspector.get_table_names(schema) + inspector.get_view_names(schema))
    return [
        _Table(
            key[1],
            columns[key],
            (keys.get(key) or {}).get("constrained_columns") or [],
            (comments.get(key) or {}).get("text") or "",
        )
        for key in sorted(columns, key=lambda key: key[1])
    ]


class _Target:
    """How Flink's connector reaches the database.

    It quotes no name of PostgreSQL (4.0): what is not plain there is written with PostgreSQL's quotes in it.
    """

    def __init__(self, place: URL, schema: str | None, dialect: Dialect) -> None:
        self._place = place
        self._schema = schema
        self._default_schema = dialect.default_schema_name
        self._quote = dialect.identifier_preparer.quote
        self.dialect = place.get_backend_name().replace("mariadb", "mysql")
        self.shown = masked(place._replace(username=None, password=None))

    @property
    def variables(self) -> dict[str, str]:
        """Options, and the names of the variables that they are."""
        if self._place.username is None:
            return {}
        name = _NO_NAME.sub("_", self._place.database or self.dialect).strip("_")
        name = name if name[:1].isalpha() else f"{self.dialect}_{name}"
        return {"username": f"{name}_user", "password": f"{name}_password"}

    @property
    def url(self) -> str:
        if self.dialect == "sqlite":
            return f"jdbc:sqlite:{self._place.database or ''}"
        host = self._place.host or "localhost"
        host = f"[{host}]" if ":" in host else host
        port = f":{self._place.port}" if self._place.port else ""
        database = self._schema if self.dialect == "mysql" and self._schema else self._place.database
        return f"jdbc:{self.dialect}://{host}{port}/{database or ''}"

    def options(self, table: str) -> dict[str, str]:
        name = self.name_of(table)
        if self.dialect == "postgresql" and self._schema not in (None, self._default_schema):
            name = f"{self.name_of(self._schema or '')}.{name}"
        variables = {option: f"${{{variable}}}" for option, variable in self.variables.items()}
        return {"connector": "jdbc", "url": self.url, "table-name": name, **variables}

    def name_of(self, name: str) -> str:
        """What the connector has to call a table or a column."""
        return str(self._quote(name)) if self.dialect == "postgresql" else name


def _imported(tables: Sequence[_Table], target: _Target, team: str, owner: str) -> Imported:
    found = Imported()
    for table in tables:
        name = Name(team, table.name)
        text = _ddl(table, target, name, found.notes)
        if text is not None:
            ddl = read_ddl(text)
            note = f"mirrored from {target.shown}"
            found.definitions.append(Definition(name, ddl.kind, text, ddl.facts, owner=owner, note=note))
    if target.dialect not in _DRIVERS:
        found.notes.append(f"Flink's JDBC connector knows no {target.dialect}: these tables cannot be read")
    for option, variable in target.variables.items():
        flag = " --secret" if option == "password" else ""
        found.notes.append(f"`%flink vars set {variable}{flag}` gives the {option} that the tables are read with")
    return found


def _ddl(table: _Table, target: _Target, name: Name, notes: list[str]) -> str | None:
    lines: list[str] = []
    kept: dict[str, str] = {}
    for column in table.columns:
        there = column["name"]
        type_ = flink_type(column["type"], target.dialect)
        if not type_.text:
            notes.append(f"{name}: the column {there} was left out: {type_.note}")
            continue
        kept[there] = target.name_of(there)
        about = [type_.note] if type_.note else []
        if kept[there] != there:
            about.append(f"it is called `{kept[there]}` in Flink, as the connector quotes no names")
        notes.extend(f"{name}: {there}: {each}" for each in about)
        comment = f" COMMENT {string(column['comment'])}" if column.get("comment") else ""
        lines.append(f"{quote(kept[there])} {type_.text}{'' if column['nullable'] else ' NOT NULL'}{comment}")
    if not lines:
        notes.append(f"{name} was left out: it has no column that the connector can read")
        return None
    if table.primary_key and all(column in kept for column in table.primary_key):
        key = ", ".join(quote(kept[column]) for column in table.primary_key)
        lines.append(f"PRIMARY KEY ({key}) NOT ENFORCED")
    about_all = f" COMMENT {string(table.comment)}" if table.comment else ""
    options = [f"{string(key)} = {string(value)}" for key, value in target.options(table.name).items()]
    return f"CREATE TABLE {quote(table.name)} (\n  {_lines(lines)}\n){about_all} WITH (\n  {_lines(options)}\n)"


def _lines(of: Sequence[str]) -> str:
    return ",\n  ".join(of)
