"""Finding out whether a server is a SQL Gateway, and which API version both sides speak."""

from __future__ import annotations

import re

import msgspec

from flinklab.domain.errors import (
    BrokenReplyError,
    ConnectionFailedError,
    NotAGatewayError,
    UnsupportedGatewayError,
)
from flinklab.domain.typed import decode
from flinklab.flink.transport import Reply, Transport
from flinklab.flink.wire import ApiVersions

SUPPORTED = (1, 2, 3, 4)


def negotiate(transport: Transport) -> int:
    """The highest version that both know.

    Raises `NotAGatewayError` (something else answers) or `UnsupportedGatewayError` (no common version).
    """
    reply = transport.request("GET", "/api_versions")
    try:
        offered = decode(reply.body, ApiVersions).versions if reply.status == 200 else None
    except msgspec.DecodeError:
        offered = None
    if offered is None:
        raise _stranger(transport.url, reply)
    numbers = [int(version[1:]) for version in offered if re.fullmatch(r"[Vv]\d+", version)]
    common = set(SUPPORTED).intersection(numbers)
    if not common:
        raise UnsupportedGatewayError(
            f"the gateway at {transport.url} speaks {', '.join(offered) or 'no version'} of its API, "
            f"flinklab speaks V{SUPPORTED[0]} to V{SUPPORTED[-1]}",
            url=transport.url + "/api_versions",
            hint="use a gateway of Flink 1.16 to 2.3, or a newer flinklab",
        )
    return max(common)


def describe(reply: Reply) -> str:
    """What an answer says of who gave it, in a few words."""
    text = reply.body[:4000].decode("utf-8", "replace")
    title = re.search(r"<title>\s*(.*?)\s*</title>", text, re.IGNORECASE | re.DOTALL)
    if title:
        return f"a web page, “{' '.join(title[1].split())[:60]}”, answers"
    kind = reply.content_type.partition(";")[0] or "no content type"
    return f"something answers with HTTP {reply.status}, {kind}"


def _stranger(url: str, reply: Reply) -> ConnectionFailedError:
    asked = url + "/api_versions"
    if b"Unable to load requested file" in reply.body:
        hint = "give the SQL Gateway's address; it is usually on port 8083"
        return NotAGatewayError(f"{url} is a Flink JobManager, not a SQL Gateway", url=asked, hint=hint)
    details = reply.body[:4000].decode("utf-8", "replace")
    if reply.status >= 500:
        hint = "a proxy in front of the gateway answers like this while the gateway is down"
        return BrokenReplyError(f"{url} answered HTTP {reply.status}", url=asked, hint=hint, details=details)
    hint = "give the SQL Gateway's address; it is usually on port 8083"
    return NotAGatewayError(f"{url} is no SQL Gateway: {describe(reply)}", url=asked, hint=hint, details=details)
