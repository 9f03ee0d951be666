"""What is wanted where the caret is: the kind of a name, keywords, an option.

No parser: the words before the caret, bracket by bracket. Where they make no sense to it, nothing is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.sql.completing.caret import Caret, read_caret
from flinklab.sql.completing.clauses import clause_at
from flinklab.sql.completing.columns_of_ddl import ColumnBracket, column_bracket
from flinklab.sql.completing.following import (
    AFTER,
    AFTER_NAME,
    AFTER_TYPE,
    HINTS,
    NEW_COLUMN,
    STATEMENTS,
    WINDOW_FUNCTIONS,
)
from flinklab.sql.completing.option_bracket import option_bracket
from flinklab.sql.completing.scope import Path, query_at
from flinklab.sql.completing.subjects import own_statement, subject_of
from flinklab.sql.completing.wanted import Place, Want
from flinklab.sql.tokens import Token
from flinklab.sql.words import name_of

_VALUE = frozenset({Want.COLUMN, Want.FUNCTION})
_STATEMENT_INSIDE = ("SELECT", "WITH", "VALUES", "INSERT INTO")


def place_at(text: str, position: int) -> Place:
    """What may stand before the character at `position`. Never raises, whatever the text."""
    caret = read_caret(text, position)
    if caret.mute:
        return Place(caret)
    if caret.python or caret.variable:
        return Place(caret, frozenset({Want.PYTHON if caret.python else Want.VARIABLE}))
    before, is_prefixed = own_statement(caret.before)
    path, before = _path_before(before)
    opened = _open_brackets(before)
    if (options := option_bracket(before, caret.after, opened)) is not None:
        return Place(caret, frozenset({Want.VALUE if options.key else Want.KEY}), options=options)
    if caret.quote == "'":
        words = [token.keyword for token in before]
        return Place(caret, frozenset({Want.SETTING}) if words in (["SET"], ["RESET"]) else frozenset())
    if _in_hint(before):
        return Place(caret, keywords=HINTS if before[-1].text in ("/*+", ",", ")") else ())
    if not before:
        keywords = (*_STATEMENT_INSIDE, *STATEMENTS) if is_prefixed else STATEMENTS
        return Place(caret, keywords=() if path else tuple(dict.fromkeys(keywords)))
    bracket = column_bracket(before, caret.after, opened)
    if bracket is not None:
        return _in_columns(caret, bracket, path)
    return _by_subject(caret, before, opened, path) or _in_query(caret, before, opened, path)


def _path_before(before: Sequence[Token]) -> tuple[Path, Sequence[Token]]:
    """The names before the dot that `before` ends with, and what stands before them."""
    end, parts = len(before), []
    while end >= 2 and before[end - 1].text == "." and (name := name_of(before[end - 2])) is not None:
        parts.append(name)
        end -= 2
    return tuple(reversed(parts)), before[:end]


def _open_brackets(of: Sequence[Token]) -> list[int]:
    opened: list[int] = []
    for index, token in enumerate(of):
        if token.text == "(":
            opened.append(index)
        elif token.text == ")" and opened:
            opened.pop()
    return opened


def _in_hint(before: Sequence[Token]) -> bool:
    return next((token.text == "/*+" for token in reversed(before) if token.text in ("/*+", "*/")), False)


def _in_columns(caret: Caret, bracket: ColumnBracket, path: Path) -> Place:
    if path:
        return Place(caret, frozenset({Want.FUNCTION}) if bracket.wants_value else frozenset(), path=path)
    if bracket.wants_type:
        return Place(caret, frozenset({Want.TYPE}), ("AS", "METADATA") if bracket.after_name else ())
    if bracket.wants_value or bracket.wants_column:
        wants = _VALUE if bracket.wants_value else frozenset({Want.COLUMN})
        return Place(caret, wants, columns=bracket.columns)
    return Place(caret, keywords=bracket.keywords or (NEW_COLUMN if bracket.is_new else AFTER_TYPE))


def _by_subject(caret: Caret, before: Sequence[Token], opened: Sequence[int], path: Path) -> Place | None:
    """The head of a statement about something: DROP TABLE, INSERT INTO, SHOW, ... None: it is past its head."""
    words = " ".join(token.keyword or "?" for token in before)
    subject = subject_of(before)
    if subject is not None and subject.end == len(before):
        wants = frozenset() if subject.want is None else frozenset({subject.want})
        return Place(caret, wants, () if path else AFTER.get(words, ()), path)
    if words in AFTER:
        return Place(caret, keywords=() if path else AFTER[words])
    if subject is None or not subject.path:
        return None
    if subject.verb.startswith("INSERT") and len(opened) == 1 and opened[0] == subject.name_end:
        return Place(caret, frozenset({Want.COLUMN}), into=subject.path)
    level = _level(before, opened)
    rest = before[subject.name_end :]
    has_query = any(token.keyword in ("SELECT", "WITH", "VALUES") for token in rest if token in level)
    if opened or subject.verb not in AFTER_NAME:
        return None
    if subject.verb.startswith("CREATE") and any(token.keyword == "AS" for token in level[subject.name_end :]):
        if before[-1].keyword == "AS":
            return Place(caret, keywords=_STATEMENT_INSIDE[:3])
        return None
    if subject.verb.startswith(("INSERT", "UPDATE")) and (has_query or any(each.keyword == "SET" for each in rest)):
        return None
    if before[-1].keyword == "LIKE":
        return Place(caret, frozenset({Want.TABLE}), path=path)
    given = {token.keyword for token in rest}
    keywords = tuple(each for each in AFTER_NAME[subject.verb] if each.split()[0] not in given)
    return Place(caret, keywords=() if path else keywords)


def _level(before: Sequence[Token], opened: Sequence[int]) -> list[Token]:
    """The tokens of the innermost bracket, what stands in brackets within it left out."""
    level: list[Token] = []
    depth = 0
    for token in before[opened[-1] + 1 if opened else 0 :]:
        depth += token.text == "("
        if depth == 0 or (depth == 1 and token.text == ")"):
            level.append(token)
        depth -= token.text == ")" and depth > 0
    return level


def _in_query(caret: Caret, before: Sequence[Token], opened: Sequence[int], path: Path) -> Place:
    level = _level(before, opened)
    opener = before[opened[-1] - 1].keyword if opened and opened[-1] else ""
    query = query_at(before, caret.after)
    last = before[-1].keyword
    if last == "AS" and opener in ("CAST", "TRY_CAST", "SAFE_CAST"):
        return Place(caret, frozenset({Want.TYPE}))
    if last == "TABLE" and opener in (*WINDOW_FUNCTIONS, "TABLE"):
        return Place(caret, frozenset({Want.TABLE}), path=path, query=query)
    if opener == "DESCRIPTOR":
        return Place(caret, frozenset({Want.COLUMN}), path=path, query=query)
    if not level and opener in ("FROM", "JOIN", "AS"):
        wants = frozenset({Want.TABLE}) if opener != "AS" else frozenset()
        return Place(caret, wants, ("SELECT", "VALUES", "WITH"), path, query)
    if not level and opener == "TABLE":
        return Place(
            caret, frozenset({Want.FUNCTION}), () if path else tuple(f"{each}(" for each in WINDOW_FUNCTIONS), path
        )
    if opener in WINDOW_FUNCTIONS and not level:
        return Place(caret, keywords=("TABLE", "DATA => TABLE"))
    if opener == "OVER" and not level:
        return Place(caret, keywords=("PARTITION BY", "ORDER BY"))
    clause = clause_at(level)
    keywords = () if path else clause.keywords
    if not level and opener in ("IN", "EXISTS", "ANY", "SOME", "ALL"):
        keywords = () if path else ("SELECT", *keywords)
    if not clause.wants_value:
        return Place(caret, keywords=keywords, query=query)
    if clause.word in ("FROM", "JOIN"):
        return Place(caret, frozenset({Want.TABLE}), keywords, path, query)
    return Place(caret, _VALUE, keywords, path, query)
