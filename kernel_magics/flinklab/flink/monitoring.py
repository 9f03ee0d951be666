"""The JobManager's REST API, as it is looked at: metrics, graphs, failures, logs.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/
"""

from __future__ import annotations

from flinklab.flink.transport import Transport
from flinklab.ports.monitoring import Monitoring


class RestMonitoring(Monitoring):
    """`shared`: the transport is another one's to close."""

    def __init__(self, transport: Transport, *, shared: bool = False) -> None:
        self._transport = transport
        self._shared = shared
