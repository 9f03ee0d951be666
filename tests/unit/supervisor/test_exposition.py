"""What Prometheus is told, read back by its own parser."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fakes.situations import NOW, attempt
from flinklab.domain.errors import UsageError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import AttemptState, Checkpoint, ClusterKey, Job, JobKey, Managed, ManagedState, Status
from flinklab.domain.series import SeriesKey
from flinklab.supervisor.exposition import Exposition, exposed
from flinklab.supervisor.loop import Watched
from flinklab.supervisor.tally import Tally

CLUSTER = ClusterKey("shop", "etl")
LABELS = {"team": "shop", "cluster": "etl", "environment": "prod", "job": "orders"}


class Worker:
    def __init__(self, *jobs: Managed) -> None:
        self.jobs = jobs


class Sampler:
    def __init__(self, newest: dict[int, dict[SeriesKey, float]]) -> None:
        self.newest = newest


def managed(name: str = "orders", **more: Any) -> Managed:
    job = Job(JobKey("shop", name, "prod"), "etl", 1, id=1, description="password=hunter2")
    status = Status(1, ManagedState.RUNNING, NOW, restarts=(NOW, NOW), reason="password=hunter2")
    point = Checkpoint(
        JobId("f"), 4, "completed", triggered_at=NOW, duration=2.0, full_size=4096, path="s3://hunter2@x"
    )
    found = Managed(job, status, replace(attempt(), state=AttemptState.RUNNING), points=(point,))
    return replace(found, **more)


def watched(*jobs: Managed, newest: dict[SeriesKey, float] | None = None, **tally: float) -> Any:
    sampler = Sampler({1: newest}) if newest is not None else None
    found: Any = Watched(Worker(*jobs), sampler, Tally(**tally))  # type: ignore[arg-type]
    return {CLUSTER: found}


def told(there: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    registry = CollectorRegistry()
    registry.register(Exposition(lambda: there, lambda: (NOW + timedelta(seconds=32)).timestamp()))
    text = generate_latest(registry).decode()
    assert "hunter2" not in text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found = {(each.name, frozenset(each.labels.items())): each.value for each in samples}
    assert len(found) == len(samples)
    return found


def of_job(found: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> dict[str, float]:
    own = frozenset(LABELS.items())
    return {name.removeprefix("flinklab_job_"): value for (name, labels), value in found.items() if labels == own}


def test_a_job_as_it_was_measured_last() -> None:
    newest = {
        SeriesKey("", "restarts"): 3.0,
        SeriesKey("a", "source_lag"): 40.0,
        SeriesKey("b", "source_lag"): 2.0,
        SeriesKey("a", "busy_max"): 0.2,
        SeriesKey("b", "busy_max"): 0.9,
        SeriesKey("a", "backpressured_max"): 0.7,
        SeriesKey("b", "watermark_lag"): 12.0,
    }
    assert of_job(told(watched(managed(), newest=newest))) == {
        "checkpoint_age_seconds": 30.0,
        "checkpoint_duration_seconds": 2.0,
        "checkpoint_size_bytes": 4096.0,
        "flink_restarts": 3.0,
        "restarts": 2.0,
        "source_lag_records": 42.0,
        "watermark_lag_seconds": 12.0,
        "busy_max_ratio": 0.9,
        "backpressured_max_ratio": 0.7,
    }


def test_what_is_not_known_has_no_value() -> None:
    assert of_job(told(watched(managed(points=()), newest={}))) == {"restarts": 2.0}
    assert of_job(told(watched(managed(points=())))) == {"restarts": 2.0}
    over = replace(attempt(), state=AttemptState.FINISHED)
    assert of_job(told(watched(managed(attempt=over), newest={SeriesKey("", "restarts"): 1.0}))) == {}
    assert of_job(told(watched(managed(attempt=None)))) == {}


def test_jobs_by_state_the_states_without_jobs_too() -> None:
    stopped = managed("b", status=Status(1, ManagedState.STOPPED))
    found = told(watched(managed("a"), stopped, managed("c")))
    states = {dict(labels)["state"]: value for (name, labels), value in found.items() if name == "flinklab_jobs"}
    assert states == {each.value: 0.0 for each in ManagedState} | {"running": 2.0, "stopped": 1.0}


def test_what_the_supervisor_itself_does() -> None:
    found = told(watched(rounds=7, round_seconds=1.5, requests=99, samples=12, burst_errors=2, answers_at=5.0))
    own = frozenset({("team", "shop"), ("cluster", "etl")})
    assert found["flinklab_supervisor_leases", frozenset()] == 1
    assert found["flinklab_supervisor_last_burst_timestamp_seconds", own] == 5
    counted = {
        "rounds": 7, "round_seconds": 1.5, "round_errors": 0, "bursts": 0, "burst_seconds": 0,
        "burst_errors": 2, "samples": 12, "requests": 99,
    }  # fmt: skip
    assert {what: found[f"flinklab_supervisor_{what}_total", own] for what in counted} == counted
    assert told({})["flinklab_supervisor_leases", frozenset()] == 0


def test_it_is_served_where_it_was_asked_for_and_not_any_more() -> None:
    with exposed(lambda: watched(managed()), "127.0.0.1", 0) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            assert b"flinklab_supervisor_leases 1.0" in reply.read()
        with (
            pytest.raises(UsageError, match=rf"cannot be served at 127\.0\.0\.1:{port}: address already in use"),
            exposed(dict, "127.0.0.1", port),
        ):
            pass
    with exposed(dict, "127.0.0.1", port) as again:
        assert again == port


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("203.0.113.7", 9250)])
def test_where_it_cannot_listen_it_says_so_in_a_line(host: str, port: int) -> None:
    with pytest.raises(UsageError, match=r"^metrics cannot be served at [^\n]+$"), exposed(dict, host, port):
        pass
