"""Texts with a `|` where the caret is, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flinklab.domain.completion import Completion, CompletionType
from flinklab.domain.definitions import TableColumn
from flinklab.sql.completing.known import KnownName, Nothing
from flinklab.sql.completing.offers import offers
from flinklab.sql.completing.place import place_at
from flinklab.sql.completing.scope import Path


def split_at_caret(marked: str) -> tuple[str, int]:
    before, _, after = marked.partition("|")
    return before + after, len(before)


@dataclass
class World(Nothing):
    """What is known, as data: columns by the table's name."""

    columns_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    options_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    functions_: Sequence[str] = ()
    variables_: Sequence[str] = ()
    python: Sequence[str] = ()
    databases_: Sequence[str] = ()
    catalogs_: Sequence[str] = ()

    def tables(self, path: Path, begins: str) -> Sequence[KnownName]:
        names = [tuple(name.split(".")) for name in self.columns_of]
        return [KnownName(name[-1]) for name in names if name[:-1] == path]

    def columns(self, path: Path) -> Sequence[TableColumn] | None:
        known = self.columns_of.get(".".join(path))
        return None if known is None else [TableColumn(*each.split(" ", 1)) for each in known]

    def options(self, path: Path) -> Mapping[str, str]:
        return self.options_of.get(".".join(path), {})

    def functions(self, path: Path) -> Sequence[KnownName]:
        return [] if path else [KnownName(name) for name in self.functions_]

    def variables(self) -> Sequence[KnownName]:
        return [KnownName(name) for name in self.variables_]

    def python_names(self) -> Sequence[KnownName]:
        return [KnownName(name) for name in self.python]

    def databases(self, path: Path) -> Sequence[KnownName]:
        return [] if path else [KnownName(name) for name in self.databases_]

    def catalogs(self) -> Sequence[KnownName]:
        return [KnownName(name) for name in self.catalogs_]


WORLD = World(
    {
        "orders": ["id BIGINT", "amount DECIMAL(10, 2)", "order STRING", "buyer ROW<name STRING, age INT>"],
        "users": ["id BIGINT", "email STRING"],
        "dw.facts": ["day DATE", "total BIGINT"],
        "my table": ["x INT"],
    },
    {"orders": {"connector": "kafka", "topic": "t", "format": "json"}},
    functions_=["my_function"],
    variables_=["bucket", "brokers"],
    python=["frame", "limit"],
    databases_=["dw"],
    catalogs_=["hive"],
)


def at(marked: str, world: World = WORLD) -> list[Completion]:
    return offers(place_at(*split_at_caret(marked)), world)


def texts(marked: str, type_: CompletionType | None = None, world: World = WORLD) -> list[str]:
    return [each.text for each in at(marked, world) if type_ in (None, each.type)]


def after(marked: str, text: str, world: World = WORLD) -> str:
    """The text when the completion `text` was chosen."""
    source, _ = split_at_caret(marked)
    [chosen] = [each for each in at(marked, world) if each.text == text]
    return source[: chosen.begin] + chosen.text + source[chosen.end :]
