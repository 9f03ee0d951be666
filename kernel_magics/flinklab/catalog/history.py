"""The history: each statement that was run, by whom, where, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog.database import Database
from flinklab.catalog.history_index import numbers, pattern, serves
from flinklab.catalog.names import not_found, require_team
from flinklab.catalog.schema import history
from flinklab.catalog.schema import team as teams_table
from flinklab.domain.errors import NotPermittedError, UsageError
from flinklab.domain.records import HistoryEntry
from flinklab.domain.text import count
from flinklab.domain.text import storable as storable_text

_NEWEST = 2_000  # entries in which a text is looked for without an index
_BATCH = 1_000  # entries that are let go in one transaction
_ID = re.compile(r"[0-9a-f]{1,32}")
_LENGTHS: dict[str, int] = {
    column.name: length for column in history.c if (length := getattr(column.type, "length", None))
}


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entries: Sequence[HistoryEntry]) -> None:
        """Keep entries; of one that is there already, the later outcome. All are kept, or none is.

        What the database has no room for is cut, what it cannot hold (NUL, half a character) becomes `\ufffd`.
        Raises `NotFoundError` for a team that is not there, `NotPermittedError` for another person's entry.
        """
        if not entries:
            return
        with self._database.writing() as connection:
            ids = {team: require_team(connection, team) for team in {entry.team for entry in entries}}
            rows = [{**_row(entry), "team_id": ids[entry.team]} for entry in entries]
            connection.execute(_upsert(connection), rows)

    def search(
        self,
        *,
        teams: Sequence[str] | None = None,
        text: str | None = None,
        person: str | None = None,
        notebook: str | None = None,
        cluster: str | None = None,
        outcome: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        before: HistoryEntry | None = None,
    ) -> list[HistoryEntry]:
        """The newest entries for which all of it holds, the newest first; `before` goes on after a page's last one.

        `teams`: None for all that the person is in. `text` is a part of the SQL, in large or small ASCII letters;
        one too short for an index (fewer than three letters) is looked for in the newest 2,000 entries, and of
        more than 5,000 entries with a longer one the newest are looked through. `since` is included, `until` not.

        Raises `NotFoundError` for a team, `UsageError` for a moment without a zone.
        """
        if limit < 1:
            raise UsageError(f"{limit} entries of the history cannot be shown")
        wanted = [
            history.c[name] == value
            for name, value in (
                ("person", person),
                ("notebook", notebook),
                ("cluster", cluster),
                ("outcome", outcome),
            )
            if value is not None
        ]
        if since is not None:
            wanted.append(history.c.started_at >= _moment(since))
        if until is not None:
            wanted.append(history.c.started_at < _moment(until))
        if before is not None:
            wanted.append(_older_than(before))
        with self._database.reading() as connection:
            if teams is not None:
                ids = [require_team(connection, team) for team in teams]
                wanted.append(history.c.team_id == ids[0] if len(ids) == 1 else history.c.team_id.in_(ids))
            if not text:
                return _newest(connection, wanted, limit)
            has_text = history.c.sql.ilike(pattern(text), escape="\\")
            some = select(history.c.number).where(*wanted).order_by(*_NEWEST_FIRST).limit(_NEWEST)
            found = _newest(connection, [history.c.number.in_(some.scalar_subquery()), has_text], limit)
            if len(found) == limit or not serves(connection, text):
                return found
            return _newest(connection, [*wanted, history.c.number.in_(numbers(connection, text))], limit)

    def get(self, id: str) -> HistoryEntry:
        """The entry whose id is, or begins with, these hexadecimal digits.

        Raises `NotFoundError`, and `UsageError` when several begin so.
        """
        beginning = id.strip().lower()
        if not _ID.fullmatch(beginning):
            raise UsageError(
                f"{id[:40]!r} is no id of the history", hint="it is 32 hexadecimal digits, or the first of them"
            )
        # As a range, for which the index of ids is good in every locale: g is the letter after the last digit.
        some = history.c.id >= beginning, history.c.id < beginning + "g"
        with self._database.reading() as connection:
            found = _newest(connection, some, 3)
        if not found:
            raise not_found("entry of the history", id)
        if len(found) > 1:
            shown = ", ".join(entry.id[: len(beginning) + 4] for entry in found)
            raise UsageError(
                f"several entries of the history begin with {beginning}", hint=f"give more of it: {shown}, ..."
            )
        return found[0]

    def prune(self, keep: timedelta, *, team: str | None = None) -> int:
        """Let entries go that began longer ago than `keep`; returns how many. Of all teams when none is named.

        In transactions of 1,000 entries, so that nobody waits long. Raises `NotPermittedError`.
        """
        old = history.c.started_at < datetime.now(timezone.utc) - keep
        gone = 0
        while True:
            with self._database.writing() as connection:
                mine = [] if team is None else [history.c.team_id == require_team(connection, team)]
                some = select(history.c.number).where(old, *mine).order_by(history.c.started_at).limit(_BATCH)
                chosen = history.c.number.in_(connection.execute(some).scalars().all())
                done = connection.execute(delete(history).where(chosen)).rowcount
                left = connection.execute(select(func.count()).where(chosen)).scalar_one()
            gone += done
            if left and not done:
                raise NotPermittedError(
                    "your role does not allow you to let go of some old entries of the history",
                    hint=f"an admin of their team can; {count(gone, 'entry')} went",
                )
            if not done:
                return gone


_NEWEST_FIRST = history.c.started_at.desc(), history.c.id.desc()
_FIELDS = [field.name for field in fields(HistoryEntry) if field.name != "team"]


def _newest(connection: Connection, wanted: Iterable[ColumnElement[bool]], limit: int) -> list[HistoryEntry]:
    columns = [history.c[name] for name in _FIELDS]
    statement = select(teams_table.c.name.label("team"), *columns).join_from(history, teams_table).where(*wanted)
    rows = connection.execute(statement.order_by(*_NEWEST_FIRST).limit(limit)).mappings()
    return [HistoryEntry(**row) for row in rows]


def _older_than(entry: HistoryEntry) -> ColumnElement[bool]:
    began = history.c.started_at
    # The first condition is what an index is good for.
    return and_(began <= entry.started_at, or_(began < entry.started_at, history.c.id < entry.id))


def _moment(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise UsageError(
            f"{moment} is no moment without its zone", hint="give one with a zone: moment.astimezone()"
        )
    return moment


def storable(entry: HistoryEntry) -> HistoryEntry:
    """The entry as the database can hold it."""
    changes: dict[str, Any] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if isinstance(value, str):
            fitting = storable_text(value)[: _LENGTHS.get(field.name)]
            if fitting != value:
                changes[field.name] = fitting
    return replace(entry, **changes) if changes else entry


def _row(entry: HistoryEntry) -> dict[str, Any]:
    kept = storable(entry)
    return {name: getattr(kept, name) for name in _FIELDS}


def _upsert(connection: Connection) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    names = [*_FIELDS, "team_id"]
    insert = dialect.insert(history).values({name: bindparam(name) for name in names})
    fixed = {"id", "person", "started_at", "team_id"}
    new = insert.excluded
    not_earlier = or_(new["ended_at"].is_not(None), _stage(new["outcome"]) >= _stage(history.c.outcome))
    return insert.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new[name] for name in names if name not in fixed},
        where=or_(history.c.ended_at.is_(None) & not_earlier, new["ended_at"] >= history.c.ended_at),
    )


def _stage(outcome: Any) -> ColumnElement[int]:
    """What has not ended was first running, then submitted: writes may arrive in another order."""
    return case((outcome == "running", 0), else_=1)
