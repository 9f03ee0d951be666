from __future__ import annotations

import pytest

from flinklab.domain.definitions import Definition, DefinitionKind, How, Name
from flinklab.sharing.wanted import in_full, missing, missing_database, wanted, wanted_change
from flinklab.sql.ddl import changes

TEAMS = ("my", "base")


def shown(text: str) -> dict[str, list[str]]:
    return {".".join(each.path): [str(name) for name in each.names] for each in wanted(text, TEAMS)}


def test_names_of_one_part_are_looked_for_along_the_path() -> None:
    assert shown("SELECT f(a), dw.G(b) FROM orders, ods.users") == {
        "f": ["my.f", "base.f"],
        "dw.G": ["dw.G", "dw.g"],
        "orders": ["my.orders", "base.orders"],
        "ods.users": ["ods.users"],
    }


def test_names_of_three_parts_are_the_teams_only_in_the_built_in_catalog() -> None:
    assert shown("SELECT * FROM default_catalog.dw.t") == {
        "default_catalog": ["my.default_catalog", "base.default_catalog"],
        "default_catalog.dw.t": ["dw.t"],
    }
    assert shown("SELECT * FROM hive.dw.t")["hive.dw.t"] == []
    assert shown("SELECT * FROM hive.dw.t")["hive"] == ["my.hive", "base.hive"]


def test_what_is_read_and_written_is_written() -> None:
    assert [(each.path, each.how) for each in wanted("INSERT INTO t SELECT * FROM t", TEAMS)] == [
        (("t",), How.WRITES)
    ]


def test_a_function_is_no_table() -> None:
    [each] = wanted("SELECT * FROM t", TEAMS)
    function = Definition(Name("my", "t"), DefinitionKind.FUNCTION, "CREATE FUNCTION t AS 'x'")
    table = Definition(Name("base", "t"), DefinitionKind.TABLE, "CREATE TABLE t")
    assert each.means({function.name: function}) is None
    assert each.means({function.name: function, table.name: table}) is table


def test_names_are_put_in_full_where_they_stand() -> None:
    text = (
        "CREATE VIEW v AS SELECT F(a), G(b), 'orders', x.orders(1) FROM orders AS orders JOIN dw.orders -- orders"
    )
    found = {
        name: Definition(name, kind, "")
        for name, kind in (
            (Name("base", "orders"), DefinitionKind.TABLE),
            (Name("my", "f"), DefinitionKind.FUNCTION),
            (Name("dw", "orders"), DefinitionKind.TABLE),
        )
    }
    assert in_full(text, wanted(text, TEAMS), found) == (
        "CREATE VIEW v AS SELECT `my`.`f`(a), G(b), 'orders', x.orders(1) "
        "FROM `base`.`orders` AS orders JOIN dw.orders -- orders"
    )


@pytest.mark.parametrize(
    ("sql", "path", "kind"),
    [
        ("DROP TABLE IF EXISTS dw.t", ("dw", "t"), DefinitionKind.TABLE),
        ("ALTER VIEW v AS SELECT 1", ("v",), DefinitionKind.VIEW),
        ("DROP FUNCTION f", ("f",), DefinitionKind.FUNCTION),
        ("DROP CATALOG c", ("c",), DefinitionKind.CATALOG),
    ],
)
def test_a_change_is_about_one_thing(sql: str, path: tuple[str, ...], kind: DefinitionKind) -> None:
    change = changes(sql)
    assert change is not None
    meant = wanted_change(change, TEAMS)
    assert meant.path == path
    assert kind in meant.kinds


# Flink 2.3's words (measured), the text at the error's place, and what is missing
@pytest.mark.parametrize(
    ("message", "at_place", "path"),
    [
        ("Object 'nix' not found", "nix", ("nix",)),
        ("Object 'dw' not found", "dw.nix", ("dw", "nix")),
        ("Object 'dw' not found", "`dw`.`a.b`", ("dw", "a.b")),
        ("Object 'nix' not found within 'default_catalog.dw'", "dw.nix", ("nix",)),
        ("Object 'dw.nm' not found", "", ("dw", "nm")),
        ("Cannot find table '`c`.`d`.`a``b`' in any of the catalogs [c], nor", "", ("c", "d", "a`b")),
        ("No match found for function signature nf(<NUMERIC>)", "nf", ("nf",)),
        ("Source table '`c`.`dw`.`nix`' of the LIKE clause not found in the catalog", "", ("c", "dw", "nix")),
        ("Tables or views with the identifier 'c.dw.nix' doesn't exist.", "", ("c", "dw", "nix")),
        (
            "Could not execute SHOW CREATE TABLE. Table with identifier `c`.`d`.`n` does not exist.",
            "",
            ("c", "d", "n"),
        ),
        ("Table `c`.`dw`.`nix` doesn't exist or is a temporary table.", "", ("c", "dw", "nix")),
        ("Model with identifier 'c.dw.nm' does not exist.", "", ("c", "dw", "nm")),
        ("A catalog with name [nocat] does not exist.", "", ("nocat",)),
    ],
)
def test_flinks_words_tell_what_is_missing(message: str, at_place: str, path: tuple[str, ...]) -> None:
    assert [each.path for each in missing(message, at_place, TEAMS)] == [path]


@pytest.mark.parametrize(
    "message",
    [
        "Column 'a' not found in any table",
        "Table 'a' not found; did you mean 'b'?",
        'SQL parse failed. Encountered "x" at line 1',
        "/ by zero",
        "",
    ],
)
def test_of_other_errors_nothing_is_missing(message: str) -> None:
    assert missing(message, "a", TEAMS) == []
    assert missing_database(message) is None


@pytest.mark.parametrize(
    "message",
    [
        "A database with name [d w] does not exist in the catalog: [default_catalog].",
        "Database 'default_catalog'.'d w' doesn't exist.",
    ],
)
def test_flinks_words_tell_which_database_is_missing(message: str) -> None:
    assert missing_database(message) == "d w"
    assert missing_database("Database dw does not exist in Catalog default_catalog.") == "dw"
