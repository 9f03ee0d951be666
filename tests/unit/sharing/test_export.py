from __future__ import annotations

import random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fakes.ddl_texts import TableText, tables, texts
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import StatementParseError, UsageError
from flinklab.sharing.export import catalog_store, script
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import string
from flinklab.sql.split import split
from flinklab.sql.variables import substitute


def definition(team: str, ddl: str, name: str = "") -> Definition:
    read = read_ddl(ddl)
    return Definition(Name(team, name or read.path[-1]), read.kind, ddl, read.facts)


WAREHOUSE = [
    definition("dw", "CREATE VIEW a AS SELECT f(id) FROM z JOIN ods.o ON TRUE"),
    definition("dw", "CREATE OR REPLACE VIEW z AS SELECT * FROM orders -- all"),
    definition("dw", "CREATE TEMPORARY TABLE x.y.orders (id INT) WITH ('connector'='x', 'b'='${b}', 'a'='${a}');"),
    definition("ods", "CREATE TABLE o LIKE p"),
    definition("ods", "/* above */ CREATE TABLE IF NOT EXISTS p (a INT) WITH ('connector'='datagen')"),
    definition("dw", "CREATE TEMPORARY SYSTEM FUNCTION f AS 'x.Plus'"),
    definition("dw", "CREATE CATALOG c WITH ('type'='generic_in_memory')"),
    definition("dw", "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai')"),
]


def test_a_script_makes_everything_after_what_it_needs() -> None:
    assert script(WAREHOUSE) == (
        "-- replace by its value: ${a}\n"
        "-- replace by its value: ${b}\n"
        "CREATE DATABASE IF NOT EXISTS `dw`;\n"
        "CREATE DATABASE IF NOT EXISTS `ods`;\n"
        "\nCREATE CATALOG IF NOT EXISTS `c` WITH ('type'='generic_in_memory');\n"
        "\nUSE `dw`;\n"
        "\nCREATE FUNCTION IF NOT EXISTS `dw`.`f` AS 'x.Plus';\n"
        "\nCREATE MODEL IF NOT EXISTS `dw`.`m` INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai');\n"
        "\nCREATE TABLE IF NOT EXISTS `dw`.`orders` (id INT) WITH ('connector'='x', 'b'='${b}', 'a'='${a}');\n"
        "\nUSE `ods`;\n"
        "\n/* above */ CREATE TABLE IF NOT EXISTS `ods`.`p` (a INT) WITH ('connector'='datagen');\n"
        "\nCREATE TABLE IF NOT EXISTS `ods`.`o` LIKE p;\n"
        "\nUSE `dw`;\n"
        "\nCREATE VIEW IF NOT EXISTS `dw`.`z` AS SELECT * FROM orders;\n"
        "\nCREATE VIEW IF NOT EXISTS `dw`.`a` AS SELECT f(id) FROM z JOIN ods.o ON TRUE;\n"
    )


@given(st.randoms())
def test_the_order_of_a_script_is_always_the_same(shuffler: random.Random) -> None:
    shuffled = list(WAREHOUSE)
    shuffler.shuffle(shuffled)
    assert script(shuffled) == script(WAREHOUSE)


@given(st.lists(tables(), max_size=4), texts.filter(bool))
def test_a_script_is_the_statements_of_its_definitions(drawn: list[TableText], team: str) -> None:
    definitions = [definition(team, table.text, f"t{number}") for number, table in enumerate(drawn)]
    written = [each for each in split(script(definitions)) if not each.text.startswith(("CREATE DATABASE", "USE"))]
    assert {read_ddl(each.text).path for each in written} == {(team, each.name.name) for each in definitions}
    by_name = {each.name.name: each for each in definitions}
    for each in written:
        ddl = read_ddl(each.text)
        assert ddl.facts == by_name[ddl.path[-1]].facts
        assert ddl.if_not_exists and not ddl.temporary


def test_variables_are_resolved_by_who_can() -> None:
    text = script(WAREHOUSE[2:3], resolve=lambda text: substitute(text, {"a": "it's", "b": "${b}"}).text)
    assert "-- replace by its value: ${b}\n" in text
    assert "'b'='${b}', 'a'='it''s'" in text
    assert "${a}" not in text


def test_a_definition_that_cannot_be_read_is_a_comment() -> None:
    broken = Definition(Name("dw", "bad"), DefinitionKind.TABLE, "CREATE TABLE bad (\n a INT")
    (made,) = split(script([broken]))[2:] or [None]
    assert made is None
    assert (
        "-- dw.bad cannot be read: this bracket is never closed, at (\n-- CREATE TABLE bad (\n-- a INT\n"
        in script([broken])
    )


def test_what_needs_itself_in_a_circle_is_written_once() -> None:
    circle = [definition("t", "CREATE VIEW u AS TABLE w"), definition("t", "CREATE VIEW w AS TABLE u")]
    assert [each.text.split("`")[3] for each in split(script(circle))[2:]] == ["w", "u"]


def test_what_is_dropped_is_left_out() -> None:
    gone = Definition(Name("dw", "t"), DefinitionKind.TABLE, "CREATE TABLE t (a INT)", dropped=True)
    assert script([gone]) == ""
    assert catalog_store([gone]) == {}


_values = st.text(max_size=8).filter(lambda text: text.isascii() or text.isprintable())


@given(st.dictionaries(_values.filter(bool), _values, min_size=1))
def test_a_catalog_store_holds_the_options(options: dict[str, str]) -> None:
    pairs = ", ".join(f"{string(key)} = {string(value)}" for key, value in options.items())
    files = catalog_store([*WAREHOUSE[:3], definition("dw", f"CREATE CATALOG `my c` COMMENT 'x' WITH ({pairs})")])
    assert list(files) == ["my c.yaml"]
    assert yaml.safe_load(files["my c.yaml"]) == options


def test_a_catalog_store_is_resolved() -> None:
    catalog = definition("dw", "CREATE CATALOG c WITH ('type'='jdbc', 'password'='${p}')")
    assert catalog_store([catalog]) == {"c.yaml": '"password": "${p}"\n"type": "jdbc"\n'}
    resolved = catalog_store([catalog], resolve=lambda text: substitute(text, {"p": 'a"b'}).text)
    assert resolved == {"c.yaml": '"password": "a\\"b"\n"type": "jdbc"\n'}


@pytest.mark.parametrize("name", ["a/b", "../up", "..", "a\\b"])
def test_a_catalog_that_can_be_no_file_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be put into a catalog store"):
        catalog_store([definition("dw", f"CREATE CATALOG `{name}` WITH ('type'='x')")])


def test_catalogs_that_cannot_be_stored_are_refused() -> None:
    one, other = (definition(team, "CREATE CATALOG c WITH ('type'='x')") for team in ("a", "b"))
    with pytest.raises(UsageError, match="two teams have a catalog 'c'"):
        catalog_store([one, other])
    with pytest.raises(StatementParseError):
        catalog_store([Definition(Name("a", "c"), DefinitionKind.CATALOG, "CREATE CATALOG")])
