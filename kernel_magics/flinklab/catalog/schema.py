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
    Float,
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
    text,
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
_DETAILS = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_NAME = String(255)
# The number of a row that was deleted names no other row: some process may still have it in mind.
_NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}
_SIZES = ("size", "full_size", "processed", "persisted")  # bytes


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

team = Table(
    "team",
    METADATA,
    _id(),
    Column("name", _NAME, nullable=False, unique=True),
    _text("description"),
    **_NEVER_AGAIN,
)

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
    **_NEVER_AGAIN,
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
    Column("yarn", _NAME),
    Column("application", _NAME, nullable=False, server_default=""),
    _document("sizing"),
    _document("labels", "[]"),
)

yarn = Table(
    "yarn",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    _document("urls", "[]"),
    _document("access"),
    _text("hadoop_conf"),
    _document("flink_homes"),
    _document("defaults"),
    Column("owner", _NAME, nullable=False, server_default=""),
    _text("description"),
    *_changed(),
)

pool = Table(
    "pool",
    METADATA,
    _team(primary_key=True),
    Column("name", _NAME, primary_key=True),
    _document("labels", "[]"),
    _text("description"),
    *_changed(),
)

cluster_address = Table(
    "cluster_address",
    METADATA,
    _team(primary_key=True),
    Column("cluster", _NAME, primary_key=True),
    Column("url", Text, nullable=False),
    Column("application", _NAME, nullable=False, server_default=""),
    Column("found_at", Moment),
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
    **_NEVER_AGAIN,
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

job_version = Table(
    "job_version",
    METADATA,
    _id(),
    _team(),
    Column("name", _NAME, nullable=False),
    Column("number", Integer, nullable=False),
    _document("script"),
    _document("definitions", "[]"),
    _document("variables", "[]"),
    Column("flink_version", String(32), nullable=False, server_default=""),
    _document("origin"),
    _text("note"),
    Column("fingerprint", String(64), nullable=False),
    Column("made_by", _NAME, nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("team_id", "name", "number"),
)

job_plan = Table(
    "job_plan",
    METADATA,
    _id(),
    _team(),
    Column("name", _NAME, nullable=False),
    Column("number", Integer, nullable=False),
    Column("environment", _NAME, nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("shape", String(64), nullable=False),
    Column("flink_version", String(32), nullable=False, server_default=""),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("team_id", "name", "number", "environment", "text_hash", name="uq_job_plan_once"),
)

job = Table(
    "job",
    METADATA,
    _id(),
    _team(),
    Column("name", _NAME, nullable=False),
    Column("environment", _NAME, nullable=False),
    Column("cluster", _NAME, nullable=False),
    Column("number", Integer, nullable=False),
    Column("wanted", Boolean, nullable=False, server_default="0"),
    _document("deployment"),
    _document("policies"),
    _document("restore"),
    Column("priority", Integer, nullable=False, server_default="0"),
    _document("tags", "[]"),
    Column("owner", _NAME, nullable=False, server_default=""),
    _text("description"),
    *_changed(),
    Column("pool", _NAME, nullable=False, server_default=""),
    UniqueConstraint("team_id", "name", "environment"),
    Index(None, "team_id", "cluster"),
    **_NEVER_AGAIN,
)


def _job(**options: Any) -> Column[int]:
    return Column("job_id", _NUMBER, ForeignKey("job.id", ondelete="CASCADE"), nullable=False, **options)


job_status = Table(
    "job_status",
    METADATA,
    _job(primary_key=True),
    _team(index=True),
    Column("state", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    _text("reason"),
    _document("restarts", "[]"),
    Column("not_before", Moment),
    Column("savepoint_at", Moment),
)

attempt = Table(
    "attempt",
    METADATA,
    Column("id", String(32), primary_key=True),
    _job(),
    _team(index=True),
    Column("number", Integer, nullable=False),
    Column("flink_id", String(32), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("live", Boolean, nullable=False),
    _document("deployment"),
    _text("restored_from"),
    Column("shape", String(64), nullable=False, server_default=""),
    Column("session", _NAME),
    Column("sender_closed", Boolean, nullable=False, server_default="0"),
    Column("incarnation", _NAME, nullable=False, server_default=""),
    Column("cluster", _NAME, nullable=False),
    Column("completed", BigInteger),
    Column("adopted", Boolean, nullable=False, server_default="0"),
    Column("forced", Boolean, nullable=False, server_default="0"),
    Column("cause", _DOCUMENT),
    Column("planned_at", Moment, nullable=False),
    Column("running_at", Moment),
    Column("ended_at", Moment),
    UniqueConstraint("job_id", "number"),
    # One live attempt per job, whatever two supervisors believe.
    Index("uq_attempt_live", "job_id", unique=True, sqlite_where=text("live"), postgresql_where=text("live")),
)

command = Table(
    "command",
    METADATA,
    Column("id", String(32), primary_key=True),
    _job(),
    _team(index=True),
    Column("kind", String(16), nullable=False),
    _document("arguments"),
    Column("state", String(16), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("step", String(16), nullable=False),
    Column("trigger", String(32), nullable=False, server_default=""),
    _document("before"),
    _text("savepoint"),
    Column("attempt", String(32)),
    _text("outcome"),
    Column("asked_by", _NAME, nullable=False),
    _text("why"),
    Column("asked_at", Moment, nullable=False),
    Column("begun_at", Moment),
    Column("step_at", Moment),
    Column("ended_at", Moment),
    Index(None, "job_id", "asked_at"),
    Index("ix_command_open", "job_id", sqlite_where=text("is_open"), postgresql_where=text("is_open")),
)

# domain.jobs.Checkpoint.is_restore_point
_POINT = text("status = 'completed' AND path <> '' AND missing_at IS NULL AND deleted_at IS NULL")

checkpoint = Table(
    "checkpoint",
    METADATA,
    _id(),
    _job(),
    _team(index=True),
    Column("attempt", String(32)),
    Column("flink_id", String(32), nullable=False),
    Column("checkpoint_id", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("is_savepoint", Boolean, nullable=False, server_default="0"),
    Column("triggered_at", Moment),
    Column("duration", Float, nullable=False, server_default="0"),
    *(Column(name, BigInteger, nullable=False, server_default="0") for name in _SIZES),
    Column("alignment", Float),
    _text("path"),
    Column("format", String(16), nullable=False, server_default=""),
    Column("trigger", String(32), nullable=False, server_default=""),
    _text("failure"),
    Column("span", Integer, nullable=False, server_default="1"),
    Column("shape", String(64), nullable=False, server_default=""),
    Column("verified_at", Moment),
    Column("missing_at", Moment),
    Column("deleted_at", Moment),
    Column("slowest", _DETAILS),  # domain.monitoring.CheckpointTask
    UniqueConstraint("flink_id", "checkpoint_id"),
    Index(None, "job_id", "triggered_at"),
    Index("ix_checkpoint_points", "job_id", "triggered_at", sqlite_where=_POINT, postgresql_where=_POINT),
)

event = Table(
    "event",
    METADATA,
    _id(),
    _job(),
    _team(index=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    _document("data"),
    Column("by", _NAME, nullable=False, server_default=""),
    Index(None, "job_id", "at"),
)

series_subject = Table(
    "series_subject",
    METADATA,
    _id(),
    _team(),
    Column("cluster", _NAME, nullable=False, server_default=""),  # itself; a job, which may move, has none
    Column("job_id", _NUMBER, ForeignKey("job.id", ondelete="CASCADE"), unique=True),
    Index(
        "uq_series_subject_cluster",
        "team_id",
        "cluster",
        unique=True,
        sqlite_where=text("job_id IS NULL"),
        postgresql_where=text("job_id IS NULL"),
    ),
    **_NEVER_AGAIN,
)


def _subject() -> Column[int]:
    parent = ForeignKey("series_subject.id", ondelete="CASCADE")
    return Column("subject_id", _NUMBER, parent, primary_key=True, autoincrement=False)


# What was sampled in the hour that is not over. Only ever inserted, and deleted when the hour is packed.
series_sample = Table(
    "series_sample",
    METADATA,
    _subject(),
    Column("at", BigInteger, primary_key=True, autoincrement=False),  # ms since 1970
    _team(),
    Column("data", LargeBinary, nullable=False),
)

series_chunk = Table(
    "series_chunk",
    METADATA,
    _subject(),
    Column("tier", SmallInteger, primary_key=True, autoincrement=False),  # domain.series.Tier
    Column("start", BigInteger, primary_key=True, autoincrement=False),  # s since 1970
    _team(),
    Column("times", Integer, nullable=False),  # how many
    Column("as_sampled", Boolean, nullable=False, server_default="0"),  # a MINUTE chunk that is the RAW one, too
    Column("data", LargeBinary, nullable=False),
)

job_graph = Table(
    "job_graph",
    METADATA,
    _id(),
    _job(),
    _team(index=True),
    Column("attempt", String(32)),
    Column("at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    _document("document"),
    Index(None, "job_id", "at"),
)

job_failure = Table(
    "job_failure",
    METADATA,
    _id(),
    _job(),
    _team(index=True),
    Column("attempt", String(32)),
    Column("flink_id", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("digest", String(32), nullable=False),  # of task and message: Flink tells the same one again and again
    _text("message"),
    _text("details"),
    _text("task"),
    Column("subtask", Integer, nullable=False, server_default="-1"),
    Column("taskmanager", _NAME, nullable=False, server_default=""),
    Column("host", _NAME, nullable=False, server_default=""),
    UniqueConstraint("flink_id", "at", "digest", name="uq_job_failure_once"),
    Index(None, "job_id", "at"),
)

cluster_lease = Table(
    "cluster_lease",
    METADATA,
    _team(primary_key=True),
    Column("cluster", _NAME, primary_key=True),
    Column("holder", _NAME, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)

cluster_status = Table(
    "cluster_status",
    METADATA,
    _team(primary_key=True),
    Column("cluster", _NAME, primary_key=True),
    Column("incarnation", _NAME, nullable=False, server_default=""),
    Column("silent_since", Moment),  # nobody answers since then
    Column("seen_at", Moment),
    _text("remark"),
)

supervisor = Table(
    "supervisor",
    METADATA,
    Column("name", _NAME, primary_key=True),
    Column("host", _NAME, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
