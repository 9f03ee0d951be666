"""What a job's text needs of the catalog, without a gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from flinklab.domain.definitions import Definition, How, Name
from flinklab.domain.errors import Position, UnknownVariableError
from flinklab.domain.jobs import Pinned
from flinklab.domain.variables import Resolved
from flinklab.jobs.reaching import Reached, reach
from flinklab.jobs.script import CellText, read_script
from flinklab.sharing.resolving import Resolver
from flinklab.sql.ddl import read_ddl

TABLE = "(k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = '${topic}')"


class Known:
    """Definitions in memory, of which only `find` is asked."""

    def __init__(self, *ddls: tuple[str, str]) -> None:
        self.by_name: dict[Name, Definition] = {}
        for number, (team, ddl) in enumerate(ddls, 1):
            read = read_ddl(ddl)
            name = Name(team, read.path[-1])
            self.by_name[name] = Definition(name, read.kind, ddl, read.facts, version=number)

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        return {name: self.by_name[name] for name in names if name in self.by_name}

    def get(self, name: Name) -> Definition:
        raise AssertionError(name)

    def version(self, name: Name, number: int) -> Definition:
        raise AssertionError(name)

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        raise AssertionError(definition)

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition:
        raise AssertionError(name)


class Values:
    def __init__(self, **values: str) -> None:
        self.values = values

    def resolve(self, search_path: Sequence[str], environment: str, names: Sequence[str]) -> Mapping[str, Resolved]:
        for name in names:
            if name not in self.values:
                raise UnknownVariableError(f"${{{name}}} has no value in {environment}")
        return {name: Resolved(name, self.values[name], team=search_path[0]) for name in names}


KNOWN = Known(
    ("my", f"CREATE TABLE orders {TABLE}"),
    ("base", f"CREATE TABLE orders {TABLE}"),
    ("base", f"CREATE TABLE rates {TABLE}"),
    ("my", "CREATE VIEW priced AS SELECT o.k FROM orders o JOIN rates r ON o.k = r.k"),
    ("my", f"CREATE TABLE sink {TABLE}"),
    ("my", "CREATE FUNCTION cut AS 'com.example.Cut'"),
    ("dw", f"CREATE TABLE facts {TABLE}"),
    ("my", "CREATE CATALOG lake WITH ('type' = 'paimon')"),
)
VALUES = Values(topic="t", table="orders", day="1 d")


def reached(text: str, config: Mapping[str, str] | None = None, values: Values = VALUES) -> Reached:
    reading = read_script([CellText(text, "c")])
    return reach(reading, config or {}, KNOWN, Resolver(values, ("my", "base")), ("my", "base"), "dev")


def names(found: Reached) -> list[str]:
    return [f"{pin.team}.{pin.name}" for pin in found.pinned]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("INSERT INTO sink SELECT k, ts FROM orders", ["my.orders", "my.sink"]),
        ("INSERT INTO sink SELECT k, ts FROM base.orders", ["base.orders", "my.sink"]),
        ("INSERT INTO sink SELECT k FROM priced", ["base.rates", "my.orders", "my.priced", "my.sink"]),
        ("INSERT INTO sink SELECT cut(k) FROM orders", ["my.cut", "my.orders", "my.sink"]),
        ("INSERT INTO sink SELECT k FROM lake.db.t", ["my.lake", "my.sink"]),
        ("USE dw; INSERT INTO my.sink SELECT k FROM facts", ["dw.facts", "my.sink"]),
        ("INSERT INTO sink SELECT k FROM `${table}`", ["my.orders", "my.sink"]),
        (
            "CREATE TEMPORARY VIEW v AS SELECT k FROM rates; INSERT INTO sink SELECT k FROM v",
            ["base.rates", "my.sink"],
        ),
        (
            "CREATE TEMPORARY VIEW orders AS SELECT k FROM rates; INSERT INTO sink SELECT k FROM orders",
            ["base.rates", "my.sink"],
        ),
        (
            "CREATE TEMPORARY VIEW orders AS SELECT 1; DROP TEMPORARY VIEW orders; "
            "INSERT INTO sink SELECT k FROM orders",
            ["my.orders", "my.sink"],
        ),
        (
            "CREATE TEMPORARY FUNCTION Cut AS 'X'; INSERT INTO sink SELECT CUT(k) FROM orders",
            ["my.orders", "my.sink"],
        ),
        ("INSERT INTO sink SELECT k FROM nowhere", ["my.sink"]),
    ],
)
def test_needed_is_what_is_named_and_what_that_is_made_of(text: str, needed: list[str]) -> None:
    assert names(reached(text)) == needed


def test_a_version_pins_what_there_is_now() -> None:
    assert reached("INSERT INTO sink SELECT k FROM base.rates").pinned == (
        Pinned("base", "rates", 3),
        Pinned("my", "sink", 5),
    )


def test_relations_have_their_place_definition_and_text() -> None:
    view = "CREATE TEMPORARY VIEW v AS SELECT k FROM base.rates"
    text = f"{view};\nINSERT INTO sink\n SELECT k FROM v JOIN nowhere ON TRUE JOIN `${{table}}` ON TRUE"
    found = {each.name: each for each in reached(text).relations}
    assert list(found) == ["base.rates", "sink", "v", "nowhere", "orders"]
    assert found["sink"].how is How.WRITES
    assert found["sink"].position == Position(2, 13, 2, 16)
    assert found["sink"].facts.connector == "kafka"
    assert found["v"].own == view
    assert found["v"].is_view
    assert not found["sink"].is_view
    assert (found["nowhere"].shared, found["nowhere"].own) == (None, "")
    assert found["orders"].position == Position(3, 44, 3, 53)
    assert found["orders"].shared is KNOWN.by_name[Name("my", "orders")]


def test_variables_are_those_of_text_settings_and_definitions() -> None:
    found = reached("INSERT INTO sink SELECT k FROM `${table}`", {"table.exec.state.ttl": "${day}"})
    assert found.variables == {"table", "topic", "day"}
    assert found.unresolved == []


def test_a_variable_without_a_value_is_told_at_its_place() -> None:
    found = reached("USE dw;\nINSERT INTO sink SELECT ${a}, k FROM orders", {"x": "'${b}'"}, Values(topic="t"))
    assert [(each.message, each.position, each.cell) for each in found.unresolved] == [
        ("${a} has no value in dev", Position(2, 25, 2, 28), "c"),
        ("x: ${b} has no value in dev", None, ""),
    ]


def test_a_definitions_variable_without_a_value_names_the_definition() -> None:
    found = reached("INSERT INTO sink SELECT 1", values=Values())
    assert [each.message for each in found.unresolved] == ["my.sink: ${topic} has no value in dev"]


def test_uses_are_what_the_text_names_itself_written_before_read() -> None:
    found = reached("INSERT INTO sink SELECT k FROM priced JOIN sink ON TRUE", {"x": "${day}"})
    told = [(use.target_kind, use.team, use.target, use.how, use.user) for use in found.used_by("my.j", "ann")]
    assert sorted(told, key=str) == [
        ("definition", "my", "priced", How.READS, "my.j"),
        ("definition", "my", "sink", How.WRITES, "my.j"),
        ("variable", "base", "topic", How.USES, "my.j"),
        ("variable", "my", "day", How.USES, "my.j"),
        ("variable", "my", "topic", How.USES, "my.j"),
    ]
    assert {(use.user_kind, use.seen_by) for use in found.used_by("my.j", "ann")} == {("job", "ann")}
