"""Parts of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from flinklab.domain.pages import Page

_Rows = msgspec.json.Decoder(list[msgspec.Raw])


def parts(page: Page, room: Callable[[], int]) -> Iterator[Page]:
    """`page` in parts of at most `room()` rows, asked before each part; ends when there is no room."""
    rows = _Rows.decode(page.rows)
    begun = 0
    while begun < len(rows) and (size := room()) > 0:
        some = rows[begun : begun + size]
        yield replace(page, rows=b"[" + b",".join(map(bytes, some)) + b"]")
        begun += size
