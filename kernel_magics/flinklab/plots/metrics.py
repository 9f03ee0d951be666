"""Series over time: a panel for each measure, a line for each vertex or process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flinklab.domain.series import Frame, SeriesKey
from flinklab.plots import theme
from flinklab.plots.clock import Clock
from flinklab.plots.comparing import Earlier
from flinklab.plots.marks import Mark
from flinklab.plots.panels import Panel, stacked
from flinklab.plots.plot import Plot
from flinklab.plots.thinning import kept
from flinklab.plots.vertices import Parts, Stretch
from flinklab.telemetry.measures import MEASURES, Measure
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from flinklab.plots.theme import Scale

_MOST_BANDS = 6  # lines in a panel: the bands of more of them would cover each other
_BAND = 0.16
_BAND_POINTS = 240  # of each edge: where there are more, the smallest and the largest of some together

Compared = Earlier[tuple[Frame, Parts]]


def plot(
    frame: Frame,
    span: Span,
    names: Sequence[str],
    *,
    title: str,
    parts: Parts | None = None,
    marks: Sequence[Mark] = (),
    earlier: Compared | None = None,
    more: Sequence[Panel] = (),
    note: str = "",
) -> Plot:
    """`names`: the measures, in the order of their panels; one without a series is left out. `more`: panels that
    come below. `data`: a row for each time, a column for each series (of all points; shares are 0 to 1)."""
    clock, parts = Clock(span), parts or Parts()
    frames = [frame, *([earlier.data[0]] if earlier is not None else [])]
    shown = [name for name in names if any(_tells(each, name) for each in frames)]
    panels = panels_of(frame, clock, shown, parts, earlier)
    figure = stacked(title, [*panels, *more], clock, marks)
    return Plot(figure, data_of(frame, shown, parts, earlier), note)


def panels_of(
    frame: Frame, clock: Clock, names: Sequence[str], parts: Parts, earlier: Compared | None = None
) -> list[Panel]:
    seen: set[str] = set()
    return [_panel(frame, clock, name, parts, earlier, seen) for name in names]


def measure(name: str) -> Measure:
    return MEASURES.get(name, Measure("", "", ""))


def column(name: str, unit: str, label: str = "") -> str:
    """`orders records_out [/s]`. Shares stay between 0 and 1 in data."""
    unit = "share" if unit == "%" else unit
    return f"{label} {name}".strip() + (f" [{unit}]" if unit else "")


def data_of(frame: Frame, names: Sequence[str], parts: Parts, earlier: Compared | None = None) -> pd.DataFrame:
    import pandas as pd

    now = _columns(frame, names, parts)
    if earlier is None:
        return now
    then = _columns(earlier.data[0], names, earlier.data[1])
    now.insert(1, "period", "now")
    then.insert(1, "period", earlier.period.label)
    both: pd.DataFrame = pd.concat([now, then], ignore_index=True)
    return both


def _columns(frame: Frame, names: Sequence[str], parts: Parts) -> pd.DataFrame:
    import pandas as pd

    found: dict[str, Any] = {"at": pd.to_datetime(frame.times, unit="s", utc=True)}
    for name in names:
        unit = measure(name).unit
        for key, stretch in parts.of(key for key in frame.values if key.name == name):
            label = stretch.name if key.part else ""
            head = column(name, unit, label)
            if head in found:
                head = column(name, unit, f"{label} {key.part[:8]}")
            found[head] = _within(frame, frame.values[key], stretch)
            for word, of in (("low", frame.lows), ("high", frame.highs)):
                if key in of:
                    found[f"{head} {word}"] = _within(frame, of[key], stretch)
    data: pd.DataFrame = pd.DataFrame(found)
    return data


def _within(frame: Frame, values: NDArray[np.float64], stretch: Stretch) -> NDArray[np.float64]:
    import numpy as np

    if not np.isfinite([stretch.since, stretch.until]).any():
        return values
    inside = (frame.times >= stretch.since) & (frame.times < stretch.until)
    return np.where(inside, values, np.nan)


def _panel(frame: Frame, clock: Clock, name: str, parts: Parts, earlier: Compared | None, seen: set[str]) -> Panel:
    drawn = parts.of(key for key in frame.values if key.name == name)
    before = earlier.data[1].of(key for key in earlier.data[0].values if key.name == name) if earlier else []
    meant = measure(name)
    largest = [_largest(frame, key) for key, _ in drawn]
    largest += [_largest(earlier.data[0], key) for key, _ in before] if earlier else []
    scaled = theme.scale(meant.unit, max(largest, default=0.0))
    slots = {stretch.name: stretch.slot for _, stretch in drawn}
    traces: list[dict[str, Any]] = []
    if len(drawn) <= _MOST_BANDS:
        for key, stretch in drawn:
            traces += _band(frame, clock, key, stretch, scaled)
    if earlier is not None:
        for key, stretch in before:
            slot, when = slots.get(stretch.name, stretch.slot), earlier.period.label
            trace = _line(earlier.data[0], clock, key, stretch, scaled, earlier.period.shift.total_seconds())
            label = theme.title_text(f"{stretch.name}, {when}" if key.part else when)
            trace |= {"opacity": theme.PALE, "name": theme.title_text(when), "legendgroup": when}
            trace["hovertemplate"] = trace["hovertemplate"].split("<extra>")[0] + f"<extra>{label}</extra>"
            trace["line"] |= {"color": theme.colour(slot), "dash": "dot"}
            traces.append(trace | {"showlegend": when not in seen})
            seen.add(when)
    for key, stretch in drawn:
        trace = _line(frame, clock, key, stretch, scaled, 0.0)
        traces.append(trace | {"showlegend": stretch.name not in seen and bool(key.part)})
        seen.add(stretch.name)
    unit = f" [{scaled.label}]" if scaled.label else ""
    says = f" · {meant.meaning}" if meant.meaning else ""
    axis = {"tickformat": scaled.ticks, "rangemode": "tozero"}
    return Panel(theme.title_text(f"{name}{unit}{says}"), traces, axis)


def _line(
    frame: Frame, clock: Clock, key: SeriesKey, stretch: Stretch, scaled: Scale, shift: float
) -> dict[str, Any]:
    import numpy as np

    values = _within(frame, frame.values[key], stretch)
    chosen = kept(values, theme.WIDTH)
    y = values[chosen] * scaled.factor
    label = theme.title_text(stretch.name if key.part else key.name)
    colour, missing = theme.colour(stretch.slot), np.isnan(y)
    alone = ~missing & np.append(True, missing[:-1]) & np.append(missing[1:], True)
    shown: dict[str, Any] = {"mode": "lines"}
    if alone.any():  # no line goes through them
        shown = {"mode": "lines+markers", "marker": {"size": np.where(alone, 5, 0), "color": colour}}
    return {
        "type": "scatter",
        "x": clock.x(frame.times[chosen] + shift),
        "y": y,
        "name": label,
        "legendgroup": stretch.name,
        "connectgaps": False,
        "line": {"width": 1.6, "color": colour, "dash": theme.dash(stretch.slot)},
        "hovertemplate": f"%{{y:{scaled.hover}}}{scaled.suffix}<br>%{{x}}<extra>{label}</extra>",
        **shown,
    }


def _band(frame: Frame, clock: Clock, key: SeriesKey, stretch: Stretch, scaled: Scale) -> list[dict[str, Any]]:
    """From the smallest to the largest in each step, of a frame that has means."""
    import numpy as np

    if key not in frame.lows or key not in frame.highs:
        return []
    low, high = _within(frame, frame.lows[key], stretch), _within(frame, frame.highs[key], stretch)
    there = np.isfinite(low) & np.isfinite(high)
    together = -(-len(there) // _BAND_POINTS)
    cut = np.array([np.nan])
    x: list[NDArray[np.float64]] = []
    y: list[NDArray[np.float64]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        starts = np.arange(0, end - begin, together)
        least, most = np.minimum.reduceat(low[begin:end], starts), np.maximum.reduceat(high[begin:end], starts)
        times = frame.times[np.append(begin + starts, end - 1)]
        least, most = np.append(least, least[-1]), np.append(most, most[-1])
        x += [times, times[::-1], cut]
        y += [most, least[::-1], cut]
    if not x:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": clock.x(np.concatenate(x)),
            "y": np.concatenate(y) * scaled.factor,
            "fill": "toself",
            "fillcolor": theme.colour(stretch.slot),
            "opacity": _BAND,
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            "legendgroup": stretch.name,
        }
    ]


def _tells(frame: Frame, name: str) -> bool:
    """Whether anything of that name was measured: of one that vanished there may be nothing but gaps."""
    return any((values == values).any() for key, values in frame.values.items() if key.name == name)


def _largest(frame: Frame, key: SeriesKey) -> float:
    import numpy as np

    found = np.abs(frame.highs.get(key, frame.values[key]))
    return float(np.nanmax(found)) if np.isfinite(found).any() else 0.0
