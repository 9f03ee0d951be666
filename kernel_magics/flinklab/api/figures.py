"""The plots of a job or of a cluster as plain data, for a page that draws them with plotly itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from flinklab.api.job_handle import JobHandle
from flinklab.api.looking import subject_of_cluster
from flinklab.api.plotting import Plots
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import ClusterKey
from flinklab.domain.text import one_line, suggest

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.settings import Settings

KINDS = ("checkpoints", "backpressure", "metrics", "lag", "timeline", "skew", "graph")
KINDS_OF_A_CLUSTER = ("metrics", "lag")
_WITHOUT_TIME = ("graph",)
_LOADING = threading.Lock()


def job_figure(handle: JobHandle, kind: str, since: timedelta | None = None) -> dict[str, Any]:
    """`data` and `layout` as plotly has them, `note`: what a person has to know about the picture, in a line.

    `kind`: one of `KINDS`; `since`: how long back. Raises what the methods of `Plots` raise.
    """
    _check(kind, KINDS)
    _ = handle.managed  # of one that there is not nothing is drawn
    return _figure(handle.plot, kind, since)


def cluster_figure(
    cluster: ClusterKey,
    catalog: Catalog,
    kind: str,
    since: timedelta | None = None,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """As `job_figure`, of `KINDS_OF_A_CLUSTER`. `settings`: with which it is asked (default: this process's)."""
    _check(kind, KINDS_OF_A_CLUSTER)
    return _figure(Plots(lambda: subject_of_cluster(str(cluster), catalog, settings), catalog), kind, since)


def _figure(plots: Plots, kind: str, since: timedelta | None) -> dict[str, Any]:
    _load()
    draw = getattr(plots, kind)
    drawn = draw() if kind in _WITHOUT_TIME else draw(since=since)
    return {**orjson.loads(drawn.figure.to_json()), "note": drawn.note}


def _load() -> None:
    """Of two threads that begin to import pandas and plotly at the same time, one may find them half made: Python
    prefers that to waiting for each other without end (`importlib._bootstrap._DeadlockError`)."""
    with _LOADING:
        import pandas as pd  # noqa: F401
        import plotly.graph_objects as go  # noqa: F401


def _check(kind: str, known: Sequence[str]) -> None:
    if kind not in known:
        close = suggest(kind, known)
        hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}"
        raise UsageError(f"there is no plot of kind {one_line(kind, 40)!r}", hint=hint)
