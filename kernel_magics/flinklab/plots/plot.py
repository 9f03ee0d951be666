"""A figure with the data that it shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class Plot:
    """`data`: one row per point, with its unit in the column's name. `note`: what a person has to know about the
    picture, in a line (since when there is data, how old it is, what is missing). `picture`: an SVG of a
    figure that is not of lines, points and bars."""

    figure: go.Figure
    data: pd.DataFrame
    note: str = ""
    picture: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """A figure that a saved notebook shows without a kernel, its picture for a page that knows no plotly, and a
        line of text. Jupyter's own protocol."""
        from flinklab.plots.picture import svg

        title = self.figure.layout.title.text or "plot"
        text = f"{title} ({len(self.data):,} values)" + (f"\n{self.note}" if self.note else "")
        drawn = json.loads(self.figure.to_json())
        bundle = {"application/vnd.plotly.v1+json": drawn, "text/plain": text}
        picture = self.picture or svg(drawn)
        return bundle | ({"image/svg+xml": picture} if picture else {})
