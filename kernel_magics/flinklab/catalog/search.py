"""Finding definitions by part of a name, a column, a tag, a connector or a comment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    TableClause,
    and_,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy import table as lightweight_table

from flinklab.catalog.database import Database
from flinklab.catalog.definition_rows import described_columns
from flinklab.catalog.names import require_team
from flinklab.catalog.schema import definition as table
from flinklab.catalog.schema import team as team_table
from flinklab.catalog.search_index import CANDIDATES, ENDS
from flinklab.catalog.search_text import IN_INDEX, fold, reason, words_of
from flinklab.domain.definitions import DefinitionKind, Hit, Name
from flinklab.domain.errors import UsageError

_LONGEST = 1_000  # characters


@dataclass(frozen=True)
class _Asked:
    """What is looked up: `heads` in names, else `anywhere`; both sorted out by `besides`, too short to look up."""

    exact: str
    heads: tuple[str, ...]
    anywhere: tuple[str, ...]
    besides: tuple[str, ...]
    begins: bool  # with the head, or just has it
    team: str | None
    kind: DefinitionKind | None
    connector: str | None
    tag: str | None
    limit: int

    @property
    def narrow(self) -> list[str]:
        """The connector and the tag as they are in what is searched; there may be more like them."""
        return [f" {fold(one)} " for one in (self.connector, self.tag) if one]


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    def search(
        self,
        text: str,
        *,
        team: str | None = None,
        kind: DefinitionKind | None = None,
        connector: str | None = None,
        tag: str | None = None,
        limit: int = 50,
    ) -> list[Hit]:
        """Up to `limit` definitions that have every word of `text` in them, in large or small letters.

        First the one that is called so, then those with all words in the name, then in names of columns, then in
        tags, connector and comments; among equals by name. Of more than 300 that match, the best of 300.
        A single word of one or two letters is what a name begins with. No text: what the rest narrows it to.
        Every character is itself; none is an operator. Raises `NotFoundError` for the team, `UsageError`.
        """
        if len(text) > _LONGEST:
            raise UsageError(f"{len(text):,} characters are too many to search for", hint="give a word or two")
        words = words_of(text)
        if not words and (team, kind, connector, tag) == (None,) * 4:
            raise UsageError("there is nothing to search for", hint="give a part of a name, a column or a comment")
        long = tuple(word for word in words if len(word) >= IN_INDEX)
        short = tuple(word for word in words if word not in long)
        begins = bool(short) and not long
        asked = _Asked(
            exact=" ".join(words),
            heads=short[:1] if begins else long,
            anywhere=(f" {short[0]} ",) if begins else long,
            besides=short[1:] if begins else short,
            begins=begins,
            team=team,
            kind=kind,
            connector=connector,
            tag=tag,
            limit=limit,
        )
        with self._database.reading() as connection:
            if team is not None:
                require_team(connection, team)
            ask = _in_postgresql if self._database.is_shared else _in_sqlite
            return _hits(connection, ask(connection, asked), words)

    def names_like(self, name: Name) -> list[str]:
        """Names of the team that share the first or the second half with this one, for a suggestion."""
        middle = len(name.name) // 2
        halves = (name.name[:middle], name.name[middle:])
        hits = [hit for half in halves if half.strip() for hit in self.search(half, team=name.team)]
        return [hit.name.name for hit in hits]


def _in_postgresql(connection: Connection, asked: _Asked) -> list[int]:
    besides = [_containing(word) for word in asked.besides]
    heads = [f"{head}%" if asked.begins else _containing(head) for head in asked.heads]
    values = {
        "exact": asked.exact or None,
        "heads": [*heads, *besides],
        "anywhere": [*map(_containing, asked.anywhere), *besides],
        "narrow": list(map(_containing, asked.narrow)),
        "team": asked.team,
        "kind": asked.kind.value if asked.kind else None,
        "connector": asked.connector,
        "tag": asked.tag,
        "most": asked.limit,
    }
    return list(connection.execute(_FUNCTION, values).scalars())


_FUNCTION = text(
    "SELECT id FROM flinklab_search(:exact, :heads, :anywhere, :narrow, :team, :kind, :connector, :tag, :most)"
)


def _in_sqlite(connection: Connection, asked: _Asked) -> list[int]:
    place = []
    if asked.team is not None:
        place.append(f"place : {_phrase(f'/{require_team(connection, asked.team)}/')}")
    if asked.kind is not None:
        place.append(f"place : {_phrase(f'/{asked.kind.value}/')}")
    exact = [f"name : {_phrase(ENDS + asked.exact + ENDS)}"] if asked.exact else []
    heads = [f"name : {_phrase(ENDS + head if asked.begins else head)}" for head in asked.heads]
    narrow = [f"body : {_phrase(one)}" for one in asked.narrow]
    anywhere = [f"body : {_phrase(one)}" for one in asked.anywhere]
    ids: list[int] = []
    for phrases, more, index in ((exact, narrow, _NAMES), (heads, narrow, _NAMES), (anywhere + narrow, [], _TEXTS)):
        if (phrases or index is _TEXTS) and len(ids) < asked.limit:
            found = _sorted_in_sqlite(index, phrases + place, more, asked).limit(asked.limit + len(ids))
            ids += [row.id for row in connection.execute(found) if row.id not in ids]
    return ids[: asked.limit]


def _sorted_in_sqlite(index: TableClause, phrases: list[str], more: list[str], asked: _Asked) -> Select[Any]:
    """Of those that match `phrases` in an index, and `more` in that of all texts. What is dropped is in neither."""
    searched = _NAME if index is _NAMES else table.c.search
    in_columns = [func.instr(_NAME_AND_COLUMNS, word) > 0 for word in (*asked.anywhere, *asked.besides)]
    place = literal(0) if index is _NAMES else case((and_(true(), *in_columns), 1), else_=2)
    some = (
        select(table.c.id, table.c.name, place.label("place"))
        .join_from(index, table, table.c.id == index.c.rowid)
        .where(_matches(index, phrases))
        .where(*(func.instr(searched, word) > 0 for word in asked.besides))
    )
    if more:
        some = some.where(index.c.rowid.in_(select(_TEXTS.c.rowid).where(_matches(_TEXTS, more))))
    if asked.connector:
        some = some.where(table.c.connector == asked.connector)
    if asked.tag:
        tags = func.json_each(table.c.tags).table_valued("value")
        some = some.where(select(tags.c.value).where(tags.c.value == asked.tag).exists())
    found = some.limit(max(CANDIDATES, asked.limit)).subquery()
    return select(found.c.id).order_by(found.c.place, found.c.name, found.c.id)


def _matches(index: TableClause, phrases: list[str]) -> ColumnElement[bool]:
    return literal_column(index.name).op("MATCH", is_comparison=True)(" AND ".join(phrases))


_NAMES = lightweight_table("definition_search_name", column("rowid"))
_TEXTS = lightweight_table("definition_search", column("rowid"))
_NAME = func.substr(table.c.search, 1, func.instr(table.c.search, "\n"))
_NAME_AND_COLUMNS = func.substr(table.c.search, 1, func.instr(table.c.search, "\t"))

_SHOWN: Select[Any] = (
    select(
        team_table.c.name.label("team_name"),
        *(table.c[name] for name in ("id", "name", "kind", "connector", "comment", "owner", "tags", "version")),
        table.c.facts,
    )
    .join_from(table, team_table, team_table.c.id == table.c.team_id)
    .where(table.c.id.in_(bindparam("ids", expanding=True)))
)


def _hits(connection: Connection, ids: list[int], words: tuple[str, ...]) -> list[Hit]:
    if not ids:
        return []
    rows = {row.id: row for row in connection.execute(_SHOWN, {"ids": ids})}
    return [_hit(rows[number], words) for number in ids if number in rows]


def _hit(row: Row[Any], words: tuple[str, ...]) -> Hit:
    columns = described_columns(row.facts)
    places = [("name", row.name)]
    if not all(word in fold(row.name) for word in words):
        places += [(f"column {name}", name) for name, _ in columns]
        places += [(f"connector {row.connector}", row.connector)]
        places += [(f"tag {tag}", tag) for tag in row.tags]
        places += [("comment", row.comment)]
        places += [(f"comment of {name}", comment) for name, comment in columns]
    return Hit(
        name=Name(row.team_name, row.name),
        kind=DefinitionKind(row.kind),
        connector=row.connector,
        comment=row.comment,
        owner=row.owner,
        tags=tuple(row.tags),
        columns=len(columns),
        version=row.version,
        because=reason(places, words),
    )


def _containing(word: str) -> str:
    return f"%{word}%"


def _phrase(text: str) -> str:
    return f'"{text}"'
