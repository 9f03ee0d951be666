"""The picture in HTML: harmless, bounded, and every value in its place."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.snapshots import one_value, snapshot_of
from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.cells import visible
from flinklab.notebook.grid import Limits
from flinklab.notebook.picture import to_html
from flinklab.session.snapshot import ResultStatus

JOB = JobId("072d1a2bf00000000000000000000001")
TAGS = {"div", "style", "span", "a", "table", "thead", "tbody", "tr", "th", "td", "small", "i", "pre"}


class Page(HTMLParser):
    """What a browser would see: `rows` of texts, `titles`, `links`, the classes and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.titles: list[str] = []
        self.links: list[str] = []
        self.classes: list[str] = []
        self.attributes: set[str] = set()
        self.state, self.words = "", ""
        self._cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attributes}
        self.attributes |= set(given)
        self.titles += [given["title"]] if "title" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.classes += given.get("class", "").split()
        self.state = given.get("data-state", self.state)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.words += data + " "
        if self._cell:
            self.rows[-1][-1] += data


def drawn(table: dict[str, Any], columns: tuple[Column, ...] = (), **fields: Any) -> Page:
    return Page(to_html(snapshot_of(table, columns, **fields)))


def test_a_query_is_a_table_under_its_state() -> None:
    columns = (Column("id", LogicalType("BIGINT")), Column("name", LogicalType("CHAR", length=5)))
    page = drawn({"id": [1, 2], "name": ["Ada", None]}, columns, job_id=JOB, link="http://flink:8081/#/job/1")
    assert page.rows == [["idBIGINT", "nameCHAR(5)"], ["1", "Ada"], ["2", "NULL"]]
    assert "id\nBIGINT" in page.titles
    assert page.links == ["http://flink:8081/#/job/1"]
    assert page.state == "finished"
    assert all(part in page.words for part in ("Finished", "2 rows", "1.5 s", "job 072d1a2b"))
    assert page.classes.count("fl-n") == 3, "the numbers and their header stand at the right"


def test_null_the_empty_text_and_the_word_null_differ() -> None:
    html = to_html(snapshot_of({"a": [None, "", "NULL"]}))
    assert "<td><i>NULL</i></td>" in html
    assert "<td></td>" in html
    assert "<td>NULL</td>" in html


@given(st.text(max_size=200), st.text(max_size=100), st.text(max_size=50))
def test_nothing_of_a_result_becomes_markup(value: str, name: str, message: str) -> None:
    table = pa.table({name: [value], "nested": [[value]]})
    fields = {"message": message, "job_id": JobId(name), "job_name": value, "link": f"https://{value}"}
    html = to_html(snapshot_of(table, (), **fields))
    page = Page(html)
    assert set(page.tags) <= TAGS
    assert page.attributes <= {"class", "data-state", "title", "href", "target", "rel", "scope"}
    assert page.tags.count("td") == 2
    shown = visible(value)
    assert page.rows[1][0].rstrip("…") == (shown if len(shown) <= 60 else shown[:59]).rstrip("…")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", " http://x", ""])
def test_only_addresses_of_the_web_become_links(link: str) -> None:
    page = drawn({"a": [1]}, job_id=JOB, link=link)
    assert page.links == []
    assert "job 072d1a2b" in page.words


def test_a_long_value_is_whole_in_its_title() -> None:
    text = "<&\"'" * 100
    page = drawn({"a": [text]})
    assert text in page.titles
    assert page.rows[1] == [text[:59] + "…"]


@pytest.mark.parametrize(
    "value",
    ["\"'<&" * 1000, "王" * 5000, ["\"'" * 50] * 100, {"deep": [{"x": "<" * 100}] * 50}],
    ids=["escaped", "wide", "list", "row"],
)
def test_a_picture_is_under_200_kb_whatever_the_data(value: Any) -> None:
    rows = 100
    name = "'" * 1000
    table = pa.Table.from_arrays([pa.array([value] * rows)] * 60, names=[f"{name}{i}" for i in range(60)])
    long = {"message": name, "job_name": name * 100, "job_id": JOB, "link": f"http://{name * 100}"}
    html = to_html(snapshot_of(table, **long), limits=Limits(rows=rows))
    assert len(html.encode()) < 200_000
    page = Page(html)
    assert len(page.rows) > 3
    assert "more columns not shown" in page.words


def test_a_stream_is_drawn_at_its_end_and_a_whole_result_at_its_beginning() -> None:
    assert "fl-tail" in drawn({"a": range(50)}, rows_seen=1000).classes
    assert "fl-tail" not in drawn({"a": range(50)}).classes
    assert "fl-tail" not in drawn({"a": range(50)}, rows_seen=1000, size=1000, updating=True).classes


def test_a_picture_of_a_running_result_does_not_look_alive() -> None:
    page = drawn({"a": [1]}, status=ResultStatus.RUNNING)
    assert page.state == "drawn"
    assert "Still running when drawn" in page.words


def test_how_it_ended_is_said() -> None:
    page = drawn({"a": [1]}, status=ResultStatus.STOPPED, message="the limit of 1 row", truncated=True, rows_seen=9)
    assert page.state == "stopped"
    assert "the limit of 1 row" in page.words
    assert "--rows-kept" in page.words


def test_small_statements_are_one_quiet_line() -> None:
    page = Page(to_html(one_value("OK"), Statement("CREATE TABLE t (a INT)", StatementKind.DDL)))
    assert page.rows == []
    assert "CREATE TABLE t" in page.words
    insert = Statement("INSERT INTO t SELECT 1", StatementKind.INSERT)
    page = Page(to_html(one_value(JOB, job_id=JOB, job_name="copy <b>", link="http://f/"), insert))
    assert all(part in page.words for part in ("Job submitted", "copy <b>", JOB, "Flink UI"))
    assert page.links == ["http://f/"]


def test_show_is_a_table_without_noise() -> None:
    page = Page(to_html(snapshot_of({"table name": ["a", "b"]}), Statement("SHOW TABLES", StatementKind.SHOW)))
    assert page.rows == [["table name"], ["a"], ["b"]]
    assert page.words.split() == ["table", "name", "a", "b"]


def test_a_plan_keeps_its_lines_and_is_bounded() -> None:
    explain = Statement("EXPLAIN SELECT 1", StatementKind.EXPLAIN)
    assert "a\n+- &lt;b&gt;" in to_html(one_value("a\n+- <b>"), explain)
    assert len(to_html(one_value("<" * 10**6), explain).encode()) < 200_000


def test_dollars_are_no_formulas() -> None:
    page = Page(to_html(snapshot_of({"a": ["$5 and $6"]})))
    assert "mathjax_ignore" in page.classes
    assert page.rows[-1] == ["$5 and $6"]


def test_a_mark_lets_a_live_table_stand_in_for_the_picture() -> None:
    marked = Page(to_html(snapshot_of({"a": [1]}), mark="flinklab-abc"))
    assert {"fl-held", "flinklab-abc"} <= set(marked.classes)
    assert "fl-held" not in drawn({"a": [1]}).classes
