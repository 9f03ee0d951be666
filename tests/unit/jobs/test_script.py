"""A text's statements sorted into what makes a job."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fakes.sql_texts import Cell, any_text, cells
from flinklab.domain.errors import Position
from flinklab.domain.jobs import JobScript
from flinklab.jobs.script import CellText, Reading, is_setting, read_script
from flinklab.sql.split import split

JOB = "INSERT INTO s SELECT /*+ STATE_TTL('o' = '1d') */ k -- the key\nFROM o"
KEYS = st.text("abc.-1", min_size=1, max_size=6)
VALUES = st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), max_size=8)


def read(*texts: str, notebook: bool = False, **flags: str) -> Reading:
    return read_script([CellText(text, str(i)) for i, text in enumerate(texts)], flags=flags, is_notebook=notebook)


def placed(reading: Reading) -> list[str]:
    every = (
        *reading.jobs,
        *reading.setup,
        *reading.settings,
        *reading.queries,
        *reading.permanent,
        *reading.others,
        *reading.late,
    )
    return [each.text for each in every]


def test_a_job_is_a_statement_its_setup_and_its_settings() -> None:
    reading = read(
        "SET 'a' = 'x'; ADD JAR 'j.jar'; USE dw; LOAD MODULE m;"
        "CREATE TEMPORARY VIEW v AS SELECT 1; CREATE TEMPORARY SYSTEM FUNCTION f AS 'F';"
        f"DROP TEMPORARY VIEW v; {JOB};"
    )
    assert reading.script(["my"]) == JobScript(
        JOB,
        (
            "ADD JAR 'j.jar'",
            "USE dw",
            "LOAD MODULE m",
            "CREATE TEMPORARY VIEW v AS SELECT 1",
            "CREATE TEMPORARY SYSTEM FUNCTION f AS 'F'",
            "DROP TEMPORARY VIEW v",
        ),
        {"a": "x"},
        ("my",),
    )


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("SET 'a' = 'x'", {"a": "x"}),
        ("set 'a'='it''s'", {"a": "it's"}),
        ("SET a.b = hdfs://nn/x", {"a.b": "hdfs://nn/x"}),
        ("SET 'a' = 'x'; SET 'a' = 'y'", {"a": "y"}),
        ("SET 'a' = 'x'; SET 'b' = 'y'; RESET 'a'", {"b": "y"}),
        ("SET 'a' = 'x'; RESET a", {}),
        ("SET 'a' = 'x'; RESET; SET 'b' = 'y'", {"b": "y"}),
        ("SET 'a' = '${x}'", {"a": "${x}"}),
    ],
)
def test_settings_are_what_flink_would_make_of_them(text: str, config: dict[str, str]) -> None:
    assert read(f"{text}; {JOB}").config == config


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=2))
def test_a_cells_flags_win_over_what_is_set(settings: dict[str, str], flags: dict[str, str]) -> None:
    text = ";\n".join([*(f"SET '{key}' = '{value}'" for key, value in settings.items()), JOB])
    assert read(text, **flags).config == {**settings, **flags}


def test_a_bare_set_shows_something() -> None:
    assert [each.text for each in read("SET; RESET 'a'").queries] == ["SET"]
    assert not is_setting("SET")


def test_a_statement_set_written_in_steps_is_one_statement() -> None:
    reading = read(f"BEGIN STATEMENT SET;\n{JOB};\nINSERT INTO t SELECT k FROM o;\nEND;")
    [job] = reading.jobs
    assert job.text.startswith("EXECUTE STATEMENT SET BEGIN\n")
    assert f"{JOB};\nINSERT INTO t SELECT k FROM o;\nEND" in job.text


def test_an_execute_before_an_insert_is_left_out_and_places_stay_right() -> None:
    [job] = read("SET 'a' = 'x';\n  EXECUTE\n INSERT INTO s SELECT 1").jobs
    assert job.text == "INSERT INTO s SELECT 1"
    assert job.place() == Position(3, 2)
    assert job.place(Position(1, 13, 1, 13)) == Position(3, 14, 3, 14)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SELECT 1", "queries"),
        ("SHOW TABLES", "queries"),
        ("DESCRIBE t", "queries"),
        (f"EXPLAIN {JOB}", "queries"),
        ("CREATE TABLE t (a INT)", "permanent"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "permanent"),
        ("CREATE DATABASE d", "permanent"),
        ("CREATE CATALOG c WITH ('type' = 'x')", "permanent"),
        ("CREATE TABLE t AS SELECT 1", "others"),
        ("ALTER TABLE t RENAME TO u", "others"),
        ("DROP TABLE t", "others"),
        ("UPDATE t SET a = 1", "others"),
        ("EXECUTE PLAN 'p'", "others"),
        ("COMPILE AND EXECUTE PLAN 'p' FOR INSERT INTO s SELECT 1", "others"),
        ("BEGIN STATEMENT SET; INSERT INTO s SELECT 1", "others"),
        ("REMOVE JAR 'j.jar'", "others"),
        ("CALL p()", "others"),
        ("STOP JOB 'x'", "others"),
        ("nonsense", "others"),
    ],
)
def test_what_is_no_part_of_a_job(text: str, part: str) -> None:
    assert getattr(read(text), part)[0].text == split(text)[0].text


def test_setup_after_the_job_is_late() -> None:
    reading = read(f"{JOB}; SET 'a' = 'x'; USE dw")
    assert [each.text for each in reading.late] == ["SET 'a' = 'x'", "USE dw"]
    assert reading.config == {}
    assert reading.setup == ()


def test_the_cells_of_a_notebook_are_one_script() -> None:
    reading = read("SET 'a' = 'x'", "SELECT 1", "USE dw", JOB, notebook=True)
    assert reading.is_notebook
    assert reading.script([]).setup == ("USE dw",)
    assert [each.cell.id for each in reading.queries] == ["1"]
    assert reading.jobs[0].cell.id == "3"


def test_places_count_from_the_cells_first_line() -> None:
    [job] = read_script([CellText(f"-- x\n  {JOB}", first_line=2)]).jobs
    assert job.place() == Position(3, 3)
    assert job.place(Position(1, 1, 2, 4)) == Position(3, 3, 4, 4)


@given(any_text)
def test_any_text_is_read_and_nothing_is_lost(text: str) -> None:
    reading = read(text)
    whole = [each.text for each in split(text)]
    assume(not any(each.text.upper().startswith(("BEGIN", "EXECUTE")) for each in split(text)))
    assert sorted(placed(reading)) == sorted(whole)


@given(cells())
def test_the_statement_is_a_piece_of_the_text(cell: Cell) -> None:
    for each in read(cell.text).jobs:
        body = each.text.removeprefix("EXECUTE STATEMENT SET BEGIN\n").strip()
        assert body in cell.text
