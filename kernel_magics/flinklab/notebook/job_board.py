"""The managed jobs as a table in the browser that keeps itself up to date, with a few buttons.

Importing this module imports the widget packages.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.api.command_handle import in_words
from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.domain.job_lines import PROBLEMS
from flinklab.domain.jobs import JobKey, Managed
from flinklab.domain.text import epoch_ms
from flinklab.notebook import job_table
from flinklab.notebook.live import answer_while_busy
from flinklab.notebook.picture import framed, look
from flinklab.session.aside import aside

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_log = logging.getLogger(__name__)
_ASSETS = files("flinklab.notebook")
_PAUSE = 1.0  # s between two looks into the catalog
_MOST = 500  # rows
VERBS = ("start", "stop", "savepoint", "restart")

Look = Callable[[], Sequence[Managed]]
Order = Callable[[JobKey, str], str]
"""Asks something of a job; what it said."""


class JobBoard(anywidget.AnyWidget):  # type: ignore[misc]
    """The table; any number of views of it, each of which is complete from `moment` alone.

    A view asks by messages `{id, verb, key: [team, name, environment]}`; the answer, from a thread, is
    `{id, answer}` or `{id, error}`, where the error is a list of lines.
    """

    _esm = _ASSETS.joinpath("job_board.js").read_text("utf-8")
    _css = (
        look()
        + _ASSETS.joinpath("live.css").read_text("utf-8")
        + _ASSETS.joinpath("job_board.css").read_text("utf-8")
    )

    moment = traitlets.Dict().tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    me = traitlets.Unicode().tag(sync=True)

    def __init__(self, order: Order, *, mark: str = "") -> None:
        self._order = order
        super().__init__(mark=mark)
        self.me = self.model_id
        answer_while_busy(self.comm)
        self.on_msg(lambda _widget, content, _buffers: aside(lambda: self._reply(content)))

    def _reply(self, question: dict[str, Any]) -> None:
        try:
            verb, key = str(question.get("verb")), JobKey(*map(str, question.get("key", ())))
            if verb not in VERBS:
                raise UsageError(f"the table does not know {verb!r}")
            answer: dict[str, Any] = {"answer": self._order(key, verb)}
        except FlinklabError as error:
            answer = {"error": error.report()}
        except Exception as error:  # nobody else would see it
            _log.debug("a button of the jobs failed", exc_info=True)
            answer = {"error": [f"{type(error).__name__}: {error}"]}
        self.send({"id": question.get("id"), **answer})


class Reader:
    """Looks again and again, in one thread, and tells when something is different. Errors are told, too."""

    def __init__(self, look: Look, tell: Callable[[dict[str, Any]], None], *, pause: float = _PAUSE) -> None:
        self._look = look
        self._tell = tell
        self._pause = pause
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flinklab-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when nothing is told any more."""
        self._ended.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        before: dict[str, Any] | None = None
        while not self._ended.is_set():
            try:
                now = moment_of(self._look())
            except FlinklabError as error:
                now = {**(before or {"rows": []}), "error": str(error)}
            if now != before and not self._ended.is_set():
                before = now
                try:
                    self._tell(now)
                except Exception:  # a view that fails must not end the reading
                    _log.debug("the table of the jobs failed", exc_info=True)
            self._ended.wait(self._pause)


def moment_of(jobs: Sequence[Managed]) -> dict[str, Any]:
    """The jobs as plain data for the browser, problems first. Times are stamps, which stay as they are."""
    shown = job_table.problems_first(jobs)
    return {
        "rows": [_row(managed) for managed in shown[:_MOST]],
        "more": max(len(shown) - _MOST, 0),
        "error": "",
    }


def _row(managed: Managed) -> dict[str, Any]:
    attempt, points = managed.attempt, managed.points
    return {
        "key": list(managed.job.key),
        "cluster": job_table.cluster_shown(managed),
        "state": managed.status.state.value,
        "problem": managed.status.state in PROBLEMS,
        "version": job_table.version_shown(managed),
        "since": epoch_ms(managed.status.since),
        "attempt": attempt.number if attempt is not None else None,
        "checkpoint": epoch_ms(points[0].triggered_at) if points else None,
        "command": f"{managed.commands[0].kind.value}: {in_words(managed.commands[0])}" if managed.commands else "",
        "why": managed.status.reason,
    }


def picture(jobs: Sequence[Managed], mark: str) -> dict[str, str]:
    """The table as it stays in the saved notebook."""
    drawn = job_table.rows(job_table.problems_first(jobs), job_table.right_now())
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in job_table.COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in drawn[:_MOST])
    table = f'<div class="fl-box"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    text = "\n".join("  ".join(cell for cell in row if cell) for row in drawn[:_MOST]) or "no managed jobs"
    return {"text/html": framed(f'<div class="fl-card fl-plain">{table}</div>', mark=mark), "text/plain": text}


def show_board(
    bench: Workbench,
    team: str | None = None,
    environment: str | None = None,
    cluster: str | None = None,
    tags: tuple[str, ...] = (),
    pool: str | None = None,
) -> None:
    """Put the table into the output of the cell. The same again takes the place of the one before."""
    from flinklab import api
    from flinklab.api.job_handle import JobHandle

    catalog = bench.catalog()

    def look() -> Sequence[Managed]:
        return api.managed_jobs(catalog, team=team, environment=environment, cluster=cluster, pool=pool, tags=tags)

    def order(key: JobKey, verb: str) -> str:
        asked = getattr(JobHandle(catalog, key), verb)(why="a button in a notebook")
        return f"{verb} of {key} is asked for" if asked else ""

    name = uuid.uuid4().hex[:12]
    mark, picture_id = f"flinklab-{name}", f"flinklab-picture-{name}"
    found = look()
    _publish(picture(found, mark), picture_id)
    if getattr(get_ipython(), "kernel", None) is None:
        return
    board = JobBoard(order, mark=mark)
    board.moment = moment_of(found)

    def tell(moment: dict[str, Any]) -> None:
        board.moment = moment
        _publish(picture(look(), mark), picture_id, update=True)

    bench.keep_board((team, environment, cluster, tags, pool), Reader(look, tell))
    view = {"version_major": 2, "version_minor": 0, "model_id": board.model_id}
    _publish({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, f"flinklab-jobs-{name}")


def _publish(data: dict[str, Any], display_id: str, *, update: bool = False) -> None:
    publish_display_data(data, metadata={}, transient={"display_id": display_id}, update=update)
