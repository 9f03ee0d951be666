from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import FlinklabError, UnreachableError
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.session.reader import PageReader

EOS = Page(PageKind.EOS)
NOT_READY = Page(PageKind.NOT_READY)
EMPTY = Page(PageKind.PAYLOAD)


class Script:
    """A gateway that has only pages: of each token the ones to serve one after the other."""

    def __init__(self, pages: list[Page | Exception]) -> None:
        self.pages = pages
        self.asked: list[int] = []

    def fetch(self, session: Any, operation: Any, token: int) -> Page:
        self.asked.append(token)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page


def rows(n: int) -> Page:
    return Page(PageKind.PAYLOAD, rows=b'[{"kind":"INSERT","fields":[%d]}]' % n)


def reader(first: Page, *later: Page | Exception) -> tuple[PageReader, Script]:
    script = Script(list(later))
    made = PageReader(script, SessionHandle("s"), OperationHandle("o"), first)  # type: ignore[arg-type]
    made.start()
    return made, script


def read_all(made: PageReader) -> list[Page]:
    found: list[Page] = []
    while not found or found[-1].kind is not PageKind.EOS:
        page = made.next(timeout=60)
        assert page is not None
        found.append(page)
    made.stop()
    return found


@given(st.lists(st.sampled_from(["rows", "empty", "not ready"]), max_size=12))
def test_every_row_comes_once_and_in_order(script: list[str]) -> None:
    made = {"rows": iter(range(99)), "empty": EMPTY, "not ready": NOT_READY}
    pages = [rows(next(made["rows"])) if kind == "rows" else made[kind] for kind in script]  # type: ignore[arg-type,call-overload]
    start, fake = reader(EMPTY, *pages, EOS)
    found = read_all(start)
    assert found[:-1] == [page for page in pages if page.rows != b"[]"]
    tokens = [page for page in [EMPTY, *pages] if page.kind is PageKind.PAYLOAD]
    assert fake.asked[-1] == len(tokens)
    assert fake.asked == sorted(fake.asked)


def test_the_last_page_may_have_rows() -> None:
    last = Page(PageKind.EOS, rows=b'[{"kind":"INSERT","fields":[1]}]')
    start, _ = reader(rows(0), last)
    assert read_all(start) == [rows(0), last]


def test_the_first_page_may_be_the_last() -> None:
    start, fake = reader(EOS)
    assert read_all(start) == [EOS]
    assert fake.asked == []


def test_an_error_comes_after_the_rows_before_it() -> None:
    start, _ = reader(rows(1), UnreachableError("gone"))
    assert start.next(20) == rows(1)
    with pytest.raises(UnreachableError):
        start.next(20)
    start.stop()


def test_a_bug_is_an_error_too_and_no_silence() -> None:
    start, _ = reader(rows(1), ZeroDivisionError("oops"))
    assert start.next(20) == rows(1)
    with pytest.raises(FlinklabError, match="internal error") as caught:
        start.next(20)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    start.stop()


def test_stop_ends_a_reader_that_nobody_listens_to() -> None:
    start, fake = reader(rows(0), *(rows(n) for n in range(1, 50)), EOS)
    assert start.next(20) == rows(0)
    start.stop()
    assert len(fake.pages) > 0
