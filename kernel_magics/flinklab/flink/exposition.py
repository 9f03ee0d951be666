"""What Flink's Prometheus reporters write, made into metrics as the REST API names them.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/metric_reporters/#prometheus
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import Spread
from flinklab.flink.metrics import number

_SCOPES = (
    "flink_taskmanager_job_task_operator_",
    "flink_taskmanager_job_task_",
    "flink_taskmanager_",
    "flink_jobmanager_job_",
    "flink_jobmanager_",
)
_TASKS = _SCOPES[:2]
_USUAL = frozenset(
    {"host", "tm_id", "job_id", "job_name", "task_id", "task_name", "task_attempt_id", "task_attempt_num"}
    | {"subtask_index", "operator_id", "operator_name", "quantile"}
)
_QUANTILES = {"0.5": "median", "0.75": "p75", "0.95": "p95", "0.98": "p98", "0.99": "p99", "0.999": "p999"}
# Groups of metrics that Flink has of its own; in the name of a metric of Prometheus there are no dots.
_GROUPS = re.compile(r"\A(?:Status|Shuffle)_")
_COLLECTOR = re.compile(r"\A(Status_JVM_GarbageCollector)_(.+)_([A-Za-z]+)\Z")
_PROCESS, _JOB = re.compile(r'[{,]tm_id="([^"]*)"'), re.compile(r'[{,]job_id="([^"]*)"')
# `_12_` at the end of an operator's name was `[12]`: by default the reporter replaces such characters.
_NUMBER = re.compile(r"_(\d+)_(?=\Z|:)")


@dataclass(frozen=True, slots=True)
class Exposed:
    """One metric of one process, one job, one sub-task. `process`: as the reporter writes a TaskManager's id, empty
    for a JobManager; `job`, `vertex`: ids, empty where it is of none."""

    name: str
    value: float | None
    process: str = ""
    job: str = ""
    vertex: str = ""


@dataclass(slots=True)
class Collected:
    """By job and vertex the values of the sub-tasks. None: NaN, or a watermark that there is not yet."""

    vertices: dict[tuple[JobId, str], dict[str, list[float | None]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, exposed: Exposed) -> None:
        self.vertices[JobId(exposed.job), exposed.vertex][exposed.name].append(exposed.value)

    def spreads(self) -> dict[tuple[JobId, str], dict[str, Spread]]:
        """As the REST API has it: a metric that one sub-task does not know is not known."""
        return {
            vertex: {name: _spread(known) for name, known in _known(by_name.items())}
            for vertex, by_name in self.vertices.items()
        }


def writers_of(text: str) -> tuple[set[str], set[str]]:
    """The TaskManagers, and the jobs, that an exposition tells of; of a JobManager's no TaskManagers."""
    return set(_PROCESS.findall(text)), set(_JOB.findall(text))


def filtered(text: str) -> str:
    """As the reporter writes names and, by default, the values of labels."""
    return re.sub(r"[^a-zA-Z0-9:_]", "_", text)


def exposed_in(text: str, names: Collection[str] = ()) -> Iterator[Exposed]:
    """Of `names` (an operator's metric by its part after the operator's name) those that are there; all without.

    A metric with labels of its own (one for each partition of a topic) is left out. Raises `ValueError` for what is
    no exposition.
    """
    from prometheus_client.parser import text_string_to_metric_families

    targets = _Targets(names)
    # The parser takes 0.1 ms a line, of which a cluster writes tens of thousands: it gets those that are wanted.
    wanted = (line for line in text.splitlines() if targets.of(line.partition("{")[0]) is not None)
    for family in text_string_to_metric_families("\n".join(wanted) + "\n"):
        for sample in family.samples:
            found = targets.of(sample.name)
            if found is not None and _USUAL.issuperset(sample.labels):
                yield _exposed(found, sample.labels, sample.value)


class _Targets:
    """Which scope, and which metric of it, is meant by a name of Prometheus'; None: nothing that is wanted."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = {filtered(name.lstrip(".")): name.lstrip(".") for name in names}
        self._found: dict[str, tuple[str, str] | None] = {}

    def of(self, exposed: str) -> tuple[str, str] | None:
        if exposed not in self._found:
            self._found[exposed] = self._find(exposed)
        return self._found[exposed]

    def _find(self, exposed: str) -> tuple[str, str] | None:
        scope = next((each for each in _SCOPES if exposed.startswith(each)), None)
        if scope is None:
            return None
        name = exposed.removeprefix(scope)
        if not self._names:
            return scope, _dotted(name)
        if name in self._names:
            return scope, self._names[name]
        # A metric in a group of its operator's: `KafkaSourceReader_KafkaConsumer_records_lag_max`.
        ending = next((each for each in self._names if name.endswith(f"_{each}")), None)
        if ending is None or scope != _SCOPES[0]:
            return None
        return scope, name.removesuffix(ending).replace("_", ".") + self._names[ending]


def _dotted(name: str) -> str:
    collector = _COLLECTOR.match(name)
    if collector is not None:  # its own name may have underscores: `G1_Young_Generation`
        return f"{collector[1].replace('_', '.')}.{collector[2]}.{collector[3]}"
    return name.replace("_", ".") if _GROUPS.match(name) else name


def _exposed(found: tuple[str, str], labels: dict[str, str], value: float) -> Exposed:
    scope, name = found
    if "quantile" in labels:
        name = f"{name}_{_QUANTILES.get(labels['quantile'], labels['quantile'])}"
    if "operator_name" in labels:
        name = f"{_operator(labels['operator_name'])}.{name}"
    vertex = labels.get("task_id", "") if scope in _TASKS else ""
    return Exposed(name, number(value), labels.get("tm_id", ""), labels.get("job_id", ""), vertex)


def _operator(label: str) -> str:
    return re.sub(r"[ .:,]", "_", label if "[" in label else _NUMBER.sub(r"[\1]", label))


def _known(by_name: Iterable[tuple[str, list[float | None]]]) -> Iterator[tuple[str, list[float]]]:
    for name, told in by_name:
        known = [value for value in told if value is not None]
        if len(known) == len(told):
            yield name, known


def _spread(known: list[float]) -> Spread:
    return Spread(min(known), max(known), sum(known) / len(known), sum(known))
