"""What a text of statements means for a job: the one that runs, what goes before it, and the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from flinklab.domain.errors import Position
from flinklab.domain.jobs import JobScript
from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.classify import starts_job
from flinklab.sql.positions import Cursor
from flinklab.sql.split import split
from flinklab.sql.statement_sets import gather_sets
from flinklab.sql.tokens import tokens

# What Flink 2.3 takes: `SET 'key' = 'value'`, and the SQL client's old `SET key = value`.
_SET = re.compile(
    r"(?is)set\s+(?:'(?P<key>[^']+)'|(?P<bare>[^\s'=]+))\s*=\s*(?:'(?P<value>(?:[^']|'')*)'|(?P<rest>[^';]*))\s*\Z"
)
_RESET = re.compile(r"(?is)reset(?:\s+(?:'(?P<key>[^']+)'|(?P<bare>[^\s']+)))?\s*\Z")
_TO_EXECUTE = re.compile(r"(?i)execute\s+(?=insert\b)")
_SETS_SOMETHING_UP = frozenset({StatementKind.SET, StatementKind.USE, StatementKind.JAR})
_SHOWS = frozenset({StatementKind.QUERY, StatementKind.SHOW, StatementKind.EXPLAIN})
_JOBS = ("INSERT", "UPSERT", "EXECUTE STATEMENT", "EXECUTE INSERT")
_HEAD = 4
"""Among how many first words of a DDL a TEMPORARY stands."""


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell's text. `first_line` is the number that its first line has for the reader."""

    text: str
    id: str = ""
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, and the cell that it stands in."""

    statement: Statement
    cell: CellText = field(repr=False)

    @property
    def text(self) -> str:
        return self.statement.text

    def place(self, position: Position | None = None) -> Position:
        """A place in the statement (its begin without one) as the reader counts."""
        moved = self.statement.locate(position or Position(1, 1))
        down = self.cell.first_line - 1
        end = moved.end_line + down if moved.end_line is not None else None
        return replace(moved, line=moved.line + down, end_line=end)


@dataclass(frozen=True, slots=True)
class Reading:
    """The statements of a text, each in one of these, in their order.

    `jobs`: what could run as a Flink job; `setup`: what goes before the first of them in the same session;
    `queries`: rows for a person; `permanent`: what makes something that outlives the session; `others`: what no
    job can be made of; `late`: what would be setup, but stands after the job. `flags` are the cell's own settings,
    which win over what is SET. `is_notebook`: it is a whole notebook's text.
    """

    jobs: tuple[Placed, ...] = ()
    setup: tuple[Placed, ...] = ()
    settings: tuple[Placed, ...] = ()
    queries: tuple[Placed, ...] = ()
    permanent: tuple[Placed, ...] = ()
    others: tuple[Placed, ...] = ()
    late: tuple[Placed, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    is_notebook: bool = False

    @property
    def config(self) -> dict[str, str]:
        """What was SET and not RESET again, and the flags."""
        config: dict[str, str] = {}
        for each in self.settings:
            _apply(each.text, config)
        return {**config, **self.flags}

    def script(self, teams: Sequence[str]) -> JobScript:
        """With the first of `jobs` as the statement, or an empty one."""
        statement = self.jobs[0].text if self.jobs else ""
        return JobScript(statement, tuple(each.text for each in self.setup), self.config, tuple(teams))


def read_script(
    cells: Iterable[CellText], *, flags: Mapping[str, str] | None = None, is_notebook: bool = False
) -> Reading:
    """Sort the statements of `cells` (one cell, or a notebook's in order). Never raises."""
    found: dict[str, list[Placed]] = {}
    for cell in cells:
        for statement in gather_sets(cell.text, split(cell.text)):
            part = _part(statement)
            if part in ("setup", "settings") and "jobs" in found:
                part = "late"
            found.setdefault(part, []).append(Placed(_without_execute(statement), cell))
    return Reading(
        **{part: tuple(placed) for part, placed in found.items()},
        flags=dict(flags or {}),
        is_notebook=is_notebook,
    )


def is_setting(text: str) -> bool:
    """`SET key = value` or a RESET; a bare SET shows the settings."""
    return bool(_SET.match(text) or _RESET.match(text))


def first_words(text: str) -> str:
    """The first two words, in capitals: `EXECUTE STATEMENT`."""
    return " ".join(token.keyword for token in islice(tokens(text), 2)).strip()


def _without_execute(statement: Statement) -> Statement:
    """`EXECUTE INSERT ...` as the INSERT, which is what EXPLAIN and COMPILE PLAN take."""
    word = _TO_EXECUTE.match(statement.text)
    if word is None:
        return statement
    begin = statement.locate(Cursor(statement.text).at(word.end()))
    return replace(
        statement,
        text=statement.text[word.end() :],
        offset=statement.offset + word.end(),
        line=begin.line,
        column=begin.column,
    )


def _part(statement: Statement) -> str:
    kind, text = statement.kind, statement.text
    if kind is StatementKind.SET:
        return "settings" if is_setting(text) else "queries"
    if kind is StatementKind.INSERT:
        return "jobs" if first_words(text).startswith(_JOBS) else "others"
    if kind in _SHOWS:
        return "queries"
    if kind is StatementKind.DDL:
        return _part_of_ddl(statement)
    if kind in _SETS_SOMETHING_UP and not first_words(text).startswith("REMOVE"):
        return "setup"
    return "others"


def _part_of_ddl(statement: Statement) -> str:
    head = [token.keyword for token in islice(tokens(statement.text), _HEAD)]
    if starts_job(statement) or head[0] not in ("CREATE", "REPLACE", "DROP"):
        return "others"
    if "TEMPORARY" in head:
        return "setup"
    return "others" if head[0] == "DROP" else "permanent"


def _apply(text: str, config: dict[str, str]) -> None:
    given = _SET.match(text)
    if given is not None:
        value = given["value"].replace("''", "'") if given["value"] is not None else given["rest"].strip()
        config[given["key"] or given["bare"]] = value
        return
    reset = _RESET.match(text)
    key = reset and (reset["key"] or reset["bare"])
    if key:
        config.pop(key, None)
    else:
        config.clear()
