"""Waiting for a command in a cell: its step in one line that changes, until it is over or somebody interrupts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.api.command_handle import OPEN, CommandHandle, in_words
from flinklab.domain.errors import CommandFailedError, StillGoingOnError
from flinklab.domain.jobs import Command, CommandState
from flinklab.domain.text import count
from flinklab.notebook.picture import framed

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_LOOKS = {
    CommandState.DONE: "finished",
    CommandState.FAILED: "failed",
    CommandState.WITHDRAWN: "stopped",
}
PATIENCE = 300.0
"""s that a cell waits for a command without being told how long."""


def wait_for(handles: Sequence[CommandHandle], timeout: float | None) -> None:
    """Wait for commands, one after the other, each with its line. `timeout` in seconds, None for the usual time.

    Raises the `CommandFailedError` of the last that came to nothing, and `StillGoingOnError`.
    """
    failed: CommandFailedError | None = None
    for each in handles:
        line = _Line(each)
        try:
            each.wait(timeout if timeout is not None else PATIENCE, progress=line.show)
        except CommandFailedError as error:
            failed = error
        except KeyboardInterrupt:
            left = sum(other.look().state in OPEN for other in handles)
            raise StillGoingOnError(
                f"interrupted: {each.kind.value} of {each.key} goes on"
                if left <= 1
                else f"interrupted: {count(left, 'command')} go on",
                hint="`%flink jobs` shows them",
            ) from None
    if failed is not None:
        raise failed


def is_looked_after(bench: Workbench, say: Callable[[str], None]) -> bool:
    """Whether a supervisor lives; in a catalog of one's own one is started, and it is said."""
    from flinklab.api import supervising
    from flinklab.settings import load_settings

    return supervising.ensure(load_settings(), bench.catalog(), say)


class _Line:
    """One line of the cell's output, drawn over where a kernel shows it, and only at the end elsewhere."""

    def __init__(self, handle: CommandHandle) -> None:
        self._what = f"{handle.kind.value} of {handle.key}"
        self._id = f"flinklab-command-{uuid.uuid4().hex[:12]}"
        self._can_change = getattr(get_ipython(), "kernel", None) is not None
        self._update = False

    def show(self, command: Command) -> None:
        is_over = command.state not in OPEN
        if not self._can_change and not is_over:
            return
        words, look = in_words(command), _LOOKS.get(command.state, "running")
        html = (
            f'<div class="fl-quiet"><span class="fl-state">{escape(self._what)}</span><span>{escape(words)}</span>'
        )
        data = {"text/html": framed(f"{html}</div>", state=look), "text/plain": f"{self._what}: {words}"}
        publish_display_data(data, metadata={}, transient={"display_id": self._id}, update=self._update)
        self._update = True
