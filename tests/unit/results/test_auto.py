from collections import Counter
from collections.abc import Callable
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.pages import INT, columns, page_of
from flinklab.domain.errors import ResultBoundError
from flinklab.domain.pages import Page
from flinklab.results.auto import AutoView
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of

ROWS = st.integers(0, 3)
PAGES = st.lists(
    st.lists(st.tuples(st.sampled_from(["+I", "-U", "+U", "-D"]), ROWS), min_size=1, max_size=5), max_size=6
)


class Asked:
    """Answers, and counts how often it was asked."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> bool:
        self.times += 1
        return self.answer


def auto(rows_kept: int | None, is_updating: Callable[[], bool] | None, ask_after: int = 10_000) -> AutoView:
    return AutoView(Decoder(columns(INT)), Lock(), rows_kept, is_updating, ask_after)


def numbers(view: AutoView) -> list[int]:
    return [n for (n,) in rows_of(view.kept())]


def inserts(*numbers: int) -> Page:
    return page_of(*(f"+I [{n}]" for n in numbers))


@given(st.lists(st.lists(ROWS, min_size=1)), PAGES, st.none() | st.just(10_000))
def test_it_is_the_sum_of_all_changes_whenever_the_first_retraction_comes(
    first: list[list[int]], then: list[list[tuple[str, int]]], rows_kept: int | None
) -> None:
    view, sums = auto(rows_kept, None), Counter[int]()
    for page in first:
        view.add(inserts(*page))
        sums.update(page)
    for changes in then:
        view.add(page_of(*(f"{kind} [{n}]" for kind, n in changes)))
        for kind, n in changes:
            sums[n] += 1 if kind in ("+I", "+U") else -1
    assert Counter(numbers(view)) == +sums
    assert view.size == sum((+sums).values())
    assert view.unmatched == sum((-sums).values())
    assert view.rows_seen == sum(map(len, first)) + sum(map(len, then))
    assert view.updating == any(kind != "+I" for changes in then for kind, _ in changes)


@given(st.lists(st.lists(ROWS, min_size=1)), st.integers(1, 8))
def test_a_query_that_only_appends_keeps_the_newest(pages: list[list[int]], rows_kept: int) -> None:
    asked = Asked(False)
    view = auto(rows_kept, asked)
    for page in pages:
        view.add(inserts(*page))
    every = [n for page in pages for n in page]
    assert numbers(view) == every[-rows_kept:]
    assert view.size == view.rows_seen == len(every)
    assert asked.times == (1 if len(every) > rows_kept else 0)


def test_it_asks_before_it_lets_rows_go_and_then_lets_none_go() -> None:
    asked = Asked(True)
    view = auto(3, asked)
    view.add(inserts(1, 2, 3))
    assert asked.times == 0
    with pytest.raises(ResultBoundError):
        view.add(inserts(4))
    assert asked.times == 1
    assert (numbers(view), view.updating, view.rows_let_go) == ([1, 2, 3, 4], True, 0)


def test_it_asks_early_enough_when_all_rows_are_kept() -> None:
    asked = Asked(True)
    view = auto(None, asked, ask_after=2)
    view.add(inserts(1, 2, 3))
    assert (asked.times, view.updating) == (1, True)
    view.add(page_of("-D [2]"))
    assert numbers(view) == [1, 3]


@pytest.mark.parametrize("is_updating", [None, Asked(False)])
def test_a_retraction_after_rows_were_let_go_says_what_to_do(is_updating: Callable[[], bool] | None) -> None:
    view = auto(2, is_updating)
    view.add(inserts(1, 2, 3))
    with pytest.raises(ResultBoundError, match="--mode update"):
        view.add(page_of("-D [1]"))
    assert numbers(view) == [2, 3]


def test_rows_that_are_all_kept_can_change_in_place_though_nobody_was_asked() -> None:
    view = auto(None, None, ask_after=1)
    view.add(inserts(1, 2, 3))
    view.add(page_of("-U [1]", "+U [9]"))
    assert numbers(view) == [9, 2, 3]


def test_the_first_page_that_takes_back_may_pass_the_bound() -> None:
    view = auto(2, Asked(True))
    view.add(inserts(1, 2))
    with pytest.raises(ResultBoundError):
        view.add(page_of("-U [1]", "+U [9]", "+I [3]"))
    assert numbers(view) == [9, 2, 3]
