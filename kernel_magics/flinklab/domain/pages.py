"""A page of a result, as the SQL Gateway hands it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from flinklab.domain.columns import Column
from flinklab.domain.ids import JobId


class PageKind(Enum):
    """`NOT_READY`: ask for the same token again. `PAYLOAD`: rows (maybe none), go on. `EOS`: the last."""

    NOT_READY = "NOT_READY"
    PAYLOAD = "PAYLOAD"
    EOS = "EOS"


class RowFormat(Enum):
    """How the gateway writes fields. `PLAIN_TEXT` is SQL's text for every type: the way out for values
    that the gateway cannot put into JSON (a MAP with keys that are no strings, VARIANT)."""

    JSON = "JSON"
    PLAIN_TEXT = "PLAIN_TEXT"


class RowKind(Enum):
    """What a row does to the table that the changes describe. The value is Flink's short form."""

    INSERT = "+I"
    UPDATE_BEFORE = "-U"
    UPDATE_AFTER = "+U"
    DELETE = "-D"

    @property
    def adds(self) -> bool:
        return self in (RowKind.INSERT, RowKind.UPDATE_AFTER)


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    `rows` is the page's JSON array of `{"kind": ..., "fields": [...]}` as bytes, undecoded: decoding is the
    results room's, and a reader may fetch the next page meanwhile.
    """

    kind: PageKind
    columns: tuple[Column, ...] = ()
    rows: bytes = b"[]"
    row_format: RowFormat = RowFormat.JSON
    is_query: bool = False
    job_id: JobId | None = None
