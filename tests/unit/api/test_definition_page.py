"""All about one definition: of which team, without secrets, and SQL that names it rightly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.api.definition_page import definition_page, sql_name
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition, Name, Use
from flinklab.domain.errors import NotFoundError
from flinklab.sql.ddl import read_ddl

TABLE = "CREATE TABLE {} (`a``b` INT, c AS `a``b` + 1) WITH ('connector' = 'kafka', 'topic' = '{}')"


def define(catalog: Catalog, text: str, expected: int | None = None) -> Definition:
    ddl = read_ddl(text)
    name = Name(catalog.team, ddl.path[-1])
    return catalog.definitions.save(Definition(name, ddl.kind, text, ddl.facts), expected=expected)


def test_a_table_comes_with_its_versions_its_users_and_a_select(catalog: Catalog) -> None:
    first = define(catalog, TABLE.format("orders", "one"))
    define(catalog, TABLE.format("orders", "two"), expected=first.version)
    catalog.usage.record([Use("job", "my.sums", "definition", "my", "orders")])
    page = definition_page(catalog, "orders")
    assert [each.version for each in page.versions] == [2, 1]
    assert "'two'" in page.definition.ddl
    assert page.insert == "`orders`"
    assert page.select == "SELECT\n  `a``b`,\n  `c`\nFROM `orders`"
    assert [each.user for each in page.uses] == ["my.sums"]
    assert definition_page(catalog, "orders", catalog.team) == page


def test_what_cannot_be_read_from_has_no_select(catalog: Catalog) -> None:
    define(catalog, "CREATE FUNCTION twice AS 'com.example.Twice'")
    assert definition_page(catalog, "twice").select == ""


def test_what_is_not_there_says_so(catalog: Catalog) -> None:
    for team in (None, "my", "yours"):
        with pytest.raises(NotFoundError):
            definition_page(catalog, "ordres", team)


@given(name=st.text("aB9`.é日 '\";-", min_size=1, max_size=6), team=st.sampled_from(["my", "dw"]))
def test_a_name_in_sql_is_read_back_as_the_same(name: str, team: str) -> None:
    shown = sql_name(Name(team, name), ["my", "dw"])
    read = read_ddl(f"CREATE TABLE {shown} (a INT) WITH ('connector' = 'datagen')").path
    assert tuple(read) == ((name,) if team == "my" else (team, name))
