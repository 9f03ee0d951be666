"""What we read from SQL and write as SQL, judged by a real Flink."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest

from flinklab.domain.definitions import Definition, Name
from flinklab.sharing.dataframes import ddl_from_frame
from flinklab.sharing.export import catalog_store, script
from flinklab.sql.ddl import as_permanent, as_temporary, read_ddl, with_options
from flinklab.sql.identifiers import quote
from flinklab.sql.names import named
from flinklab.sql.split import split
from flinklab.sql.variables import substitute


class Raw(Protocol):
    def run(self, statement: str, **config: str) -> list[list[Any]]: ...


COLUMNS = (
    "id INT, name STRING, amount DOUBLE, tags ARRAY<STRING>, proc AS PROCTIME(), ts TIMESTAMP(3), "
    "WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, PRIMARY KEY (id) NOT ENFORCED"
)
QUERIES = [
    "SELECT * FROM dw.orders",
    "SELECT o.id FROM dw.orders AS o, dw.users u WHERE o.id = u.id",
    "SELECT * FROM dw.orders JOIN dw.users USING (id)",
    "SELECT * FROM `dw`.`orders` o LEFT JOIN default_catalog.ods.`raw-events` r ON o.id = r.id",
    "WITH orders AS (SELECT * FROM dw.orders), big (x) AS (SELECT id FROM orders) SELECT * FROM big, orders",
    "SELECT id FROM (SELECT id FROM dw.orders UNION ALL SELECT id FROM dw.users) WHERE id IN (SELECT id FROM s.a)",
    "SELECT (SELECT MAX(id) FROM dw.users), EXTRACT(YEAR FROM ts), TRIM(BOTH ' ' FROM name) FROM dw.orders",
    "SELECT name IS DISTINCT FROM 'x', SUBSTRING(name FROM 2 FOR 3), OVERLAY(name PLACING 'a' FROM 1) FROM dw.o",
    "SELECT * FROM TABLE(TUMBLE(TABLE dw.orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
    "SELECT * FROM TUMBLE(DATA => TABLE dw.orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' MINUTE)",
    "SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE dw.orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, "
    "INTERVAL '2' MINUTE)) GROUP BY window_start, window_end",
    "SELECT o.id, t.tag FROM dw.orders o CROSS JOIN UNNEST(o.tags) AS t (tag)",
    "SELECT * FROM dw.orders /*+ OPTIONS('number-of-rows'='3') */ o, dw.users /*+ OPTIONS('number-of-rows'='3')*/",
    "SELECT o.id FROM dw.orders o JOIN dw.users FOR SYSTEM_TIME AS OF o.ts AS u ON o.id = u.id",
    "SELECT * FROM dw.orders MATCH_RECOGNIZE (PARTITION BY name ORDER BY ts MEASURES LAST(A.id) AS last_id "
    "ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) DEFINE B AS B.id > 1) AS m",
    "SELECT * FROM (dw.orders CROSS JOIN dw.users AS u)",
    "TABLE dw.orders",
    "(SELECT id FROM dw.orders) EXCEPT (SELECT id FROM dw.users) ORDER BY id LIMIT 3",
    "SELECT id, COUNT(*) FILTER (WHERE amount > 1) FROM dw.orders GROUP BY GROUPING SETS ((id), ())",
    "SELECT id, SUM(amount) OVER w FROM dw.orders WINDOW w AS (PARTITION BY name ORDER BY ts)",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (id, b), dw.orders",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM dw.users) THEN 1 ELSE 0 END FROM dw.orders",
    "SELECT 'FROM nothing' /* FROM nowhere */ FROM dw.orders -- FROM x\n",
    "INSERT INTO dw.sink (id, name) SELECT id, name FROM dw.orders",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO dw.sink SELECT * FROM dw.orders; INSERT INTO dw.sink2 (id) "
    "WITH a AS (SELECT id FROM dw.users) SELECT id FROM a; END",
]


def table(path: tuple[str, ...], columns: str, connector: str) -> str:
    return f"CREATE TEMPORARY TABLE {quote(path)} ({columns}) WITH ('connector' = '{connector}')"


@pytest.mark.parametrize("query", QUERIES)
def test_what_a_statement_names_is_all_that_it_needs(raw: Raw, query: str) -> None:
    made: set[tuple[str, ...]] = set()
    for each in named(query).tables:
        full = (*("default_catalog", "default_database")[: 3 - len(each.parts)], *each.parts)
        if full not in made:
            made.add(full)
            sink = each.parts[-1].startswith("sink")
            columns = "id INT, name STRING, amount DOUBLE, tags ARRAY<STRING>, ts TIMESTAMP(3)" if sink else COLUMNS
            raw.run(table(full, columns, "blackhole" if sink else "datagen"))
    explained = query.removeprefix("EXECUTE ")
    if "dw.sink SELECT *" in query:
        explained = explained.replace("SELECT * FROM dw.orders", "SELECT id, name, amount, tags, ts FROM dw.orders")
    assert raw.run(f"EXPLAIN {explained}")
    assert raw.run("SHOW DATABASES") == [["default_database"]]  # they live where no database is


RICH = """-- as a person writes it
CREATE TABLE IF NOT EXISTS orders ( -- here
  id BIGINT NOT NULL COMMENT 'it''s the id', `a``b` DECIMAL(10,
    2), nested ROW<x INT, `y z` MAP<STRING, ARRAY<INT NOT NULL>>> NOT NULL,
  ts TIMESTAMP(3), total AS id * 2, late AS CASE WHEN id < 3 THEN 'a, b' ELSE CAST(id AS STRING) END COMMENT 'c',
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED
) COMMENT 'all orders' DISTRIBUTED BY HASH(id) INTO 4 BUCKETS
WITH ('connector' = '${connector}' /* which */, 'note' = 'it''s; -- fine')"""


def test_a_rich_table_is_read_as_flink_reads_it(raw: Raw) -> None:
    ddl = read_ddl(RICH)
    text = with_options(RICH, {"added": "a'b"})
    raw.run(
        substitute(as_temporary(text, ["default_catalog", "no such`db", "it's"]), {"connector": "datagen"}).text
    )
    described = raw.run("DESCRIBE `no such``db`.`it's`")
    assert [row[0] for row in described] == [column.name for column in ddl.facts.columns]
    assert {row[0]: row[6] for row in described if row[6]} == {
        column.name: column.comment for column in ddl.facts.columns if column.comment
    }
    shown = read_ddl(str(raw.run("SHOW CREATE TABLE `no such``db`.`it's`")[0][0]))
    assert shown.temporary
    assert shown.path == ("default_catalog", "no such`db", "it's")
    assert shown.facts.primary_key == ddl.facts.primary_key
    assert shown.facts.comment == ddl.facts.comment
    assert shown.facts.options == {**ddl.facts.options, "connector": "datagen", "added": "a'b"}
    assert [column.type for column in shown.facts.columns[:2]] == ["BIGINT NOT NULL", "DECIMAL(10, 2)"]


def definition(team: str, ddl: str) -> Definition:
    read = read_ddl(ddl)
    return Definition(Name(team, read.path[-1]), read.kind, ddl, read.facts)


WAREHOUSE = [
    definition("dw", "CREATE VIEW per_day AS SELECT id, COUNT(*) AS n FROM cleaned GROUP BY id -- a comment"),
    definition("dw", "CREATE VIEW cleaned AS SELECT id FROM orders AS o JOIN ods.`raw events` AS r USING (id)"),
    definition("dw", "CREATE TEMPORARY TABLE a.b.orders (id INT) WITH ('connector'='datagen')"),
    definition("ods", "CREATE TABLE `raw events` LIKE base"),
    definition("ods", "CREATE TABLE base (id INT) WITH ('connector'='datagen', 'number-of-rows'='1', "
               "'fields.id.kind'='sequence', 'fields.id.start'='1', 'fields.id.end'='1')"),
    definition("dw", "CREATE CATALOG lake WITH ('type'='generic_in_memory', 'default-database'='a\"b #c')"),
    definition("dw", "CREATE MODEL sentiment INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai')"),
    definition("dw", "CREATE FUNCTION f AS 'module.f' LANGUAGE PYTHON"),
]  # fmt: skip


def test_a_script_runs_on_plain_flink(raw: Raw) -> None:
    statements = [each.text for each in split(script(WAREHOUSE))]
    for text in [*statements, *statements]:  # what is there already stays
        raw.run(text)
    assert raw.run("SHOW TABLES FROM dw") == [["cleaned"], ["orders"], ["per_day"]]
    assert raw.run("SHOW TABLES FROM ods") == [["base"], ["raw events"]]
    assert ["lake"] in raw.run("SHOW CATALOGS")
    assert raw.run("SHOW MODELS FROM dw") == [["sentiment"]]
    assert raw.run("EXPLAIN SELECT * FROM dw.per_day")


def test_a_catalog_store_is_loaded_by_a_gateway(open_raw: Callable[[dict[str, str]], Raw], tmp_path: Path) -> None:
    odd = definition(
        "my", "CREATE CATALOG `日 x` WITH ('type'='generic_in_memory', 'default-database'='é\u2028\\n')"
    )
    for name, text in catalog_store([*WAREHOUSE, odd]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    session = open_raw({"table.catalog-store.kind": "file", "table.catalog-store.file.path": str(tmp_path)})
    assert {"lake", "日 x"} <= {row[0] for row in session.run("SHOW CATALOGS")}
    session.run("USE CATALOG lake")
    assert session.run("SHOW CURRENT DATABASE") == [['a"b #c']]
    session.run("USE CATALOG `日 x`")
    assert session.run("SHOW CURRENT DATABASE") == [["é\u2028\\n"]]


FRAME = pa.schema(
    [
        pa.field("i", pa.int64(), nullable=False),
        ("u", pa.uint64()),
        ("d", pa.decimal128(38, 10)),
        ("t", pa.time64("us")),
        ("ts", pa.timestamp("ns")),
        ("z", pa.timestamp("ms", "UTC")),
        ("b", pa.binary(4)),
        ("m", pa.map_(pa.string(), pa.list_(pa.float32()))),
        ("s", pa.struct([pa.field("a b", pa.int8(), nullable=False), ("c", pa.date32())])),
    ]
)


def test_the_columns_of_a_frame_are_flinks(raw: Raw) -> None:
    raw.run(as_permanent(ddl_from_frame(FRAME, "frame", {"connector": "blackhole"}), ["frame"]))
    assert [(row[0], row[1], row[2]) for row in raw.run("DESCRIBE frame")] == [
        ("i", "BIGINT", False),
        ("u", "DECIMAL(20, 0)", True),
        ("d", "DECIMAL(38, 10)", True),
        ("t", "TIME(3)", True),  # all that Flink 2.3 keeps of TIME(6)
        ("ts", "TIMESTAMP(9)", True),
        ("z", "TIMESTAMP_LTZ(3)", True),
        ("b", "BINARY(4)", True),
        ("m", "MAP<STRING, ARRAY<FLOAT>>", True),
        ("s", "ROW<`a b` TINYINT NOT NULL, `c` DATE>", True),
    ]
