"""Judging statements without running them: in a scratch session that is thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flinklab.domain.errors import Position, StatementError, StatementInvalidError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.session.catalogs import Catalogs, made_by
from flinklab.session.connection import Connection
from flinklab.sql.classify import starts_job
from flinklab.sql.excerpt import find_identifier
from flinklab.sql.statement_sets import without_execute

_EXPLAIN = "EXPLAIN "
_HARMLESS = frozenset(
    {StatementKind.SHOW, StatementKind.EXPLAIN, StatementKind.SET, StatementKind.USE, StatementKind.JAR}
)
# Flink explains INSERT, EXECUTE STATEMENT SET and CREATE TABLE AS, and refuses these with a parse error. To run
# them would start jobs, or write a file on the gateway's machine (COMPILE PLAN).
_NOT_EXPLAINED = re.compile(
    r"(?is)^(?:update|delete|truncate|execute\s+plan|compile|analyze"
    r"|(?:create|alter|drop)\s+(?:or\s+(?:replace|alter)\s+)?materialized)\b"
)
_CREATE = re.compile(r"(?is)^create\s+(?:or\s+replace\s+)?(?=table\b|view\b|function\b|model\b)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gateway thinks of one statement.

    `plan` is EXPLAIN's text for a query or an INSERT. `note` says why a statement was not judged, or not as it
    stands: it would have changed something that others see, or Flink cannot explain its kind.
    """

    statement: Statement
    error: StatementError | None = None
    plan: str | None = None
    note: str | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def judge(
    statements: Sequence[Statement],
    scratch: Connection,
    is_about_catalog: Callable[[Statement], bool] = lambda statement: False,
) -> Iterator[Verdict]:
    """Each statement in order, on top of what those before it define.

    `is_about_catalog`: it changes what the team shares, and not this session.

    Places in errors count in the statement's own text.
    """
    catalogs = Catalogs(scratch.ask)
    missing: list[str] = []  # tables that CREATE TABLE AS would have made
    for statement in statements:
        if is_about_catalog(statement):
            yield Verdict(
                statement, note="not judged: it changes what the team shares, and is tried when it is run"
            )
            continue
        try:
            yield _judge_one(statement, scratch, catalogs)
        except StatementError as error:
            needed = [name for name in missing if find_identifier(statement.text, name)]
            if needed and isinstance(error, StatementInvalidError):
                yield Verdict(statement, note=f"not judged: it needs {needed[0]}, which only a run makes")
            else:
                yield Verdict(statement, error=error)
        else:
            if statement.kind is StatementKind.DDL and starts_job(statement):
                missing.extend(filter(None, [made_by(statement.text)]))


def _judge_one(statement: Statement, scratch: Connection, catalogs: Catalogs) -> Verdict:
    if _NOT_EXPLAINED.match(statement.text):
        return _unjudged(statement)
    if statement.kind is StatementKind.QUERY or starts_job(statement):
        return Verdict(statement, plan=_explain(statement, scratch))
    if statement.kind in _HARMLESS:
        scratch.ask(statement.text, environment=statement.environment)
        return Verdict(statement)
    if statement.kind is StatementKind.DDL:
        return _judge_ddl(statement, scratch, catalogs)
    return _unjudged(statement)


def _unjudged(statement: Statement) -> Verdict:
    found = _NOT_EXPLAINED.match(statement.text)
    words = found.group().split() if found else statement.text.split(None, 1)[:1]
    return Verdict(statement, note=f"not judged: Flink cannot explain {' '.join(words).upper()}")


def _explain(statement: Statement, scratch: Connection) -> str:
    try:
        return str(scratch.ask(_EXPLAIN + without_execute(statement.text), environment=statement.environment)[0][0])
    except StatementError as error:
        error.position = _without_prefix(error.position, len(_EXPLAIN))
        raise


def _without_prefix(position: Position | None, length: int) -> Position | None:
    if position is None:
        return None
    first = position.line == 1
    last = position.end_line == 1 and position.end_column is not None
    return Position(
        position.line,
        max(1, position.column - length) if first else position.column,
        position.end_line,
        max(1, (position.end_column or 0) - length) if last else position.end_column,
    )


def _judge_ddl(statement: Statement, scratch: Connection, catalogs: Catalogs) -> Verdict:
    if not catalogs.is_lasting(statement.text):
        scratch.ask(statement.text, environment=statement.environment)
        catalogs.forget()
        return Verdict(statement)
    temporary, made = _CREATE.subn("CREATE TEMPORARY ", statement.text, count=1)
    if not made:
        return Verdict(statement, note="not judged: it would change a catalog that others see")
    try:
        scratch.ask(temporary, environment=statement.environment)
    except StatementError as error:
        error.position = None  # counted in the text with TEMPORARY in it
        raise
    return Verdict(statement, note="judged as a temporary one: its catalog is shared with others")
