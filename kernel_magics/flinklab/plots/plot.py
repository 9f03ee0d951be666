"""A figure with the data that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class Plot:
    """`data`: one row per point, with its unit in the column's name. `note`: what a person has to know about the
    picture, in a line (since when there is data, how old it is, what is missing)."""

    figure: go.Figure
    data: pd.DataFrame
    note: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """A static figure, which a saved notebook shows without a kernel. Jupyter's own protocol."""
        title = self.figure.layout.title.text or "plot"
        text = f"{title} ({len(self.data):,} values)" + (f"\n{self.note}" if self.note else "")
        return {"application/vnd.plotly.v1+json": self.figure.to_plotly_json(), "text/plain": text}
