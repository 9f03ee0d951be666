"""What of a result is put where: the live table while somebody watches, the still picture that stays.

A running query gets two outputs in its cell. The first is the picture, under a display id: it is what the saved
notebook keeps, whenever it is saved. The second is the live table. As long as a view of that is on the page the
picture is hidden (the view's own style sheet does it), and when the live table cannot be drawn (saved page, dead
kernel, no widgets) the picture is what one sees. At the end the picture is final and the live table goes.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.grid import Limits
from flinklab.notebook.pace import Pace
from flinklab.notebook.picture import to_html
from flinklab.notebook.plain import to_text
from flinklab.session.snapshot import ResultStatus, Snapshot

if TYPE_CHECKING:
    from flinklab.notebook.live import LiveTable

_log = logging.getLogger(__name__)

_LIVE_PAUSE = 0.25
_PICTURE_PAUSE = 1.0
_HIDDEN_PICTURE_PAUSE = 5.0
_QUERY_ROWS = 50
_SMALL_TABLE_ROWS = 1000  # SHOW and DESCRIBE: the last fifty of them would help nobody

Bundle = dict[str, Any]


class ShowableResult(Protocol):
    """What a result must offer to be shown. All of it may be called from any thread."""

    @property
    def statement(self) -> Statement: ...

    @property
    def status(self) -> ResultStatus: ...

    def snapshot(self, rows: int) -> Snapshot:
        """How it looks now, with the newest `rows` rows, the newest last. Cheap."""
        ...

    def cancel(self) -> None:
        """End it. May take seconds."""
        ...

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at most four times a second, and once at the end; returns what ends that."""
        ...


def show(result: ShowableResult, *, live: bool) -> None:
    """Put a result into the output of the cell that runs.

    `live`: a front end watches, so a result that still runs is followed, in the background, to its end. Without
    it (or in a terminal) the result is drawn once, as it is now. One whose job goes on without it is drawn again
    in its place when there is news of that.
    """
    if not live or getattr(get_ipython(), "kernel", None) is None:
        publish_display_data(picture(result))
    elif not result.status.is_final:
        _Follower(result).start()
    else:
        name = f"flinklab-line-{uuid.uuid4().hex[:12]}"
        _publish(picture(result), name)
        result.on_change(_quietly(lambda: _publish(picture(result), name, update=True)))


def picture(result: ShowableResult) -> Bundle:
    """The still picture of a result as it is now, as a MIME bundle: HTML and text."""
    return _bundle(result.snapshot(_rows_of(result)), result.statement)


def _rows_of(result: ShowableResult) -> int:
    return _QUERY_ROWS if result.statement.kind is StatementKind.QUERY else _SMALL_TABLE_ROWS


def _bundle(snapshot: Snapshot, statement: Statement, mark: str = "") -> Bundle:
    rows = max(snapshot.table.num_rows, 1)
    return {
        "text/html": to_html(snapshot, statement, limits=Limits(rows=rows), mark=mark),
        "text/plain": to_text(snapshot, statement, limits=Limits(rows=rows, cell=30, whole=30)),
    }


class _Follower:
    """Keeps the outputs of one running result up to date, from the thread that reads the result."""

    def __init__(self, result: ShowableResult) -> None:
        self._result = result
        name = uuid.uuid4().hex[:12]
        self._mark = f"flinklab-{name}"
        self._picture_id, self._table_id = f"flinklab-picture-{name}", f"flinklab-table-{name}"
        self._table: LiveTable | None = None
        self._rows_drawn = False
        self._ending = threading.Lock()
        self._table_pace = Pace(_quietly(self._draw_table), lambda: _LIVE_PAUSE)
        self._picture_pace = Pace(_quietly(self._draw_picture), self._picture_pause)
        self._forget: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._draw_picture(update=False)
        self._table = self._open_table()
        if self._table is not None:
            self._draw_table()
            view = {"version_major": 2, "version_minor": 0, "model_id": self._table.model_id}
            _publish({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, self._table_id)
        self._forget = self._result.on_change(self._changed)
        if self._result.status.is_final:  # it ended before anybody listened
            self._changed()

    def _open_table(self) -> LiveTable | None:
        if self._result.statement.kind is not StatementKind.QUERY:
            return None
        try:
            from flinklab.notebook.live import LiveTable

            table = LiveTable(self._result.cancel, mark=self._mark)
        except Exception:  # no widget packages, or a kernel without comms: the picture alone is kept up to date
            _log.debug("no live table, the picture is refreshed instead", exc_info=True)
            return None
        table.observe(lambda _change: self._changed(), "views")
        return table

    def _changed(self) -> None:
        if self._result.status.is_final:
            _quietly(self._finish)()
        else:
            self._table_pace.poke()
            self._picture_pace.poke()

    def _finish(self) -> None:
        if not self._ending.acquire(blocking=False):
            return
        self._forget()
        self._table_pace.close()
        self._picture_pace.close()
        self._draw_table()
        self._draw_picture()
        if self._table is not None:
            self._table.unobserve_all("views")  # the widget outlives the result, and would hold its rows
            _publish({}, self._table_id, update=True)

    def _draw_table(self) -> None:
        if self._table is not None:
            self._table.draw(self._result.snapshot(_QUERY_ROWS))

    def _draw_picture(self, *, update: bool = True) -> None:
        snapshot = self._result.snapshot(_rows_of(self._result))
        self._rows_drawn = snapshot.rows_seen > 0
        _publish(_bundle(snapshot, self._result.statement, self._mark), self._picture_id, update=update)

    def _picture_pause(self) -> float:
        hidden = self._table is not None and self._table.views > 0
        return _HIDDEN_PICTURE_PAUSE if hidden and self._rows_drawn else _PICTURE_PAUSE


def _quietly(act: Callable[[], None]) -> Callable[[], None]:
    """`act` for a thread that must go on, and must not write into whatever cell runs, when a view fails."""

    def guarded() -> None:
        try:
            act()
        except Exception:
            _log.debug("the view of a result failed", exc_info=True)

    return guarded


def _publish(data: Bundle, display_id: str, *, update: bool = False) -> None:
    publish_display_data(data, metadata={}, transient={"display_id": display_id}, update=update)
