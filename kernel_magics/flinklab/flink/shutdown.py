"""Ending a whole cluster through its JobManager."""

from __future__ import annotations

from flinklab.domain.errors import BrokenReplyError
from flinklab.flink.access import Access
from flinklab.flink.negotiation import describe
from flinklab.flink.transport import HttpTransport, Transport


def shut_down(access: Access, *, transport: Transport | None = None) -> None:
    """Ask the cluster to end, with all that runs on it. It goes on for some seconds after this.

    https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/#cluster-1
    Raises `ConnectionFailedError`.
    """
    asked = transport if transport is not None else HttpTransport(access)
    try:
        reply = asked.request("DELETE", "/cluster")
    finally:
        asked.close()
    if reply.status != 200:
        raise BrokenReplyError(
            f"{access.url} did not take the order to end (HTTP {reply.status})",
            url=access.url,
            details=describe(reply),
        )
