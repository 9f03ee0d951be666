"""Metrics as they are at this moment, of what nothing is recorded of: a panel for each, a bar for each vertex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flinklab.domain.monitoring import Spread
from flinklab.plots import theme
from flinklab.plots.panels import Panel, stacked
from flinklab.plots.plot import Plot
from flinklab.telemetry.measures import MEASURES

Values = Mapping[str, Mapping[str, Spread]]
"""By measure or metric (its own name in Flink), then by what has it: a vertex by its short name, a process."""

COLUMNS = ("metric", "of", "mean", "lowest", "highest", "sum")
_BAR, _FRAME = 22, 34  # px

# How Flink's names tell a unit: https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/metrics/
_UNITS = (
    ("MsPerSecond", "ms/s"),
    ("BytesInPerSecond", "B/s"),
    ("BytesOutPerSecond", "B/s"),
    ("PerSecond", "/s"),
    ("Nanos", "ns"),
    ("Size", "B"),
    ("Bytes", "B"),
    ("Used", "B"),
    ("Committed", "B"),
    ("MemoryUsed", "B"),
)


def unit_of(metric: str) -> str:
    """Of a measure, or the one that the name of a metric of Flink ends with; empty where it tells none."""
    if metric in MEASURES:
        return MEASURES[metric].unit
    last = metric.rsplit(".", 1)[-1]
    if last.endswith("Size") and "queue" in last.lower():
        return ""
    return next((unit for ending, unit in _UNITS if last.endswith(ending)), "")


def plot(values: Values, *, title: str, note: str = "") -> Plot:
    """A bar is the mean over sub-tasks, its whiskers reach from the lowest to the highest."""
    import pandas as pd

    rows = [
        (metric, name, spread.mean, spread.low, spread.high, spread.sum)
        for metric, found in values.items()
        for name, spread in found.items()
    ]
    figure = stacked(title, panels_of(values))
    return Plot(figure, pd.DataFrame(rows, columns=list(COLUMNS)), note)


def panels_of(values: Values) -> list[Panel]:
    order = list(dict.fromkeys(name for found in values.values() for name in found))
    return [_panel(metric, found, order) for metric, found in values.items() if found]


def _panel(metric: str, found: Mapping[str, Spread], order: Sequence[str]) -> Panel:
    unit = unit_of(metric)
    scaled = theme.scale(unit, max(abs(spread.high) for spread in found.values()))
    spreads = list(found.values())
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "y": [theme.title_text(name) for name in found],
        "x": [spread.mean * scaled.factor for spread in spreads],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(spread.high - spread.mean, 0.0) * scaled.factor for spread in spreads],
            "arrayminus": [max(spread.mean - spread.low, 0.0) * scaled.factor for spread in spreads],
            "color": theme.QUIET,
            "thickness": 1.2,
            "width": 3,
        },
        "marker": {"color": [theme.colour(order.index(name)) for name in found]},
        "customdata": [[spread.low * scaled.factor, spread.high * scaled.factor] for spread in spreads],
        "hovertemplate": (
            f"mean %{{x:{scaled.hover}}}{scaled.suffix}<br>from %{{customdata[0]:{scaled.hover}}}"
            f" to %{{customdata[1]:{scaled.hover}}}<extra>%{{y}}</extra>"
        ),
        "showlegend": False,
    }
    says = f" [{scaled.label}]" if scaled.label else ""
    return Panel(
        theme.title_text(f"{metric}{says}"),
        [trace],
        {"type": "category", "autorange": "reversed"},
        {"tickformat": scaled.ticks, "rangemode": "tozero"},
        height=_FRAME + _BAR * len(found),
    )
