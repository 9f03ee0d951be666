"""What the tests on a real Flink share."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flinklab.local import LocalFlink
from real.lab_support import chromium, jupyter_lab, lab_page  # noqa: F401 (fixtures)


class RawSession:
    """A gateway session spoken to without flinklab, to see what Flink itself says."""

    def __init__(self, flink: LocalFlink, properties: dict[str, str] | None = None) -> None:
        self._flink = flink
        self._handle = self._gateway("POST", "/v4/sessions", {"properties": properties or {}})["sessionHandle"]

    def run(self, statement: str, **config: str) -> list[list[Any]]:
        """All rows of a statement that ends. `config`: with `__` for a dot and `_` for a dash."""
        settings = {key.replace("__", ".").replace("_", "-"): value for key, value in config.items()}
        body = {"statement": statement, "executionConfig": settings}
        operation = self._gateway("POST", f"/v4/sessions/{self._handle}/statements", body)["operationHandle"]
        rows: list[list[Any]] = []
        uri = f"/v4/sessions/{self._handle}/operations/{operation}/result/0?rowFormat=JSON"
        while uri:
            page = self._gateway("GET", uri)
            rows += [row["fields"] for row in page.get("results", {}).get("data", ())]
            if page["resultType"] == "NOT_READY":
                time.sleep(0.05)
            uri = page.get("nextResultUri")
        return rows

    def close(self) -> None:
        self._gateway("DELETE", f"/v4/sessions/{self._handle}")

    def _gateway(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return call(method, self._flink.gateway_url + path, body)


def call(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as reply:
        text = reply.read()
    return json.loads(text) if text else {}  # type: ignore[no-any-return]


@pytest.fixture
def raw(embedded: LocalFlink) -> Iterator[RawSession]:
    session = RawSession(embedded)
    yield session
    session.close()


@pytest.fixture
def open_raw(embedded: LocalFlink) -> Iterator[Callable[[dict[str, str]], RawSession]]:
    """`open_raw(properties)`: a session that is opened with them, and closed with the test."""
    opened: list[RawSession] = []

    def open_(properties: dict[str, str]) -> RawSession:
        opened.append(RawSession(embedded, properties))
        return opened[-1]

    yield open_
    for session in opened:
        session.close()


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    """`ask(method, url, body=None)`: the JSON that a REST API answers."""
    return call
