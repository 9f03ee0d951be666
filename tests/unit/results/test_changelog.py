from collections import Counter
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from flinklab.results.changelog import Changelog
from flinklab.results.rawrows import Kind

ROWS = st.sampled_from([b"a", b"b", b"c", b"d"])
CHANGES = st.lists(st.tuples(st.sampled_from(get_args(Kind)), ROWS))


def changelog(*changes: str) -> Changelog:
    kinds: dict[str, Kind] = {"+I": "INSERT", "-U": "UPDATE_BEFORE", "+U": "UPDATE_AFTER", "-D": "DELETE"}
    log = Changelog()
    log.apply((kinds[change[:2]], change[3:].encode()) for change in changes)
    return log


def shown(log: Changelog) -> str:
    return b"".join(log).decode()


@given(st.lists(CHANGES))
def test_it_is_the_sum_of_all_changes(pages: list[list[tuple[Kind, bytes]]]) -> None:
    log, sums = Changelog(), Counter[bytes]()
    for page in pages:
        log.apply(page)
        for kind, row in page:
            sums[row] += 1 if kind in ("INSERT", "UPDATE_AFTER") else -1
        assert Counter(log) == +sums
        assert len(log) == sum((+sums).values())
        assert log.owed == sum((-sums).values())


@given(CHANGES, st.integers(0, 20))
def test_the_tail_is_the_end_of_it(changes: list[tuple[Kind, bytes]], n: int) -> None:
    log = Changelog()
    log.apply(changes)
    assert log.tail(n) == [*log][max(0, len(log) - n) :]


@given(CHANGES, CHANGES)
def test_where_a_page_ends_makes_no_difference(
    before: list[tuple[Kind, bytes]], after: list[tuple[Kind, bytes]]
) -> None:
    once, twice = Changelog(), Changelog()
    once.apply(before + after)
    twice.apply(before)
    len(twice), [*twice]
    twice.apply(after)
    assert [*once] == [*twice]


@given(st.lists(ROWS, min_size=1, max_size=8, unique=True), st.data())
def test_an_update_changes_a_row_in_its_place(rows: list[bytes], data: st.DataObject) -> None:
    log = Changelog()
    log.apply([("INSERT", row) for row in rows])
    old = data.draw(st.sampled_from(rows))
    log.apply([("UPDATE_BEFORE", old), ("UPDATE_AFTER", b"new")])
    assert [*log] == [b"new" if row == old else row for row in rows]


def test_new_rows_come_last() -> None:
    assert shown(changelog("+I a", "+I b", "-D a", "+I a")) == "ba"


def test_an_update_after_of_nothing_is_a_new_row() -> None:
    assert shown(changelog("+I a", "+U b")) == "ab"


def test_a_change_between_the_halves_of_an_update_closes_the_gap() -> None:
    assert shown(changelog("+I a", "+I b", "-U a", "+I c", "+U d")) == "bcd"
    assert shown(changelog("+I a", "+I b", "-U a", "-U b", "+U c", "+U d")) == "cd"


def test_one_of_several_equal_rows_goes() -> None:
    assert shown(changelog("+I a", "+I b", "+I a", "+I a", "-D a")).count("a") == 2


def test_a_row_that_was_taken_back_too_early_does_not_stay() -> None:
    log = changelog("-D a", "-U a", "+U a")
    assert (shown(log), len(log), log.owed) == ("", 0, 1)
    log.apply([("INSERT", b"a"), ("INSERT", b"a")])
    assert (shown(log), log.owed) == ("a", 0)


def test_a_row_that_pays_for_a_retraction_leaves_no_gap() -> None:
    log = changelog("-D b", "+I a", "-U a", "+U b", "+U c")
    assert (shown(log), len(log), log.owed) == ("c", 1, 0)


def test_it_does_not_grow_while_rows_replace_each_other() -> None:
    log = Changelog()
    log.apply([("INSERT", b"0")])
    for i in range(10_000):
        log.apply([("UPDATE_BEFORE", b"%d" % i), ("UPDATE_AFTER", b"%d" % (i + 1))])
    assert [*log] == [b"10000"]
    assert sum(len(held) for held in vars(log).values() if isinstance(held, dict)) <= 2
