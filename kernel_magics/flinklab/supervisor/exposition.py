"""What a supervisor knows, as metrics for Prometheus.

https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import ClusterKey, Managed, ManagedState
from flinklab.domain.series import SeriesKey
from flinklab.supervisor.loop import Watched

_CLUSTER = ("team", "cluster")
_JOB = (*_CLUSTER, "environment", "job")


@contextmanager
def exposed(watched: Callable[[], Mapping[ClusterKey, Watched]], host: str, port: int) -> Iterator[int]:
    """Answers at `http://HOST:PORT/metrics` within the block; the port, which is a free one for 0.

    Raises `UsageError` where it cannot listen.
    """
    registry = CollectorRegistry()
    registry.register(Exposition(watched))
    try:
        server, thread = start_http_server(port, host, registry)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"metrics cannot be served at {host}:{port}: {why.lower()}",
            hint="--metrics-port takes another port, --metrics-host an address of this machine",
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Exposition(Collector):
    """Asked for, it looks at what the supervisor has in mind: nothing is asked of Flink or of the catalog.

    Of jobs that do not run, and of what is not known, there is no value.
    """

    def __init__(
        self, watched: Callable[[], Mapping[ClusterKey, Watched]], clock: Callable[[], float] = time.time
    ) -> None:
        self._watched = watched
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        watched = self._watched()
        yield from _of_states(watched)
        yield from self._of_jobs(watched)
        yield from _of_itself(watched)

    def _of_jobs(self, watched: Mapping[ClusterKey, Watched]) -> Iterator[Metric]:
        families = {
            name: GaugeMetricFamily(f"flinklab_job_{name}", meaning, labels=_JOB)
            for name, meaning in _MEANINGS.items()
        }
        now = self._clock()
        for cluster, each in watched.items():
            newest = each.sampler.newest if each.sampler is not None else {}
            for managed in each.worker.jobs:
                key = managed.job.key
                labels = (cluster.team, cluster.name, key.environment, key.name)
                for name, value in _of_job(managed, newest.get(managed.job.id, {}), now):
                    families[name].add_metric(labels, value)
        yield from families.values()


_MEANINGS = {
    "checkpoint_age_seconds": "Time since the newest checkpoint that the job can be started from was completed.",
    "checkpoint_duration_seconds": "How long that checkpoint took.",
    "checkpoint_size_bytes": "The whole state in that checkpoint.",
    "flink_restarts": "Times that Flink restarted the job by itself, since it was submitted.",
    "restarts": "Times that the supervisor started the job again after a failure, since it was last stable.",
    "source_lag_records": "Rows that wait to be read, of all sources that tell.",
    "watermark_lag_seconds": "How far the watermark that is furthest behind is behind the clock.",
    "busy_max_ratio": "Share of time in which the busiest sub-task worked.",
    "backpressured_max_ratio": "Share of time in which the worst sub-task could not hand rows on.",
}


def _of_job(managed: Managed, values: Mapping[SeriesKey, float], now: float) -> Iterator[tuple[str, float]]:
    if managed.attempt is None or not managed.attempt.state.is_live:
        return
    yield "restarts", float(len(managed.status.restarts))
    point = managed.points[0] if managed.points else None
    if point is not None and point.triggered_at is not None:
        yield "checkpoint_age_seconds", max(now - point.triggered_at.timestamp() - point.duration, 0.0)
        yield "checkpoint_duration_seconds", point.duration
        yield "checkpoint_size_bytes", float(point.full_size)
    restarts = values.get(SeriesKey("", "restarts"))
    if restarts is not None:
        yield "flink_restarts", restarts
    waiting = [value for key, value in values.items() if key.name == "source_lag"]
    if waiting:
        yield "source_lag_records", sum(waiting)
    for name, measure in (
        ("watermark_lag_seconds", "watermark_lag"),
        ("busy_max_ratio", "busy_max"),
        ("backpressured_max_ratio", "backpressured_max"),
    ):
        found = [value for key, value in values.items() if key.name == measure]
        if found:
            yield name, max(found)


def _of_states(watched: Mapping[ClusterKey, Watched]) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("flinklab_jobs", "Managed jobs by state.", labels=(*_CLUSTER, "environment", "state"))
    for cluster, each in watched.items():
        counted = Counter((managed.job.key.environment, managed.status.state) for managed in each.worker.jobs)
        for environment in sorted({environment for environment, _ in counted}):
            for state in ManagedState:  # none is a value, too: an alert has to see that it is over
                jobs.add_metric((*_labels(cluster), environment, state.value), counted[environment, state])
    yield jobs


def _of_itself(watched: Mapping[ClusterKey, Watched]) -> Iterator[Metric]:
    leases = GaugeMetricFamily("flinklab_supervisor_leases", "Clusters that this supervisor looks after.")
    leases.add_metric((), len(watched))
    yield leases
    for name, (field, meaning) in _OWN.items():
        family = CounterMetricFamily(f"flinklab_supervisor_{name}", meaning, labels=_CLUSTER)
        for cluster, each in watched.items():
            family.add_metric(_labels(cluster), getattr(each.tally, field))
        yield family
    answered = GaugeMetricFamily(
        "flinklab_supervisor_last_burst_timestamp_seconds", "When metrics were read last.", labels=_CLUSTER
    )
    for cluster, each in watched.items():
        if each.tally.answers_at:
            answered.add_metric(_labels(cluster), each.tally.answers_at)
    yield answered


_OWN = {
    "rounds": ("rounds", "Rounds in which jobs were looked at and decided about."),
    "round_seconds": ("round_seconds", "Time in those rounds."),
    "round_errors": ("round_errors", "Rounds that failed."),
    "bursts": ("bursts", "Times that metrics were read."),
    "burst_seconds": ("burst_seconds", "Time in those."),
    "burst_errors": ("burst_errors", "Times that metrics of a job or the cluster could not be read or kept."),
    "samples": ("samples", "Samples that were recorded."),
    "requests": ("requests", "Requests to the cluster's JobManager."),
}


def _labels(cluster: ClusterKey) -> tuple[str, str]:
    return cluster.team, cluster.name
