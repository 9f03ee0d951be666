import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.pages import Result, comparable, inserts, json_types, results
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of
from flinklab.results.window import Window

SCHEMA = pa.schema([("n", pa.int64())])
SIZES = st.lists(st.integers(0, 40), max_size=30)


def numbers(start: int, size: int) -> pa.Table:
    return pa.table([pa.array(range(start, start + size), pa.int64())], schema=SCHEMA)


def filled(sizes: list[int], rows_kept: int | None) -> Window:
    window, start = Window(SCHEMA, rows_kept), 0
    for size in sizes:
        window.append(numbers(start, size))
        start += size
    return window


@given(SIZES, st.none() | st.integers(0, 50))
def test_it_keeps_the_newest_rows(sizes: list[int], rows_kept: int | None) -> None:
    window, total = filled(sizes, rows_kept), sum(sizes)
    kept = total if rows_kept is None else min(total, rows_kept)
    assert window.table().column(0).to_pylist() == list(range(total - kept, total))
    assert len(window) == kept
    assert window.rows_let_go == total - kept


@given(SIZES, st.none() | st.integers(0, 50), st.integers(0, 60))
def test_the_tail_is_the_end_of_it(sizes: list[int], rows_kept: int | None, n: int) -> None:
    window = filled(sizes, rows_kept)
    kept = window.table().column(0).to_pylist()
    assert window.tail(n).column(0).to_pylist() == kept[max(0, len(kept) - n) :]


@given(SIZES, st.integers(0, 50))
def test_it_holds_no_more_than_twice_what_it_keeps(sizes: list[int], rows_kept: int) -> None:
    window, start = Window(SCHEMA, rows_kept), 0
    for size in sizes:
        window.append(numbers(start, size))
        start += size
        assert window.rows_held <= 2 * rows_kept


@pytest.mark.parametrize("rows_kept", [100, 10_000])
def test_a_million_rows_take_no_more_memory_than_the_window(rows_kept: int) -> None:
    before = pa.total_allocated_bytes()
    window, most = Window(SCHEMA, rows_kept), 0
    for start in range(0, 999_000, 4_500):
        window.append(numbers(start, 4_500))
        most = max(most, pa.total_allocated_bytes() - before)
    assert window.rows_let_go == 999_000 - rows_kept
    assert most <= 8 * (2 * rows_kept + 2 * 4_500) + 8_192


def test_pages_of_one_row_do_not_become_chunks_of_one_row() -> None:
    window = filled([1] * 10_000, 5_000)
    assert window.table().column(0).num_chunks < 40
    assert window.tail(1).column(0).to_pylist() == [9_999]


def test_nothing_is_copied_to_look() -> None:
    window = filled([1_000, 5_000, 5_000], 8_000)
    before = pa.total_allocated_bytes()
    table, tail = window.table(), window.tail(10)
    assert pa.total_allocated_bytes() - before < 4_096
    assert (table.num_rows, tail.num_rows) == (8_000, 10)


def test_a_wider_schema_widens_what_is_kept() -> None:
    narrow, wide = (
        pa.schema([("a", pa.timestamp(unit)), ("b", pa.map_(pa.string(), pa.timestamp(unit)))])
        for unit in ("ns", "us")
    )
    window = Window(narrow, None)
    window.append(pa.table([[1_000_001, None], [None, [("k", 2_001)]]], schema=narrow))
    window.append(pa.table([[5], [[("k", 6)]]], schema=wide))
    table = window.table()
    assert table.schema == wide
    assert table.column(0).cast(pa.int64()).to_pylist() == [1_000, None, 5]
    assert [v.microsecond for pairs in table.column(1).to_pylist() if pairs for _, v in pairs] == [2, 6]


@settings(max_examples=40)
@given(results(json_types), st.integers(1, 3))
def test_tables_of_every_type_can_be_cut_copied_and_merged(result: Result, rows_kept: int) -> None:
    of, rows = result
    decoder = Decoder(of, "+05:30")
    window, whole = Window(decoder.schema, rows_kept), decoder.inserts(inserts(*rows))
    for page in ([row] for row in rows):
        window.append(decoder.inserts(inserts(*page)))
    assert comparable(rows_of(window.table())) == comparable(rows_of(whole)[-rows_kept:])
    window.append(whole)
    assert comparable(rows_of(window.tail(len(rows)))[-rows_kept:]) == comparable(rows_of(whole)[-rows_kept:])
