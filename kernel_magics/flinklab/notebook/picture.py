"""The still picture of a result that stays in the saved notebook: HTML, and its twin in plain text."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook import caption
from flinklab.notebook.grid import Cell, Grid, Header, Limits, grid
from flinklab.notebook.shape import Shape, shape_of, whole_text
from flinklab.session.snapshot import ResultStatus, Snapshot

_MOST_BYTES = 200_000
_MOST_TEXT = 150_000
_MOST_LINK = 2000
_NO_MATHS = "mathjax_ignore tex2jax_ignore"  # "$5 and $6" is no formula


def to_html(
    snapshot: Snapshot, statement: Statement | None = None, *, limits: Limits | None = None, mark: str = ""
) -> str:
    """The picture as HTML, under 200 kB whatever the data.

    Without a statement it is drawn like a query. `mark` is a CSS class of the outermost element, by which a
    live view finds the picture that it stands in for.
    """
    limits = limits or Limits()
    while True:
        html = _page(snapshot, statement, limits, mark)
        if len(html.encode()) < _MOST_BYTES or limits == limits.tighter():
            return html
        limits = limits.tighter()


@cache
def look() -> str:
    """The style sheet that pictures and live tables share."""
    text = files("flinklab.notebook").joinpath("look.css").read_text("utf-8")
    return " ".join(text.split())


def _page(snapshot: Snapshot, statement: Statement | None, limits: Limits, mark: str) -> str:
    shape = shape_of(snapshot, statement)
    if shape is Shape.LINE and statement is not None:
        body = _line(snapshot, statement)
    elif shape is Shape.TEXT:
        body = _text(snapshot)
    elif shape is Shape.PLAIN:
        drawn = grid(snapshot, limits)
        body = f'<div class="fl-card fl-plain">{_table(drawn, types=False)}{_rest(snapshot, drawn)}</div>'
    else:
        drawn = grid(snapshot, limits)
        tail = not snapshot.updating and len(drawn.rows) < snapshot.rows_seen
        body = f'<div class="fl-card">{_bar(snapshot, drawn)}{_table(drawn, types=True, tail=tail)}</div>'
    state = "drawn" if snapshot.status is ResultStatus.RUNNING else snapshot.status.value
    return framed(body, state=state, mark=mark)


def framed(body: str, *, state: str = "finished", mark: str = "") -> str:
    """HTML in the look that all outputs share, left alone by JupyterLab's search for formulas."""
    classes = f"flinklab {_NO_MATHS}" + (f" fl-held {escape(mark)}" if mark else "")
    return f'<div class="{classes}" data-state="{state}"><style>{look()}</style>{body}</div>'


def _line(snapshot: Snapshot, statement: Statement) -> str:
    """One line for what gives no rows: `● CREATE TABLE orders  42 ms`, or the job that an INSERT started."""
    if statement.kind is StatementKind.INSERT and snapshot.job_id:
        name = caption.job_name(snapshot) or caption.headline(statement)
        job = f'<span class="fl-id">{escape(snapshot.job_id)}</span>'
        parts = [
            "Job submitted",
            escape(name),
            job,
            _link(snapshot, "Flink UI"),
            _soft(caption.duration(snapshot.elapsed)),
        ]
    else:
        words = caption.STATE[snapshot.status] if snapshot.status is not ResultStatus.FINISHED else ""
        parts = [
            escape(f"{words} {caption.headline(statement)}".strip()),
            _soft(caption.duration(snapshot.elapsed)),
        ]
    first, *others = (part for part in parts if part)
    spans = "".join(f"<span>{part}</span>" for part in others)
    notes = "".join(f'<span class="fl-soft">{escape(note)}</span>' for note in caption.notes(snapshot))
    return f'<div class="fl-quiet"><span class="fl-state">{first}</span>{spans}{notes}</div>'


def _text(snapshot: Snapshot) -> str:
    limit = _MOST_TEXT
    while len((text := escape(whole_text(snapshot, limit))).encode()) > _MOST_TEXT:
        limit //= 2
    return f'<div class="fl-card"><pre class="fl-text">{text}</pre></div>'


def _bar(snapshot: Snapshot, drawn: Grid) -> str:
    running = snapshot.status is ResultStatus.RUNNING
    state = "Still running when drawn" if running else caption.STATE[snapshot.status]
    parts = [
        f'<span class="fl-state">{state}</span>',
        f"<span>{caption.rows(snapshot, len(drawn.rows))}</span>",
        _soft(caption.duration(snapshot.elapsed)),
    ]
    if snapshot.job_id:
        label = f"job {caption.short_id(snapshot.job_id)}"
        parts.append(_link(snapshot, label) or f'<span class="fl-soft">{escape(label)}</span>')
    lines = [*caption.notes(snapshot), *caption.left_out(drawn.hidden_columns)]
    notes = "".join(f'<div class="fl-note">{escape(line)}</div>' for line in lines)
    return f'<div class="fl-bar">{"".join(parts)}</div>{notes}'


def _rest(snapshot: Snapshot, drawn: Grid) -> str:
    lines = [*caption.notes(snapshot), *caption.left_out(drawn.hidden_columns)]
    if len(drawn.rows) < snapshot.size:
        lines.insert(0, caption.rows(snapshot, len(drawn.rows)))
    return "".join(f'<div class="fl-note">{escape(line)}</div>' for line in lines)


def _soft(text: str) -> str:
    return f'<span class="fl-soft">{escape(text)}</span>'


def _link(snapshot: Snapshot, label: str) -> str:
    url = web_link(snapshot)
    title = f"{caption.job_name(snapshot) or 'job'} {snapshot.job_id or ''}".strip()
    if not url:
        return ""
    return f'<a href="{escape(url)}" target="_blank" rel="noopener" title="{escape(title)}">{escape(label)} ↗</a>'


def web_link(snapshot: Snapshot) -> str | None:
    """The job's page, if it is an address of the web: nothing else becomes a link."""
    link = snapshot.link
    good = link and len(link) <= _MOST_LINK and link.startswith(("http://", "https://"))
    return link if good else None


def _table(drawn: Grid, *, types: bool, tail: bool = False) -> str:
    head = "".join(_th(header, types) for header in drawn.headers)
    aligned = [' class="fl-n"' if header.numeric else "" for header in drawn.headers]
    body = "".join(
        "<tr>" + "".join(_td(cell, align) for cell, align in zip(row, aligned, strict=True)) + "</tr>"
        for row in drawn.rows
    )
    box = "fl-box fl-tail" if tail else "fl-box"
    return f'<div class="{box}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _th(header: Header, types: bool) -> str:
    align = ' class="fl-n"' if header.numeric else ""
    type_line = f"<small>{escape(header.type)}</small>" if types else ""
    return f'<th scope="col"{align} title="{escape(header.title)}">{escape(header.name)}{type_line}</th>'


def _td(cell: Cell, align: str) -> str:
    if cell.text is None:
        return f"<td{align}><i>NULL</i></td>"
    title = f' title="{escape(cell.whole)}"' if cell.whole else ""
    return f"<td{align}{title}>{escape(cell.text)}</td>"
