"""The audit: who changed what, when. It is written by triggers (`audit_triggers`); here it is read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from flinklab.catalog.audited import AUDITED
from flinklab.catalog.database import Database
from flinklab.catalog.names import require_team
from flinklab.catalog.schema import audit
from flinklab.catalog.schema import team as teams
from flinklab.domain.errors import UsageError
from flinklab.domain.people import Change
from flinklab.domain.text import suggest

_GONE = audit.alias("gone")  # the lines which say that a team was dropped


class Audit:
    """What was changed in the teams that the connected person is in; of dropped teams supervisors read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(
        self,
        team: str | None = None,
        *,
        person: str | None = None,
        table: str | None = None,
        key: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Change]:
        """The newest `limit` changes, newest first.

        `key`: the name of what was changed. `since`: a moment with its time zone. Raises `NotFoundError` for a
        team that is unknown, `UsageError` for a table that is not audited.
        """
        if table is not None and table not in AUDITED:
            meant = suggest(table, AUDITED)
            raise UsageError(
                f"changes of {table!r} are not recorded",
                hint=f"did you mean {meant}?" if meant else "these are: " + ", ".join(AUDITED),
            )
        dropped = select(_GONE.c.team_id, func.max(_GONE.c.key).label("name")).where(
            _GONE.c.table_name == "team", _GONE.c.action == "delete"
        )
        gone = dropped.group_by(_GONE.c.team_id).subquery()
        name = func.coalesce(teams.c.name, gone.c.name, "")
        query = (
            select(audit, name.label("team"))
            .outerjoin(teams, teams.c.id == audit.c.team_id)
            .outerjoin(gone, gone.c.team_id == audit.c.team_id)
            .order_by(audit.c.id.desc())
            .limit(limit)
        )
        if team is not None:
            ids = select(teams.c.id).where(teams.c.name == team)
            query = query.where(or_(audit.c.team_id.in_(ids), gone.c.name == team))
        for column, wanted in ((audit.c.person, person), (audit.c.table_name, table), (audit.c.key, key)):
            if wanted is not None:
                query = query.where(column == wanted)
        if since is not None:
            query = query.where(audit.c.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            if team is not None and not rows:
                require_team(connection, team)
        return [
            Change(row.at, row.person, row.team, row.action, row.table_name, row.key, row.before, row.after)
            for row in rows
        ]
