"""How far a job is behind: rows that wait, the age of rows, watermarks."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.series import Frame
from flinklab.plots import metrics
from flinklab.plots.marks import Mark
from flinklab.plots.metrics import Compared
from flinklab.plots.plot import Plot
from flinklab.plots.vertices import Parts
from flinklab.telemetry.span import Span

MEASURES = ("source_lag", "source_delay", "watermark_lag")


def plot(
    frame: Frame,
    span: Span,
    *,
    title: str,
    parts: Parts | None = None,
    marks: Sequence[Mark] = (),
    earlier: Compared | None = None,
    note: str = "",
) -> Plot:
    """Of each vertex that tells them."""
    return metrics.plot(frame, span, MEASURES, title=title, parts=parts, marks=marks, earlier=earlier, note=note)
