from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flinklab.catalog.mirror import mirror
from flinklab.domain.definitions import DefinitionKind, Imported, Name
from flinklab.domain.errors import CatalogUnavailableError, NotFoundError, SecretError, UsageError
from flinklab.sql.ddl import read_ddl
from postgres import PostgresServer


@pytest.fixture
def shop(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with a few tables in it."""
    login = postgres_server.create_login("shopkeeper")
    name = postgres_server.create_database(login)
    for statement in [
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        """CREATE TABLE orders (
             id bigint, "Line" int, note varchar(20) NOT NULL, price numeric(10, 2), at timestamptz, tags text[],
             extra jsonb, feeling mood, PRIMARY KEY (id, "Line"))""",
        "COMMENT ON TABLE orders IS 'what was bought, it''s all'",
        "COMMENT ON COLUMN orders.note IS 'said by the buyer'",
        "CREATE VIEW cheap AS SELECT id FROM orders WHERE price < 10",
        "CREATE TABLE only_json (j json)",
        "CREATE TABLE keyed (u uuid PRIMARY KEY, a int)",
        "CREATE SCHEMA back",
        'CREATE TABLE back."My Stock" (id int)',
    ]:
        postgres_server.execute(statement, name)
    yield name
    postgres_server.drop_database(name)


def ddl_of(found: Imported, name: str) -> str:
    return next(each.ddl for each in found.definitions if each.name.name == name)


def test_a_postgresql_database_is_mirrored(postgres_server: PostgresServer, shop: str) -> None:
    found = mirror(postgres_server.url(shop), team="my", owner="ann")
    assert [each.name for each in found.definitions] == [
        Name("my", "cheap"),
        Name("my", "keyed"),
        Name("my", "orders"),
    ]
    assert {(each.kind, each.owner) for each in found.definitions} == {(DefinitionKind.TABLE, "ann")}
    place = f"{postgres_server.host}:{postgres_server.port}/{shop}"
    assert (
        ddl_of(found, "orders")
        == f"""CREATE TABLE `orders` (
  `id` BIGINT NOT NULL,
  `"Line"` INT NOT NULL,
  `note` STRING NOT NULL COMMENT 'said by the buyer',
  `price` DECIMAL(10, 2),
  `at` TIMESTAMP(6),
  `tags` ARRAY<STRING>,
  `feeling` STRING,
  PRIMARY KEY (`id`, `"Line"`) NOT ENFORCED
) COMMENT 'what was bought, it''s all' WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://{place}',
  'table-name' = 'orders',
  'username' = '${{{shop}_user}}',
  'password' = '${{{shop}_password}}'
)"""
    )
    assert found.definitions[2].note == f"mirrored from postgresql://{place}"
    assert found.definitions[2].facts == read_ddl(ddl_of(found, "orders")).facts


def test_what_is_different_in_flink_is_noted(postgres_server: PostgresServer, shop: str) -> None:
    assert mirror(postgres_server.url(shop), team="my").notes == [
        "my.keyed: the column u was left out: the connector has no type for uuid",
        "my.only_json: the column j was left out: the connector has no type for json",
        "my.only_json was left out: it has no column that the connector can read",
        'my.orders: Line: it is called `"Line"` in Flink, as the connector quotes no names',
        "my.orders: at: an instant, shown as the local time of the TaskManager's Java",
        "my.orders: the column extra was left out: the connector has no type for jsonb",
        "my.orders: feeling: an enumeration, which can be read only",
        f"`%flink vars set {shop}_user` gives the username that the tables are read with",
        f"`%flink vars set {shop}_password --secret` gives the password that the tables are read with",
    ]


def test_a_key_whose_column_is_left_out_is_no_key(postgres_server: PostgresServer, shop: str) -> None:
    found = mirror(postgres_server.url(shop), team="my", tables=["keyed"])
    assert [each.facts.primary_key for each in found.definitions] == [()]


def test_another_schema_and_names_that_want_quotes(postgres_server: PostgresServer, shop: str) -> None:
    found = mirror(postgres_server.url(shop), team="my", schema="back")
    assert [each.name.name for each in found.definitions] == ["My Stock"]
    assert found.definitions[0].facts.options["table-name"] == 'back."My Stock"'


def test_some_tables_and_unknown_ones(postgres_server: PostgresServer, shop: str) -> None:
    url = postgres_server.url(shop)
    assert [each.name.name for each in mirror(url, team="my", tables=["orders", "cheap"]).definitions] == [
        "cheap",
        "orders",
    ]
    with pytest.raises(NotFoundError, match=r"no table 'order' there \(did you mean orders\?\)"):
        mirror(url, team="my", tables=["order"])
    with pytest.raises(NotFoundError, match=r"no schema 'bak' there \(did you mean back\?\)"):
        mirror(url, team="my", schema="bak")


def test_who_connects_is_never_written_down(
    postgres_server: PostgresServer, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = postgres_server.superuser
    monkeypatch.setenv("SHOP_PASSWORD", login.password)
    url = f"postgresql://{postgres_server.host}:{postgres_server.port}/{shop}"
    found = mirror(url, team="my", user=login.name, password="env:SHOP_PASSWORD")
    assert len(found.definitions) == 3
    assert login.password not in repr(found)
    with pytest.raises(CatalogUnavailableError) as caught:
        monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
        mirror(url, team="my", user=login.name, password="env:SHOP_PASSWORD")
    assert "hunter2" not in caught.value.message
    assert len(caught.value.message.splitlines()) == 1
    monkeypatch.delenv("SHOP_PASSWORD")
    with pytest.raises(SecretError, match="SHOP_PASSWORD is not set"):
        mirror(url, team="my", password="env:SHOP_PASSWORD")


def test_an_sqlite_file_is_mirrored(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, "a`b" TEXT NOT NULL, d DECIMAL(10, 2), x BLOB)')
        connection.execute("CREATE VIEW v AS SELECT id FROM t")
    connection.close()
    found = mirror(f"sqlite:///{path}", team="my")
    assert [each.name.name for each in found.definitions] == ["t", "v"]
    facts = found.definitions[0].facts
    assert [(column.name, column.type) for column in facts.columns] == [
        ("id", "INT"),
        ("a`b", "STRING NOT NULL"),
        ("d", "DECIMAL(10, 2)"),
        ("x", "BYTES"),
    ]
    assert facts.primary_key == ("id",)
    assert facts.options == {"connector": "jdbc", "url": f"jdbc:sqlite:{path}", "table-name": "t"}
    assert found.notes == ["Flink's JDBC connector knows no sqlite: these tables cannot be read"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("hunter2", "the database's URL cannot be read"),
        ("postgresql://u:hunter2@host:port/x", "the database's URL cannot be read"),
        ("mssql://u:hunter2@host/x", r"tables of mssql cannot be mirrored \(those of PostgreSQL"),
        ("mysql+nosuch://u:hunter2@host/x", "SQLAlchemy has no driver nosuch for mysql"),
        ("mysql+MySQLdb://u:hunter2@host/x", "SQLAlchemy has no driver MySQLdb for mysql"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        mirror(url, team="my")
    assert "hunter2" not in str(caught.value)


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(UsageError, match=r"the driver pymysql is not installed \(pip install pymysql\)"):
        mirror("mysql://u:hunter2@host/x", team="my")


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        CatalogUnavailableError, match=r"postgresql://u:\*\*\*@127.0.0.1:1/x cannot be read"
    ) as caught:
        mirror("postgresql://u:hunter2@127.0.0.1:1/x", team="my")
    assert "hunter2" not in str(caught.value)
