"""One job as somebody watches it: what is recorded of it, and what its cluster tells now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from flinklab.api.beside import Beside, Heard
from flinklab.domain.errors import FlinklabError, NotFoundError
from flinklab.domain.jobs import Checkpoint, Managed
from flinklab.domain.monitoring import Failure, JobGraph
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.health import history, newest, vitals
from flinklab.telemetry.masking import hidden_graph
from flinklab.telemetry.sampling import JOB_METRICS, Reading, is_newer, job_values, vertex_metrics

if TYPE_CHECKING:
    from flinklab.api.looking import Subject
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.ids import JobId

LIVE_EVERY = 10.0
"""s between two readings of the cluster: before it has nothing new (`metrics.fetcher.update-interval`)."""

_RECORDED_EVERY = timedelta(seconds=10)
_SHOWN = timedelta(minutes=15)
_FAILURES_OF = timedelta(days=1)
_CHECKPOINTS, _FAILURES = 8, 5

History = tuple[tuple[float, Mapping[str, float]], ...]
"""Seconds since 1970 (UTC), and `telemetry.health.VITALS` of that moment by name."""


@dataclass(frozen=True, slots=True)
class JobPicture:
    """What a person sees of a job. Moments are aware.

    `live_at`: of when the graph and the newest numbers are, None while there are none; `trouble`: why nothing newer
    could be had, or what else a person has to know, in a line. `checkpoints` and `failures`: the newest first.
    """

    title: str
    state: str
    since: datetime | None = None
    managed: Managed | None = None
    flink_id: JobId | None = None
    url: str = ""
    live_at: datetime | None = None
    trouble: str = ""
    graph: JobGraph | None = None
    values: Mapping[SeriesKey, float] = field(default_factory=dict)
    history: History = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    failures: tuple[Failure, ...] = ()
    is_over: bool = False
    """Nothing of it changes any more: it was deleted, or ended and is recorded nowhere."""
    waits: bool = False
    """The cluster was asked for the first time, and has not answered yet."""

    @property
    def vitals(self) -> Mapping[str, float]:
        """The newest numbers."""
        return self.history[-1][1] if self.history else {}


@dataclass(frozen=True, slots=True)
class _Live:
    flink_id: JobId
    reading: Reading
    values: Mapping[SeriesKey, float]
    url: str
    checkpoints: tuple[Checkpoint, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class _Recorded:
    at: datetime
    history: History = ()
    values: Mapping[SeriesKey, float] = field(default_factory=dict)
    graph: JobGraph | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    failures: tuple[Failure, ...] = ()
    remark: str = ""


class JobWatch:
    """Looks at one job again and again; `look` and `close` from one thread at a time.

    `reopen` gives the subject once more when it was started anew, be it on another cluster.
    """

    def __init__(
        self,
        subject: Subject,
        catalog: Catalog | None = None,
        reopen: Callable[[], Subject] | None = None,
        *,
        live_every: float = LIVE_EVERY,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._subject = subject
        self._catalog = catalog
        self._reopen = reopen
        self._every = live_every
        self._now = now
        self._key = subject.managed.job.key if subject.managed is not None else None
        self._managed = subject.managed
        self._flink_id = subject.flink_id
        self._recorded: _Recorded | None = None
        self._before: Reading | None = None
        self._seen: list[tuple[float, Mapping[str, float]]] = []
        self.news: Callable[[], None] = lambda: None
        self._beside = self._open(subject)

    @property
    def title(self) -> str:
        return self._subject.title

    def look(self) -> JobPicture:
        """How it is now, as far as is known: it waits for the catalog, and never for the cluster."""
        trouble = ""
        try:
            self._read_catalog()
        except NotFoundError as error:
            return JobPicture(self.title, "deleted", trouble=error.message, is_over=True)
        except FlinklabError as error:
            trouble = f"the records cannot be read: {error.message}"
        heard = self._ask_cluster()
        picture = self._of_records() if self._managed is not None else JobPicture(self.title, "not known yet")
        picture = self._with_live(picture, heard, trouble)
        asked = heard.at is None and not heard.trouble and self._is_asked
        return replace(picture, waits=asked and not picture.is_over)

    def close(self) -> None:
        self._beside.close(self._subject.close)

    def _open(self, subject: Subject) -> Beside[_Live | None]:
        return Beside(lambda: self._read_cluster(subject), self._every, news=lambda: self.news())

    def _read_catalog(self) -> None:
        if self._catalog is None or self._key is None:
            return
        self._managed = managed = self._catalog.jobs.get(self._key)
        flink_id = managed.attempt.flink_id if managed.attempt is not None else None
        cluster = self._subject.cluster
        if flink_id != self._flink_id or (cluster is not None and managed.job.cluster != cluster.name):
            self._begin_anew()
            self._flink_id = flink_id
        now = self._now()
        if self._recorded is None or now - self._recorded.at >= _RECORDED_EVERY:
            self._recorded = self._read_records(self._catalog, managed, now)

    def _begin_anew(self) -> None:
        """Another attempt may be of another version, with other secrets, and on another cluster."""
        if self._reopen is None:
            self._beside.forget()
            return
        subject = self._reopen()
        self.close()
        self._subject, self._beside = subject, self._open(subject)

    def _read_records(self, catalog: Catalog, managed: Managed, now: datetime) -> _Recorded:
        reader, owner, job_id = self._subject.reader, self._subject.owner, managed.job.id
        checkpoints = tuple(catalog.jobs.checkpoints(job_id, limit=_CHECKPOINTS))
        held = {cluster for each in catalog.jobs.supervisors() if each.alive for cluster in each.clusters}
        remark = "" if self._subject.cluster in held else "no supervisor looks after it now"
        if reader is None or owner is None:
            return _Recorded(now, checkpoints=checkpoints, remark=remark)
        graphs = reader.graphs(job_id, now - _SHOWN, now)
        graph = graphs[-1].graph if graphs else None
        frame = reader.frame(owner, now - _SHOWN, now)
        failures = reader.recorded_failures(job_id, now - _FAILURES_OF, now)
        return _Recorded(
            now,
            tuple(history(frame, graph)),
            newest(frame),
            graph,
            checkpoints,
            tuple(each.failure for each in reversed(failures[-_FAILURES:])),
            remark,
        )

    def _ask_cluster(self) -> Heard[_Live | None]:
        return self._beside.ask() if self._is_asked else Heard()

    @property
    def _is_asked(self) -> bool:
        """A job that does not run is not asked for."""
        managed = self._managed
        return managed is None or (managed.attempt is not None and managed.attempt.state.is_live)

    def _read_cluster(self, subject: Subject) -> _Live | None:
        flink_id = self._flink_id
        if flink_id is None:
            return None
        cluster = subject.monitoring
        cluster.refresh()
        look = cluster.look(flink_id)
        if look is None:
            return None
        look = replace(look, graph=hidden_graph(look.graph, subject.hide))
        metrics = {}
        for vertex in look.graph.vertices:
            names = vertex_metrics(vertex, cluster.metric_names(flink_id, vertex.id))
            metrics[vertex.id] = dict(cluster.vertex(flink_id, vertex.id, names)) if names else {}
        reading = Reading(look, metrics, dict(cluster.job(flink_id, JOB_METRICS)))
        values = job_values(self._before, reading)
        if self._before is None or is_newer(self._before, reading):
            self._before = reading
        live = _Live(flink_id, reading, values, cluster.url)
        if subject.managed is None:  # of the others this is recorded
            told = cluster.checkpoints(flink_id)
            found = cluster.failures(flink_id, _FAILURES)
            failures = tuple(replace(each, message=subject.hide(each.message), details="") for each in found)
            live = replace(live, checkpoints=told.checkpoints if told is not None else (), failures=failures)
        self._remember(look.at.timestamp(), vitals(values, look.graph))
        return live

    def _remember(self, at: float, found: Mapping[str, float]) -> None:
        kept = [each for each in self._seen if each[0] >= at - _SHOWN.total_seconds()]
        self._seen = [*kept, (at, found)]

    def _of_records(self) -> JobPicture:
        managed, recorded = self._managed, self._recorded
        assert managed is not None
        picture = JobPicture(
            self.title,
            managed.status.state.value,
            managed.status.since,
            managed,
            managed.attempt.flink_id if managed.attempt is not None else None,
        )
        if recorded is None:
            return picture
        return replace(
            picture,
            history=recorded.history,
            values=recorded.values,
            graph=recorded.graph,
            checkpoints=recorded.checkpoints,
            failures=recorded.failures,
            live_at=datetime.fromtimestamp(recorded.history[-1][0], timezone.utc) if recorded.history else None,
            trouble=recorded.remark,
        )

    def _with_live(self, picture: JobPicture, heard: Heard[_Live | None], trouble: str) -> JobPicture:
        trouble = trouble or heard.trouble or picture.trouble
        live = heard.value
        if live is None or live.flink_id != self._flink_id:
            if heard.at is not None and picture.managed is None:
                trouble, picture = (
                    trouble or "its cluster does not know it (any more)",
                    replace(picture, state="gone", is_over=True),
                )
            return replace(picture, trouble=trouble)
        look = live.reading.look
        begun = picture.history[-1][0] if picture.history else 0.0
        joined = (*picture.history, *(each for each in self._seen if each[0] > begun))
        picture = replace(
            picture,
            url=live.url,
            live_at=heard.at,
            trouble=trouble,
            graph=look.graph,
            values=live.values,
            history=joined,
            flink_id=live.flink_id,
        )
        if picture.managed is not None:
            return picture
        return replace(
            picture,
            state=look.state.value.lower(),
            since=look.restarted_at or look.started_at,
            checkpoints=live.checkpoints[:_CHECKPOINTS],
            failures=live.failures,
            is_over=look.state.is_terminal,
        )
