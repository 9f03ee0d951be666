"""Ending the application of a job that is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flinklab.domain.errors import ConnectionFailedError, NoApplicationError, UnreachableError
from flinklab.domain.yarn import Application
from flinklab.ports.yarn import ResourceManager


@dataclass(frozen=True, slots=True)
class Ending:
    """Seconds: `gently` for Flink to end its cluster by itself, `killed` until a kill has come to it."""

    gently: float = 20.0
    killed: float = 20.0
    look: float = 2.0


def end_application(
    manager: ResourceManager, application: str, shut_down: Callable[[], None], patience: Ending
) -> None:
    """Let Flink end its cluster, which tidies up behind it, and kill it when it does not come to that.

    A JobManager may take the order and hang (seen on 2.3). One that YARN does not know and that does not answer is
    as good as ended: what is asked for here is only that nothing is held for a job that is over. Raises
    `ConnectionFailedError` when it has not ended.
    """
    found = manager.application(application)
    if found is not None and found.state.is_over:
        return
    try:
        shut_down()
    except ConnectionFailedError:
        if found is None:
            return
    else:
        if _ends(manager, application, patience.gently, patience.look):
            return
    try:
        manager.kill(application)
    except NoApplicationError:
        return
    if not _ends(manager, application, patience.killed, patience.look):
        raise UnreachableError(f"{application} was killed and has not ended yet")


def _ends(manager: ResourceManager, application: str, within: float, look: float) -> bool:
    deadline = time.monotonic() + within
    while not _is_gone(manager.application(application)):
        if time.monotonic() >= deadline:
            return False
        time.sleep(look)
    return True


def _is_gone(found: Application | None) -> bool:
    return found is None or found.state.is_over
