"""`{{ name }}` in cells of a real shell."""

from __future__ import annotations

import pandas as pd
import pytest

import flinklab
from fakes import errors
from fakes.answers import fails, query
from fakes.gateway import FakeGateway
from flinklab.domain.errors import StatementInvalidError, UsageError
from unit.notebook.conftest import Notebook


def test_values_of_the_notebook_reach_flink_as_literals(notebook: Notebook, gateway: FakeGateway) -> None:
    ran = "SELECT * FROM `my table` WHERE name IN ('it''s', 'b') LIMIT 5"
    gateway.on(ran, query("id BIGINT", [[1]]))
    notebook.shell.user_ns.update(table="my table", names=["it's", "b"], most=5)
    cell = "SELECT * FROM {{ table | identifier }} WHERE name IN {{ names }} LIMIT {{ most }}"
    notebook.ok(f"%%flinksql --wait\n{cell}")
    notebook.ok(f"%flinksql --wait {cell}")
    assert gateway.statements.count(ran) == 2
    assert flinklab.render(cell, notebook.shell.user_ns) == ran


@pytest.mark.parametrize("flag", ["", " --check", " --explain", " --preview"])
def test_an_unknown_name_is_an_error_before_anything_runs(
    notebook: Notebook, gateway: FakeGateway, flag: str
) -> None:
    notebook.shell.user_ns["threshold"] = 5
    cell = notebook.run(f"%%flinksql{flag}\nSET 'a' = 'b';\nSELECT {{{{ treshold }}}}")
    said = cell.fails_with(StatementInvalidError)
    assert "did you mean threshold?" in said
    assert "line 3, column 8" in said
    assert "{{ treshold }}" in said
    assert gateway.statements == []


def test_a_frame_is_refused_in_one_line(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.shell.user_ns["frame"] = pd.DataFrame({"a": [1]})
    said = notebook.run("%%flinksql\nSELECT * FROM {{ frame }}").fails_with(StatementInvalidError)
    assert "{{ frame }}: a DataFrame is no literal of SQL" in said
    assert gateway.statements == []


def test_the_place_of_an_error_is_that_in_the_cell(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.shell.user_ns["text"] = "two\nlines"
    gateway.on("SELECT 'two\nlines', wrong", fails(errors.column_not_found("wrong", 2, 9)))
    cell = notebook.run("%%flinksql\nSELECT {{ text }}, wrong")
    said = cell.fails_with(StatementInvalidError)
    assert "line 2, column 20" in said
    assert "2 | SELECT {{ text }}, wrong" in said


def test_what_outlives_the_notebook_takes_none_of_its_variables(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.shell.user_ns["day"] = "2026-01-01"
    said = notebook.run("%%flinksql --job nightly\nINSERT INTO t SELECT {{ day }}").fails_with(UsageError)
    assert "a managed job cannot depend on a notebook's variable: {{ day }}" in said
    assert "${day}" in said
    shared = "%%flinksql --catalog shared\nCREATE VIEW v AS SELECT {{ day }} AS d"
    assert "what a team shares cannot depend" in notebook.run(shared).fails_with(UsageError)
    gateway.on("INSERT INTO t SELECT '2026-01-01'", query("id BIGINT", []))
    notebook.ok("%%flinksql --wait\nINSERT INTO t SELECT {{ day }}")
    assert "a managed job cannot depend" in notebook.run("%flink promote nightly").fails_with(UsageError)


def test_a_value_is_not_read_as_a_variable_of_the_team(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT '${nobody}'", query("a STRING", [["${nobody}"]]))
    notebook.shell.user_ns["text"] = "${nobody}"
    notebook.ok("%%flinksql --wait\nSELECT {{ text }}")
    assert gateway.statements[-1] == "SELECT '${nobody}'"
