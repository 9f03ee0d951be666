"""The views through the table's door: each mode, with the same changes."""

from threading import Lock

import pyarrow as pa
import pytest

from fakes.pages import INT, STRING, TIMESTAMP, columns, page_of
from flinklab.domain.columns import LogicalType
from flinklab.domain.errors import ResultBoundError, UsageError
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of
from flinklab.results.views import AppendView, ChangesView, SingleView, UpdateView, View

COLUMNS = columns(INT, STRING)
CHANGES = ('+I [1,"a"]', '+I [2,"b"]', '-U [1,"a"]', '+U [1,"c"]', '-D [2,"b"]')


def rows(view: View) -> list[tuple[object, ...]]:
    return rows_of(view.kept())


def changes_view(rows_kept: int | None = None) -> ChangesView:
    return ChangesView(Decoder(COLUMNS), Lock(), rows_kept)


def update_view(rows_kept: int | None = None) -> UpdateView:
    return UpdateView(Decoder(COLUMNS), Lock(), rows_kept)


def test_append_keeps_the_newest_and_counts_all() -> None:
    view = AppendView(Decoder(COLUMNS), Lock(), 2)
    for i in range(5):
        view.add(page_of(f'+I [{i},"x"]'))
    assert rows(view) == [(3, "x"), (4, "x")]
    assert (view.rows_seen, view.size, view.rows_let_go) == (5, 5, 3)


def test_append_says_what_to_do_about_a_retraction_and_keeps_its_rows() -> None:
    view = AppendView(Decoder(COLUMNS), Lock(), None)
    view.add(page_of(CHANGES[0]))
    with pytest.raises(UsageError, match="--mode update"):
        view.add(page_of(*CHANGES))
    assert rows(view) == [(1, "a")]


def test_changes_are_shown_with_what_they_do() -> None:
    view = changes_view()
    view.add(page_of(*CHANGES[:2]))
    view.add(page_of(*CHANGES[2:]))
    assert view.schema.names == ["op", "c0", "c1"]
    assert view.kept().schema == view.schema
    assert rows(view) == [("+I", 1, "a"), ("+I", 2, "b"), ("-U", 1, "a"), ("+U", 1, "c"), ("-D", 2, "b")]
    assert (view.rows_seen, view.size, view.updating) == (5, 5, False)


def test_changes_are_bounded_like_appended_rows() -> None:
    view = changes_view(rows_kept=2)
    for change in CHANGES:
        view.add(page_of(change))
    assert [op for op, *_ in rows(view)] == ["+U", "-D"]
    assert view.rows_let_go == 3


def test_a_column_that_is_called_op_too() -> None:
    view = ChangesView(Decoder(columns(INT, names=["op"])), Lock(), None)
    view.add(page_of("+I [1]"))
    assert view.schema.names == ["op", "op"]
    assert rows(view) == [("+I", 1)]


def test_the_newest_row_that_was_not_taken_back() -> None:
    view = SingleView(Decoder(COLUMNS))
    assert rows(view) == []
    view.add(page_of(*CHANGES))
    assert rows(view) == [(1, "c")]
    view.add(page_of('-U [1,"c"]'))
    assert rows(view) == [(1, "c")]
    assert (view.rows_seen, view.size) == (6, 1)
    assert view.tail(0).num_rows == 0


def test_the_current_table() -> None:
    view = update_view()
    view.add(page_of(*CHANGES[:3]))
    assert rows(view) == [(2, "b")]
    view.add(page_of(*CHANGES[3:]))
    assert rows(view) == [(1, "c")]
    assert (view.rows_seen, view.size, view.unmatched) == (5, 1, 0)


def test_it_is_decoded_once_until_it_changes() -> None:
    view = update_view()
    view.add(page_of(*CHANGES[:2]))
    first, tail = view.kept(), view.tail(1)
    assert view.kept() is first
    assert view.tail(1) is tail
    assert rows_of(tail) == [(2, "b")]
    view.add(page_of("+I [3,null]"))
    assert view.kept() is not first
    assert rows_of(view.tail(1)) == [(3, None)]


def test_the_bound_of_a_table_that_changes_is_said_once_it_is_passed_and_nothing_is_lost() -> None:
    view = update_view(rows_kept=2)
    view.add(page_of(*CHANGES[:2]))
    view.add(page_of('-U [1,"a"]', '+U [1,"c"]'))
    with pytest.raises(ResultBoundError, match="3 rows; 2 are kept") as caught:
        view.add(page_of("+I [3,null]"))
    assert "--rows-kept" in (caught.value.hint or "")
    assert rows(view) == [(1, "c"), (2, "b"), (3, None)]
    assert view.rows_let_go == 0


def test_a_page_may_pass_the_bound_for_a_moment() -> None:
    view = update_view(rows_kept=1)
    view.add(page_of('+I [1,"a"]', '+I [2,"b"]', '-D [1,"a"]'))
    assert rows(view) == [(2, "b")]


def test_retractions_of_nothing_are_counted_and_bounded_too() -> None:
    view = update_view(rows_kept=2)
    view.add(page_of("-D [1,null]", "-D [1,null]"))
    assert (view.unmatched, view.size) == (2, 0)
    view.add(page_of("+I [1,null]"))
    assert (view.unmatched, view.size) == (1, 0)
    with pytest.raises(ResultBoundError):
        view.add(page_of("-D [2,null]", "-D [3,null]"))


@pytest.mark.parametrize("make", [AppendView, ChangesView, UpdateView])
def test_a_year_beyond_nanoseconds_widens_what_came_before(make: type[AppendView] | type[UpdateView]) -> None:
    view = make(Decoder(columns(LogicalType(TIMESTAMP, precision=9))), Lock(), None)
    view.add(page_of('+I ["2020-01-01T00:00:00.123456789"]'))
    assert view.kept().schema.types[-1] == pa.timestamp("ns")
    view.add(page_of('+I ["9999-12-31T23:59:59.999999999"]'))
    table = view.kept()
    assert table.schema.types[-1] == view.schema.types[-1] == pa.timestamp("us")
    assert [str(v) for v in table.columns[-1].to_pylist()] == [
        "2020-01-01 00:00:00.123456",
        "9999-12-31 23:59:59.999999",
    ]
