"""Real error texts of Flink 2.3.0 (`corpus.json`, stack frames shortened) and any text at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flinklab.domain.errors as tree
from fakes import errors
from flinklab.domain.errors import SessionExpiredError, StatementError, StatementFailedError
from flinklab.flink.causes import error_from, root_message

CORPUS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))


def _by_name(name: str) -> dict[str, Any]:
    return next(entry for entry in CORPUS if entry["name"] == name)


@pytest.mark.parametrize("entry", CORPUS, ids=[entry["name"] for entry in CORPUS])
def test_a_real_text_becomes_the_right_error(entry: dict[str, Any]) -> None:
    text = "\n".join(entry["text"])
    error = error_from(text, statement=entry["statement"])
    assert type(error) is getattr(tree, entry["error"])
    assert isinstance(error, StatementError)
    where = error.position
    assert (where and [where.line, where.column, where.end_line, where.end_column]) == entry["position"]
    assert (error.message, error.hint) == (entry["message"], entry["hint"])
    assert error.details == text


@pytest.mark.parametrize("entry", CORPUS, ids=[entry["name"] for entry in CORPUS])
def test_a_person_sees_neither_java_nor_a_second_line(entry: dict[str, Any]) -> None:
    error = error_from("\n".join(entry["text"]))
    for line in (error.message, error.hint or ""):
        assert "\n" not in line and "\tat " not in line
        assert "Exception:" not in line and "org.apache.flink.table.api" not in line
    assert not re.search(r"\bline \d+, column \d+", error.message), "the place counts from the statement"


@pytest.mark.parametrize("entry", CORPUS, ids=[entry["name"] for entry in CORPUS])
def test_a_position_lies_in_the_statement(entry: dict[str, Any]) -> None:
    error = error_from("\n".join(entry["text"]), statement=entry["statement"])
    assert isinstance(error, StatementError)
    if error.position is not None:
        line = entry["statement"].splitlines()[error.position.line - 1]
        assert 1 <= error.position.column <= len(line) + 1


@given(st.text(max_size=400))
def test_any_text_becomes_one_line(text: str) -> None:
    error = error_from(text, statement="SELECT 1")
    assert error.message and len(error.message.splitlines()) == 1
    assert error.details == text


@given(st.lists(st.sampled_from([line for entry in CORPUS for line in entry["text"]]), max_size=12))
def test_torn_traces_do_not_break_the_reader(lines: list[str]) -> None:
    error = error_from("\n".join(lines), statement="SELECT nope FROM ok")
    assert len(error.message.splitlines()) == 1 and len(error.message) <= 400


def test_a_forgotten_session_is_told_from_a_failed_statement() -> None:
    text = errors.handler_error(
        "getSessionConfig", "Session '00000000-0000-0000-0000-000000000000' does not exist."
    )
    error = error_from(text["errors"][0], url="http://g/v4/sessions/x")
    assert isinstance(error, SessionExpiredError)
    assert error.url == "http://g/v4/sessions/x"


def test_a_session_in_quotes_of_a_table_is_no_session() -> None:
    text = errors.object_not_found("Session", 1, 15)["errors"][1]
    assert isinstance(error_from(text), StatementError)


def test_a_word_that_failed_in_a_running_job_gets_no_caret() -> None:
    text = errors.job_error("java.io.IOException: cannot read 'ok'")["errors"][1]
    error = error_from(text, statement="SELECT * FROM ok")
    assert isinstance(error, StatementFailedError) and error.position is None


def test_columns_stay_as_flink_counts_them() -> None:
    text = errors.column_not_found("nope", 1, 16)["errors"][1]
    error = error_from(text, statement="SELECT '😀😀', nope FROM ok")
    assert isinstance(error, StatementError) and error.position is not None
    assert (error.position.column, error.position.end_column) == (16, 19)


def test_a_very_long_message_is_cut() -> None:
    assert root_message("java.io.IOException: " + "x" * 5000).endswith("x…")


def test_a_throwable_without_words_gives_its_name() -> None:
    assert root_message("java.lang.NullPointerException\n\tat a.B.c(B.java:1)\n") == "NullPointerException"


def test_no_reason_at_all_is_said() -> None:
    assert root_message("") == "the gateway gave no reason"


def test_the_corpus_covers_what_people_meet() -> None:
    kinds = {entry["error"] for entry in CORPUS}
    assert kinds == {"StatementParseError", "StatementInvalidError", "StatementFailedError"}
    assert "kafka" not in _by_name("connector")["hint"] and "datagen" in _by_name("connector")["hint"]
