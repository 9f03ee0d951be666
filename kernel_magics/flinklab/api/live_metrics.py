"""Any metric of Flink by its own name or a part of it, as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flinklab.api.looking import Subject
from flinklab.domain.errors import UsageError
from flinklab.domain.monitoring import Spread
from flinklab.domain.text import count, one_line, suggest
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.telemetry.vertex_names import short_names

JOB_METRICS = (
    *("uptime", "downtime", "numRestarts", "restartingTime", "failingTime", "runningTime", "initializingTime"),
    *("deployingTime", "createdTime", "cancellingTime", "lastCheckpointSize", "lastCheckpointFullSize"),
    *("lastCheckpointDuration", "lastCheckpointProcessedData", "lastCheckpointPersistedData"),
    *("numberOfCompletedCheckpoints", "numberOfFailedCheckpoints", "numberOfInProgressCheckpoints"),
    *("totalNumberOfCheckpoints", "allSubTasksRunningOrFinishedTime", "lastCheckpointMetadataSize"),
)
"""Of a job as a whole: https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/metrics/#availability"""

MOST = 12
"""Metrics in one figure; of more the first are drawn."""

_WHOLE = "the whole job"


class _Place(NamedTuple):
    """`part`: a vertex, a process, or empty for the job."""

    part: str
    label: str


@dataclass
class LiveMetrics:
    """The metrics that there are of a subject; asked for once. Raises `ConnectionFailedError`."""

    subject: Subject
    _listed: dict[_Place, Mapping[str, float] | frozenset[str]] = field(default_factory=dict)

    def names(self) -> dict[str, list[str]]:
        """By metric what has it, in the order of the names."""
        found: dict[str, list[str]] = {}
        for place, names in self._places().items():
            for name in names:
                found.setdefault(name, []).append(place.label)
        return dict(sorted(found.items()))

    def find(self, word: str) -> tuple[dict[str, dict[str, Spread]], str]:
        """The values of those whose name is `word`, or ends with it after a dot, else of those that hold it: by
        metric, then by what has it; and a remark. Raises `UsageError` when there is none."""
        known = self.names()
        chosen = _matching(word, known)
        if not chosen:
            close = suggest(word, {name.rsplit(".", 1)[-1] for name in known})
            hint = f"did you mean {close}?" if close else "`--metric ?` lists what there is"
            raise UsageError(f"no metric is called {one_line(word, 60)!r}", hint=hint)
        remark = ""
        if len(chosen) > MOST:
            remark = f"{word!r} is in the names of {count(len(chosen), 'metric')}: the first {MOST}"
            chosen = chosen[:MOST]
        values: dict[str, dict[str, Spread]] = {name: {} for name in chosen}
        for place, names in self._places().items():
            wanted = [name for name in chosen if name in names]
            for name, spread in self._values(place, wanted).items() if wanted else ():
                values[name][place.label] = spread
        silent = [name for name, found in values.items() if not found]
        if len(silent) == len(values):
            raise UsageError(f"{silent[0]} is no number, or is not told now")
        return {name: found for name, found in values.items() if found}, remark

    def _places(self) -> Mapping[_Place, Iterable[str]]:
        if not self._listed:
            monitoring, job_id = self.subject.monitoring, self.subject.flink_id
            monitoring.refresh()
            if job_id is None:
                for process in (JOBMANAGER, *(machine.id for machine in monitoring.machines())):
                    label = "JobManager" if process == JOBMANAGER else process
                    self._listed[_Place(process, label)] = monitoring.process(process)
                return self._listed
            look = monitoring.look(job_id)
            if look is None:
                return {}
            names = short_names(look.graph)
            for vertex in look.graph.vertices:
                place = _Place(vertex.id, names[vertex.id])
                self._listed[place] = monitoring.metric_names(job_id, vertex.id)
            self._listed[_Place("", _WHOLE)] = monitoring.job(job_id, JOB_METRICS)
        return self._listed

    def _values(self, place: _Place, names: list[str]) -> Mapping[str, Spread]:
        job_id, listed = self.subject.flink_id, self._listed[place]
        if isinstance(listed, Mapping):
            return {name: Spread(listed[name], listed[name], listed[name], listed[name]) for name in names}
        assert job_id is not None
        return self.subject.monitoring.vertex(job_id, place.part, names)


def _matching(word: str, known: Iterable[str]) -> list[str]:
    wanted = word.casefold()
    exact = [name for name in known if name.casefold() == wanted or name.casefold().endswith(f".{wanted}")]
    return exact or [name for name in known if wanted in name.casefold()]
