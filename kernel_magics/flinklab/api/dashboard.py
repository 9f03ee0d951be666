"""What a dashboard is made of, as data: cells that are read again and again, each with its own errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.domain.text import one_line, parse_duration, suggest

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

Content: TypeAlias = Any
"""A `Plot`, a DataFrame, or whatever a notebook shows."""

KINDS = ("checkpoints", "backpressure", "metrics", "timeline", "graph", "lag", "skew", "exceptions")
"""What `(NAME, KIND)` may be: plots of `flinklab.plot`, and the table of `flinklab.exceptions`."""

SHORTEST = 5.0
"""Seconds between two readings at least: clusters have something new to tell every ten."""

_WITHOUT_TIME = ("graph",)


@dataclass(frozen=True, slots=True)
class Shown:
    """`content` None: `error` says why, in a line."""

    title: str
    content: Content = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """`read` gives what is shown. `is_fixed`: it is the same each time."""

    title: str
    read: Callable[[], Content]
    is_fixed: bool = False

    def look(self) -> Shown:
        """Whatever goes wrong stays in this cell."""
        try:
            return Shown(self.title, self.read())
        except FlinklabError as error:
            return Shown(self.title, error=str(error))
        except Exception as error:
            return Shown(self.title, error=f"{type(error).__name__}: {one_line(str(error), 300)}")


def cells_of(
    given: Sequence[Content], since: str | timedelta | datetime | None, catalog: Catalog | None
) -> list[Cell]:
    """Raises `UsageError` for a kind that there is not."""
    if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
        raise UsageError("a dashboard takes a list of cells", hint='such as [("orders", "checkpoints"), frame]')
    return [_cell(each, since, catalog) for each in given]


def _cell(given: Content, since: str | timedelta | datetime | None, catalog: Catalog | None) -> Cell:
    if isinstance(given, (tuple, list)):
        if len(given) != 2 or not all(isinstance(each, str) for each in given):
            raise UsageError(f"{one_line(repr(given), 60)} is no cell", hint='write ("NAME", "KIND")')
        return _named(given[0], given[1], since, catalog)
    if callable(given):
        name = getattr(given, "__name__", "")
        return Cell("" if name == "<lambda>" else name.replace("_", " "), given)
    return Cell("", lambda: given, is_fixed=True)


def _named(name: str, kind: str, since: str | timedelta | datetime | None, catalog: Catalog | None) -> Cell:
    if kind not in KINDS:
        close = suggest(kind, KINDS)
        advice = f"did you mean {close}?" if close else f"one of {', '.join(KINDS)}"
        raise UsageError(f"a dashboard cannot show {one_line(kind, 40)!r}", hint=advice)

    def read() -> Content:
        from flinklab.api.exceptions import USUAL, exceptions
        from flinklab.api.plotting import plot

        if kind == "exceptions":
            found = exceptions(name, since=since if since is not None else USUAL, catalog=catalog)
            return found[["root cause", "count", "first", "last"]]
        draw = getattr(plot(name, catalog=catalog), kind)
        return draw() if kind in _WITHOUT_TIME else draw(since=since)

    return Cell(f"{name}: {kind}", read)


def seconds_of(refresh: str | float | timedelta | None) -> float | None:
    """Raises `UsageError`."""
    if refresh is None:
        return None
    if isinstance(refresh, timedelta):
        seconds = refresh.total_seconds()
    else:
        seconds = parse_duration(refresh) if isinstance(refresh, str) else float(refresh)
    if seconds < SHORTEST:
        raise UsageError(f"a dashboard is read again every {SHORTEST:.0f} s at most", hint="clusters know no more")
    return seconds


def save(title: str, shown: Sequence[Shown], place: str | Path) -> Path:
    """As a page in one file. Raises `UsageError` where it cannot be written."""
    import pandas as pd

    from flinklab.plots.page import Section, page, table_of
    from flinklab.plots.plot import Plot

    sections = []
    for each in shown:
        content = each.content
        if isinstance(content, pd.DataFrame):
            content = table_of(content)
        elif not isinstance(content, Plot):
            content = each.error or ("" if content is None else str(content))
        sections.append(Section(each.title, [content]))
    target = Path(place)
    try:
        target.write_text(page(title or "dashboard", sections), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}") from error
    return target
