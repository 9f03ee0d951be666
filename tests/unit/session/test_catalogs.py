from collections.abc import Callable

import pytest

from flinklab.session.catalogs import Catalogs, made_by

Rows = list[tuple[object, ...]]


def catalogs(
    current: str = "default_catalog", store: str | None = None, **kinds: str
) -> tuple[Catalogs, list[str]]:
    asked: list[str] = []

    def ask(sql: str) -> Rows:
        asked.append(sql)
        if sql == "SHOW CATALOGS":
            return [("default_catalog",), *((name,) for name in kinds)]
        if sql == "SHOW CURRENT CATALOG":
            return [(current,)]
        if sql == "SET":
            return [("table.catalog-store.kind", store)] if store else []
        name = sql.removeprefix("DESCRIBE CATALOG `").removesuffix("`")
        return [("name", name), ("type", kinds[name]), ("comment", None)]

    return Catalogs(ask), asked


def is_lasting(ddl: str, make: Callable[[], tuple[Catalogs, list[str]]] = catalogs) -> bool:
    return make()[0].is_lasting(ddl)


@pytest.mark.parametrize(
    "ddl",
    [
        "CREATE TABLE t (a INT)",
        "DROP VIEW v",
        "CREATE TEMPORARY TABLE hive.db.t (a INT)",
        "create or replace temporary view v as select 1",
        "CREATE CATALOG c WITH ('type' = 'jdbc')",
    ],
)
def test_in_a_fresh_session_nothing_lasts(ddl: str) -> None:
    assert not is_lasting(ddl)


@pytest.mark.parametrize(
    ("ddl", "expected"),
    [
        ("CREATE TABLE t (a INT)", False),
        ("CREATE TABLE db.t (a INT)", False),
        ("CREATE TABLE lake.db.t (a INT)", True),
        ("CREATE TABLE `lake`.`db`.`t` (a INT)", True),
        ("DROP TABLE IF EXISTS lake . db . t", True),
        ("CREATE TABLE IF NOT EXISTS mem.db.t (a INT)", False),
        ("CREATE DATABASE lake.db", True),
        ("CREATE DATABASE db", False),
        ("ALTER VIEW lake.db.v RENAME TO w", True),
        ("CREATE TEMPORARY TABLE lake.db.t (a INT)", False),
        ("CREATE MATERIALIZED TABLE lake.db.t AS SELECT 1", True),
    ],
)
def test_the_target_catalog_decides(ddl: str, expected: bool) -> None:
    found, _ = catalogs(lake="paimon", mem="generic_in_memory")
    assert found.is_lasting(ddl) is expected


def test_a_short_name_is_in_the_current_catalog() -> None:
    found, _ = catalogs(current="lake", lake="paimon")
    assert found.is_lasting("DROP TABLE t")


def test_in_doubt_it_lasts() -> None:
    found, _ = catalogs(lake="paimon")
    assert found.is_lasting("COMPILE PLAN '/p.json' FOR INSERT INTO x SELECT 1")


def test_a_catalog_lasts_when_the_store_does() -> None:
    assert catalogs(store="file")[0].is_lasting("CREATE CATALOG c WITH ('type' = 'jdbc')")
    assert not catalogs(store="generic_in_memory")[0].is_lasting("DROP CATALOG c")


def test_the_answers_are_remembered_until_forgotten() -> None:
    found, asked = catalogs()
    for _ in range(3):
        found.is_lasting("CREATE TABLE t (a INT)")
    assert asked == ["SHOW CATALOGS"]
    found.forget()
    found.is_lasting("CREATE TABLE t (a INT)")
    assert asked == ["SHOW CATALOGS"] * 2


@pytest.mark.parametrize(
    ("ddl", "name"),
    [
        ("CREATE TABLE t (a INT)", "t"),
        ("create or replace temporary table `a``b` AS SELECT 1", "a`b"),
        ("REPLACE TABLE c.d.t AS SELECT 1", "t"),
        ("DROP TABLE IF EXISTS `c` . `t`", "t"),
        ("CREATE CATALOG c", None),
    ],
)
def test_the_name_that_a_ddl_is_about(ddl: str, name: str | None) -> None:
    assert made_by(ddl) == name
