"""One at a time: the lock of a state folder."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flinklab.domain.errors import StartFailedError

_POLL = 0.1


@contextmanager
def locked(
    state_dir: Path, timeout: float, on_wait: Callable[[], None], what: str = "the embedded Flink"
) -> Iterator[None]:
    """Hold the folder's lock. Waits at most `timeout` seconds for another process; the system frees it on death.

    `what` another process may be starting or ending meanwhile.
    """
    deadline = time.monotonic() + timeout
    with (state_dir / "lock").open("w") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    on_wait()
                    told = True
                if time.monotonic() > deadline:
                    raise StartFailedError(
                        f"another process has been starting or ending {what} for {timeout:.0f} s",
                        hint=f"see {state_dir}",
                    ) from None
                time.sleep(_POLL)
        yield
