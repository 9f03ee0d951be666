"""What a statement that is no query is about: the words before its name, and what that is a name of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flinklab.sql.completing.scope import Path
from flinklab.sql.completing.wanted import Want
from flinklab.sql.keywords import words
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import Words

_LEFT_OUT = words("TEMPORARY SYSTEM IF NOT EXISTS OR REPLACE EXTENDED")
_BEFORE_STATEMENT = words("FOR AND BEGIN STATEMENT SET PLAN")

SUBJECTS: dict[str, Want | None] = {
    **dict.fromkeys(
        (
            "ALTER TABLE", "ALTER VIEW", "ANALYZE TABLE", "DELETE FROM", "DESC", "DESCRIBE", "DROP TABLE",
            "DROP VIEW", "INSERT INTO", "INSERT OVERWRITE", "SHOW COLUMNS FROM", "SHOW COLUMNS IN",
            "SHOW CREATE TABLE", "SHOW CREATE VIEW", "SHOW PARTITIONS", "TRUNCATE TABLE", "UPDATE",
            "ALTER MATERIALIZED TABLE", "DROP MATERIALIZED TABLE", "SHOW CREATE MATERIALIZED TABLE",
        ),
        Want.TABLE,
    ),
    **dict.fromkeys(
        ("ALTER FUNCTION", "DESC FUNCTION", "DESCRIBE FUNCTION", "DROP FUNCTION", "CALL"),
        Want.FUNCTION,
    ),
    **dict.fromkeys(
        (
            "ALTER CATALOG", "DESC CATALOG", "DESCRIBE CATALOG", "DROP CATALOG", "SHOW CREATE CATALOG",
            "SHOW DATABASES FROM", "SHOW DATABASES IN", "USE CATALOG",
        ),
        Want.CATALOG,
    ),
    **dict.fromkeys(
        (
            "ALTER DATABASE", "DESC DATABASE", "DESCRIBE DATABASE", "DROP DATABASE", "SHOW FUNCTIONS FROM",
            "SHOW FUNCTIONS IN", "SHOW TABLES FROM", "SHOW TABLES IN", "SHOW VIEWS FROM", "SHOW VIEWS IN", "USE",
        ),
        Want.DATABASE,
    ),
    **dict.fromkeys(("ALTER MODEL", "DESC MODEL", "DESCRIBE MODEL", "DROP MODEL", "SHOW CREATE MODEL"), Want.MODEL),
    **dict.fromkeys(
        (
            "CREATE TABLE", "CREATE VIEW", "CREATE FUNCTION", "CREATE CATALOG", "CREATE DATABASE", "CREATE MODEL",
            "CREATE MATERIALIZED TABLE",
        ),
        None,
    ),
}  # fmt: skip
"""By the words before the name; None for the name of something new."""
_LONGEST = max(len(each.split()) for each in SUBJECTS)


@dataclass(frozen=True, slots=True)
class Subject:
    """`end` is where the words end, `name_end` where the name does, as indexes of tokens."""

    verb: str
    want: Want | None
    end: int
    path: Path
    name_end: int


def subject_of(before: Sequence[Token]) -> Subject | None:
    """None when the statement has no such head."""
    kept: list[tuple[str, int]] = []
    for index, token in enumerate(before):
        if token.kind is not TokenKind.WORD or len(kept) > _LONGEST:
            break
        if token.keyword not in _LEFT_OUT:
            kept.append((token.keyword, index + 1))
    for count in range(min(len(kept), _LONGEST), 0, -1):
        verb = " ".join(word for word, _ in kept[:count])
        if verb in SUBJECTS:
            end = kept[count - 1][1]
            while end < len(before) and before[end].keyword in _LEFT_OUT:
                end += 1
            rest = Words("", before[end:])
            path = rest.path()
            return Subject(verb, SUBJECTS[verb], end, path, end + rest.at)
    return None


def own_statement(before: Sequence[Token]) -> tuple[Sequence[Token], bool]:
    """The statement after EXPLAIN, COMPILE PLAN ... FOR and the head of a statement set; True: one was there."""
    first = before[0].keyword if before else ""
    if first == "EXPLAIN":
        at = 1
        if [token.keyword for token in before[1:3]] == ["PLAN", "FOR"]:
            at = 3
        while at < len(before) and (
            before[at].keyword in ("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")
            or before[at].text == ","
        ):
            at += 1
        rest = before[at:]
        return (rest, True) if rest and rest[0].keyword not in ("PLAN", "STATEMENT") else _in_set(before)
    if first in ("EXECUTE", "COMPILE"):
        return _in_set(before)
    return before, False


def _in_set(before: Sequence[Token]) -> tuple[Sequence[Token], bool]:
    for index, token in enumerate(before[:8]):
        if token.keyword == "BEGIN" or (token.keyword == "FOR" and before[0].keyword == "COMPILE"):
            rest = before[index + 1 :]
            return (rest, True) if rest and rest[0].keyword not in _BEFORE_STATEMENT else (before, False)
    return before, False
