"""Work that an interrupt of the main thread must not cut in two, and waiting that an interrupt ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

T = TypeVar("T")
_SLICE = 0.25


def let_interrupts_in() -> None:
    """Let Ctrl-C and Jupyter's Interrupt end a wait at once.

    A library may have set SIGINT to restart what it interrupts (Polars does when it is first used), and a wait for
    a lock then goes on to its end before Python hears of it.
    """
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)


def await_event(event: threading.Event, timeout: float | None = None) -> bool:
    """`event.wait(timeout)` in slices.

    A signal that arrives between Python's last look for one and the wait for the lock does not end that wait.
    """
    let_interrupts_in()
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _SLICE if deadline is None else deadline - time.monotonic()
        if event.wait(max(0.0, min(_SLICE, left))) or left <= 0:
            return event.is_set()


class Pending(Future[T]):
    """A future whose waiting is heard of by an interrupt, as `await_event`."""

    def result(self, timeout: float | None = None) -> T:
        let_interrupts_in()
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.done():
            left = _SLICE if deadline is None else deadline - time.monotonic()
            try:
                return super().result(max(0.0, min(_SLICE, left)))
            except FutureTimeoutError:
                if left <= 0 and not self.done():
                    raise
        return super().result()


def aside(work: Callable[[], T], pending: Pending[T] | None = None) -> Pending[T]:
    """Do `work` on a thread of its own, to its end.

    A person's interrupt arrives in the main thread, between any two instructions: a request that is sent there
    may have been carried out while its reply, the handle that could end it, is lost. Here only the waiting is
    interrupted, and `result()` can be asked again.

    An interrupt can also arrive in here, before the future is given back: who must know whether the work was begun
    brings a `pending`, and `pending.cancel()` is True as long as it was not, and then it never will be.
    """
    came: Pending[T] = Pending() if pending is None else pending

    def run() -> None:
        if not came.set_running_or_notify_cancel():
            return
        try:
            came.set_result(work())
        except BaseException as error:
            came.set_exception(error)

    threading.Thread(target=run, name="flinklab-aside", daemon=True).start()
    return came
