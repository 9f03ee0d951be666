"""Wrong ports, strangers, versions that do not meet, sessions that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.gateway import FakeGateway
from fakes.hasty import answers
from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import (
    BrokenReplyError,
    ConnectionFailedError,
    NotAGatewayError,
    SessionExpiredError,
    UnreachableError,
    UnsupportedGatewayError,
)
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from waiting import until

SESSION, OPERATION = (
    SessionHandle("00000000-0000-0000-0000-000000000000"),
    OperationHandle("11111111-1111-1111-1111-111111111111"),
)

CALLS: dict[str, Callable[[RestGateway], object]] = {
    "info": lambda gateway: gateway.info(),
    "open": lambda gateway: gateway.open_session({}),
    "properties": lambda gateway: gateway.session_properties(SESSION),
    "heartbeat": lambda gateway: gateway.heartbeat(SESSION),
    "close session": lambda gateway: gateway.close_session(SESSION),
    "submit": lambda gateway: gateway.submit(SESSION, "SELECT 1", {}),
    "fetch": lambda gateway: gateway.fetch(SESSION, OPERATION, 0),
    "cancel": lambda gateway: gateway.cancel(SESSION, OPERATION),
    "close operation": lambda gateway: gateway.close_operation(SESSION, OPERATION),
    "complete": lambda gateway: gateway.complete(SESSION, "SEL", 3),
}


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with FakeGateway() as fake:
        yield fake


def connect(url: str, timeout: float = 30.0) -> RestGateway:
    return RestGateway(Access(url, timeout=timeout), pause=lambda seconds: None)


def _one_line(error: ConnectionFailedError, url: str) -> None:
    assert url in error.message and "\n" not in error.message
    assert error.url.startswith(url)


@pytest.mark.parametrize("name", CALLS)
def test_nobody_there(fake: FakeGateway, name: str) -> None:
    fake.stop()
    gateway = connect(fake.url)
    with pytest.raises(UnreachableError) as caught:
        CALLS[name](gateway)
    gateway.close()
    _one_line(caught.value, fake.url)


@pytest.mark.parametrize("name", CALLS)
def test_a_jobmanager_there(name: str) -> None:
    with FakeJobManager() as stranger:
        gateway = connect(stranger.url)
        with pytest.raises(NotAGatewayError, match="is a Flink JobManager") as caught:
            CALLS[name](gateway)
        gateway.close()
        _one_line(caught.value, stranger.url)
        assert len(stranger.requests) == 1


@pytest.mark.parametrize("name", CALLS)
def test_versions_that_do_not_meet(name: str) -> None:
    with FakeGateway(versions=["V9"]) as fake:
        gateway = connect(fake.url)
        with pytest.raises(
            UnsupportedGatewayError, match="speaks V9 of its API, flinklab speaks V1 to V4"
        ) as caught:
            CALLS[name](gateway)
        gateway.close()
        _one_line(caught.value, fake.url)
        assert [request.name for request in fake.requests] == ["versions"]


@pytest.mark.parametrize("fault", ["drop reply", "half a body", "500", "slow"])
@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("fetch", "submit")])
def test_a_broken_reply(fake: FakeGateway, name: str, fault: str) -> None:
    gateway = connect(fake.url, 0.5 if fault == "slow" else 30)
    until(lambda: answers(gateway))
    before = fake.count(name)
    fake.faults.add(name, fault)
    with pytest.raises(BrokenReplyError) as caught:
        CALLS[name](gateway)
    gateway.close()
    _one_line(caught.value, fake.url)
    assert fake.count(name) == before + 1


@pytest.mark.parametrize("name", ["properties", "heartbeat", "submit", "fetch", "cancel", "complete"])
def test_a_session_that_is_gone(fake: FakeGateway, name: str) -> None:
    gateway = connect(fake.url)
    with pytest.raises(SessionExpiredError) as caught:
        CALLS[name](gateway)
    gateway.close()
    assert fake.count(name) == 1 and caught.value.url.startswith(fake.url)


@pytest.mark.parametrize("name", ["close session", "close operation"])
def test_closing_what_is_gone_is_fine(fake: FakeGateway, name: str) -> None:
    gateway = connect(fake.url)
    CALLS[name](gateway)
    gateway.close()
    assert fake.count(name) == 1


def test_negotiation_is_tried_again_after_a_failure(fake: FakeGateway) -> None:
    gateway = connect(fake.url)
    fake.faults.add("versions", "500")
    with pytest.raises(BrokenReplyError):
        gateway.info()
    assert gateway.info().api_version == 4
    gateway.close()


@pytest.mark.parametrize(("versions", "expected"), [(["V1"], 1), (["V1", "V2", "V3"], 3), (["V3", "V4", "V5"], 4)])
def test_old_and_new_gateways_meet_us(versions: list[str], expected: int) -> None:
    with FakeGateway(versions=versions) as fake:
        gateway = connect(fake.url)
        assert gateway.info().api_version == expected
        session = gateway.open_session({})
        gateway.complete(session, "SEL", 3)
        gateway.close()
        assert {request.path.split("/")[1] for request in fake.requests[1:]} == {f"v{expected}"}
