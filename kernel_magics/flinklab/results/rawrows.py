"""The rows of a page, taken apart without decoding what they hold.

A row's own bytes (`[1,"a",1.5]`) are its identity: equal bytes are equal rows. Where one row has more than one
spelling (the entries of a MAP have no order, SQL's text is not JSON) it is brought into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from flinklab.domain.columns import LogicalType
from flinklab.domain.errors import BrokenReplyError
from flinklab.domain.pages import Page, RowFormat
from flinklab.results.text import from_text
from flinklab.results.types import children

Kind = Literal["INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"]

_HEAD = b'[{"kind":"INSERT","fields":'
_BETWEEN = b'},{"kind":"INSERT","fields":'
_TAIL = b"}]"


class RawRow(msgspec.Struct, gc=False):
    """A row of a page: what it does, and its fields undecoded."""

    kind: Kind
    fields: msgspec.Raw


class ExactRow(msgspec.Struct, gc=False):
    """A row of a page with its fields decoded, every number with a fraction as a Decimal."""

    kind: Kind
    fields: list[Any]


class TextRow(msgspec.Struct, gc=False):
    """A row of a `PLAIN_TEXT` page."""

    kind: Kind
    fields: list[str | None]


_raw_rows = msgspec.json.Decoder(list[RawRow])
_exact_rows = msgspec.json.Decoder(list[ExactRow], float_hook=Decimal)
_text_rows = msgspec.json.Decoder(list[TextRow])
_one_spelling = msgspec.json.Encoder(decimal_format="number", order="sorted")


def broken(error: Exception) -> BrokenReplyError:
    """What to raise for a page that cannot be read."""
    return BrokenReplyError("the gateway sent rows that cannot be read", details=f"{type(error).__name__}: {error}")


def exact_rows(rows: bytes) -> list[ExactRow]:
    """The page's rows, decoded with exact numbers."""
    try:
        return _exact_rows.decode(rows)
    except msgspec.MsgspecError as error:
        raise broken(error) from error


def text_rows(rows: bytes) -> list[TextRow]:
    """The rows of a `PLAIN_TEXT` page."""
    try:
        return _text_rows.decode(rows)
    except msgspec.MsgspecError as error:
        raise broken(error) from error


class Splitter:
    """Takes pages of one result apart into kinds and rows. `types` are the effective types of its columns."""

    def __init__(self, types: tuple[LogicalType, ...]) -> None:
        self._types = types
        self._has_maps = any(map(_has_maps, types))

    def split(self, page: Page) -> list[tuple[Kind, bytes]]:
        """Each row's kind and its bytes, as a JSON page would hold them."""
        if page.row_format is RowFormat.PLAIN_TEXT:
            texts = text_rows(page.rows)
            return [(row.kind, _one_spelling.encode(self.from_text(row.fields))) for row in texts]
        if self._has_maps:
            return [(row.kind, _one_spelling.encode(row.fields)) for row in exact_rows(page.rows)]
        try:
            return [(row.kind, bytes(row.fields)) for row in _raw_rows.decode(page.rows)]
        except msgspec.MsgspecError as error:
            raise broken(error) from error

    def from_text(self, fields: Sequence[str | None]) -> list[Any]:
        """The fields of a `PLAIN_TEXT` row as a JSON page would have held them."""
        try:
            return [
                None if text is None else _sorted_pairs(from_text(text, type), type)
                for text, type in zip(fields, self._types, strict=True)
            ]
        except (ValueError, ArithmeticError, IndexError) as error:
            raise broken(error) from error


def join(rows: Iterable[bytes]) -> bytes:
    """Rows' bytes as a page of inserts."""
    body = _BETWEEN.join(rows)
    return _HEAD + body + _TAIL if body else b"[]"


def _has_maps(type: LogicalType) -> bool:
    return type.root in ("MAP", "MULTISET") or any(map(_has_maps, children(type)))


def _sorted_pairs(value: Any, type: LogicalType) -> Any:
    if value is None or not isinstance(value, list):
        return value
    parts = children(type)
    if type.root in ("MAP", "MULTISET"):
        pairs = [[_sorted_pairs(k, parts[0]), _sorted_pairs(v, parts[1])] for k, v in value]
        return sorted(pairs, key=_one_spelling.encode)
    each = parts if type.root == "ROW" else parts * len(value)
    return [_sorted_pairs(v, t) for v, t in zip(value, each, strict=True)]
