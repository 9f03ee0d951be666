"""A figure with words in the place of a picture."""

from __future__ import annotations

from flinklab.plots import theme
from flinklab.plots.plot import Plot


def blank(title: str, words: str, advice: str = "") -> Plot:
    """Where there is nothing to draw: why, and what to do."""
    import pandas as pd
    import plotly.graph_objects as go

    layout = theme.layout(title, theme.PANEL)
    said = [words, *([advice] if advice else [])]
    layout["annotations"] = [
        {
            "text": "<br>".join(theme.hover_text(line) for line in said),
            "xref": "paper",
            "yref": "paper",
            "x": 0.5,
            "y": 0.5,
            "showarrow": False,
            "font": {"size": 14},
        }
    ]
    layout |= {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return Plot(go.Figure({"data": [], "layout": layout}), pd.DataFrame(), " · ".join(said))
