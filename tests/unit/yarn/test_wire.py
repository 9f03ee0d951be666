from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.yarn import ApplicationState, FinalStatus
from flinklab.yarn import wire

# As Hadoop 3.4.1 reports a Flink session, without what is not used.
SESSION = {
    "id": "application_1795300410529_0001",
    "user": "ann",
    "name": "etl-1",
    "queue": "root.etl",
    "state": "RUNNING",
    "finalStatus": "UNDEFINED",
    "trackingUrl": "http://localhost:8088/proxy/application_1795300410529_0001/",
    "diagnostics": "",
    "applicationType": "Apache Flink",
    "applicationTags": "flinklab,session:abc123",
    "priority": 0,
    "startedTime": 1795300454394,
    "finishedTime": 0,
    "amHostHttpAddress": "localhost:45323",
    "amRPCAddress": "localhost:34333",
    "allocatedMB": 768,
    "allocatedVCores": 1,
    "runningContainers": 1,
    "queueUsagePercentage": 26.0,
    "clusterUsagePercentage": 9.375,
    "resourceRequests": [
        {"numContainers": 3, "resourceName": "*", "capability": {"memory": 1024, "vCores": 1}},
        {"numContainers": 3, "resourceName": "/default-rack", "capability": {"memory": 1024, "vCores": 1}},
    ],
}


def app(**changes: Any) -> wire.App:
    told = {name: value for name, value in {**SESSION, **changes}.items() if value is not None}
    return msgspec.json.decode(msgspec.json.encode(told), type=wire.App)


def test_a_session_is_read() -> None:
    read = app().to_domain()
    assert (read.name, read.state, read.final_status) == ("etl-1", ApplicationState.RUNNING, FinalStatus.UNDEFINED)
    assert read.is_flink and not read.is_over
    assert read.jobmanager_url == "http://localhost:34333"
    assert read.tags == ("flinklab", "session:abc123")
    assert (read.memory, read.vcores, read.containers, read.pending) == (768, 1, 1, 3)
    assert (read.queue_share, read.cluster_share) == (0.26, 0.09375)
    assert read.started_at == datetime(2026, 11, 21, 22, 34, 14, 394000, tzinfo=timezone.utc)
    assert read.ended_at is None


def test_what_waits_for_its_jobmanager_has_no_address() -> None:
    waiting = app(state="ACCEPTED", amRPCAddress=None, trackingUrl=None, amHostHttpAddress=None).to_domain()
    assert (waiting.jobmanager_url, waiting.tracking_url) == (None, "")


def test_what_has_ended_holds_nothing_and_has_no_address() -> None:
    ended = app(
        state="KILLED", finalStatus="KILLED", allocatedMB=-1, allocatedVCores=-1, runningContainers=-1, priority=-1
    ).to_domain()
    assert (ended.memory, ended.vcores, ended.containers, ended.priority) == (0, 0, 0, 0)
    assert ended.is_over and ended.jobmanager_url is None


@pytest.mark.parametrize("address", ["", "N/A:-1", "host:-1", "host:0", "host", ":80", "host:a"])
def test_no_address_of_a_jobmanager(address: str) -> None:
    assert wire.jobmanager_url(address) is None


def test_the_address_of_a_host_by_number() -> None:
    assert wire.jobmanager_url("[::1]:8081") == "http://[::1]:8081"


@given(state=st.text(), final=st.text())
def test_states_of_a_later_version_prove_nothing(state: str, final: str) -> None:
    known = state in ApplicationState.__members__ and final in FinalStatus.__members__
    read = app(state=state, finalStatus=final).to_domain()
    assert known or not read.is_over


@given(st.dictionaries(st.sampled_from(sorted(set(SESSION) - {"id", "state"})), st.none()))
def test_any_field_but_id_and_state_may_be_lacking(lacking: dict[str, None]) -> None:
    read = app(**lacking).to_domain()
    assert (read.id, read.state) == (SESSION["id"], ApplicationState.RUNNING)


@pytest.mark.parametrize("nobody", [b'{"apps":{}}', b'{"apps":null}', b'{"apps":{"app":[]}}'])
def test_no_applications(nobody: bytes) -> None:
    assert msgspec.json.decode(nobody, type=wire.AppsReply).to_domain() == []


def test_an_attempt_of_a_version_that_tells_no_id_of_it() -> None:
    attempt = wire.Attempt(2, node_http_address="host:8042").to_domain("application_17_0003")
    assert (attempt.id, attempt.number, attempt.node) == ("appattempt_17_0003_000002", 2, "host")


@given(st.floats(-1, 100))
def test_shares_are_between_0_and_1(percent: float) -> None:
    share = wire.share(percent)
    assert share is not None and 0 <= share <= 1
