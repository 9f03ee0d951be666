from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import BrokenReplyError, NotAGatewayError, UnsupportedGatewayError
from flinklab.flink.negotiation import SUPPORTED, negotiate
from flinklab.flink.transport import Reply


class Said:
    """A transport that always gives one reply."""

    url = "http://gateway:8083"

    def __init__(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.reply = Reply(status, body, content_type)

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        assert (method, path, body) == ("GET", "/api_versions", None)
        return self.reply

    def close(self) -> None: ...


@given(st.lists(st.integers(1, 9)))
def test_the_highest_common_version_is_taken(numbers: list[int]) -> None:
    said = Said(200, msgspec.json.encode({"versions": [f"V{number}" for number in numbers]}))
    common = [number for number in numbers if number in SUPPORTED]
    if common:
        assert negotiate(said) == max(common)
    else:
        with pytest.raises(UnsupportedGatewayError, match="flinklab speaks V1 to V4"):
            negotiate(said)


def test_an_unsupported_gateway_is_told_with_what_it_offers() -> None:
    with pytest.raises(UnsupportedGatewayError, match="speaks V7, V8 of its API"):
        negotiate(Said(200, b'{"versions":["V7","V8"]}'))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Said(404, b'{"errors":["Unable to load requested file /api_versions."]}'), "is a Flink JobManager"),
        (Said(200, b"<html><title>\n Jupyter  Server</title></html>", "text/html"), "“Jupyter Server”"),
        (Said(404, b"gone", "text/plain; charset=utf-8"), "HTTP 404, text/plain"),
        (Said(200, b"[]"), "HTTP 200, application/json"),
        (Said(200, b"\xff", ""), "no content type"),
    ],
)
def test_a_stranger_is_described(reply: Said, words: str) -> None:
    with pytest.raises(NotAGatewayError) as caught:
        negotiate(reply)
    assert words in caught.value.message
    assert caught.value.hint is not None and "8083" in caught.value.hint


def test_a_proxy_without_its_gateway_is_no_stranger() -> None:
    with pytest.raises(BrokenReplyError, match="HTTP 502"):
        negotiate(Said(502, b"<html>Bad Gateway</html>", "text/html"))
