"""A statement is sent once, whatever becomes of its reply."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.answers import query
from fakes.gateway import FakeGateway
from fakes.hasty import answers
from flinklab.domain.errors import AccessDeniedError, BrokenReplyError, SessionExpiredError, UnreachableError
from flinklab.domain.ids import SessionHandle
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from waiting import until

STATEMENT = "INSERT INTO orders SELECT * FROM incoming"


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with FakeGateway() as fake:
        yield fake


@pytest.fixture
def gateway(fake: FakeGateway) -> Iterator[RestGateway]:
    gateway = RestGateway(Access(fake.url), pause=lambda seconds: None)
    yield gateway
    gateway.close()


@pytest.fixture
def hasty(fake: FakeGateway) -> Iterator[RestGateway]:
    """It waits for no slow answer; that of the gateway's versions it has."""
    gateway = RestGateway(Access(fake.url, timeout=0.5), pause=lambda seconds: None)
    until(lambda: answers(gateway))
    yield gateway
    gateway.close()


@pytest.fixture
def session(gateway: RestGateway) -> SessionHandle:
    return gateway.open_session({})


@pytest.mark.parametrize(
    ("fault", "ran"),
    [
        ("drop reply", True),
        ("drop request", False),
        ("half a body", True),
        ("garbage", True),
        ("slow", True),
        ("500", False),
        ("500 without errors", False),
    ],
)
def test_a_lost_reply_is_told_and_nothing_is_sent_again(
    fake: FakeGateway, gateway: RestGateway, hasty: RestGateway, session: SessionHandle, fault: str, ran: bool
) -> None:
    fake.faults.add("submit", fault)
    with pytest.raises(BrokenReplyError, match="the reply to a statement was lost") as caught:
        (hasty if fault == "slow" else gateway).submit(session, STATEMENT, {})
    if ran:
        until(lambda: fake.statements == [STATEMENT])
    assert fake.count("submit") == 1
    assert fake.statements == ([STATEMENT] if ran else [])
    assert caught.value.hint == "the statement may have run; look before you run it again"
    assert len(caught.value.report()) == 2
    assert caught.value.url == f"{fake.url}/v4/sessions/{session}/statements"


def test_the_session_lives_on_after_a_lost_reply(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    fake.faults.add("submit", "drop reply")
    with pytest.raises(BrokenReplyError):
        gateway.submit(session, STATEMENT, {})
    gateway.submit(session, "SHOW TABLES", {})
    assert fake.statements == [STATEMENT, "SHOW TABLES"]


def test_a_gateway_that_is_gone_ran_nothing(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    fake.stop()
    with pytest.raises(UnreachableError, match="the connection was refused") as caught:
        gateway.submit(session, STATEMENT, {})
    assert "may have run" not in str(caught.value)


def test_an_expired_session_ran_nothing(fake: FakeGateway, gateway: RestGateway, session: SessionHandle) -> None:
    fake.expire_sessions()
    with pytest.raises(SessionExpiredError) as caught:
        gateway.submit(session, STATEMENT, {})
    assert fake.count("submit") == 1
    assert caught.value.details is not None and "does not exist" in caught.value.details


def test_lost_rights_are_told(fake: FakeGateway, gateway: RestGateway, session: SessionHandle) -> None:
    fake.authorization = "Bearer new"
    with pytest.raises(AccessDeniedError):
        gateway.submit(session, STATEMENT, {})
    assert fake.statements == []


def test_a_query_is_not_started_twice_by_its_reader(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    fake.on("SELECT 1", query("a INT", [[1]]))
    operation = gateway.submit(session, "SELECT 1", {})
    fake.faults.add("fetch", "drop reply", times=3)
    assert gateway.fetch(session, operation, 0).rows == b'[{"kind":"INSERT","fields":[1]}]'
    assert fake.statements == ["SELECT 1"]
