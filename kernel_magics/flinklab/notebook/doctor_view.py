"""A diagnosis in a cell: causes first, figures folded away, advice to copy."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.domain.text import duration
from flinklab.notebook.picture import framed

if TYPE_CHECKING:
    from datetime import datetime

    from flinklab.telemetry.doctor.diagnosis import Diagnosis
    from flinklab.telemetry.doctor.finding import Finding

# In advice: statements and magics, which one click selects to be copied.
_CODE = re.compile(r"SET '[^']+' = '[^']*';|`[^`]+`")


class DiagnosisView:
    """One output of a cell: what is being done, until the diagnosis takes its place.

    Where outputs cannot change (a terminal) only the diagnosis is shown.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._id = f"flinklab-doctor-{uuid.uuid4().hex[:12]}"
        self._can_change = getattr(get_ipython(), "kernel", None) is not None
        self._update = False

    def say(self, line: str) -> None:
        if self._can_change:
            self._put_line(line, "running")

    def end(self) -> None:
        """There will be no diagnosis: a saved notebook must not say that one is being made."""
        if self._update:
            html = f'<span class="fl-state">{escape(self._subject)}</span><span>not judged</span>'
            self._put(
                framed(f'<div class="fl-quiet">{html}</div>', state="stopped"), f"{self._subject}: not judged"
            )

    def show(self, diagnosis: Diagnosis) -> None:
        self._put(to_html(diagnosis), str(diagnosis))

    def _put_line(self, line: str, state: str) -> None:
        html = f'<span class="fl-state">{escape(self._subject)}</span><span>{escape(line)}</span>'
        self._put(framed(f'<div class="fl-quiet">{html}</div>', state=state), f"{self._subject}: {line}")

    def _put(self, html: str, text: str) -> None:
        data = {"text/html": html, "text/plain": text}
        publish_display_data(data, metadata={}, transient={"display_id": self._id}, update=self._update)
        self._update = True


def to_html(diagnosis: Diagnosis) -> str:
    body = "".join(_finding(each, diagnosis.at) for each in diagnosis.findings)
    looked = f"looked at {', '.join(diagnosis.looked_at)}" if diagnosis.looked_at else "looked at"
    looked = f"{looked}, {diagnosis.at.astimezone():%Y-%m-%d %H:%M:%S}"
    missing = "".join(f"<div>not looked at: {escape(each)}</div>" for each in diagnosis.missing)
    state = "failed" if diagnosis.findings else "stopped" if diagnosis.missing else "finished"
    return framed(
        f'<style>{_style()}</style><div class="fl-card"><div class="fl-bar">'
        f'<span class="fl-state">{escape(diagnosis.headline)}</span></div><div class="fl-doctor">{body}'
        f'<div class="fl-soft">{escape(looked)}{missing}</div></div></div>',
        state=state,
    )


def _finding(finding: Finding, now: datetime) -> str:
    follows = f' data-follows="{escape(finding.follows)}"' if finding.follows else ""
    evidence = "".join(f"<li>{escape(each)}</li>" for each in finding.evidence)
    advice = "".join(f"<li>{_with_code(each)}</li>" for each in finding.advice)
    return (
        f'<div class="fl-finding" data-severity="{finding.severity.name.lower()}"{follows}>'
        f"<b>{escape(finding.title)}</b><div>{''.join(_notes(finding, now))}</div>"
        f"<ul>{advice}</ul><details><summary>figures</summary><ul>{evidence}</ul></details></div>"
    )


def _notes(finding: Finding, now: datetime) -> Iterator[str]:
    if finding.clause is not None:
        line = f" in line {finding.clause.line}" if finding.clause.line is not None else ""
        yield f"<code>{escape(finding.clause.text)}</code>{line} "
    notes = [finding.rule, finding.severity.name.lower()]
    if finding.follows:
        notes.append(f"follows from {finding.follows}")
    if finding.since is not None:
        local = finding.since.astimezone()
        notes.append(f"since {local:%Y-%m-%d %H:%M:%S} ({duration((now - finding.since).total_seconds())})")
    yield f'<span class="fl-soft">{escape(" · ".join(notes))}</span>'


def _with_code(text: str) -> str:
    parts, done = [], 0
    for found in _CODE.finditer(text):
        parts.append(escape(text[done : found.start()]))
        parts.append(f"<code>{escape(found.group().strip('`'))}</code>")
        done = found.end()
    return "".join(parts) + escape(text[done:])


@cache
def _style() -> str:
    return " ".join(files("flinklab.notebook").joinpath("doctor.css").read_text("utf-8").split())
