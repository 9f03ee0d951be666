"""A transport that tells how often it is used."""

from __future__ import annotations

from collections.abc import Callable

from flinklab.flink.access import Access
from flinklab.flink.transport import HttpTransport, Reply


class CountedTransport(HttpTransport):
    """`count` is called before each request, in the thread that asks."""

    def __init__(self, access: Access, count: Callable[[], None], *, often: bool = False) -> None:
        super().__init__(access, often=often)
        self._count = count

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        self._count()
        return super().request(method, path, body)
