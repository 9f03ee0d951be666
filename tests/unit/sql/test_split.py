"""Splitting: generated cells give back what they were made of, and any text at all gives true places."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from fakes.sql_texts import Cell, any_text, cells
from flinklab.domain.statements import StatementKind
from flinklab.sql.positions import index_of_column, split_lines
from flinklab.sql.split import split
from flinklab.sql.tokens import BLANKS, tokens


def texts(text: str) -> list[str]:
    return [statement.text for statement in split(text)]


@given(cells())
def test_a_cell_gives_back_the_statements_it_was_made_of(cell: Cell) -> None:
    assert [(statement.offset, statement.text) for statement in split(cell.text)] == cell.statements


@given(any_text)
@example("EXECUTE STATEMENT SET BEGIN ; END ; x")
@example("a;/*+;*/;b")
def test_places_in_any_text_are_true(text: str) -> None:
    lines = split_lines(text)
    after = 0
    for statement in split(text):
        assert statement.text
        assert text.startswith(statement.text, statement.offset)
        assert statement.text[0] not in BLANKS
        assert statement.offset >= after
        after = statement.offset + len(statement.text)
        assert statement.text[-1] not in BLANKS or after == len(text)  # what is never closed keeps its blanks
        line = lines[statement.line - 1]
        first_line_of_statement = split_lines(statement.text)[0]
        assert line[index_of_column(line, statement.column) :].startswith(first_line_of_statement)


@given(any_text)
def test_nothing_but_blanks_comments_and_semicolons_is_left_out(text: str) -> None:
    kept = [token.text for statement in split(text) for token in tokens(statement.text)]
    assert [text for text in kept if text != ";"] == [token.text for token in tokens(text) if token.text != ";"]


@given(any_text)
def test_splitting_a_statement_again_changes_nothing(text: str) -> None:
    for statement in split(text):
        [again] = split(statement.text)
        assert (again.text, again.kind, again.offset, again.line, again.column) == (
            statement.text,
            statement.kind,
            0,
            1,
            1,
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n\t", []),
        (";;\n;", []),
        ("-- only\n/* comments */ // here", []),
        ("\ufeffSELECT 1", ["SELECT 1"]),
        ("SELECT 1;\xa0\n", ["SELECT 1"]),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; -- last", ["SELECT 1"]),
        ("-- first\nSELECT 1 -- last\n;", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' AS `a;b` -- ;\n, 'it''s;' /* ; */;x", ["SELECT ';' AS `a;b` -- ;\n, 'it''s;'", "x"]),
        ("SELECT u&'\\00e9;' UESCAPE '!';x", ["SELECT u&'\\00e9;' UESCAPE '!'", "x"]),
        (r"SELECT E'\';';x", [r"SELECT E'\';'", "x"]),
        (r"SELECT '\';x", [r"SELECT '\'", "x"]),
        ("SELECT * FROM t /*+ OPTIONS('a'='*/;') */;x", ["SELECT * FROM t /*+ OPTIONS('a'='*/;') */", "x"]),
        ("SELECT /*+ a; b */ 1;x", ["SELECT /*+ a; b */ 1", "x"]),
        ("SELECT 1;\nSELECT 'open; SELECT 2;", ["SELECT 1", "SELECT 'open; SELECT 2;"]),
        ("SELECT 1; SELECT `open; SELECT 2", ["SELECT 1", "SELECT `open; SELECT 2"]),
        ("SELECT 1; /* open; SELECT 2", ["SELECT 1", "/* open; SELECT 2"]),
        ("SELECT 1 /* open;\n", ["SELECT 1 /* open;\n"]),
        ("SELECT /*+ open; SELECT 2", ["SELECT /*+ open; SELECT 2"]),
        ("SELECT 1;\r\nSELECT 2;\r\n", ["SELECT 1", "SELECT 2"]),
        ("SET a = hdfs://nn/x; SELECT 1", ["SET a = hdfs://nn/x", "SELECT 1"]),
        ('SELECT "a;b"; x', ['SELECT "a;b"', "x"]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert texts(text) == [statement.strip("\n") if "/*" not in statement else statement for statement in expected]


_INSIDE = "\n INSERT INTO a SELECT CASE WHEN b THEN 1 END FROM c; -- ; END\n INSERT INTO d SELECT 'END;';\n"


@pytest.mark.parametrize(
    "head",
    [
        "EXECUTE STATEMENT SET BEGIN",
        "execute /* a */ statement\nset begin",
        "EXPLAIN STATEMENT SET BEGIN",
        "EXPLAIN EXECUTE STATEMENT SET BEGIN",
        "EXPLAIN PLAN FOR STATEMENT SET BEGIN",
        "EXPLAIN ESTIMATED_COST, JSON_EXECUTION_PLAN STATEMENT SET BEGIN",
        "COMPILE PLAN '/a;b.json' FOR STATEMENT SET BEGIN",
        "COMPILE PLAN '/a.json' IF NOT EXISTS FOR STATEMENT SET BEGIN",
        "COMPILE AND EXECUTE PLAN '/it''s.json' FOR STATEMENT SET BEGIN",
    ],
)
@pytest.mark.parametrize("end", ["END", "end", "/* ; */ END"])
def test_a_statement_set_is_one_statement(head: str, end: str) -> None:
    statement_set = f"{head}{_INSIDE}{end}"
    assert texts(f"SELECT 1; {statement_set}; SELECT 2") == ["SELECT 1", statement_set, "SELECT 2"]
    assert texts(statement_set) == [statement_set]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EXECUTE STATEMENT SET BEGIN END; x", ["EXECUTE STATEMENT SET BEGIN END", "x"]),
        ("EXECUTE STATEMENT SET BEGIN a; b; c", ["EXECUTE STATEMENT SET BEGIN a; b; c"]),
        ("EXECUTE STATEMENT SET BEGIN a; ENDING; b", ["EXECUTE STATEMENT SET BEGIN a; ENDING; b"]),
        ("EXECUTE STATEMENT SET BEGIN a; `END`; b", ["EXECUTE STATEMENT SET BEGIN a; `END`; b"]),
        ("EXECUTE PLAN 'statement set begin'; x", ["EXECUTE PLAN 'statement set begin'", "x"]),
        ("EXPLAIN SELECT 1 /* STATEMENT SET BEGIN */; x", ["EXPLAIN SELECT 1", "x"]),
        ("SELECT a AS statement, STATEMENT SET BEGIN; x", ["SELECT a AS statement, STATEMENT SET BEGIN", "x"]),
        ("EXECUTED STATEMENT SET BEGIN; x", ["EXECUTED STATEMENT SET BEGIN", "x"]),
    ],
)
def test_what_is_and_is_not_a_statement_set(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_begin_statement_set_is_several_statements() -> None:
    found = split("BEGIN STATEMENT SET;\nINSERT INTO a SELECT 1;\nINSERT INTO b SELECT 2;\nEND;")
    assert [statement.kind for statement in found] == [
        StatementKind.BEGIN_SET,
        StatementKind.INSERT,
        StatementKind.INSERT,
        StatementKind.END_SET,
    ]
    assert [(statement.line, statement.column) for statement in found] == [(1, 1), (2, 1), (3, 1), (4, 1)]


def test_a_place_maps_back_over_comments_crlf_and_characters_beyond_the_bmp() -> None:
    text = "-- first\r\n  /* '𝄞' */ SELECT '𝄞',\r\n nope FROM t; SHOW TABLES"
    query, show = split(text)
    assert (query.line, query.column, query.text[:6]) == (2, 14, "SELECT")
    assert (show.line, show.column) == (3, 15)


def test_a_statement_of_megabytes_and_megabytes_of_statements() -> None:
    values = ", ".join(["(1, 'a;b', `c`)"] * 70_000)
    [large] = split(f"INSERT INTO t VALUES {values};")
    assert large.kind is StatementKind.INSERT
    assert len(large.text) > 1_000_000
    assert len(split("SELECT ';' -- ;\n;" * 20_000)) == 20_000
    deep = "(" * 200_000 + "SELECT 1" + ")" * 200_000
    assert [statement.kind for statement in split(deep)] == [StatementKind.QUERY]
