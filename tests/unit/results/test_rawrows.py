import pytest
from hypothesis import given, settings

from fakes.pages import (
    INT,
    STRING,
    Result,
    columns,
    comparable,
    expected,
    inserts,
    json_types,
    page_of,
    results,
    sure_text_types,
    text_inserts,
)
from flinklab.domain.columns import LogicalType
from flinklab.domain.errors import BrokenReplyError
from flinklab.domain.pages import Page, PageKind, RowFormat
from flinklab.results.decode import Decoder
from flinklab.results.rawrows import Splitter, join
from flinklab.results.rows import rows_of
from flinklab.results.types import effective_types

MAP = LogicalType("MAP", key=STRING, value=LogicalType("DECIMAL", precision=38, scale=18))


@settings(max_examples=50)
@given(results(json_types))
def test_rows_taken_apart_and_joined_are_the_same_table(result: Result) -> None:
    of, rows = result
    decoder = Decoder(of, "+05:30")
    apart = decoder.split(inserts(*rows))
    assert [kind for kind, _ in apart] == ["INSERT"] * len(rows)
    assert comparable(rows_of(decoder.table(row for _, row in apart))) == comparable(expected(*rows))


@settings(max_examples=50)
@given(results(sure_text_types))
def test_text_taken_apart_and_joined_is_the_same_table(result: Result) -> None:
    of, rows = result
    decoder = Decoder(of, "+05:30")
    apart = decoder.split(text_inserts(*rows))
    assert comparable(rows_of(decoder.table(row for _, row in apart))) == comparable(expected(*rows))


def test_kinds_and_bytes() -> None:
    splitter = Splitter((INT, STRING))
    page = page_of('+I [1,"a"]', '-U [1,"a"]', '+U [2,"]},{"]', "-D [null,null]")
    assert splitter.split(page) == [
        ("INSERT", b'[1,"a"]'),
        ("UPDATE_BEFORE", b'[1,"a"]'),
        ("UPDATE_AFTER", b'[2,"]},{"]'),
        ("DELETE", b"[null,null]"),
    ]


def test_the_order_of_a_maps_entries_does_not_matter_and_its_numbers_stay_exact() -> None:
    one, other = (
        Splitter((MAP,)).split(page_of(f"+I [{{{entries}}}]"))
        for entries in ('"a":0.1234567890123456789,"b":2', '"b":2,"a":0.1234567890123456789')
    )
    assert one == other
    assert b"0.1234567890123456789" in one[0][1]


def test_nor_in_sqls_text() -> None:
    int_map = LogicalType("MAP", key=INT, value=LogicalType("MULTISET", element=INT))
    one, other = (
        Splitter(effective_types(columns(int_map))).split(
            page_of(f'+I ["{text}"]', row_format=RowFormat.PLAIN_TEXT)
        )
        for text in ("{1={3=1, 4=1}, 2=NULL}", "{2=NULL, 1={4=1, 3=1}}")
    )
    assert one == other


@pytest.mark.parametrize("types", [(INT,), (MAP,)])
@pytest.mark.parametrize(
    "rows", [b"", b"[1]", b'[{"kind":"UPSERT","fields":[1]}]', b'[{"kind":"INSERT","fields":1']
)
def test_what_is_no_page_of_rows(rows: bytes, types: tuple[LogicalType, ...]) -> None:
    with pytest.raises(BrokenReplyError):
        Splitter(types).split(Page(PageKind.PAYLOAD, rows=rows))


def test_text_of_another_width() -> None:
    with pytest.raises(BrokenReplyError):
        Splitter((INT,)).split(page_of('+I ["1","2"]', row_format=RowFormat.PLAIN_TEXT))


def test_joining_nothing() -> None:
    assert join([]) == b"[]"
