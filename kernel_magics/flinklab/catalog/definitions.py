"""The team's definitions in the database: found by name, changed with a version each, never lost."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Row, Select, bindparam, false, func, select
from sqlalchemy.exc import IntegrityError

from flinklab.catalog.database import Database
from flinklab.catalog.definition_conflicts import check_expected, difference, overtaken, taken, who_and_when
from flinklab.catalog.definition_rows import as_saved, to_definition, to_row
from flinklab.catalog.definition_writes import add, add_all, change, change_all, chunks, keep_versions, places
from flinklab.catalog.names import not_found, require_team
from flinklab.catalog.schema import definition as table
from flinklab.catalog.schema import definition_version as version_table
from flinklab.catalog.schema import team
from flinklab.catalog.search import Search
from flinklab.domain.definitions import Definition, DefinitionKind, Entry, Name
from flinklab.domain.errors import ConflictError, NotFoundError, UsageError

_FIND = (
    select(team.c.name.label("team_name"), table)
    .join_from(team, table, table.c.team_id == team.c.id)
    .where(
        team.c.name.in_(bindparam("teams", expanding=True)),
        table.c.name.in_(bindparam("names", expanding=True)),
    )
)
_VERSIONS = (
    select(version_table)
    .join_from(version_table, table, table.c.id == version_table.c.definition_id)
    .join(team, team.c.id == table.c.team_id)
    .where(team.c.name == bindparam("team"), table.c.name == bindparam("name"))
)


class Definitions:
    """Tables, views, functions, models and catalogs by `team.name`.

    Every change takes `expected`, the version that it was made from, and raises `ConflictError` when the
    definition has moved on; nothing is written then. Every method may raise `CatalogUnavailableError`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: Name) -> Definition:
        """Raises `NotFoundError`, which knows who dropped it, or what may have been meant."""
        found = self.find([name])
        if name not in found:
            raise self._missing(name)
        return found[name]

    def find(self, names: Sequence[Name]) -> dict[Name, Definition]:
        """Those of `names` that there are; one statement for up to 1,000 of them."""
        wanted = set(names)
        found: dict[Name, Definition] = {}
        if not wanted:
            return found
        with self._database.reading() as connection:
            for some in chunks(sorted(wanted)):
                # Teams times names: one form of the statement for all. What was not asked for is left out below.
                asked = {
                    "teams": sorted({name.team for name in some}),
                    "names": sorted({name.name for name in some}),
                }
                for row in connection.execute(_FIND, asked):
                    name = Name(row.team_name, row.name)
                    if name in wanted and not row.dropped:
                        found[name] = to_definition(row, name)
        return found

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        """Record a new version. `expected` None: there is none yet, or it was dropped.

        What is there already with this kind, text, owner and tags is returned, and no version made. Raises
        `ConflictError`, `NotFoundError`, `NotPermittedError`, `UsageError`.
        """
        name = definition.name
        values = to_row(definition) | self._change()
        with self._database.writing() as connection:
            place = places(connection, [name])[name]
            if place.row is not None and _is_saved(definition, place.row):
                return as_saved(definition, place.row)
            check_expected(name, place, expected, definition.ddl)
            if place.row is None:
                row = add(connection, {"team_id": place.team_id, "version": 1, **values})
            else:
                row = change(connection, place.row, values)
            if row is None:
                raise overtaken(connection, name, place, definition.ddl)
            keep_versions(connection, [row.id], definition.note)
        return to_definition(row, name, note=definition.note)

    def save_all(self, definitions: Sequence[Definition], *, replace: bool) -> list[Definition]:
        """Record many in one transaction, an import's way: all or none. In the order that they came.

        `replace` makes a new version of those that are there with another text; without it they are a
        `ConflictError`, which names them.
        """
        values = {definition.name: to_row(definition) for definition in definitions}
        if len(values) < len(definitions):
            raise UsageError("the same name is there twice in what is to be saved", hint="leave one of them out")
        changed = self._change()
        with self._database.writing() as connection:
            found = places(connection, list(values))
            there = {name: place.row for name, place in found.items() if place.row is not None}
            others = [d for d in definitions if d.name not in there or not _is_saved(d, there[d.name])]
            if not replace and (live := [d.name for d in others if d.name in there and not there[d.name].dropped]):
                raise taken(live)
            ids = {name: row.id for name, row in there.items()}
            for names in chunks([d.name for d in others if d.name not in there]):
                rows = [{"team_id": found[name].team_id, "version": 1, **values[name], **changed} for name in names]
                try:
                    added = add_all(connection, rows)
                except IntegrityError as error:
                    raise _outrun() from error
                ids |= {name: added[found[name].team_id, name.name] for name in names}
            for names in chunks([d.name for d in others if d.name in there]):
                if not change_all(connection, [(there[name], values[name] | changed) for name in names]):
                    raise _outrun()
            kept: dict[int, Row[Any]] = {row.id: row for row in there.values()}
            by_note: dict[str, list[int]] = defaultdict(list)
            for definition in others:
                by_note[definition.note].append(ids[definition.name])
            for note, some in by_note.items():
                kept |= keep_versions(connection, some, note)
        return [as_saved(definition, kept[ids[definition.name]]) for definition in definitions]

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition:
        """Record that it is gone. Its versions stay, and `revert` brings it back."""
        changed = self._change()
        with self._database.writing() as connection:
            place = places(connection, [name])[name]
            check_expected(name, place, expected, "")
            if place.row is None or place.row.dropped:
                raise NotFoundError(f"{name} is dropped already", hint="revert brings it back")
            row = change(connection, place.row, {"dropped": True, "search": "", **changed})
            if row is None:
                raise overtaken(connection, name, place, "")
            keep_versions(connection, [row.id], note)
        return to_definition(row, name, note=note)

    def revert(self, name: Name, version: int, *, expected: int, note: str = "") -> Definition:
        """A new version with the kind, text, owner and tags of an older one; also of what is dropped."""
        old = self.version(name, version)
        if old.dropped:
            raise UsageError(f"version {version} says that {name} is dropped", hint="choose one that has a text")
        return self.save(dataclasses.replace(old, note=note or f"version {version} again"), expected=expected)

    def versions(self, name: Name) -> list[Definition]:
        """All of them, newest first. Raises `NotFoundError`."""
        statement = _VERSIONS.order_by(version_table.c.version.desc())
        with self._database.reading() as connection:
            rows = connection.execute(statement, {"team": name.team, "name": name.name}).all()
        if not rows:
            raise self._missing(name)
        return [to_definition(row, name, note=row.note) for row in rows]

    def version(self, name: Name, number: int) -> Definition:
        """Raises `NotFoundError`."""
        statement = _VERSIONS.where(version_table.c.version == number)
        with self._database.reading() as connection:
            row = connection.execute(statement, {"team": name.team, "name": name.name}).one_or_none()
        if row is None:
            newest = self.versions(name)[0].version
            raise NotFoundError(f"{name} has no version {number}", hint=f"its versions are 1 to {newest}")
        return to_definition(row, name, note=row.note)

    def diff(self, name: Name, older: int, newer: int) -> str:
        """The change of the DDL from one version to another as a unified diff; empty when it is the same."""
        before, after = (self.version(name, number) for number in (older, newer))
        return difference(
            "" if before.dropped else before.ddl,
            "" if after.dropped else after.ddl,
            f"{name} version {older} by {before.changed_by}",
            f"{name} version {newer} by {after.changed_by}",
        )

    def page(
        self, team: str, *, kind: DefinitionKind | None = None, after: str = "", limit: int = 200
    ) -> list[Definition]:
        """Up to `limit` definitions by name, those that follow the name `after`. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            team_id = require_team(connection, team)
            rows = connection.execute(_page(select(table), team_id, kind, after, limit)).all()
        return [to_definition(row, Name(team, row.name)) for row in rows]

    def entries(
        self, team: str, *, kind: DefinitionKind | None = None, after: str = "", limit: int = 200
    ) -> list[Entry]:
        """What a tree shows of a `page`: without texts and columns."""
        shown = select(table.c.name, table.c.kind, table.c.connector, table.c.comment, table.c.version)
        with self._database.reading() as connection:
            team_id = require_team(connection, team)
            rows = connection.execute(_page(shown, team_id, kind, after, limit)).all()
        return [
            Entry(Name(team, row.name), DefinitionKind(row.kind), row.connector, row.comment, row.version)
            for row in rows
        ]

    def counts(self) -> dict[tuple[str, DefinitionKind], int]:
        """How many there are of each kind in each team that has some."""
        counted = (
            select(table.c.team_id, table.c.kind, func.count().label("number"))
            .where(table.c.dropped == false())
            .group_by(table.c.team_id, table.c.kind)
            .subquery()
        )
        named = select(team.c.name, counted.c.kind, counted.c.number).join_from(
            counted, team, team.c.id == counted.c.team_id
        )
        with self._database.reading() as connection:
            return {(row.name, DefinitionKind(row.kind)): row.number for row in connection.execute(named)}

    def _change(self) -> dict[str, Any]:
        """Who changes something now. A team's database puts what it knows itself in the place of this."""
        return {"changed_by": self._database.person, "changed_at": datetime.now(timezone.utc)}

    def _missing(self, name: Name) -> NotFoundError:
        with self._database.reading() as connection:
            row = places(connection, [name])[name].row
        if row is not None:
            hint = f"revert it to version {row.version - 1} to have it back"
            return NotFoundError(f"{name} is dropped: {who_and_when(row)}", hint=hint)
        return not_found(f"definition in team {name.team}", name.name, Search(self._database).names_like(name))


def _page(columns: Select[Any], team_id: int, kind: DefinitionKind | None, after: str, limit: int) -> Select[Any]:
    chosen = columns.where(table.c.team_id == team_id, table.c.dropped == false(), table.c.name > after)
    if kind is not None:
        chosen = chosen.where(table.c.kind == kind.value)
    return chosen.order_by(table.c.name).limit(limit)


def _is_saved(definition: Definition, row: Row[Any]) -> bool:
    wanted = (definition.kind.value, definition.ddl, definition.owner, list(definition.tags))
    return not row.dropped and wanted == (row.kind, row.ddl, row.owner, row.tags)


def _outrun() -> ConflictError:
    return ConflictError(
        "somebody else changed one of these definitions at the same moment",
        hint="nothing was saved; save them again",
    )
