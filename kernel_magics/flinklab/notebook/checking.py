"""Verdicts and plans of a cell, shown."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from html import escape

from IPython.display import publish_display_data

from flinklab.domain.text import one_line
from flinklab.notebook.running import no_statement
from flinklab.session.check import Verdict

_WIDTH = 100


def show_verdicts(verdicts: Iterable[Verdict]) -> None:
    """One line a statement: right, wrong and why, or not judged and why.

    Raises the error of the first statement that is wrong, after all were shown.
    """
    judged = list(verdicts)
    if not judged:
        raise no_statement()
    _publish([_line(verdict) for verdict in judged])
    for verdict in judged:
        if verdict.error is not None:
            raise verdict.error


def show_plans(verdicts: Generator[Verdict, None, None]) -> None:
    """The plan of every query and INSERT; the statements between them are only named.

    Raises the error of the first statement that is wrong; the plans before it are shown.
    """
    verdict = None
    with closing(verdicts):  # an error ends the loop early, and the scratch session must end with it
        for verdict in verdicts:
            if verdict.error is not None:
                raise verdict.error
            _publish([_line(verdict), *([verdict.plan.rstrip()] if verdict.plan else [])])
    if verdict is None:
        raise no_statement()


def _line(verdict: Verdict) -> str:
    statement = one_line(verdict.statement.text, _WIDTH)
    if verdict.error is not None:
        return f"✗ {statement}\n    {verdict.error.message}"
    if verdict.note is not None:
        return f"– {statement}\n    {verdict.note}"
    return f"✓ {statement}"


def _publish(lines: list[str]) -> None:
    text = "\n".join(lines)
    html = f'<pre style="margin:0;white-space:pre;overflow:auto">{escape(text)}</pre>'
    publish_display_data({"text/html": html, "text/plain": text})
