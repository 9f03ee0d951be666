"""`job("orders").plot.checkpoints()`: what is looked at, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.api import plot_live as live
from flinklab.api import plot_now
from flinklab.api.jobs import job, opened
from flinklab.api.live_metrics import LiveMetrics
from flinklab.api.looking import Subject, subject_of_cluster, subject_of_job, subject_of_result
from flinklab.api.plot_now import NOT_RECORDED, blank
from flinklab.api.plot_time import Compare, Moment, Wanted, words
from flinklab.domain.errors import ConnectionFailedError, NotFoundError, UsageError
from flinklab.domain.jobs import JobKey
from flinklab.domain.monitoring import FlameKind
from flinklab.domain.text import one_line, suggest
from flinklab.telemetry.measures import MEASURES
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.api.plot_records import Named, Records
    from flinklab.catalog.catalog import Catalog
    from flinklab.plots.plot import Plot
    from flinklab.plots.timeline import Life
    from flinklab.session.result import Result
    from flinklab.settings import Settings

_OF_A_JOB = ("source_records", "sink_records", "records_out", "busy_max", "backpressured_max", "state_size")
_OF_A_CLUSTER = ("jobs", "free_slots", "cpu", "heap_used", "gc", "metaspace_used")


class Plots:
    """Each method gives a `Plot`: a figure of plotly, its data as a DataFrame, and a note.

    `since` and `until` are how long ago (`6h`, a `timedelta`) or moments; without `since` it is the last hour, or
    more when nothing is in it. `compare`: `yesterday`, a duration such as `6h`, or a version of the job: that time
    is drawn paler on the same axis. Where nothing is known the figure says so and what to do. Of what is not
    managed only this moment is drawn: nothing is recorded of it.

    They raise `UsageError` for what means nothing, `NotFoundError`, a `CatalogError`, and a `ConnectionFailedError`
    where only the cluster itself could tell.
    """

    def __init__(self, look: Callable[[], Subject], catalog: Catalog | None = None) -> None:
        """`look` opens the subject, each time anew; `catalog`: where it is recorded."""
        self._look = look
        self._catalog = catalog

    def checkpoints(
        self, since: Moment | None = None, *, until: Moment | None = None, compare: Compare | None = None
    ) -> Plot:
        """Durations and their parts, sizes, growth, savepoints, failures, and what was not seen."""
        from flinklab.plots import checkpoints

        with self._open("checkpoints") as (subject, title):
            records = self._records(subject)
            if records is None:
                return plot_now.last_checkpoints(subject, title)
            wanted = Wanted(since, until, compare)
            chosen, found, remark = wanted.find(records.checkpoints, _is_nothing)
            earlier, unknown = wanted.earlier(chosen, records.attempts, records.checkpoints, _is_nothing)
            if not found and earlier is None:
                return blank(title, *records.why_nothing("no checkpoint was recorded in that time"))
            return checkpoints.plot(
                found,
                chosen,
                title=title,
                parts=records.parts(chosen),
                marks=records.marks(chosen),
                earlier=earlier,
                began_empty=records.began_empty(),
                note=words(remark, unknown),
            )

    def metrics(
        self,
        *names: str,
        since: Moment | None = None,
        until: Moment | None = None,
        compare: Compare | None = None,
    ) -> Plot:
        """Recorded measures (`flinklab.telemetry.measures`) over time, and any metric of Flink, by its own name or
        a part of it, as it is now. Without names the most telling measures. `available` lists what there is."""
        from flinklab.plots import metrics, now

        with self._open("metrics") as (subject, title):
            if subject.owner is None and all(name in MEASURES for name in names):
                return plot_now.measures_now(subject, title, names)
            known = [name for name in names if name in MEASURES and subject.owner is not None]
            bars, remarks = plot_now.bars(subject, [name for name in names if name not in known])
            if bars and not known:
                said = words(*remarks, "as it is now: metrics of Flink's own names are not recorded")
                return now.plot(bars, title=title, note=said)
            chosen = known or (_OF_A_JOB if subject.managed is not None else _OF_A_CLUSTER)
            below = now.panels_of(bars)
            return self._over_time(
                subject,
                title,
                chosen,
                Wanted(since, until, compare),
                lambda frame, span, **more: metrics.plot(frame, span, chosen, more=below, **more),
                words(*remarks, "below: as it is now" if bars else ""),
                draw_empty=bool(bars),
            )

    def lag(
        self, since: Moment | None = None, *, until: Moment | None = None, compare: Compare | None = None
    ) -> Plot:
        """Rows that wait, their age, and how far watermarks are behind: of each vertex; of a cluster by job."""
        from flinklab.plots import lag

        with self._open("lag") as (subject, title):
            if subject.owner is None:
                return plot_now.measures_now(subject, title, lag.MEASURES)
            return self._over_time(subject, title, lag.MEASURES, Wanted(since, until, compare), lag.plot)

    def timeline(self, since: Moment | None = None, *, until: Moment | None = None) -> Plot:
        """States, versions, attempts, failures, orders and incidents on one axis."""
        from flinklab.plots import timeline

        with self._open("timeline") as (subject, title):
            records = self._records(subject)
            if records is None:
                return blank(title, "it has no timeline", NOT_RECORDED)
            commands = records.commands()

            def is_dull(life: Life) -> bool:
                return not (life.events or life.failures or life.attempts)

            chosen, life, remark = Wanted(since, until).find(lambda span: records.life(span, commands), is_dull)
            if is_dull(life) and not commands:
                return blank(title, *records.why_nothing("nothing happened to it in that time"))
            return timeline.plot(life, chosen, title=title, note=remark)

    def graph(self) -> Plot:
        """The graph as it runs now, with what its vertices do with their time and the rows on its edges; where the
        cluster cannot tell, the one that was recorded last."""
        from flinklab.plots import graph
        from flinklab.plots.graph_svg import graph_svg

        with self._open("graph") as (subject, title):
            found, note = plot_now.load(subject, self._records(subject))
            if found is None:
                return blank(title, "nothing is known of its graph", note)
            drawn = graph.plot(found.graph, shares=found.shares, rates=found.flows, title=title, note=note)
            return replace(drawn, picture=graph_svg(*found))

    def backpressure(self, since: Moment | None = None, *, until: Moment | None = None) -> Plot:
        """The graph coloured by back-pressure, and each vertex over time where that is recorded."""
        from flinklab.plots import backpressure
        from flinklab.plots.graph_svg import graph_svg

        with self._open("back-pressure") as (subject, title):
            records = self._records(subject)
            found, note = plot_now.load(subject, records)
            if found is None:
                return blank(title, "nothing is known of its graph", note)
            if records is None:
                note = words(note, NOT_RECORDED)
                drawn = backpressure.plot(*found, title=title, note=note)
                return replace(drawn, picture=graph_svg(*found))
            chosen, (frame, _), remark = Wanted(since, until).find(
                lambda span: records.series(span, backpressure.MEASURES), _is_blank
            )
            drawn = backpressure.plot(
                *found, frame, span=chosen, recorded=records.graphs(chosen), title=title, note=words(note, remark)
            )
            return replace(drawn, picture=graph_svg(*found))

    def skew(
        self, since: Moment | None = None, *, until: Moment | None = None, compare: Compare | None = None
    ) -> Plot:
        """Rows and work over the sub-tasks as they are now, and the recorded skew over time."""
        from flinklab.plots import skew

        with self._open("skew") as (subject, title):
            if subject.owner is None:
                found = live.subtasks(subject)
                if not found:
                    return blank(title, "it does not run any more", NOT_RECORDED)
                return skew.plot(found, None, title=title, parts=plot_now.parts_now(subject), note=NOT_RECORDED)
            try:
                found, said = live.subtasks(subject), ""
            except ConnectionFailedError as error:
                found, said = {}, error.message
            return self._over_time(
                subject,
                title,
                ("skew",),
                Wanted(since, until, compare),
                lambda frame, span, **more: skew.plot(found, (frame, span), **more),
                said or ("" if found else "it does not run now"),
                draw_empty=bool(found),
            )

    def flame(self, vertex: str, *, kind: str = "full", subtask: int | None = None) -> Plot:
        """The flame graph of a vertex, by its name, a part of it, or its id. `kind`: full, on_cpu or off_cpu.

        Raises `UsageError` where the cluster has it switched off (`rest.flamegraph.enabled`), `StillGoingOnError`.
        """
        from flinklab.plots import flame

        meant = next((each for each in FlameKind if each.value == kind.replace("-", "_")), None)
        if meant is None:
            kinds = ", ".join(each.value for each in FlameKind)
            raise UsageError(f"there is no flame graph of kind {one_line(kind, 40)!r}: one of {kinds}")
        with self._open("flame graph") as (subject, title):
            look = live.look_at(subject)
            if look is None:
                return blank(title, "it does not run now", "threads are only sampled while a job runs")
            chosen = live.vertex_called(look.graph, vertex)
            found = live.flame(subject, chosen.id, meant, subtask)
            return flame.plot(found, meant, f"{title} of {one_line(chosen.name, 60)}")

    def available(self) -> pd.DataFrame:
        """What `metrics` takes: `metric`, `of` (what has it), `unit`, `kind` (recorded, or now), `meaning`."""
        import pandas as pd

        from flinklab.plots.now import unit_of

        with self._open("metrics") as (subject, _):
            rows = []
            records = self._records(subject)
            for name in records.known() if records is not None else ():
                found = MEASURES[name]
                rows.append((name, found.of, found.unit, "recorded", found.meaning))
            try:
                for name, places in LiveMetrics(subject).names().items():
                    rows.append((name, ", ".join(places), unit_of(name), "now", ""))
            except ConnectionFailedError:
                if not rows:
                    raise
            found_all: pd.DataFrame = pd.DataFrame(rows, columns=["metric", "of", "unit", "kind", "meaning"])
            return found_all

    @contextmanager
    def _open(self, what: str) -> Iterator[tuple[Subject, str]]:
        with self._look() as subject:
            is_cluster = subject.flink_id is None and subject.managed is None
            if is_cluster and what not in ("metrics", "lag"):
                raise UsageError(
                    f"{subject.title} is a cluster, and has no {what}",
                    hint="of a cluster there are metrics and lag",
                )
            yield subject, f"{subject.title}: {what}"

    def _records(self, subject: Subject) -> Records | None:
        from flinklab.api.plot_records import Records

        return Records(subject, self._catalog) if subject.owner is not None else None

    def _over_time(
        self,
        subject: Subject,
        title: str,
        names: Sequence[str],
        wanted: Wanted,
        draw: Callable[..., Plot],
        said: str = "",
        *,
        draw_empty: bool = False,
    ) -> Plot:
        records = self._records(subject)
        assert records is not None

        def read(chosen: Span) -> Named:
            return records.series(chosen, names)

        chosen, found, remark = wanted.find(read, _is_blank)
        earlier, unknown = wanted.earlier(chosen, records.attempts, read, _is_blank)
        if _is_blank(found) and earlier is None and not draw_empty:
            missing = f"no {' or '.join(names)} was" if len(names) <= 3 else "nothing was"
            why, advice = records.why_nothing(f"{missing} recorded in that time", names)
            return blank(title, words(said, why), advice)
        frame, parts = found
        marks, note = records.marks(chosen), words(said, remark, unknown, records.left_out(names))
        return draw(frame, chosen, title=title, parts=parts, marks=marks, earlier=earlier, note=note)


def plot(
    target: str | Result,
    environment: str | None = None,
    *,
    catalog: Catalog | None = None,
    settings: Settings | None = None,
) -> Plots:
    """The plots of a managed job or a registered cluster, by its name, or of a query's result.

    Raises `NotFoundError`, which knows what may have been meant.
    """
    if not isinstance(target, str):
        result = target
        return Plots(lambda: subject_of_result(result), catalog)
    shared = opened(catalog)
    try:
        key = job(target, environment, shared).key
    except NotFoundError as no_job:
        return _plots_of_cluster(target, shared, settings, no_job)
    return plots_of_job(shared, key, settings)


def plots_of_job(catalog: Catalog, key: JobKey, settings: Settings | None = None) -> Plots:
    def look() -> Subject:
        return subject_of_job(f"{key.team}.{key.name}", key.environment, catalog, settings)

    return Plots(look, catalog)


def _plots_of_cluster(name: str, catalog: Catalog, settings: Settings | None, no_job: NotFoundError) -> Plots:
    try:
        subject_of_cluster(name, catalog, settings).close()
    except NotFoundError:
        close = suggest(name, [each.name for each in catalog.registry.clusters(list(catalog.teams))])
        if close is None or no_job.hint:
            raise no_job from None
        raise NotFoundError(no_job.message, hint=f"did you mean the cluster {close}?") from None
    return Plots(lambda: subject_of_cluster(name, catalog, settings), catalog)


def _is_nothing(found: Sequence[object]) -> bool:
    return not found


def _is_blank(named: Named) -> bool:
    frame, _ = named
    return not any((values == values).any() for values in frame.values.values())
