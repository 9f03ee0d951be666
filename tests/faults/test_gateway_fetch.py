"""A page may be asked for again until the next one was: a broken reply loses no row and doubles none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fakes import errors
from fakes.answers import Feed, fails, query
from fakes.gateway import FakeGateway
from fakes.hasty import answers
from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import (
    BrokenReplyError,
    SessionExpiredError,
    StatementFailedError,
    StatementInvalidError,
    UnreachableError,
)
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import PageKind, RowFormat
from flinklab.flink.access import Access
from flinklab.flink.gateway import FETCH_PAUSES, RestGateway
from waiting import until

ROWS = [[number, f"row {number}"] for number in range(10)]


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def fake(cluster: FakeJobManager) -> Iterator[FakeGateway]:
    with FakeGateway(jobmanager=cluster) as fake:
        fake.on("SELECT * FROM t", query("id BIGINT, s STRING", ROWS, page_size=3))
        yield fake


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def gateway(fake: FakeGateway, pauses: list[float]) -> Iterator[RestGateway]:
    gateway = RestGateway(Access(fake.url), pause=pauses.append)
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


def drain(gateway: RestGateway, session: SessionHandle, operation: OperationHandle) -> list[list[object]]:
    rows: list[list[object]] = []
    token = 0
    for _ in range(1000):
        page = gateway.fetch(session, operation, token)
        rows += [row["fields"] for row in json.loads(page.rows)]
        if page.kind is PageKind.EOS:
            return rows
        token += page.kind is PageKind.PAYLOAD
    raise AssertionError("the result does not end")


@pytest.mark.parametrize("fault", ["drop reply", "drop request", "half a body", "500", "500 without errors"])
@pytest.mark.parametrize("after", [0, 2])
def test_every_row_arrives_once(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, fault: str, after: int
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.faults.add("fetch", fault, after=after)
    assert drain(gateway, session, operation) == ROWS
    assert fake.count("submit") == 1
    assert fake.count("fetch") == 5 + 1  # four pages, the end, and the one that broke


@pytest.mark.parametrize("after", [0, 2])
def test_a_page_that_comes_too_late_is_asked_for_again(
    fake: FakeGateway, gateway: RestGateway, hasty: RestGateway, session: SessionHandle, after: int
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.faults.add("fetch", "slow", after=after)
    assert drain(hasty, session, operation) == ROWS
    assert fake.count("fetch") >= 5 + 1


@pytest.mark.parametrize("fault", ["drop reply", "half a body", "500"])
def test_a_page_that_stays_broken_is_given_up(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, fault: str, pauses: list[float]
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.faults.add("fetch", fault, times=1000)
    with pytest.raises(BrokenReplyError) as caught:
        gateway.fetch(session, operation, 0)
    assert fake.count("fetch") == len(FETCH_PAUSES) + 1
    assert pauses == list(FETCH_PAUSES)
    assert len(caught.value.message.splitlines()) == 1
    fake.faults.clear()
    assert drain(gateway, session, operation) == ROWS


def test_a_gateway_that_answers_too_late_every_time_is_given_up_sooner(
    fake: FakeGateway,
    gateway: RestGateway,
    hasty: RestGateway,
    session: SessionHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flinklab.flink.gateway.FETCH_PATIENCE", 0.1)
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.faults.add("fetch", "slow", times=1000)
    with pytest.raises(BrokenReplyError, match="did not answer"):
        hasty.fetch(session, operation, 0)
    assert fake.count("fetch") == 1


def test_garbage_is_no_page(fake: FakeGateway, gateway: RestGateway, session: SessionHandle) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.faults.add("fetch", "garbage")
    with pytest.raises(BrokenReplyError, match="not the protocol") as caught:
        gateway.fetch(session, operation, 0)
    assert caught.value.details == "<html>Welcome</html>"


def test_a_gateway_that_comes_back_loses_nothing(
    fake: FakeGateway, session: SessionHandle, gateway: RestGateway
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    gateway.fetch(session, operation, 0)
    fake.stop()
    patient = RestGateway(Access(fake.url), pause=lambda seconds: fake.start() if not fake.is_running else None)
    fake.start()
    patient.info()
    fake.stop()
    assert patient.fetch(session, operation, 0).kind is PageKind.PAYLOAD
    patient.close()


def test_a_gateway_that_is_gone_is_given_up(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, pauses: list[float]
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.stop()
    with pytest.raises(UnreachableError):
        gateway.fetch(session, operation, 0)
    assert pauses == list(FETCH_PAUSES)


def test_an_expired_session_is_told_at_once(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, cluster: FakeJobManager, pauses: list[float]
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    fake.expire_sessions()
    with pytest.raises(SessionExpiredError):
        gateway.fetch(session, operation, 0)
    assert pauses == [] and fake.count("fetch") == 1
    assert cluster.running() == []


def test_a_job_that_fails_in_the_middle_keeps_the_rows_before(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, cluster: FakeJobManager
) -> None:
    fake.on("SELECT 1/x FROM t", query("a INT", [[1], [2]], page_size=1, error=errors.division_by_zero()))
    operation = gateway.submit(session, "SELECT 1/x FROM t", {})
    assert [gateway.fetch(session, operation, token).rows != b"[]" for token in (0, 1)] == [True, True]
    for _ in range(2):
        with pytest.raises(StatementFailedError, match=r"^division by zero") as caught:
            gateway.fetch(session, operation, 2)
    assert caught.value.hint == "guard the divisor: x / NULLIF(y, 0)"
    assert [job.state for job in cluster.jobs_by_id.values()] == ["FAILED"]


def test_a_job_that_somebody_cancels_ends_its_query(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle, cluster: FakeJobManager
) -> None:
    feed = Feed()
    fake.on("SELECT * FROM live", query("a INT", feed))
    operation = gateway.submit(session, "SELECT * FROM live", {})
    page = gateway.fetch(session, operation, 0)
    assert page.job_id is not None
    cluster.cancel_job(page.job_id)
    with pytest.raises(StatementFailedError, match="Job was cancelled"):
        gateway.fetch(session, operation, 1)


def test_a_refused_statement_is_fetched_once(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    fake.on("SELECT * FROM nix", fails(errors.object_not_found("nix", 1, 15)))
    operation = gateway.submit(session, "SELECT * FROM nix", {})
    with pytest.raises(StatementInvalidError, match="Object 'nix' not found") as caught:
        gateway.fetch(session, operation, 0)
    assert caught.value.position is not None and caught.value.position.column == 15
    assert fake.count("fetch") == 1


def test_rows_that_are_no_json_come_as_text(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    fake.on("SELECT MAP[1, 2]", query("m STRING", [["{1=2}"]], no_json=True))
    operation = gateway.submit(session, "SELECT MAP[1, 2]", {})
    page = gateway.fetch(session, operation, 0)
    assert (page.row_format, page.rows) == (RowFormat.PLAIN_TEXT, b'[{"kind":"INSERT","fields":["{1=2}"]}]')
    assert gateway.fetch(session, operation, 1).kind is PageKind.EOS
    assert fake.count("fetch") == 3  # only the first page was tried as JSON


def test_text_is_repeated_like_json(fake: FakeGateway, gateway: RestGateway, session: SessionHandle) -> None:
    fake.on("SELECT MAP[1, 2]", query("m STRING", [["{1=2}"]], no_json=True))
    operation = gateway.submit(session, "SELECT MAP[1, 2]", {})
    fake.faults.add("fetch", "half a body", after=1)
    assert gateway.fetch(session, operation, 0).rows != b"[]"


def test_a_page_of_long_ago_is_refused_as_the_real_one_does(
    fake: FakeGateway, gateway: RestGateway, session: SessionHandle
) -> None:
    operation = gateway.submit(session, "SELECT * FROM t", {})
    for token in (0, 1, 2):
        gateway.fetch(session, operation, token)
    with pytest.raises(StatementInvalidError, match="Expecting token"):
        gateway.fetch(session, operation, 0)
