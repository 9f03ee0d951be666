from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.resourcemanager import FakeQueue, FakeResourceManager
from flinklab.domain.errors import (
    AccessDeniedError,
    BrokenReplyError,
    FlinklabError,
    NoApplicationError,
    NotAGatewayError,
    YarnRefusedError,
)
from flinklab.domain.yarn import ApplicationState
from flinklab.flink.access import Access
from flinklab.yarn.identity import Identity
from flinklab.yarn.resourcemanager import RestResourceManager

Open = Callable[..., RestResourceManager]


@pytest.fixture
def fake() -> Iterator[FakeResourceManager]:
    with FakeResourceManager() as fake:
        yield fake


@pytest.fixture
def opened() -> Iterator[Open]:
    """To open clients that are closed when the test ends."""
    clients: list[RestResourceManager] = []

    def open_one(*urls: str, **identity: str) -> RestResourceManager:
        accesses = [Access(url, timeout=5) for url in urls]
        clients.append(RestResourceManager(accesses, identity=Identity(**identity) if identity else None))
        return clients[-1]

    yield open_one
    for each in clients:
        each.close()


def test_sessions_are_one_request_for_what_is_used_of_them(fake: FakeResourceManager, opened: Open) -> None:
    for number in range(30):
        fake.yarn.add(f"etl-{number}", jobmanager=f"http://127.0.0.1:{9000 + number}")
    fake.yarn.add("mapreduce", type="MAPREDUCE")
    found = opened(fake.url).applications(states=[ApplicationState.RUNNING, ApplicationState.ACCEPTED])
    assert [each.jobmanager_url for each in found] == [f"http://127.0.0.1:{9000 + number}" for number in range(30)]
    (request,) = fake.requests
    assert request.query["states"] == "ACCEPTED,RUNNING"
    assert request.query["applicationTypes"] == "Apache Flink"
    assert "resourceRequests" in request.query["deSelects"]


@pytest.mark.parametrize("known", [{"resourceRequests"}, set(), None])
def test_an_older_version_leaves_out_what_it_can(
    fake: FakeResourceManager, opened: Open, known: set[str] | None
) -> None:
    fake.deselects = known
    fake.yarn.add("etl-1")
    client = opened(fake.url)
    assert [each.name for each in client.applications()] == ["etl-1"]
    before = len(fake.requests)
    assert [each.name for each in client.applications()] == ["etl-1"]
    assert len(fake.requests) == before + 1
    if known:
        assert fake.requests[-1].query["deSelects"] == "resourceRequests"


def test_a_future_state_does_not_break_the_list(fake: FakeResourceManager, opened: Open) -> None:
    fake.yarn.add("odd", state="HIBERNATING", final_status="RESTING")
    fake.yarn.add("etl-1")
    odd, usual = opened(fake.url).applications()
    assert not odd.is_over and odd.state is not ApplicationState.RUNNING
    assert usual.state is ApplicationState.RUNNING


def test_a_proxy_s_prefix_is_before_every_path(opened: Open) -> None:
    with FakeResourceManager(prefix="/gateway/yarn") as fake:
        session = fake.yarn.add("etl-1", jobmanager="http://127.0.0.1:9000")
        client = opened(fake.url)
        client.info(), client.queues(), client.attempts(session.id), client.applications()
        assert client.application(session.id) is not None
        client.kill(session.id)
        assert set(fake.asked) == {
            "/ws/v1/cluster/info",
            "/ws/v1/cluster/metrics",
            "/ws/v1/cluster/scheduler",
            "/ws/v1/cluster/apps",
            f"/ws/v1/cluster/apps/{session.id}",
            f"/ws/v1/cluster/apps/{session.id}/appattempts",
            f"/ws/v1/cluster/apps/{session.id}/state",
        }


def test_who_asks_goes_with_each_request(fake: FakeResourceManager, opened: Open) -> None:
    session = fake.yarn.add("etl-1")
    client = opened(fake.url, auth="simple", user="knox", proxy_user="ann")
    client.applications()
    client.kill(session.id)
    assert all(each.query["user.name"] == "knox" and each.query["doAs"] == "ann" for each in fake.requests)
    nobody = opened(fake.url)
    nobody.applications()
    assert "user.name" not in fake.requests[-1].query


def test_containers_that_are_waited_for_are_told_of_one(fake: FakeResourceManager, opened: Open) -> None:
    session = fake.yarn.add("etl-1", pending=3)
    found = opened(fake.url).application(session.id)
    assert found is not None and found.pending == 3


def test_kerberos_is_told_to_who_did_not_know(fake: FakeResourceManager, opened: Open) -> None:
    fake.kerberos = True
    with pytest.raises(AccessDeniedError, match=r"wants Kerberos .*--auth kerberos"):
        opened(fake.url).applications()


def test_a_queue_that_there_is_not_is_named_with_those_that_there_are(
    fake: FakeResourceManager, opened: Open
) -> None:
    session = fake.yarn.add("etl-1")
    client = opened(fake.url)
    with pytest.raises(YarnRefusedError, match=r"no queue nope .*root\.default, root\.etl"):
        client.move(session.id, "nope")
    fake.yarn.end(session)
    with pytest.raises(YarnRefusedError, match="FINISHED state cannot be moved"):
        client.move(session.id, "etl")
    with pytest.raises(YarnRefusedError, match="Unknown queue: nope"):
        client.applications(queue="nope")


def test_a_priority_that_is_not_allowed_is_not_taken_for_set(fake: FakeResourceManager, opened: Open) -> None:
    session = fake.yarn.add("etl-1")
    client = opened(fake.url)
    fake.yarn.max_priority = 5
    client.set_priority(session.id, 5)
    assert session.priority == 5
    with pytest.raises(YarnRefusedError, match=r"at priority 5 instead of 6 .*max-application-priority"):
        client.set_priority(session.id, 6)


def test_who_may_not_is_told_who_may(fake: FakeResourceManager, opened: Open) -> None:
    session = fake.yarn.add("etl-1", user="ann")
    fake.administrators = {"root"}
    bob, root = (opened(fake.url, auth="simple", user=name) for name in ("bob", "root"))
    for change in (lambda: bob.kill(session.id), lambda: bob.move(session.id, "etl")):
        with pytest.raises(YarnRefusedError, match=r"not permitted .* as bob \(its owner and the administrators"):
            change()
    assert session.state == "RUNNING"
    root.kill(session.id)
    assert session.state == "KILLED"


def test_both_schedulers_tell_queues(fake: FakeResourceManager, opened: Open) -> None:
    fake.yarn.queues = [FakeQueue("root.dw.etl", 25.0, used=50.0), FakeQueue("root.default", 75.0)]
    client = opened(fake.url)
    for scheduler in ("capacity", "fair"):
        fake.yarn.scheduler = scheduler
        assert [(queue.path, queue.capacity) for queue in client.queues()] == [
            ("root.dw.etl", 0.25),
            ("root.default", 0.75),
        ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [("half a body", BrokenReplyError), ("garbage", BrokenReplyError), ("redirect", NotAGatewayError)],
)
@pytest.mark.parametrize("route", ["info", "metrics", "applications", "application", "attempts", "scheduler"])
def test_what_is_no_answer_is_an_error_of_the_connection(
    fake: FakeResourceManager, opened: Open, route: str, fault: str, error: type[FlinklabError]
) -> None:
    session = fake.yarn.add("etl-1")
    client = opened(fake.url)
    ask: dict[str, Callable[[], object]] = {
        "info": client.info,
        "metrics": client.info,
        "applications": client.applications,
        "application": lambda: client.application(session.id),
        "attempts": lambda: client.attempts(session.id),
        "scheduler": client.queues,
    }
    fake.faults.add(route, fault)
    with pytest.raises(error):
        ask[route]()
    ask[route]()


def test_an_id_goes_into_the_path_and_nowhere_else(fake: FakeResourceManager, opened: Open) -> None:
    client = opened(fake.url)
    for odd in ("../scheduler", "a?states=RUNNING", "a/state"):
        with pytest.raises((YarnRefusedError, NoApplicationError, NotAGatewayError, BrokenReplyError)):
            client.kill(odd)
    assert all(path.startswith("/ws/v1/cluster/apps/") and path.endswith("/state") for path in fake.asked)
