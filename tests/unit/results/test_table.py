import threading
from collections.abc import Callable

import pyarrow as pa
import pytest

from fakes.pages import INT, STRING, columns, page_of
from flinklab.domain.errors import BrokenReplyError, ResultTruncatedError
from flinklab.domain.pages import Page, PageKind, RowFormat
from flinklab.results.rows import rows_of
from flinklab.results.table import Mode, ResultTable

COLUMNS = columns(INT, STRING)
CHANGES = page_of('+I [1,"a"]', '+I [2,"b"]', '-U [1,"a"]', '+U [1,"c"]')


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        (Mode.AUTO, [(1, "c"), (2, "b")]),
        (Mode.UPDATE, [(1, "c"), (2, "b")]),
        (Mode.SINGLE, [(1, "c")]),
        (Mode.CHANGELOG, [("+I", 1, "a"), ("+I", 2, "b"), ("-U", 1, "a"), ("+U", 1, "c")]),
    ],
)
def test_the_modes(mode: Mode, rows: list[tuple[object, ...]]) -> None:
    table = ResultTable(COLUMNS, mode=mode)
    table.add(CHANGES)
    assert rows_of(table.arrow()) == rows
    assert rows_of(table.kept()) == rows
    assert rows_of(table.tail(1)) == rows[-1:]
    assert table.arrow().schema == table.schema
    assert (table.rows_seen, table.size, table.truncated, table.unmatched) == (4, len(rows), False, 0)
    assert table.updating is (mode is not Mode.CHANGELOG)


@pytest.mark.parametrize("mode", Mode)
def test_a_result_without_rows_has_its_schema(mode: Mode) -> None:
    table = ResultTable(COLUMNS, mode=mode)
    for kind in (PageKind.NOT_READY, PageKind.PAYLOAD, PageKind.EOS):
        table.add(Page(kind))
    names = ["op"] if mode is Mode.CHANGELOG else []
    assert table.arrow().schema.names == table.schema.names == [*names, "c0", "c1"]
    assert (table.size, table.rows_seen, table.tail(5).num_rows) == (0, 0, 0)
    assert table.columns == COLUMNS


def test_a_whole_result_that_is_not_whole_any_more_says_so() -> None:
    table = ResultTable(COLUMNS, mode=Mode.APPEND, rows_kept=2)
    table.add(page_of(*(f'+I [{i},"x"]' for i in range(5))))
    with pytest.raises(ResultTruncatedError) as caught:
        table.arrow()
    assert "--rows-kept" in str(caught.value)
    assert ".kept" in str(caught.value)
    assert "3 of 5 rows" in str(caught.value)
    assert rows_of(table.kept()) == [(3, "x"), (4, "x")]
    assert (table.size, table.rows_seen, table.truncated) == (5, 5, True)


def test_a_broken_page_leaves_the_rows_before_it() -> None:
    for mode in Mode:
        table = ResultTable(COLUMNS, mode=mode)
        table.add(page_of('+I [1,"a"]'))
        with pytest.raises(BrokenReplyError):
            table.add(Page(PageKind.PAYLOAD, rows=b'[{"kind":"INSERT","fields":[1,'))
        assert table.size == 1
        assert table.kept().num_rows == 1


def test_text_pages_and_json_pages_add_up() -> None:
    table = ResultTable(COLUMNS)
    table.add(page_of('+I [1,"a"]'))
    table.add(page_of('+I ["2",null]', row_format=RowFormat.PLAIN_TEXT))
    table.add(page_of('-D ["1","a"]', row_format=RowFormat.PLAIN_TEXT))
    assert rows_of(table.arrow()) == [(2, None)]


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.APPEND, Mode.UPDATE, Mode.CHANGELOG])
def test_whoever_looks_while_rows_come_sees_a_beginning_of_them(mode: Mode) -> None:
    table = ResultTable(columns(INT), mode=mode, rows_kept=None)
    pages, stop, wrong = 300, threading.Event(), list[object]()

    def look(at: Callable[[], pa.Table]) -> None:
        while not stop.is_set():
            seen = at().columns[-1].to_pylist()
            if seen and seen != list(range(seen[0], seen[0] + len(seen))):
                wrong.append(seen)

    lookers = [threading.Thread(target=look, args=(at,)) for at in (table.kept, lambda: table.tail(7), table.arrow)]
    for looker in lookers:
        looker.start()
    for n in range(pages):
        table.add(page_of(*(f"+I [{n * 10 + i}]" for i in range(10))))
    stop.set()
    for looker in lookers:
        looker.join(timeout=60)
        assert not looker.is_alive()
    assert wrong == []
    assert table.arrow().columns[-1].to_pylist() == list(range(pages * 10))
