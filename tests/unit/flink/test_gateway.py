"""What the adapter sends, told from a transport that only writes down. Behaviour is in `tests/contract`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from flinklab.domain.errors import BrokenReplyError, SessionExpiredError
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import RowFormat
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.transport import Reply

SESSION, OPERATION = SessionHandle("s1"), OperationHandle("o1")
EMPTY = b'{"resultType":"PAYLOAD","results":{"columns":[],"rowFormat":"JSON","data":[]},"nextResultUri":"/x"}'
PLAIN = EMPTY.replace(b'"JSON"', b'"PLAIN_TEXT"')
NO_JSON = b'{"errors":["Internal server error. Could not map response to JSON."]}'


class Written:
    """A transport that writes down what is sent and answers from a table."""

    url = "http://gateway:8083"

    def __init__(self, versions: str = '["V1","V2","V3","V4"]', **replies: list[Reply]) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self.replies = {"/api_versions": [Reply(200, f'{{"versions":{versions}}}'.encode())]}
        self.replies |= {f"/{name}": answers for name, answers in replies.items()}

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        self.sent.append((method, path, msgspec.json.decode(body) if body is not None else None))
        for ending, answers in self.replies.items():
            if ending in path:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return Reply(200, b"{}")

    def close(self) -> None:
        self.sent.append(("CLOSE", "", None))


def gateway(transport: Written) -> RestGateway:
    return RestGateway(Access(transport.url), transport=transport, pause=lambda seconds: None)


def test_the_version_is_asked_for_once_and_used() -> None:
    transport = Written('["V1","V2"]', statements=[Reply(200, b'{"operationHandle":"o1"}')])
    one = gateway(transport)
    one.heartbeat(SESSION)
    one.submit(SESSION, "SELECT 1", {"a": "x"})
    assert transport.sent == [
        ("GET", "/api_versions", None),
        ("POST", "/v2/sessions/s1/heartbeat", {}),
        (
            "POST",
            "/v2/sessions/s1/statements",
            {"statement": "SELECT 1", "executionConfig": {"a": "x"}},
        ),
    ]


def test_completion_is_a_get_with_a_body() -> None:
    transport = Written(complete=[Reply(200, b'{"candidates":["FROM"]}')])
    assert gateway(transport).complete(SESSION, "SELECT * FR", 11) == ["FROM"]
    body = {"statement": "SELECT * FR", "position": 11}
    assert transport.sent[-1] == ("GET", "/v4/sessions/s1/complete-statement", body)


def test_version_1_completes_nothing() -> None:
    transport = Written('["V1"]')
    assert gateway(transport).complete(SESSION, "SEL", 3) == []
    assert len(transport.sent) == 1


def test_a_page_that_is_no_json_is_fetched_as_text_and_so_are_the_next() -> None:
    transport = Written(
        statements=[Reply(200, b'{"operationHandle":"o1"}')],
        result=[Reply(500, NO_JSON), Reply(200, PLAIN), Reply(200, PLAIN)],
    )
    one = gateway(transport)
    one.submit(SESSION, "SELECT MAP[1, 2]", {})
    assert one.fetch(SESSION, OPERATION, 0).row_format is RowFormat.PLAIN_TEXT
    assert one.fetch(SESSION, OPERATION, 1).row_format is RowFormat.PLAIN_TEXT
    asked = [path.rpartition("/")[2] for _, path, _ in transport.sent[2:]]
    assert asked == ["0?rowFormat=JSON", "0?rowFormat=PLAIN_TEXT", "1?rowFormat=PLAIN_TEXT"]


def test_text_that_cannot_be_had_is_an_error() -> None:
    with pytest.raises(Exception, match="Could not map response to JSON"):
        gateway(Written(result=[Reply(500, NO_JSON)])).fetch(SESSION, OPERATION, 0)


def test_many_operations_that_are_never_closed_are_forgotten() -> None:
    transport = Written()
    one = gateway(transport)
    for number in range(1000):
        transport.replies["/statements"] = [Reply(200, f'{{"operationHandle":"o{number}"}}'.encode())]
        one.submit(SESSION, "SELECT 1", {})
    assert len(one._operations) == 64


def test_a_closed_operation_is_forgotten() -> None:
    one = gateway(Written(statements=[Reply(200, b'{"operationHandle":"o1"}')]))
    one.submit(SESSION, "SELECT 1", {})
    one.close_operation(SESSION, OPERATION)
    assert not one._operations


@pytest.mark.parametrize("ending", ["sessions", "info", "statements", "heartbeat"])
def test_a_reply_of_another_shape_is_broken(ending: str) -> None:
    one = gateway(Written(**{ending: [Reply(200, b'{"other":1}')]}))
    calls = {
        "sessions": lambda: one.open_session({}),
        "info": one.info,
        "statements": lambda: one.submit(SESSION, "SELECT 1", {}),
        "heartbeat": lambda: one.heartbeat(SESSION),
    }
    if ending == "heartbeat":
        calls[ending]()  # nothing in its reply is of interest
        return
    with pytest.raises(BrokenReplyError):
        calls[ending]()


def test_a_refusal_without_a_session_is_named() -> None:
    refused = b'{"errors":["org.apache.flink.X: Failed to create session.\\n\\tat a.B.c(B.java:1)"]}'
    with pytest.raises(BrokenReplyError, match="the gateway refused POST sessions: Failed to create session"):
        gateway(Written(sessions=[Reply(500, refused)])).open_session({})


def test_closing_what_is_gone_is_fine() -> None:
    text = b'{"errors":["a.B: Failed to closeSession.\\nCaused by: a.B: Session \'0a-0\' does not exist."]}'
    one = gateway(Written(sessions=[Reply(500, text)]))
    one.close_session(SESSION)
    one.close_operation(SESSION, OPERATION)
    with pytest.raises(SessionExpiredError):
        one.heartbeat(SESSION)


def test_close_lets_go_of_the_transport() -> None:
    transport = Written()
    gateway(transport).close()
    assert transport.sent == [("CLOSE", "", None)]
