"""A watch in the output of a cell: the live view while somebody looks, and the picture that stays."""

from __future__ import annotations

import time
import uuid
from html import escape
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.api.watching import Picture, Watch
from flinklab.api.watching_cluster import ClusterPicture
from flinklab.api.watching_job import JobPicture
from flinklab.notebook.front_end import is_watched
from flinklab.notebook.picture import framed
from flinklab.notebook.watch_cluster import cluster_moment, cluster_text
from flinklab.notebook.watch_html import clock
from flinklab.notebook.watch_job import job_moment, job_text
from flinklab.notebook.watch_look import watch_look
from flinklab.notebook.watch_moment import Moment
from flinklab.notebook.watch_reader import WatchReader
from flinklab.notebook.watch_team import team_moment, team_still, team_text

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import JobKey
    from flinklab.notebook.workbench import Workbench

_STILL_PAUSE = 10.0  # s between two pictures that stay, while the view is alive
_FIRST = 1.0  # s that the cell waits for the cluster's first answer, when a view goes on looking
_ONLY = 15.0  # s that it waits when nothing comes after
_SECTIONS = ("vitals", "graph", "commands", "failures", "checkpoints", "processes", "jobs")


def show_watch(bench: Workbench, watch: Watch) -> None:
    """Put a watch into the output of the cell. The same again takes the place of the one before.

    Where nobody watches the cell (nbclient, a terminal) it is one picture.
    """
    live = is_watched(get_ipython())
    first = first_look(watch, _FIRST if live else _ONLY)
    name = uuid.uuid4().hex[:12]
    mark, picture_id = f"flinklab-{name}", f"flinklab-picture-{name}"
    publish_display_data(still(first, mark), metadata={}, transient={"display_id": picture_id})
    if live:
        _follow(bench, watch, first, mark, picture_id)
    else:
        watch.close()


def _follow(bench: Workbench, watch: Watch, first: Picture, mark: str, picture_id: str) -> None:
    from flinklab.notebook.watch_board import WatchBoard

    last = kept = first
    kept_at = time.monotonic()

    def tell(picture: Picture) -> None:
        nonlocal last
        last = picture
        board.draw(moment_of(picture))
        if time.monotonic() - kept_at >= _STILL_PAUSE:
            keep()

    def keep() -> None:
        nonlocal kept, kept_at
        if kept is last:
            return
        kept, kept_at = last, time.monotonic()
        bundle = still(last, mark)
        publish_display_data(bundle, metadata={}, transient={"display_id": picture_id}, update=True)

    def end() -> None:
        keep()
        board.say("This watch has ended: run the cell again.")

    reader = WatchReader(watch, tell, at_rest=keep, at_end=end)
    key = first.managed.job.key if isinstance(first, JobPicture) and first.managed is not None else None
    order = _Orders(bench.catalog(), key, reader) if key is not None else None
    board = WatchBoard(moment_of(first), order, reader.hear, mark=mark)
    bench.keep_board(("watch", type(watch).__name__, watch.title), reader)
    view = {"version_major": 2, "version_minor": 0, "model_id": board.model_id}
    publish_display_data({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, metadata={})


class _Orders:
    """What the buttons ask of a job; each is recorded as an order, and a supervisor carries it out."""

    def __init__(self, catalog: Catalog, key: JobKey, reader: WatchReader) -> None:
        self._catalog = catalog
        self._key = key
        self._reader = reader

    def __call__(self, verb: str, number: int | None) -> str:
        from flinklab.api.job_handle import JobHandle

        arguments: dict[str, Any] = {"parallelism": number} if number is not None else {}
        getattr(JobHandle(self._catalog, self._key), verb)(why="a button in a notebook", **arguments)
        self._reader.poke()
        return f"{verb} of {self._key} is asked for"


def first_look(watch: Watch, patience: float) -> Picture:
    """How it is; a cluster that has to be asked gets `patience` seconds to answer."""
    end = time.monotonic() + patience
    while True:
        picture = watch.look()
        waits = isinstance(picture, JobPicture | ClusterPicture) and picture.waits
        if not waits or time.monotonic() >= end:
            return picture
        time.sleep(0.05)


def moment_of(picture: Picture) -> Moment:
    """What a view of it draws."""
    if isinstance(picture, JobPicture):
        return job_moment(picture)
    if isinstance(picture, ClusterPicture):
        return cluster_moment(picture)
    return team_moment(picture)


def still(picture: Picture, mark: str = "") -> dict[str, str]:
    """The picture that stays in the saved notebook, as HTML and as text, with the moment that it is of."""
    moment = moment_of(picture)
    parts = moment.parts
    at = picture.live_at if isinstance(picture, JobPicture) else picture.at
    as_of = f'<span class="fl-soft">as of {escape(clock(at))}</span>' if at is not None else ""
    if isinstance(picture, JobPicture):
        text = job_text(picture)
        body = "".join(f'<div class="fl-part fl-{name}">{parts.get(name) or ""}</div>' for name in _SECTIONS)
    elif isinstance(picture, ClusterPicture):
        text = cluster_text(picture)
        body = "".join(f'<div class="fl-part fl-{name}">{parts.get(name) or ""}</div>' for name in _SECTIONS)
    else:
        text, body = team_text(picture), team_still(picture)
    note = f'<div class="fl-note">{parts["note"]}</div>' if parts["note"] else ""
    card = f'<div class="fl-card fl-watch"><div class="fl-bar">{parts["head"]}{as_of}</div>{note}{body}</div>'
    html = framed(f"<style>{watch_look()}</style>{card}", state=parts["state"], mark=mark)
    return {"text/html": html, "text/plain": text}
