"""Work that an interrupt of the main thread must not cut in two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def aside(work: Callable[[], T]) -> Future[T]:
    """Do `work` on a thread of its own, to its end.

    A person's interrupt arrives in the main thread, between any two instructions: a request that is sent there
    may have been carried out while its reply, the handle that could end it, is lost. Here only the waiting is
    interrupted, and `result()` can be asked again.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="flinklab-aside", daemon=True).start()
    return future
