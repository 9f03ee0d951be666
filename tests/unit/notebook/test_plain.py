"""The picture in plain text."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from fakes.snapshots import one_value, snapshot_of
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.grid import Limits
from flinklab.notebook.plain import to_text
from flinklab.session.snapshot import ResultStatus

JOB = JobId("072d1a2bf00000000000000000000001")


def test_a_query_is_an_aligned_table_with_a_status_line() -> None:
    snapshot = snapshot_of({"id": [1, 20], "name": ["Ada", None], "sum": [1.5, 10.25]}, job_id=JOB)
    assert to_text(snapshot).splitlines() == [
        "id  name      sum",
        "──  ──────  ─────",
        " 1  Ada       1.5",
        "20  <NULL>  10.25",
        f"Finished · 2 rows · 1.5 s · job {JOB}",
    ]


@given(st.lists(st.text(alphabet=st.sampled_from("aé王👍 \u0301"), max_size=12), min_size=1, max_size=5))
def test_columns_stay_aligned_under_wide_characters(names: list[str]) -> None:
    table = pa.table({"text": names, "mark": ["|"] * len(names)})
    lines = to_text(snapshot_of(table)).splitlines()[2:-1]
    starts = {wcswidth(line[: line.rindex("|")]) for line in lines}
    assert len(starts) == 1


def test_null_the_empty_text_and_the_word_null_differ() -> None:
    lines = to_text(snapshot_of({"a": [None, "", "NULL"], "b": [1, 2, 3]})).splitlines()
    assert lines[2:5] == ["<NULL>  1", "        2", "NULL    3"]


def test_columns_that_do_not_fit_are_counted() -> None:
    table = pa.table({f"column {i}": ["x" * 25] for i in range(60)})
    lines = to_text(snapshot_of(table), width=80).splitlines()
    assert "(57 more columns not shown)" in lines
    assert all(len(line) <= 80 for line in lines[:3])
    assert to_text(snapshot_of({"a": ["x" * 500]}), width=10).splitlines()[2] == "x" * 29 + "…"


def test_rows_that_are_not_drawn_are_said() -> None:
    text = to_text(snapshot_of({"a": range(100)}), limits=Limits(rows=2))
    assert "98\n99\nFinished · 100 rows, the newest 2 shown · 1.5 s" in text
    show = to_text(
        snapshot_of({"a": range(9)}), Statement("SHOW TABLES", StatementKind.SHOW), limits=Limits(rows=2)
    )
    assert show.endswith("9 rows, the newest 2 shown")


def test_small_statements_are_one_line() -> None:
    ddl = Statement("CREATE TABLE orders (id INT)", StatementKind.DDL)
    assert to_text(one_value("OK"), ddl) == "OK: CREATE TABLE orders (1.5 s)"
    stopped = one_value("OK", status=ResultStatus.STOPPED, message="interrupted")
    assert to_text(stopped, ddl) == "Stopped: CREATE TABLE orders (1.5 s)\ninterrupted"
    insert = Statement("INSERT INTO s SELECT 1", StatementKind.INSERT)
    submitted = one_value(JOB, job_id=JOB, job_name="copy", link="http://flink/#/job/1")
    assert to_text(submitted, insert) == f"Job submitted: copy {JOB} http://flink/#/job/1 (1.5 s)"


def test_show_and_explain_have_no_status_line() -> None:
    tables = to_text(snapshot_of({"table name": ["a", "b"]}), Statement("SHOW TABLES", StatementKind.SHOW))
    assert tables == "table name\n──────────\na\nb"
    assert to_text(one_value("a\n+- b"), Statement("EXPLAIN SELECT 1", StatementKind.EXPLAIN)) == "a\n+- b"


def test_a_terminal_is_not_steered_by_values() -> None:
    text = to_text(snapshot_of({"a\x1b[2J": ["\x1b[31mred\r\n"]}))
    assert "\x1b" not in text
    assert "␛[31mred␍↵" in text


def test_a_result_without_columns_has_its_status() -> None:
    text = to_text(snapshot_of({}, status=ResultStatus.RUNNING))
    assert text == "Running · no rows yet · 1.5 s"
