from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakes.ddl_texts import TableText, tables
from fakes.sql_texts import any_text, gaps
from flinklab.domain.definitions import DefinitionKind, Name
from flinklab.sharing.sources import from_sql

FILE = """
SET 'table.exec.password' = 'hunter2';
-- the orders
CREATE TABLE dw.orders (id INT) WITH ('connector' = 'kafka', 'topic' = '${topic}');
CREATE VIEW big AS SELECT * FROM dw.orders JOIN other.t ON TRUE;
CREATE FUNCTION f AS 'a.B';
INSERT INTO dw.orders SELECT 1;
CREATE TABLE orders (a INT);
CREATE OR REPLACE VIEW big AS SELECT 2;
CREATE TABLE made WITH ('a' = 'b') AS SELECT 1;
CREATE TABLE broken (
  a INT,
  1
);
DROP TABLE orders;
CREATE DATABASE x;
CREATE CATALOG c WITH ('type' = 'jdbc', 'password' = 'hunter2');
"""


def test_the_definitions_of_a_file() -> None:
    found = from_sql(FILE, "my", "ann")
    assert [(each.name, each.kind, each.ddl) for each in found.definitions] == [
        (
            Name("my", "orders"),
            DefinitionKind.TABLE,
            "CREATE TABLE dw.orders (id INT) WITH ('connector' = 'kafka', 'topic' = '${topic}')",
        ),
        (Name("my", "big"), DefinitionKind.VIEW, "CREATE OR REPLACE VIEW big AS SELECT 2"),
        (Name("my", "f"), DefinitionKind.FUNCTION, "CREATE FUNCTION f AS 'a.B'"),
        (
            Name("my", "c"),
            DefinitionKind.CATALOG,
            "CREATE CATALOG c WITH ('type' = 'jdbc', 'password' = '${c_password}')",
        ),
    ]
    assert {each.owner for each in found.definitions} == {"ann"}
    assert found.definitions[0].facts.connector == "kafka"
    assert found.definitions[0].note == "from line 4 of a file of SQL"


def test_what_is_no_definition_is_noted_with_its_line() -> None:
    notes = from_sql(FILE, "my").notes
    assert notes[:-1] == [
        "line 2: SET defines nothing, and was not run",
        "line 7: INSERT INTO defines nothing, and was not run",
        "line 8: left out, orders is defined on line 4 already",
        "line 10: left out, made is made by a query: write down its columns",
        "line 13: left out, expected a column's name, at 1",
        "line 15: DROP TABLE defines nothing, and was not run",
        "line 16: CREATE DATABASE defines nothing, and was not run",
    ]
    assert notes[-1].startswith("my.c: 'password' is ${c_password} now")


def test_no_secret_is_kept_or_noted() -> None:
    assert "hunter2" not in repr(from_sql(FILE, "my"))


def test_a_table_of_the_file_is_named_as_the_team_names_it() -> None:
    text = "CREATE TABLE dw.orders (id INT); CREATE VIEW v AS SELECT * FROM dw.orders, dw.other, orders"
    assert from_sql(text, "my").definitions[1].ddl == "CREATE VIEW v AS SELECT * FROM `orders`, dw.other, orders"


@given(st.lists(tables(), max_size=4), gaps)
def test_every_table_of_a_file_is_found(drawn: list[TableText], gap: str) -> None:
    found = from_sql(gap + f"\n;{gap}".join(table.text for table in drawn), "my")
    named = {table.path[-1]: table for table in reversed(drawn)}
    assert {each.name.name for each in found.definitions} == named.keys()
    assert len(found.definitions) + len([note for note in found.notes if "already" in note]) == len(drawn)
    for each in found.definitions:
        assert each.facts == named[each.name.name].facts


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    for each in from_sql(f"CREATE TABLE t (a INT); {text}", "my").notes:
        assert each.startswith(("line ", "my."))
        assert len(each.splitlines()) == 1
