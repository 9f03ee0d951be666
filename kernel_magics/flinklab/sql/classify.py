"""What a statement is for, by its first words."""

from __future__ import annotations

from itertools import islice

from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.tokens import TokenKind, tokens

# One word, or two where the first alone does not decide. The statements are those of Flink's grammar
# (`flink-sql-parser`, `Parser.tdd`).
_KINDS = {
    "(": StatementKind.QUERY,
    "SELECT": StatementKind.QUERY,
    "WITH": StatementKind.QUERY,
    "VALUES": StatementKind.QUERY,
    "TABLE": StatementKind.QUERY,
    "INSERT": StatementKind.INSERT,
    "UPSERT": StatementKind.INSERT,
    "UPDATE": StatementKind.INSERT,
    "DELETE": StatementKind.INSERT,
    "TRUNCATE": StatementKind.INSERT,
    "EXECUTE STATEMENT": StatementKind.INSERT,
    "EXECUTE PLAN": StatementKind.INSERT,
    "COMPILE AND": StatementKind.INSERT,
    "COMPILE": StatementKind.DDL,
    "CREATE": StatementKind.DDL,
    "REPLACE": StatementKind.DDL,
    "ALTER": StatementKind.DDL,
    "DROP": StatementKind.DDL,
    "ANALYZE": StatementKind.DDL,
    "SHOW": StatementKind.SHOW,
    "DESCRIBE": StatementKind.SHOW,
    "DESC": StatementKind.SHOW,
    "HELP": StatementKind.SHOW,
    "EXPLAIN": StatementKind.EXPLAIN,
    "SET": StatementKind.SET,
    "RESET": StatementKind.SET,
    "USE": StatementKind.USE,
    "LOAD": StatementKind.USE,
    "UNLOAD": StatementKind.USE,
    "ADD JAR": StatementKind.JAR,
    "REMOVE JAR": StatementKind.JAR,
    "BEGIN STATEMENT": StatementKind.BEGIN_SET,
    "END": StatementKind.END_SET,
    "STOP JOB": StatementKind.JOB,
    "CALL": StatementKind.CALL,
}

FIRST_WORDS = sorted({words.partition(" ")[0] for words in _KINDS})
"""The words that a statement of Flink begins with."""

_BEFORE_TABLE = frozenset({"CREATE", "OR", "REPLACE", "TEMPORARY", "TABLE"})


def classify(text: str) -> StatementKind:
    """The kind of a statement, comments before its first word left aside."""
    words = [token.keyword or token.text for token in islice(tokens(text), 3)]
    if words[:1] == ["EXECUTE"] and " ".join(words[:2]) not in _KINDS:
        del words[0]  # EXECUTE SELECT ..., EXECUTE INSERT ...
    for count in (2, 1):
        kind = _KINDS.get(" ".join(words[:count]))
        if kind is not None:
            return kind
    return StatementKind.OTHER


def starts_job(statement: Statement) -> bool:
    """Running it starts a job that writes somewhere: every INSERT kind, and CREATE TABLE ... AS (a query)."""
    if statement.kind is StatementKind.INSERT:
        return True
    return statement.kind is StatementKind.DDL and _is_table_from_query(statement.text)


def _is_table_from_query(text: str) -> bool:
    """`CREATE [OR REPLACE] [TEMPORARY] TABLE` or `REPLACE TABLE` with an AS outside of all brackets.

    A computed column's or a watermark's AS is inside. A materialized table is refreshed by a job of its own
    that is not ours to watch.
    """
    depth = 0
    is_table = False
    for token in tokens(text):
        if not is_table:
            if token.keyword not in _BEFORE_TABLE:
                return False
            is_table = token.keyword == "TABLE"
        elif token.kind is TokenKind.SYMBOL:
            depth += token.text.count("(") - token.text.count(")")
        elif token.keyword == "AS" and depth == 0:
            return True
    return False
