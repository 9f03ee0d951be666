"""What a lab's ResourceManagers are asked, and told, by whoever looks after it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import msgspec

from flinklab.domain.errors import FlinklabError
from flinklab.domain.yarn import ApplicationState
from flinklab.flink.access import Access
from flinklab.flink.transport import HttpTransport
from flinklab.local import probe
from flinklab.local.config import LOOPBACK

_ASK_TIMEOUT = 3.0
_BASE = "/ws/v1/cluster"
_LIVE = ",".join(state.value for state in ApplicationState if not state.is_over)


def listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), _ASK_TIMEOUT).close()
    except OSError:
        return False
    return True


def active_port(ports: Sequence[int]) -> int | None:
    """Of the ResourceManager that is in charge now."""
    for port in ports:
        info = probe.ask(port, f"{_BASE}/info", _ASK_TIMEOUT)
        if info is not None and info.get("clusterInfo", {}).get("haState") == "ACTIVE":
            return port
    return None


def node_runs(ports: Sequence[int], since: float) -> bool:
    """Whether the ResourceManager in charge has a running node that it heard of after `since` (s since 1970)."""
    port = active_port(ports)
    reply = probe.ask(port, f"{_BASE}/nodes", _ASK_TIMEOUT) if port is not None else None
    nodes: list[dict[str, Any]] = ((reply or {}).get("nodes") or {}).get("node") or []
    return any(node["state"] == "RUNNING" and node["lastHealthUpdate"] / 1000 >= since for node in nodes)


def live_applications(ports: Sequence[int]) -> list[str]:
    """The ids of the applications that have not ended; none when nobody answers."""
    port = active_port(ports)
    reply = probe.ask(port, f"{_BASE}/apps?states={_LIVE}", _ASK_TIMEOUT) if port is not None else None
    return [each["id"] for each in ((reply or {}).get("apps") or {}).get("app") or ()]


def kill_applications(ports: Sequence[int]) -> list[str]:
    """Ask for the end of every application that has not ended; the ids. Nothing where nobody answers."""
    asked = live_applications(ports)
    port = active_port(ports) if asked else None
    if port is None:
        return []
    transport = HttpTransport(Access(f"http://localhost:{port}", timeout=_ASK_TIMEOUT))
    try:
        for application in asked:
            transport.request(
                "PUT",
                f"{_BASE}/apps/{application}/state",
                msgspec.json.encode({"state": ApplicationState.KILLED.value}),
            )
    except FlinklabError:
        return []  # their containers are ended one by one, then
    finally:
        transport.close()
    return asked
