"""What a team shares: tables, views, functions, models and catalogs, each defined by its Flink DDL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class DefinitionKind(Enum):
    """What a definition defines."""

    TABLE = "table"
    VIEW = "view"
    FUNCTION = "function"
    MODEL = "model"
    CATALOG = "catalog"


class Name(NamedTuple):
    """What a definition is called everywhere: `team.name`. One name means one thing in a team, of whatever kind."""

    team: str
    name: str

    def __str__(self) -> str:
        return f"{self.team}.{self.name}"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as its DDL says it: `type` is Flink SQL (`DECIMAL(10, 2) NOT NULL`), empty where it is not known.

    `computed` is the expression of a computed column, `metadata` the key of a metadata column.
    """

    name: str
    type: str = ""
    comment: str = ""
    computed: str = ""
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is read from a DDL. `options` are as they are written: `${name}` is not resolved in them."""

    columns: tuple[TableColumn, ...] = ()
    primary_key: tuple[str, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    watermark: str = ""
    options: dict[str, str] = field(default_factory=dict)
    comment: str = ""

    @property
    def connector(self) -> str:
        """`kafka`, `jdbc`, ...; of a catalog its type, of a model its provider."""
        return next((self.options[key] for key in ("connector", "type", "provider") if key in self.options), "")


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it is now, or as one of its versions was.

    `ddl` is the text that a person wrote, `${name}` and all. `version` counts from 1. `dropped`: this version
    says that it is gone. `note` is what the person said about the change.
    """

    name: Name
    kind: DefinitionKind
    ddl: str
    facts: Facts = field(default_factory=Facts)
    version: int = 0
    owner: str = ""
    tags: tuple[str, ...] = ()
    dropped: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None
    note: str = ""


@dataclass(slots=True)
class Imported:
    """What an import found: `definitions`, and a line for each thing that did not become one or needs a hand."""

    definitions: list[Definition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class How(Enum):
    """In which way something uses a definition."""

    READS = "reads"
    WRITES = "writes"
    USES = "uses"  # a function, a model, a catalog, a jar


@dataclass(frozen=True, slots=True)
class Use:
    """That something uses a definition or a variable, recorded when it was saved or run.

    `user_kind` is `definition`, `notebook` or `job`, `user` its name (`team.name`, the notebook's path, the
    job's name). `target_kind` is `definition` or `variable`, `target` its name in `team`.
    """

    user_kind: str
    user: str
    target_kind: str
    team: str
    target: str
    how: How = How.USES
    seen_at: datetime | None = None
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition as a line of a tree."""

    name: Name
    kind: DefinitionKind
    connector: str
    comment: str
    version: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A definition that a search found. `because` says what matched: `name`, `column order_id`, `tag ods`, ..."""

    name: Name
    kind: DefinitionKind
    connector: str
    comment: str
    owner: str
    tags: tuple[str, ...]
    columns: int
    version: int
    because: str
