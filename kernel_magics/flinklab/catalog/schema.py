"""The tables of the shared catalog. Every row belongs to a team; migrations make what is written here."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment, in UTC on both sides of every driver (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(timezone.utc)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # what SQLite counts up by itself
_DOCUMENT = JSON().with_variant(JSONB, "postgresql")
_NAME = String(255)


def _id() -> Column[int]:
    return Column("id", _NUMBER, primary_key=True, autoincrement=True)


def _team(**options: Any) -> Column[int]:
    return Column("team_id", _NUMBER, ForeignKey("team.id", ondelete="RESTRICT"), nullable=False, **options)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _document(name: str, default: str = "{}") -> Column[Any]:
    return Column(name, _DOCUMENT, nullable=False, server_default=default)


def _changed() -> tuple[Column[Any], ...]:
    """Who made the row what it is; `version` counts up with each change, and tells of a change by another."""
    return (
        Column("version", Integer, nullable=False, server_default="1"),
        Column("changed_by", _NAME, nullable=False),
        Column("changed_at", Moment, nullable=False),
    )


person = Table("person", METADATA, Column("name", _NAME, primary_key=True), _text("description"))

team = Table("team", METADATA, _id(), Column("name", _NAME, nullable=False, unique=True), _text("description"))

member = Table(
    "member",
    METADATA,
    _team(primary_key=True),
    Column("person", ForeignKey("person.name", ondelete="RESTRICT"), primary_key=True),
    Column("role", SmallInteger, nullable=False),  # domain.people.Role
)

definition = Table(
    "definition",
    METADATA,
    _id(),
    _team(),
    Column("name", _NAME, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ddl", Text, nullable=False),
    _document("facts"),
    Column("connector", _NAME, nullable=False, server_default=""),
    _text("comment"),
    Column("owner", _NAME, nullable=False, server_default=""),
    _document("tags", "[]"),
    _text("search"),  # name, columns, tags, connector and comment in one text, in small letters: what is searched
    Column("dropped", Boolean, nullable=False, server_default="0"),
    *_changed(),
    UniqueConstraint("team_id", "name"),
    Index(None, "team_id", "dropped", "kind", "name"),  # what a tree opens and counts by
)

definition_version = Table(
    "definition_version",
    METADATA,
    Column("definition_id", ForeignKey("definition.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _team(index=True),
    Column("kind", String(16), nullable=False),
    Column("ddl", Text, nullable=False),
    _document("facts"),
    Column("owner", _NAME, nullable=False, server_default=""),
    _document("tags", "[]"),
    Column("dropped", Boolean, nullable=False, server_default="0"),
    _text("note"),
    Column("changed_by", _NAME, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

usage = Table(
    "usage",
    METADATA,
    _id(),
    _team(),
    Column("user_kind", String(16), nullable=False),
    Column("user_name", String(1024), nullable=False),
    Column("target_kind", String(16), nullable=False),
    Column("target_team", _NAME, nullable=False),
    Column("target", _NAME, nullable=False),
    Column("how", String(8), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("seen_by", _NAME, nullable=False),
    UniqueConstraint(
        "team_id", "user_kind", "user_name", "target_kind", "target_team", "target", "how", name="uq_usage_once"
    ),
    Index(None, "target_kind", "target_team", "target"),
    Index(None, "user_kind", "user_name"),
)

environment = Table(
    "environment",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    _text("description"),
)

variable = Table(
    "variable",
    METADATA,
    _id(),
    _team(),
    Column("name", _NAME, nullable=False),
    Column("type", String(16), nullable=False),
    Column("secret", Boolean, nullable=False),
    _text("description"),
    *_changed(),
    UniqueConstraint("team_id", "name"),
)

variable_value = Table(
    "variable_value",
    METADATA,
    Column("variable_id", ForeignKey("variable.id", ondelete="CASCADE"), primary_key=True),
    Column("environment", _NAME, primary_key=True),  # "*": where an environment has none of its own
    _team(index=True),
    _text("value"),  # of a secret one a reference, or empty
    Column("cipher", LargeBinary),  # a secret kept here, encrypted with a key that is not here
)

gateway = Table(
    "gateway",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("url", Text, nullable=False),
    _document("access"),
    Column("flink_version", String(32), nullable=False, server_default=""),
    Column("owner", _NAME, nullable=False, server_default=""),
    _text("description"),
    *_changed(),
)

storage = Table(
    "storage",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("uri", Text, nullable=False),
    _text("description"),
    *_changed(),
)

cluster = Table(
    "cluster",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("jobmanager_url", Text),
    Column("gateway", _NAME),
    Column("storage", _NAME),
    Column("flink_version", String(32), nullable=False, server_default=""),
    _document("defaults"),
    Column("owner", _NAME, nullable=False, server_default=""),
    _text("description"),
    *_changed(),
)

snippet = Table(
    "snippet",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("text", Text, nullable=False),
    _text("description"),
    *_changed(),
)

session = Table(
    "session",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    _document("statements", "[]"),
    *_changed(),
)

history = Table(
    "history",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),  # what the search index knows the row by
    Column("id", String(32), nullable=False, unique=True),
    _team(),
    Column("person", _NAME, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("sql", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("notebook", Text, nullable=False, server_default=""),
    Column("cell", _NAME, nullable=False, server_default=""),
    Column("commit", String(64), nullable=False, server_default=""),
    Column("cluster", Text, nullable=False, server_default=""),
    Column("environment", _NAME, nullable=False, server_default=""),
    Column("rows", BigInteger),
    _text("error"),
    Column("job_id", String(32), nullable=False, server_default=""),
    Index(None, "team_id", "started_at"),
    Index(None, "started_at"),  # what retention looks by
)

audit = Table(
    "audit",
    METADATA,
    _id(),
    Column("team_id", _NUMBER),  # no foreign key: the record of a team outlives it
    Column("at", Moment, nullable=False),
    Column("person", _NAME, nullable=False),
    Column("action", String(8), nullable=False),
    Column("table_name", String(32), nullable=False),
    Column("key", Text, nullable=False),
    Column("before", _DOCUMENT),
    Column("after", _DOCUMENT),
    Index(None, "team_id", "at"),
)
