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


def aside(work: Callable[[], T], future: Future[T] | None = None) -> Future[T]:
    """Do `work` on a thread of its own, to its end.

    A person's interrupt arrives in the main thread, between any two instructions: a request that is sent there
    may have been carried out while its reply, the handle that could end it, is lost. Here only the waiting is
    interrupted, and `result()` can be asked again.

    An interrupt can also arrive in here, before the future is given back: who must know whether the work was begun
    brings a `future`, and `future.cancel()` is True as long as it was not, and then it never will be.
    """
    let_interrupts_in()
    came: Future[T] = Future() if future is None else future

    def run() -> None:
        if not came.set_running_or_notify_cancel():
            return
        try:
            came.set_result(work())
        except BaseException as error:
            came.set_exception(error)

    threading.Thread(target=run, name="flinklab-aside", daemon=True).start()
    return came
