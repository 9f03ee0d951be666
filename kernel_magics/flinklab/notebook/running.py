"""Running a cell: every result shown as it comes, in a way that fits who is watching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flinklab.domain.errors import CatalogError, QueryCancelledError, UsageError
from flinklab.notebook.display import show
from flinklab.notebook.flags import CellFlags
from flinklab.notebook.tables import show_text
from flinklab.session.job import JobResult
from flinklab.session.query import QueryResult
from flinklab.session.result import Result
from flinklab.session.session import Session

Assign = Callable[[str, Any], None]
"""Puts a value under a name into the person's namespace."""


def run_cell(
    session: Session,
    text: str,
    flags: CellFlags,
    *,
    first_line: int,
    watched: bool,
    wait_timeout: float,
    assign: Assign,
    keep: Callable[[Result], None] = lambda result: None,
) -> Result:
    """Run the statements of `text` and show each result; the last one.

    `watched`: a front end is there, so a query fills its table while the cell has returned. Where nobody
    watches (or with `--wait`) it is followed to its end or its budget, `wait_timeout` seconds when the cell
    names none, and its rows stay. `keep` is given each result before anybody waits for it.

    Raises what `Session.run` raises, and `QueryCancelledError` when a person interrupts a wait.
    """
    wait = flags.wait if flags.wait is not None else not watched
    options = flags.options
    if wait and options.timeout is None:
        options = replace(options, timeout=wait_timeout)
    last: Result | None = None
    for last in session.run(text, options, first_line=first_line):
        keep(last)
        if flags.output is not None:
            assign(flags.output, last)
        if isinstance(last, QueryResult):
            _show_query(last, live=watched or not wait, wait=wait)
        else:
            show(last, live=watched and isinstance(last, JobResult))
            if flags.wait:
                _follow(last, flags.options.timeout)
    if last is None:
        raise no_statement()
    return last


def share_cell(session: Session, text: str, flags: CellFlags) -> list[str]:
    """Record the definitions of the cell in the catalog; lines that say what became of each.

    Raises what `api.share` raises; the details of a conflict (what is there, what breaks) are shown before.
    """
    from flinklab import api

    try:
        changed = api.share(
            session,
            text,
            team=flags.team,
            tags=flags.tags,
            note=flags.note,
            environment=flags.options.environment,
            force=flags.options.force,
        )
    except CatalogError as error:
        if error.details:
            show_text(error.details)
        raise
    return [line for each in changed for line in each.lines()]


def no_statement() -> UsageError:
    """The mistake of a cell that is empty, or holds nothing but comments."""
    return UsageError("there is no SQL statement in the cell", hint="write one, or see `%%flinksql -h`")


def _show_query(result: QueryResult, *, live: bool, wait: bool) -> None:
    if live:
        show(result, live=True)
    if not wait:
        return
    try:
        result.wait()
    except KeyboardInterrupt:
        raise _interrupted(result) from None
    finally:
        if not live:
            show(result, live=False)


def _interrupted(result: QueryResult) -> QueryCancelledError:
    """End the query; what became of it. A second interrupt ends only the waiting for that."""
    try:
        result.cancel("interrupted")
    except KeyboardInterrupt:
        return QueryCancelledError("interrupted; the query is still being ended", hint="`%flink queries` shows it")
    return QueryCancelledError(result.message or "interrupted")


def _follow(result: Result, timeout: float | None) -> None:
    try:
        result.wait(timeout)
    except KeyboardInterrupt:
        raise QueryCancelledError(
            f"interrupted: job {result.job_id} goes on", hint="`%flink queries` ends it"
        ) from None
    if result.message:
        show(result, live=False)
