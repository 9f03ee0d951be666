"""How rows and work are spread over the sub-tasks of each vertex: now, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flinklab.domain.monitoring import Subtask
from flinklab.domain.series import Frame
from flinklab.domain.text import one_line
from flinklab.plots import metrics, theme
from flinklab.plots.clock import Clock
from flinklab.plots.marks import Mark
from flinklab.plots.metrics import Compared
from flinklab.plots.panels import Panel, stacked
from flinklab.plots.plot import Plot
from flinklab.plots.vertices import Parts
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("vertex", "sub-task", "rows", "times the mean", "busy [share]", "backpressured [share]", "idle [share]"),
    *("state", "TaskManager"),
)
_HOT = 2.0  # times the mean: from here on a sub-task is named


def rows_of(subtasks: Mapping[str, Sequence[Subtask]], parts: Parts) -> pd.DataFrame:
    """`COLUMNS`, by vertex. Rows that came in, of a source those that left; all since the sub-task was deployed."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for vertex, found in subtasks.items():
        counted: Callable[[Subtask], float] = _rows_in if any(each.records_in for each in found) else _rows_out
        mean = sum(map(counted, found)) / len(found) if found else 0.0
        for each in found:
            total = each.backpressured + each.idle + (each.busy or 0.0)
            times = [
                part / total if total and part is not None else None
                for part in (each.busy, each.backpressured, each.idle)
            ]
            factor = counted(each) / mean if mean else None
            rows.append(
                (parts.name(vertex), each.index, counted(each), factor, *times, each.state, each.taskmanager)
            )
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in COLUMNS[2:7]:
        frame[column] = frame[column].astype(float)
    return frame


def plot(
    subtasks: Mapping[str, Sequence[Subtask]],
    recorded: tuple[Frame, Span] | None,
    *,
    title: str,
    parts: Parts | None = None,
    marks: Sequence[Mark] = (),
    earlier: Compared | None = None,
    note: str = "",
) -> Plot:
    """`subtasks`: by vertex, as they are now; empty where nothing runs. `recorded`: with the series `skew`.

    `data`: a row for each sub-task; without any, the recorded series.
    """
    parts = parts or Parts()
    data = rows_of(subtasks, parts)
    panels: list[Panel] = []
    clock = None
    if recorded is not None and (recorded[0].parts("skew") or earlier is not None):
        clock = Clock(recorded[1])
        panels = metrics.panels_of(recorded[0], clock, ["skew"], parts, earlier)
    panels += _now(data) if len(data) else []
    figure = stacked(title, panels, clock, marks if clock is not None else ())
    hot = data[data["times the mean"] >= _HOT].sort_values("times the mean", ascending=False)
    said = [note] + [
        f"sub-task {row['sub-task']} of {row['vertex']} has {row['times the mean']:.1f} times the rows of the mean"
        for row in hot.head(1).to_dict("records")
    ]
    shown = data
    if not len(data) and recorded is not None:
        shown = metrics.data_of(recorded[0], ["skew"], parts, earlier)
    return Plot(figure, shown, " · ".join(text for text in said if text))


def _rows_in(subtask: Subtask) -> float:
    return subtask.records_in


def _rows_out(subtask: Subtask) -> float:
    return subtask.records_out


def _now(data: pd.DataFrame) -> list[Panel]:
    share = {"tickformat": ",.0%", "range": [-0.03, 1.03]}
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("times the mean", "rows of each sub-task, times the mean of its vertex", {"rangemode": "tozero"}),
        ("busy [share]", "busy [%] of each sub-task, since it was deployed", share),
        ("backpressured [share]", "back-pressured [%] of each sub-task, since it was deployed", share),
    ]
    return [_strip(data, column, title, axis) for column, title, axis in wanted if data[column].notna().any()]


def _strip(data: pd.DataFrame, column: str, title: str, axis: dict[str, Any]) -> Panel:
    names = list(dict.fromkeys(data["vertex"]))
    traces: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        mine = data[data["vertex"] == name]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [theme.title_text(one_line(name, 28))] * len(mine),
                "y": mine[column].to_numpy(),
                "marker": {"size": 9, "color": theme.colour(number), "opacity": 0.65},
                "text": [_told(row) for row in mine.to_dict("records")],
                "hovertemplate": "%{text}<extra></extra>",
                "showlegend": False,
            }
        )
    return Panel(title, traces, axis, {"type": "category"})


def _told(row: Mapping[Any, Any]) -> str:
    def share(column: str) -> str:
        value = row[column]
        return f"{value:.0%}" if value == value else "unknown"

    times = (
        f", {row['times the mean']:.2f} times the mean" if row["times the mean"] == row["times the mean"] else ""
    )
    return (
        f"{theme.title_text(row['vertex'])}, sub-task {row['sub-task']} ({row['state']})<br>{row['rows']:,.0f} rows"
        f"{times}<br>busy {share('busy [share]')}, back-pressured {share('backpressured [share]')},"
        f" idle {share('idle [share]')}<br>on {theme.title_text(row['TaskManager'])}"
    )
