"""The axis of time: moments as this machine's clock shows them, whatever it did in between."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from flinklab.plots import theme
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Clock:
    """`offset`: of the local zone from UTC at the end of the span. It holds for all of it, so that the night in
    which the clock is put back has no hour twice; the axis names it."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.offset = span.until.astimezone().utcoffset() or timedelta()

    def x(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds since 1970 as plotly's numbers on an axis of dates: ms, of which it knows no zone."""
        import numpy as np

        return np.round((np.asarray(times, dtype=np.float64) + self.offset.total_seconds()) * 1000)

    def at(self, moment: datetime) -> float:
        return round((moment.timestamp() + self.offset.total_seconds()) * 1000)

    def shown(self, moment: datetime) -> str:
        """`2026-11-20 14:03:07`, as on the axis."""
        local = moment.astimezone(timezone(self.offset))
        return f"{local:%Y-%m-%d %H:%M:%S}"

    def axis(self, **more: Any) -> dict[str, Any]:
        return theme.axis(
            type="date",
            range=[self.at(self.span.since), self.at(self.span.until)],
            hoverformat="%Y-%m-%d %H:%M:%S",
            **more,
        )

    @property
    def label(self) -> str:
        minutes = round(self.offset.total_seconds() / 60)
        sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
        return f"local time (UTC{sign}{minutes // 60:02}:{minutes % 60:02})"
