"""A flame graph: where the threads of a vertex were when Flink looked at their stacks, by operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from flinklab.domain.monitoring import Flame, FlameKind
from flinklab.plots import theme
from flinklab.plots.blank import blank
from flinklab.plots.boxes import percent
from flinklab.plots.plot import Plot
from flinklab.telemetry.flames import FlameFrame, flame_frames, own_shares

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {
    FlameKind.FULL: "working and waiting",
    FlameKind.ON_CPU: "working",
    FlameKind.OFF_CPU: "waiting",
}
_ROW, _HEAD, _FOOT = 21.0, 84.0, 12.0  # px
_LEAST_HEIGHT, _MOST_HEIGHT = 160.0, 1200.0
_MACHINERY = "#6f757b"
_COLOURS = theme.COLOURS[:-1]  # the last one is grey, too
_NAMED = 8  # operators in the legend


def plot(flame: Flame, kind: FlameKind = FlameKind.FULL, title: str = "flame graph", *, note: str = "") -> Plot:
    """Callers above what they called; a click on a frame shows it alone. Each operator of the chain has a colour,
    and its own share is told: without that of operators that it hands its rows to.

    The data has every frame, none folded and none gathered: share and own share (0 to 1), depth, operator.
    """
    import plotly.graph_objects as go

    frames = flame_frames(flame)
    if not frames:
        nothing = f"no thread was seen {_KINDS[kind]}"
        return replace(blank(title, nothing, note), data=_data(flame))
    shares = own_shares(frames)
    operators = sorted({frame.operator for frame in frames} - {""}, key=lambda each: (-shares.get(each, 0.0), each))
    colours = {operator: _COLOURS[index % len(_COLOURS)] for index, operator in enumerate(operators)} | {
        "": _MACHINERY
    }
    depth = 1 + max((frame.depth for frame in frames), default=0)
    look = theme.layout(title, round(_HEAD + _FOOT + min(max(_ROW * depth, _LEAST_HEIGHT), _MOST_HEIGHT)))
    look |= {
        "margin": {"l": 10, "r": 10, "t": _HEAD, "b": _FOOT},
        "annotations": [_legend(operators, shares, colours, kind)],
        "uniformtext": {"minsize": 10, "mode": "hide"},
    }
    trace = {
        "type": "icicle",
        "ids": [str(index) for index in range(len(frames))],
        "leaf": {"opacity": 1},
        "parents": ["" if frame.parent < 0 else str(frame.parent) for frame in frames],
        "labels": [escape(frame.short, quote=False) for frame in frames],
        "values": [frame.value for frame in frames],
        "branchvalues": "total",
        "sort": False,
        "tiling": {"orientation": "v", "pad": 1},
        "pathbar": {"visible": False},
        "marker": {"colors": [colours[frame.operator] for frame in frames], "line": {"width": 0}},
        "text": [percent(frame.share) for frame in frames],
        "texttemplate": "%{label}  %{text}",
        "textposition": "middle left",
        "textfont": {"size": 11, "color": "#fff"},
        "customdata": [_said(frame) for frame in frames],
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverlabel": {"align": "left"},
    }
    said = f"{flame.value:,} stack samples of threads {_KINDS[kind]}"
    return Plot(go.Figure({"data": [trace], "layout": look}), _data(flame), " · ".join(filter(None, (said, note))))


def _legend(
    operators: Sequence[str], shares: dict[str, float], colours: dict[str, str], kind: FlameKind
) -> dict[str, object]:
    entries = [(operator, f"{operator} {percent(shares.get(operator, 0.0))}") for operator in operators[:_NAMED]]
    entries.append(("", f"Flink and Java {percent(shares.get('', 0.0))}"))
    texts = [
        f'<span style="color:{colours[operator]}">■</span> {escape(text, quote=False)}'
        for operator, text in entries
    ]
    place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 6}
    text = f"Own shares of the time {_KINDS[kind]}:   " + "   ".join(texts)
    return {**place, "text": text, "showarrow": False, "align": "left", "font": {"size": 12}}


def _said(frame: FlameFrame) -> str:
    lines = [f"<b>{theme.hover_text(frame.name)}</b>", f"{percent(frame.share)} of the samples"]
    if 0 < frame.own < frame.share:
        lines[-1] += f", {percent(frame.own)} in itself"
    if frame.operator:
        lines.append(f"operator: {escape(frame.operator, quote=False)}")
    lines += [escape(name, quote=False) for name in frame.folded[:-1][-12:]]
    return "<br>".join(lines)


def _data(flame: Flame) -> pd.DataFrame:
    import pandas as pd

    frames = flame_frames(flame, least=0.0, fold=False)
    data: pd.DataFrame = pd.DataFrame(
        {
            "frame": [frame.name for frame in frames],
            "depth": [frame.depth for frame in frames],
            "samples": [frame.value for frame in frames],
            "share": [frame.share for frame in frames],
            "own (share)": [frame.own for frame in frames],
            "operator": [frame.operator for frame in frames],
            "caller": [frame.parent for frame in frames],
        }
    )
    return data
