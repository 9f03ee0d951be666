"""What can be wanted where a caret is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from flinklab.sql.completing.caret import Caret
from flinklab.sql.completing.scope import Path, Query


class Want(Enum):
    TABLE = "a table or view"
    COLUMN = "a column of the query's tables"
    FUNCTION = "a function"
    TYPE = "a type"
    CATALOG = "a catalog of the session"
    DATABASE = "a database of the session"
    MODEL = "a model"
    KEY = "the key of an option"
    VALUE = "the value of an option"
    SETTING = "the key of a setting"
    VARIABLE = "a ${name}"
    PYTHON = "a variable of the notebook"


@dataclass(frozen=True, slots=True)
class WithOptions:
    """The bracket of options that the caret is in.

    `given` are those that stand in it with their values, the one at the caret left out. `kind` is what they are
    of: `TABLE`, `CATALOG`, `MODEL`; `hinted` is the table of an OPTIONS hint. `key`: whose value is
    written; `columns` are those of a new table.
    """

    given: Mapping[str, str]
    kind: str = "TABLE"
    hinted: Path = ()
    key: str = ""
    followed_by_value: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand at `caret`. `path` is what stands before its last dot. `columns` are names that the statement
    itself defines (those of a CREATE TABLE); `into` is the table whose columns are wanted."""

    caret: Caret
    wants: frozenset[Want] = frozenset()
    keywords: tuple[str, ...] = ()
    path: Path = ()
    query: Query | None = None
    options: WithOptions | None = None
    columns: tuple[str, ...] = ()
    into: Path = ()
