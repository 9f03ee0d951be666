"""The bare loop: fetches the pages of a query one after the other and decodes nothing.

What every reader of the gateway must do at least; the figures of the others are given as a share of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Drained:
    """`first_row` and `seconds` count from the submission, the start of the job included."""

    first_row: float
    seconds: float
    bytes: int


class BareLoop:
    def __init__(self, gateway_url: str) -> None:
        self._http = httpx.Client(base_url=f"{gateway_url}/v4", timeout=60, trust_env=False)
        self._session = self._http.post("/sessions", json={}).json()["sessionHandle"]

    def close(self) -> None:
        self._http.delete(f"/sessions/{self._session}")
        self._http.close()

    def run(self, sql: str) -> Drained:
        """Read a statement to its end."""
        begun = time.perf_counter()
        config = {"execution.checkpointing.mode": "AT_LEAST_ONCE"}
        submitted = self._http.post(
            f"/sessions/{self._session}/statements", json={"statement": sql, "executionConfig": config}
        )
        operation = f"/sessions/{self._session}/operations/{submitted.json()['operationHandle']}"
        token = size = 0
        first = 0.0
        while True:
            page = self._http.get(f"{operation}/result/{token}?rowFormat=JSON")
            if page.status_code != 200:
                raise RuntimeError(page.text[:2000])
            head = page.content[:40]
            if b'"EOS"' in head:
                break
            if b'"NOT_READY"' in head:
                time.sleep(0.005)
                continue
            token += 1
            size += len(page.content)
            if b'"data":[]' in page.content[-300:] or b'"data":[]' in page.content[:1500]:
                time.sleep(0.005)
            elif not first:
                first = time.perf_counter() - begun
        done = Drained(first, time.perf_counter() - begun, size)
        self._http.delete(f"{operation}/close")
        return done
