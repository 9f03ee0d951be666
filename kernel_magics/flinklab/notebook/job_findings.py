"""What stands against a text as a job, a line for each finding."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from IPython.display import publish_display_data

from flinklab.notebook.picture import framed
from flinklab.notebook.problems import NOWHERE, Marks, with_problems

if TYPE_CHECKING:
    from flinklab.jobs.findings import Finding

_WRAPPED = "overflow-wrap:anywhere;white-space:pre-wrap;word-break:normal"


def show_findings(findings: Sequence[Finding], marks: Marks = NOWHERE) -> None:
    """Put them into the output of the cell, their places by `marks`; nothing for none."""
    if not findings:
        return
    text = "\n".join(f"{_mark(each)} {each}" for each in findings)
    html = "\n".join(
        f'<b class="{"fl-wrong" if _mark(each) == "✗" else "fl-soft"}">{_mark(each)}</b> {escape(str(each))}'
        for each in findings
    )
    shown = framed(f'<pre class="fl-verdicts" style="{_WRAPPED}">{html}</pre>')
    bundle = {"text/html": shown, "text/plain": text}
    publish_display_data(with_problems(bundle, marks.of_findings(findings)))


def _mark(finding: Finding) -> str:
    return "✗" if finding.level.value == "error" else "!"
