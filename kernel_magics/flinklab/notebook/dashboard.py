"""`flinklab.dashboard([...])`: plots and tables side by side, kept up to date, as a cell or, with Voila, a page."""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.api.dashboard import Cell, Content, Shown, cells_of, save, seconds_of
from flinklab.domain.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.catalog.catalog import Catalog

_log = logging.getLogger(__name__)
_ROWS = 50  # of a table
_MOST = 300_000  # characters of the picture of a cell

_live: dict[str, Dashboard] = {}
"""Those that are kept up to date, by the cell that shows them: run again, it takes the place of the one before."""


class Dashboard:
    """Shows itself under a cell; a saved notebook keeps a static picture of it.

    `refresh` is in seconds, None for never. `close` ends the refreshing; a new kernel, and the same cell run again,
    end it, too. `save(path)` writes a page that needs nothing else.
    """

    def __init__(self, cells: Sequence[Cell], *, columns: int, title: str, refresh: float | None) -> None:
        self._cells = list(cells)
        self._columns = columns
        self._title = title
        self._refresh = refresh
        self._mark = f"flinklab-{uuid.uuid4().hex[:12]}"
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self._shown: list[Shown] = []
        self._outputs: list[Any] = []
        self._said: Any = None

    def look(self) -> list[Shown]:
        """Read all cells, those that never change only once."""
        with self._looking:
            known: list[Shown | None] = list(self._shown) or [None] * len(self._cells)
            self._shown = [
                before if before is not None and cell.is_fixed else cell.look()
                for cell, before in zip(self._cells, known, strict=True)
            ]
            return self._shown

    def save(self, path: str | Path) -> Path:
        """As it is now. Raises `UsageError` where it cannot be written."""
        return save(self._title, self.look(), path)

    def close(self) -> None:
        """Refresh no more."""
        self._ended.set()

    def _ipython_display_(self) -> None:
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        shown = self.look()
        _publish(self._picture(shown), self._picture_id)
        if getattr(shell, "kernel", None) is None:
            return
        widget = self._widget(shown)
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        _publish({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, f"{self._mark}-live")
        place = _cell_id(shell) or self._title
        before = _live.pop(place, None)
        if before is not None and before is not self:
            before.close()
        if self._refresh is not None and not self._ended.is_set():
            _live[place] = self
            threading.Thread(target=self._follow, name="flinklab-dashboard", daemon=True).start()

    @property
    def _picture_id(self) -> str:
        return f"{self._mark}-picture"

    def _follow(self) -> None:
        while not self._ended.wait(self._refresh):
            try:
                shown = self.look()
                self._draw(shown)
                _publish(self._picture(shown), self._picture_id, update=True)
            except Exception:  # a view that fails must not end the reading
                _log.debug("a dashboard could not be drawn", exc_info=True)

    def _widget(self, shown: Sequence[Shown]) -> Any:
        import ipywidgets

        self._outputs = [ipywidgets.Output() for _ in shown]
        self._said = ipywidgets.HTML()
        self._draw(shown)
        width = f"repeat({self._columns}, minmax(0, 1fr))"
        grid = ipywidgets.GridBox(
            self._outputs, layout=ipywidgets.Layout(grid_template_columns=width, grid_gap="8px", width="100%")
        )
        # While this is on the page, the picture above it is not needed.
        hide = f".{self._mark}, .jp-OutputArea-child:has(.{self._mark}) {{ display: none; }}"
        style = ipywidgets.HTML(f'<style>{hide}</style><span class="fl-live"></span>')
        return ipywidgets.VBox([style, self._said, grid])

    def _draw(self, shown: Sequence[Shown]) -> None:
        for output, each in zip(self._outputs, shown, strict=True):
            output.outputs = ({"output_type": "display_data", "data": bundle(each), "metadata": {}},)
        self._said.value = self._caption()

    def _caption(self) -> str:
        every = f", read again every {self._refresh:g} s" if self._refresh is not None else ""
        title = f"<b>{escape(self._title)}</b> " if self._title else ""
        return f"{title}<small>as of {datetime.now():%H:%M:%S}{every}</small>"

    def _picture(self, shown: Sequence[Shown]) -> dict[str, str]:
        from flinklab.notebook.picture import framed

        width = f"display: grid; gap: 8px; grid-template-columns: repeat({self._columns}, minmax(0, 1fr))"
        parts = "".join(f'<div style="overflow: auto">{_html(bundle(each))}</div>' for each in shown)
        html = framed(f'{self._caption()}<div style="{width}">{parts}</div>', mark=self._mark)
        text = "\n\n".join(bundle(each).get("text/plain", "") for each in shown)
        return {"text/html": html, "text/plain": f"{self._title}\n{text}".strip()}


def dashboard(
    cells: Sequence[Content],
    *,
    columns: int = 2,
    since: str | timedelta | datetime | None = None,
    refresh: str | float | timedelta | None = None,
    title: str = "",
    catalog: Catalog | None = None,
) -> Dashboard:
    """Plots and tables of a page, side by side in `columns`.

    A cell is `("NAME", "KIND")` (a job or a cluster, and `checkpoints`, `backpressure`, `metrics`, `timeline`,
    `graph`, `lag`, `skew` or `exceptions`, of the time since `since`), a `Plot` or a DataFrame or something else
    that a notebook shows, or a function without arguments that gives one. Functions and named cells are read again
    every `refresh` (`1m`, seconds; at least 5 s); what fails in one is said in it. Raises `UsageError`.
    """
    if columns < 1:
        raise UsageError("a dashboard has at least one column")
    return Dashboard(cells_of(cells, since, catalog), columns=columns, title=title, refresh=seconds_of(refresh))


def bundle(shown: Shown) -> dict[str, Any]:
    """A cell as MIME types, its title above what has none of its own."""
    import pandas as pd

    from flinklab.plots.plot import Plot

    if shown.error:
        line = f"{shown.title}: {shown.error}" if shown.title else shown.error
        html = f'<pre style="color: #dc3545; white-space: pre-wrap">{escape(line)}</pre>'
        return {"text/html": html, "text/plain": line}
    if isinstance(shown.content, Plot):
        return shown.content._repr_mimebundle_()
    if isinstance(shown.content, pd.DataFrame):
        return _table(shown.title, shown.content)
    return _formatted(shown.content)


def _table(title: str, frame: pd.DataFrame) -> dict[str, str]:
    """The first rows; moments as this machine's clock shows them."""
    import pandas as pd

    from flinklab.notebook.picture import framed

    head = frame.head(_ROWS).copy()
    for name in head.columns:
        if isinstance(head[name].dtype, pd.DatetimeTZDtype):
            head[name] = ["" if at is pd.NaT else _moment(at.to_pydatetime()) for at in head[name]]
    over = f'<div class="fl-bar"><b>{escape(title)}</b></div>' if title else ""
    left = len(frame) - len(head)
    more = f'<div class="fl-note">{left:,} rows more</div>' if left else ""
    table = f'<div class="fl-box">{head.to_html(index=False, border=0)}</div>'
    html = framed(f'<div class="fl-card fl-plain">{over}{table}{more}</div>')
    return {"text/html": html, "text/plain": "\n".join([*([title] if title else []), head.to_string(index=False)])}


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _formatted(content: Content) -> dict[str, Any]:
    from IPython.core.formatters import DisplayFormatter
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    formatter = shell.display_formatter if shell is not None else DisplayFormatter()
    found, _ = formatter.format(content)
    return dict(found) or {"text/plain": repr(content)}


def _html(found: dict[str, Any]) -> str:
    """What of it a page without a kernel shows."""
    html = (
        found.get("image/svg+xml") or found.get("text/html") or f"<pre>{escape(found.get('text/plain', ''))}</pre>"
    )
    return html if len(html) <= _MOST else f"<pre>{escape(found.get('text/plain', '')[:_MOST])}</pre>"


def _cell_id(shell: Any) -> str:
    with contextlib.suppress(Exception):  # a kernel of another kind
        return str(shell.get_parent().get("metadata", {}).get("cellId") or "")
    return ""


def _publish(data: dict[str, Any], display_id: str, *, update: bool = False) -> None:
    from IPython.display import publish_display_data

    publish_display_data(data, metadata={}, transient={"display_id": display_id}, update=update)
