"""The grid that pictures and live tables draw."""

from __future__ import annotations

import pyarrow as pa

from fakes.snapshots import STRING, snapshot_of
from flinklab.domain.columns import Column, LogicalType
from flinklab.notebook.grid import Cell, Limits, grid


def test_the_newest_rows_and_the_first_columns_are_drawn() -> None:
    table = pa.table({f"c{i}": pa.array(range(100)) for i in range(6)})
    drawn = grid(snapshot_of(table), Limits(rows=3, columns=4))
    assert [row[0].text for row in drawn.rows] == ["97", "98", "99"]
    assert [header.name for header in drawn.headers] == ["c0", "c1", "c2", "c3"]
    assert drawn.hidden_columns == 2


def test_headers_name_the_sql_type_and_align_numbers() -> None:
    columns = (Column("id", LogicalType("BIGINT", nullable=False)), Column("name", STRING, "who bought"))
    drawn = grid(snapshot_of(pa.table({"id": [1], "name": ["a"]}), columns), Limits())
    identity, name = drawn.headers
    assert (identity.type, identity.title, identity.numeric) == ("BIGINT", "id\nBIGINT NOT NULL", True)
    assert (name.type, name.title, name.numeric) == ("STRING", "name\nSTRING\nwho bought", False)


def test_columns_of_one_name_stay_apart() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])
    drawn = grid(snapshot_of(table, (Column("a", LogicalType("INTEGER")), Column("a", STRING))), Limits())
    assert drawn.rows == ((Cell("1"), Cell("x")),)
    assert [header.type for header in drawn.headers] == ["INT", "STRING"]


def test_a_table_without_described_columns_shows_arrows_types() -> None:
    drawn = grid(snapshot_of(pa.table({"a": [1]})), Limits())
    assert drawn.headers[0].type == "int64"


def test_a_changelog_has_sql_types_too() -> None:
    table = pa.table({"op": pa.array(["+I"]).dictionary_encode(), "id": [1]})
    drawn = grid(snapshot_of(table, (Column("id", LogicalType("BIGINT")),)), Limits())
    assert [(header.name, header.type) for header in drawn.headers] == [("op", "CHAR(2)"), ("id", "BIGINT")]
    assert drawn.rows == ((Cell("+I"), Cell("1")),)


def test_a_long_value_is_cut_and_kept_whole_beside_it() -> None:
    text = "x" * 100
    drawn = grid(snapshot_of(pa.table({"a": [text, "x" * 60, None]})), Limits(cell=60))
    assert drawn.rows == ((Cell("x" * 59 + "…", text),), (Cell("x" * 60),), (Cell(None),))


def test_many_cells_have_shorter_whole_values() -> None:
    table = pa.table({f"c{i}": ["y" * 5000] * 50 for i in range(50)})
    drawn = grid(snapshot_of(table), Limits(whole=5000))
    assert sum(len(cell.whole or "") for row in drawn.rows for cell in row) <= 150_000
    alone = grid(snapshot_of(table.select(["c0"]).slice(0, 1)), Limits(whole=5000))
    assert alone.rows[0][0].whole == "y" * 5000


def test_many_columns_leave_fewer_rows() -> None:
    wide = grid(snapshot_of({f"c{i}": range(1000) for i in range(50)}), Limits(rows=1000))
    assert len(wide.rows) == 60
    assert wide.rows[-1][0].text == "999"
    assert len(grid(snapshot_of({"a": range(1000), "b": range(1000)}), Limits(rows=1000)).rows) == 1000


def test_control_characters_are_made_visible_in_values_and_names() -> None:
    drawn = grid(snapshot_of(pa.table({"a\nb": ["x\ty"]})), Limits())
    assert drawn.headers[0].name == "a↵b"
    assert drawn.rows[0][0] == Cell("x⇥y")


def test_limits_tighten_until_one_cell_is_left() -> None:
    limits, steps = Limits(rows=1000), 0
    while limits != limits.tighter():
        limits, steps = limits.tighter(), steps + 1
    assert (limits.rows, limits.columns) == (1, 1)
    assert limits.cell <= 15
    assert steps < 20


def test_no_rows_and_no_columns() -> None:
    assert grid(snapshot_of(pa.table({})), Limits()).headers == ()
    empty = grid(snapshot_of(pa.table({"a": pa.array([], pa.int64())})), Limits())
    assert (len(empty.headers), empty.rows) == (1, ())
    assert grid(snapshot_of({"a": [1]}), Limits(rows=0)).rows == ()
