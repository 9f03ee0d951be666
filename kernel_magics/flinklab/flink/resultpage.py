"""From a result page's bytes to a `Page`, without reading its rows.

A page of 5,000 rows is half a megabyte of which the rows are all but some hundred bytes, and the head repeats
from page to page. So the page is cut at its rows: head, rows, tail.

Why the cuts are exact. Inside a JSON string every quote is escaped, so a quote that follows a comma is never
inside a string. The first `,"data":[` is therefore a key with a list, and the head up to there parses (closed by
`]}}`) only if that key is in `results`, two objects deep, with the columns before it. The rows end where the page
does: at `]}}` when it has no next one, else at the last `]},"nextResultUri":"`, behind which only that string
(without a quote) and `}` may come; no member of `results` but columns and rows is a list. Any other shape is parsed
whole.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import msgspec

from flinklab.domain.columns import Column
from flinklab.domain.ids import JobId
from flinklab.domain.pages import Page, PageKind, RowFormat
from flinklab.flink.wire import ResultPage, column_of

_DATA = b',"data":['
_NEXT = b']},"nextResultUri":"'
_LAST = b"]}}"
_MOST_HEADS = 64

_decoder = msgspec.json.Decoder(ResultPage)


@dataclass(frozen=True, slots=True)
class _Head:
    kind: PageKind
    columns: tuple[Column, ...]
    row_format: RowFormat
    is_query: bool
    job_id: JobId | None


class PageReader:
    """Reads pages; remembers heads, so that the pages of one result share one tuple of columns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heads: dict[bytes, _Head] = {}

    def read(self, body: bytes) -> Page:
        """Raises `msgspec.DecodeError` for what is no result page."""
        cut = _cut(body)
        if cut is not None:
            start, end = cut
            try:
                return _page(self._head(body[:start] + _LAST), body[start - 1 : end])
            except msgspec.DecodeError:
                pass  # `data` is somewhere else than it is in the Flink that we know: read it all.
        page = _decoder.decode(body)
        rows = bytes(page.results.data) if page.results is not None else b"[]"
        return _page(_head_of(page), rows)

    def _head(self, text: bytes) -> _Head:
        head = self._heads.get(text)
        if head is None:
            head = _head_of(_decoder.decode(text))
            with self._lock:
                if len(self._heads) >= _MOST_HEADS:
                    self._heads.clear()
                self._heads[text] = head
        return head


def _cut(body: bytes) -> tuple[int, int] | None:
    """Where the rows' first byte and the byte after their closing bracket are; None if the shape is another."""
    start = body.find(_DATA)
    if start < 0:
        return None
    start += len(_DATA)
    if body.endswith(_LAST):
        end = len(body) - 2
    elif body.endswith(b'"}'):
        end = body.rfind(_NEXT) + 1
        tail = body[end + len(_NEXT) - 1 : -2]
        if end == 0 or b'"' in tail or b"\\" in tail:
            return None
    else:
        return None
    return (start, end) if start < end else None


def _head_of(page: ResultPage) -> _Head:
    results = page.results
    columns = tuple(column_of(info) for info in results.columns) if results is not None else ()
    row_format = results.row_format if results is not None else RowFormat.JSON
    job_id = JobId(page.job_id) if page.job_id is not None else None
    return _Head(page.result_type, columns, row_format, page.is_query, job_id)


def _page(head: _Head, rows: bytes) -> Page:
    return Page(head.kind, head.columns, rows, head.row_format, head.is_query, head.job_id)
