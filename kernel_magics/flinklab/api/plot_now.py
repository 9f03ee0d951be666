"""What a plot shows where nothing is recorded: this moment, or why there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flinklab.api import plot_live as live
from flinklab.api.live_metrics import LiveMetrics
from flinklab.api.looking import Subject
from flinklab.api.plot_time import words
from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.monitoring import Spread
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    from flinklab.api.plot_records import Records
    from flinklab.plots.plot import Plot
    from flinklab.plots.vertices import Parts

NOT_RECORDED = "nothing is recorded of it: only of managed jobs, and `%%flinksql --job NAME` makes a cell one"


def load(subject: Subject, records: Records | None) -> tuple[live.Load | None, str]:
    """As it is now, else as it was recorded last; and a note."""
    try:
        found = live.load(subject)
    except ConnectionFailedError as error:
        if records is None:
            raise
        return _recorded_load(records, error.message)
    if found is not None or records is None:
        return found, "" if found is not None else NOT_RECORDED
    return _recorded_load(records, "it does not run now")


def last_checkpoints(subject: Subject, title: str) -> Plot:
    """Those that Flink still remembers."""
    from flinklab.plots import checkpoints

    found = [each for each in live.checkpoints(subject) if each.triggered_at is not None]
    if not found:
        return blank(title, "Flink tells of no checkpoint of it", NOT_RECORDED)
    begun, now = found[0].triggered_at, datetime.now().astimezone()
    assert begun is not None
    chosen = Span(begun - (now - begun) / 20, max(now, begun + timedelta(seconds=1)))
    note = words("its last ones", NOT_RECORDED)
    return checkpoints.plot(found, chosen, title=title, parts=parts_now(subject), note=note)


def measures_now(subject: Subject, title: str, names: Sequence[str]) -> Plot:
    """Those of flinklab's own measures that need no second look; without `names` all of them."""
    from flinklab.plots import now

    if subject.flink_id is None:
        return blank(title, "nothing is recorded of this cluster", "metrics of Flink's own names can be drawn")
    found = {name: each for name, each in live.measures(subject).items() if not names or name in names}
    if not found:
        return blank(title, "its cluster tells nothing of it now", NOT_RECORDED)
    return now.plot(found, title=title, note=words("as it is now", NOT_RECORDED))


def bars(subject: Subject, names: Sequence[str]) -> tuple[dict[str, dict[str, Spread]], list[str]]:
    """Metrics of Flink by parts of their names, and remarks."""
    metrics = LiveMetrics(subject)
    found: dict[str, dict[str, Spread]] = {}
    remarks = []
    for name in names:
        values, remark = metrics.find(name)
        found |= values
        remarks.append(remark)
    return found, remarks


def _recorded_load(records: Records, why: str) -> tuple[live.Load | None, str]:
    found = records.newest_graph()
    if found is None:
        return None, words(*records.why_nothing(why))
    return live.Load(found.graph, {}, {}), words(why, f"as recorded {found.at.astimezone():%Y-%m-%d %H:%M}")


def parts_now(subject: Subject) -> Parts:
    from flinklab.plots.vertices import Parts, parts_of_graph

    look = live.look_at(subject)
    return parts_of_graph(look.graph) if look is not None else Parts()


def blank(title: str, said: str, advice: str) -> Plot:
    from flinklab.plots import blank as nothing

    return nothing.blank(title, said, advice)
