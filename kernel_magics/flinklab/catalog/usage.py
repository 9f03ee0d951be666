"""What uses which definition or variable, as it was recorded when it was saved or run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog.database import Database
from flinklab.catalog.definition_writes import chunks
from flinklab.catalog.names import not_found
from flinklab.catalog.schema import team
from flinklab.catalog.schema import usage as table
from flinklab.domain.definitions import How, Name, Use

_MOST = 1_000  # uses that a lineage shows

_KEY = ("team_id", "user_kind", "user_name", "target_kind", "target_team", "target", "how")


class Usage:
    """A use belongs to the team of what is used: its people see who uses their tables, and from where.

    Every method may raise `CatalogUnavailableError`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, uses: Sequence[Use]) -> None:
        """Add uses, or see them again: of the same one the newest time stays. Raises `NotFoundError` for a team."""
        if not uses:
            return
        person = self._database.person
        with self._database.writing() as connection:
            _record(connection, uses, person)

    def replace(self, user_kind: str, user: str, uses: Sequence[Use]) -> None:
        """What a definition, a notebook or a job uses now; what it used before is forgotten."""
        person = self._database.person
        now = {_key(use) for use in uses}
        with self._database.writing() as connection:
            before = connection.execute(select(table).where(*_used_by(user_kind, user))).all()
            gone = [row.id for row in before if _key(_use(row)) not in now]
            for some in chunks(gone):
                connection.execute(delete(table).where(table.c.id.in_(some)))
            _record(connection, uses, person)

    def forget(self, user_kind: str, user: str) -> None:
        """That something is gone, and uses nothing any more."""
        with self._database.writing() as connection:
            connection.execute(delete(table).where(*_used_by(user_kind, user)))

    def users_of(self, name: Name, *, target_kind: str = "definition") -> list[Use]:
        """What uses the definition, or the variable, of that name; the ones seen last first."""
        return self._uses(
            table.c.target_kind == target_kind, table.c.target_team == name.team, table.c.target == name.name
        )

    def used_by(self, user_kind: str, user: str) -> list[Use]:
        """What a definition (`team.name`), a notebook (its path) or a job uses; what was seen last first."""
        return self._uses(*_used_by(user_kind, user))

    def lineage(self, name: Name, depth: int = 3) -> list[Use]:
        """The uses by which data gets into the definition, and those by which it goes on from it.

        A step leads from a definition to the next: up to what a view is made of, or what the jobs and notebooks
        that write it read; and down to the views on it, or what those that read it write. `depth` steps each way,
        or until there are 1,000 uses.
        """
        found: dict[tuple[str, ...], Use] = {}
        with self._database.reading() as connection:
            for step in (_up, _down):
                seen, edge = {str(name)}, {str(name)}
                for _ in range(depth):
                    uses, ends = step(connection, edge)
                    found.update((_key(use), use) for use in uses)
                    edge = ends - seen
                    seen |= edge
                    if not edge or len(found) >= _MOST:
                        break
        return list(found.values())[:_MOST]

    def _uses(self, *where: ColumnElement[bool]) -> list[Use]:
        statement = select(table).where(*where).order_by(table.c.seen_at.desc(), table.c.id)
        with self._database.reading() as connection:
            return [_use(row) for row in connection.execute(statement)]


def _up(connection: Connection, names: set[str]) -> tuple[list[Use], set[str]]:
    made_of = _of_users(connection, {("definition", name) for name in names})
    written = [use for use in _of_targets(connection, names) if use.how is How.WRITES]
    read = [use for use in _of_users(connection, _users(written)) if use.how is not How.WRITES]
    return [*made_of, *written, *read], {_target(use) for use in (*made_of, *read)}


def _down(connection: Connection, names: set[str]) -> tuple[list[Use], set[str]]:
    used = [use for use in _of_targets(connection, names) if use.how is not How.WRITES]
    written = [use for use in _of_users(connection, _users(used)) if use.how is How.WRITES]
    views = {use.user for use in used if use.user_kind == "definition"}
    return [*used, *written], {_target(use) for use in written} | views


def _of_users(connection: Connection, users: Collection[tuple[str, str]]) -> list[Use]:
    """What those of (kind, name) use, of definitions."""
    found: list[Use] = []
    for some in chunks(sorted(users)):
        statement = select(table).where(
            table.c.user_kind.in_({kind for kind, _ in some}),
            table.c.user_name.in_({user for _, user in some}),
            table.c.target_kind == "definition",
        )
        uses = map(_use, connection.execute(statement.limit(_MOST)))
        found += [use for use in uses if (use.user_kind, use.user) in users]
    return found


def _of_targets(connection: Connection, names: Collection[str]) -> list[Use]:
    """What uses the definitions of these names (`team.name`; a dot may be in either)."""
    parts = {(name[:at], name[at + 1 :]) for name in names for at, letter in enumerate(name) if letter == "."}
    found: list[Use] = []
    for some in chunks(sorted(parts)):
        statement = select(table).where(
            table.c.target_kind == "definition",
            table.c.target_team.in_({team for team, _ in some}),
            table.c.target.in_({target for _, target in some}),
        )
        uses = map(_use, connection.execute(statement.limit(_MOST)))
        found += [use for use in uses if _target(use) in names]
    return found


def _users(uses: Iterable[Use]) -> set[tuple[str, str]]:
    return {(use.user_kind, use.user) for use in uses}


def _target(use: Use) -> str:
    return str(Name(use.team, use.target))


def _record(connection: Connection, uses: Iterable[Use], person: str) -> None:
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    now = datetime.now(timezone.utc)
    for use in uses:
        seen_at = use.seen_at or now
        key = _key(use)
        if key not in newest or newest[key]["seen_at"] < seen_at:
            newest[key] = {"seen_at": seen_at, "seen_by": use.seen_by or person}
    teams = _team_ids(connection, {key[3] for key in newest})
    rows = [
        dict(zip(_KEY, (teams[key[3]], *key), strict=True)) | newest[key]
        for key in sorted(newest)  # in one order, so that two who write the same ones never wait for each other
    ]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for some in chunks(rows):
        added = dialect.insert(table).values(some)
        connection.execute(
            added.on_conflict_do_update(
                index_elements=_KEY,
                set_={"seen_at": added.excluded.seen_at, "seen_by": added.excluded.seen_by},
                where=table.c.seen_at < added.excluded.seen_at,
            )
        )


def _team_ids(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Raises `NotFoundError`."""
    found = {
        row.name: row.id for row in connection.execute(select(team.c.name, team.c.id).where(team.c.name.in_(names)))
    }
    for name in names:
        if name not in found:
            raise not_found("team", name)
    return found


def _used_by(user_kind: str, user: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.user_kind == user_kind, table.c.user_name == user


def _key(use: Use) -> tuple[str, ...]:
    return use.user_kind, use.user, use.target_kind, use.team, use.target, use.how.value


def _use(row: Row[Any]) -> Use:
    return Use(
        user_kind=row.user_kind,
        user=row.user_name,
        target_kind=row.target_kind,
        team=row.target_team,
        target=row.target,
        how=How(row.how),
        seen_at=row.seen_at,
        seen_by=row.seen_by,
    )
