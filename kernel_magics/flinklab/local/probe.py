"""Whether the processes serve, asked over loopback."""

from __future__ import annotations

import http.client
import json
from typing import Any

from flinklab.local.config import LOOPBACK


def ask(port: int, path: str, timeout: float) -> dict[str, Any] | None:
    """The JSON object at a path; None when nobody answers in `timeout` seconds, or answers something else."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        body = json.loads(reply.read()) if reply.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return body if isinstance(body, dict) else None


def gateway_answers(port: int, timeout: float) -> bool:
    info = ask(port, "/info", timeout)
    return info is not None and "version" in info


def jobmanager_answers(port: int, timeout: float) -> bool:
    overview = ask(port, "/overview", timeout)
    return overview is not None and "flink-version" in overview


def registered_taskmanagers(port: int, timeout: float) -> set[str]:
    """The resource ids of the TaskManagers that offer slots. A dead one may be among them for some seconds."""
    reply = ask(port, "/taskmanagers", timeout) or {}
    return {each["id"] for each in reply.get("taskmanagers", ()) if each.get("slotsNumber", 0) > 0}
