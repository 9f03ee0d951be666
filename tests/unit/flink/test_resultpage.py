from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.answers import column
from flinklab.domain.pages import PageKind, RowFormat
from flinklab.flink.resultpage import PageReader

# What a careless cut would trip over, as text and as keys.
NASTY = [
    ',"data":[',
    '"data":[]',
    ']},"nextResultUri":"',
    ']},"nextResultUri":"/v4"}',
    "]}}",
    '"}',
    "\\",
    '\\"',
    '","data":[',
    "]",
    "é😀",
]
TEXT = st.sampled_from(NASTY) | st.text(max_size=8) | st.lists(st.sampled_from(NASTY), max_size=3).map("".join)
KEY = TEXT | st.sampled_from(["data", "results", "nextResultUri", "columns"])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=8,
)
ROW = st.builds(
    lambda kind, fields: {"kind": kind, "fields": fields},
    st.sampled_from(["INSERT", "DELETE"]),
    st.lists(VALUE, max_size=3),
)


def _column(name: str, comment: str | None, nested: list[str]) -> dict[str, Any]:
    if not nested:
        return column(name, "INT", comment)
    fields = [{"name": field, "fieldType": {"type": "INTEGER", "nullable": False}} for field in nested]
    return {"name": name, "logicalType": {"type": "ROW", "nullable": True, "fields": fields}, "comment": comment}


COLUMN = st.builds(_column, TEXT, st.none() | TEXT, st.lists(TEXT, max_size=2))


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Any]:
    last = draw(st.booleans())
    page: dict[str, Any] = {"resultType": "EOS" if last else "PAYLOAD", "isQueryResult": draw(st.booleans())}
    if draw(st.booleans()):
        page["jobID"] = draw(st.text("0123456789abcdef", min_size=32, max_size=32))
    page["resultKind"] = "SUCCESS_WITH_CONTENT"
    page["results"] = {
        "columns": draw(st.lists(COLUMN, max_size=3)),
        "rowFormat": draw(st.sampled_from(["JSON", "PLAIN_TEXT"])),
        "data": draw(st.lists(ROW, max_size=4)),
    }
    if not last:
        page["nextResultUri"] = draw(st.just("/v4/sessions/x/operations/y/result/1?rowFormat=JSON") | TEXT)
    return page


def _written(page: dict[str, Any], *, ascii_only: bool = False) -> bytes:
    return json.dumps(page, separators=(",", ":"), ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _check(page: dict[str, Any], body: bytes) -> None:
    read = PageReader().read(body)
    assert json.loads(read.rows) == page["results"]["data"]
    assert read.kind.value == page["resultType"]
    assert read.is_query is page["isQueryResult"]
    assert read.job_id == page.get("jobID")
    assert read.row_format.value == page["results"]["rowFormat"]
    names = [(info["name"], info["comment"]) for info in page["results"]["columns"]]
    assert [(one.name, one.comment) for one in read.columns] == names


@given(pages(), st.booleans())
def test_a_page_cut_is_the_page_parsed(page: dict[str, Any], ascii_only: bool) -> None:
    _check(page, _written(page, ascii_only=ascii_only))


@given(pages(), st.randoms(use_true_random=False))
def test_any_order_of_members_is_read(page: dict[str, Any], random: Any) -> None:
    def mixed(members: dict[str, Any]) -> dict[str, Any]:
        return dict(random.sample(list(members.items()), len(members)))

    _check(page, _written(mixed({**page, "results": mixed(page["results"])})))


def test_every_order_of_members_is_read() -> None:
    row = {"kind": "INSERT", "fields": [{"x": 1, "data": [1]}, [{"y": [1]}]]}
    results = {"columns": [column("a", "INT")], "rowFormat": "JSON", "data": [row]}
    page = {"resultType": "PAYLOAD", "isQueryResult": True, "results": results, "nextResultUri": "/v4"}
    for outer, inner in itertools.product(itertools.permutations(page), itertools.permutations(results)):
        members: dict[str, Any] = {name: page[name] for name in outer}
        members["results"] = {name: results[name] for name in inner}
        _check(members, _written(members))
        del members["nextResultUri"]
        _check(members, _written(members))


@given(pages(), st.integers(0, 400))
def test_half_a_page_is_no_page(page: dict[str, Any], length: int) -> None:
    body = _written(page)
    if length >= len(body):
        length = len(body) // 2
    try:
        read = PageReader().read(body[:length])
    except msgspec.DecodeError:
        return
    raise AssertionError(f"{length} of {len(body)} bytes were read as {read}")


def test_the_pages_of_a_result_share_their_columns() -> None:
    reader = PageReader()
    page = {
        "resultType": "PAYLOAD",
        "isQueryResult": True,
        "results": {"columns": [column("a", "INT")], "data": []},
    }
    first, second = reader.read(_written(page)), reader.read(_written(page))
    assert first.columns and first.columns is second.columns


def test_the_memory_for_heads_is_bounded() -> None:
    reader = PageReader()
    for number in range(500):
        columns = [column(f"c{number}", "INT")]
        page = {"resultType": "EOS", "results": {"columns": columns, "data": []}}
        assert reader.read(_written(page)).columns[0].name == f"c{number}"
    assert len(reader._heads) <= 64


def test_not_ready_has_no_rows() -> None:
    read = PageReader().read(b'{"resultType":"NOT_READY","nextResultUri":"/v4/x/0?rowFormat=JSON"}')
    assert (read.kind, read.rows, read.columns, read.row_format) == (PageKind.NOT_READY, b"[]", (), RowFormat.JSON)


def test_a_page_of_version_1_has_no_row_format() -> None:
    rows = b'[{"kind":"INSERT","fields":[1]}]'
    body = b'{"results":{"columns":[],"data":' + rows + b'},"resultType":"PAYLOAD","nextResultUri":"/v1/x"}'
    read = PageReader().read(body)
    assert (read.kind, read.rows) == (PageKind.PAYLOAD, rows)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"resultType":"NEW"}', b"<html>", b'{"errors":["x"]}']
)
def test_what_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        PageReader().read(body)
