"""Work that an interrupt of the main thread must not cut in two."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def let_interrupts_in() -> None:
    """Let Ctrl-C and Jupyter's Interrupt end a wait at once.

    A library may have set SIGINT to restart what it interrupts (Polars does when it is first used), and a wait for
    a lock then goes on to its end before Python hears of it.
    """
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)


def aside(work: Callable[[], T]) -> Future[T]:
    """Do `work` on a thread of its own, to its end.

    A person's interrupt arrives in the main thread, between any two instructions: a request that is sent there
    may have been carried out while its reply, the handle that could end it, is lost. Here only the waiting is
    interrupted, and `result()` can be asked again.
    """
    let_interrupts_in()
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="flinklab-aside", daemon=True).start()
    return future
