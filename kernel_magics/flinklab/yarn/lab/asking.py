"""What a lab's daemons are asked, and told, by whoever looks after it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from flinklab.domain.errors import FlinklabError
from flinklab.domain.yarn import ApplicationState
from flinklab.flink.access import Access
from flinklab.local import probe
from flinklab.local.config import LOOPBACK
from flinklab.yarn.resourcemanager import RestResourceManager

_ASK_TIMEOUT = 3.0
_BASE = "/ws/v1/cluster"


def listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), _ASK_TIMEOUT).close()
    except OSError:
        return False
    return True


def active_port(ports: Sequence[int]) -> int | None:
    """Of the ResourceManager that is in charge now."""
    return next((port for port in ports if ha_state(port) == "ACTIVE"), None)


def ha_state(port: int) -> str | None:
    """`INITIALIZING`, `STANDBY` or `ACTIVE` (also where there is only one); None when it does not answer."""
    info = probe.ask(port, f"{_BASE}/info", _ASK_TIMEOUT)
    return None if info is None else str(info.get("clusterInfo", {}).get("haState"))


def node_runs(ports: Sequence[int], since: float) -> bool:
    """Whether the ResourceManager in charge has a running node that it heard of after `since` (s since 1970)."""
    port = active_port(ports)
    reply = probe.ask(port, f"{_BASE}/nodes", _ASK_TIMEOUT) if port is not None else None
    nodes: list[dict[str, Any]] = ((reply or {}).get("nodes") or {}).get("node") or []
    return any(node["state"] == "RUNNING" and node["lastHealthUpdate"] / 1000 >= since for node in nodes)


def kill_applications(ports: Sequence[int]) -> list[str]:
    """Ask for the end of every application that has not ended; the ids. None of them where nobody answers."""
    managers = RestResourceManager([Access(f"http://localhost:{port}", timeout=_ASK_TIMEOUT) for port in ports])
    try:
        live = [state for state in ApplicationState if not state.is_over]
        asked = [each.id for each in managers.applications(states=live, type=None)]
        for application in asked:
            managers.kill(application)
    except FlinklabError:
        return []  # their containers are ended one by one, then
    finally:
        managers.close()
    return asked
