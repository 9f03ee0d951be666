"""Verdicts and plans of a cell, shown."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from html import escape

from IPython.display import publish_display_data

from flinklab.domain.text import one_line
from flinklab.notebook.picture import framed
from flinklab.notebook.problems import NOWHERE, Marks, Problem, with_problems
from flinklab.notebook.running import no_statement
from flinklab.session.check import Verdict

_WIDTH = 110


def show_verdicts(verdicts: Iterable[Verdict], marks: Marks = NOWHERE) -> None:
    """One line a statement: right, wrong and why, or not judged and why.

    Raises the error of the first statement that is wrong, after all were shown; `marks` gives the places of the
    others.
    """
    judged = list(verdicts)
    if not judged:
        raise no_statement()
    errors = [verdict.error for verdict in judged if verdict.error is not None]
    # A single error is what the cell ends with, right below its verdict.
    lines = [_Line(verdict, with_error=len(errors) > 1) for verdict in judged]
    _publish(lines, None, [problem for error in errors[1:] for problem in marks.of_error(error)])
    if errors:
        raise errors[0]


def show_plans(verdicts: Generator[Verdict, None, None]) -> None:
    """The plan of every query and INSERT; the statements between them are only named.

    Raises the error of the first statement that is wrong; the plans before it are shown.
    """
    verdict = None
    with closing(verdicts):  # an error ends the loop early, and the scratch session must end with it
        for verdict in verdicts:
            if verdict.error is not None:
                raise verdict.error
            _publish([_Line(verdict)], verdict.plan)
    if verdict is None:
        raise no_statement()


class _Line:
    """A verdict in words, as text and as HTML."""

    def __init__(self, verdict: Verdict, *, with_error: bool = True) -> None:
        self._statement = one_line(verdict.statement.text, _WIDTH)
        self._mark, self._class = "✓", "fl-right"
        self._why = verdict.note
        if verdict.error is not None:
            self._mark, self._class = "✗", "fl-wrong"
            self._why = verdict.error.message if with_error else None
        elif verdict.note is not None:
            self._mark, self._class = "–", "fl-soft"

    def text(self) -> str:
        return f"{self._mark} {self._statement}" + (f"\n    {self._why}" if self._why else "")

    def html(self) -> str:
        why = f'\n    <span class="{self._class}">{escape(self._why)}</span>' if self._why else ""
        return f'<b class="{self._class}">{self._mark}</b>{escape(self._statement)}{why}'


def _publish(lines: list[_Line], plan: str | None, problems: Sequence[Problem] = ()) -> None:
    text = [line.text() for line in lines]
    html = f'<pre class="fl-verdicts">{chr(10).join(line.html() for line in lines)}</pre>'
    if plan:
        text.append(plan.strip())
        html += f'<div class="fl-card"><pre class="fl-text">{escape(plan.strip())}</pre></div>'
    publish_display_data(with_problems({"text/html": framed(html), "text/plain": "\n".join(text)}, problems))
