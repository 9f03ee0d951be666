"""The live table: a widget that follows a running result and can stop it.

Importing this module imports the widget packages; nothing else of the room does.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from flinklab.notebook import caption
from flinklab.notebook.grid import Cell, Grid, Limits, grid
from flinklab.notebook.picture import look, web_link
from flinklab.session.snapshot import Snapshot

_MOST_BYTES = 200_000
_ASSETS = files("flinklab.notebook")


class LiveTable(anywidget.AnyWidget):  # type: ignore[misc]
    """One running result in the browser; any number of views of it.

    Everything a view draws is in `moment`, so that a view which is opened later, or again after the page was
    reloaded, is complete. A view sets `stop_requested`, and counts itself in `views` when it opens.
    """

    _esm = _ASSETS.joinpath("live.js").read_text("utf-8")
    _css = look() + _ASSETS.joinpath("live.css").read_text("utf-8")

    moment = traitlets.Dict().tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    me = traitlets.Unicode().tag(sync=True)
    views = traitlets.Int(0).tag(sync=True)
    stop_requested = traitlets.Bool(False).tag(sync=True)
    stop_error = traitlets.Unicode().tag(sync=True)

    def __init__(self, cancel: Callable[[], None], *, mark: str = "", limits: Limits | None = None) -> None:
        """`cancel` ends the result; it is called off the main thread and may take seconds."""
        self._cancel: Callable[[], None] | None = cancel
        self._limits = limits or Limits(whole=400)
        self._rate = Rate()
        super().__init__(mark=mark)
        self.me = self.model_id
        answer_while_busy(self.comm)
        self.observe(self._on_stop, "stop_requested")

    def draw(self, snapshot: Snapshot) -> None:
        """Show this moment in all views. May be called from any thread."""
        self.moment = moment_of(snapshot, self._limits, self._rate)
        if snapshot.status.is_final:
            self._cancel = None  # it holds the rows
            self.send_state("moment")  # traitlets may lose a change that another thread's message overlaps

    def _on_stop(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.stop_error = ""
            threading.Thread(target=self._stop, name="flinklab-stop", daemon=True).start()

    def _stop(self) -> None:
        cancel = self._cancel
        if cancel is None:
            return
        try:
            cancel()
        except Exception as error:  # whatever it is belongs into the view: nobody else would see it
            self.stop_error = f"It could not be stopped: {error}"
            self.stop_requested = False


class Rate:
    """Rows per second over the last three seconds of a result."""

    _SPAN = 3.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])

    def add(self, elapsed: float, rows: int) -> float:
        """The rate when `rows` rows were there after `elapsed` seconds."""
        self._seen.append((elapsed, rows))
        while len(self._seen) > 2 and self._seen[1][0] <= elapsed - self._SPAN:
            self._seen.popleft()
        since, before = self._seen[0]
        return (rows - before) / (elapsed - since) if elapsed > since else 0.0


def moment_of(snapshot: Snapshot, limits: Limits, rate: Rate) -> dict[str, Any]:
    """A snapshot as plain data for the browser, under 200 kB.

    `rows` holds lists of cells: a text, null for NULL, or `[beginning, whole]`. `first` is the number of the
    first row drawn, counted from the beginning of an appending result; null when rows change in place.
    """
    drawn = grid(snapshot, limits)
    rows = _rows(drawn)
    while len(json.dumps(rows).encode()) > _MOST_BYTES and limits != limits.tighter():
        limits = limits.tighter()
        drawn = grid(snapshot, limits)
        rows = _rows(drawn)
    job = snapshot.job_id or ""
    return {
        "state": snapshot.status.value,
        "word": caption.STATE[snapshot.status],
        "count": caption.rows(snapshot, len(drawn.rows)),
        "rate": _rate_text(rate.add(snapshot.elapsed, snapshot.rows_seen), snapshot),
        "elapsed": snapshot.elapsed,
        "notes": [*caption.notes(snapshot), *caption.left_out(drawn.hidden_columns)],
        "job": f"job {caption.short_id(job)}" if job else "",
        "title": f"{caption.job_name(snapshot) or 'job'} {job}".strip(),
        "link": web_link(snapshot) or "",
        "columns": [[header.name, header.type, header.title, header.numeric] for header in drawn.headers],
        "rows": rows,
        "first": None if snapshot.updating else snapshot.rows_seen - len(drawn.rows),
    }


def _rows(drawn: Grid) -> list[list[Any]]:
    return [[_plain(cell) for cell in row] for row in drawn.rows]


def _plain(cell: Cell) -> str | list[str] | None:
    return [cell.text, cell.whole] if cell.text is not None and cell.whole else cell.text


def _rate_text(rate: float, snapshot: Snapshot) -> str:
    if snapshot.status.is_final or not snapshot.rows_seen:
        return ""
    number = f"{rate:,.0f}" if rate >= 10 or rate == 0 else f"{rate:.1f}"
    return f"{number} {'changes' if snapshot.updating else 'rows'}/s"


def answer_while_busy(comm: Any) -> None:
    # JupyterLab sends a widget's messages on a subshell, so that they arrive while a cell runs. ipykernel 7.4
    # routes them back to the shell that created the widget, which is the busy one.
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default
