"""An order to a job, as who gave it follows it. It goes on without anybody."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.domain.errors import CommandFailedError, StillGoingOnError
from flinklab.domain.ids import CommandId
from flinklab.domain.jobs import Command, CommandKind, CommandState, JobKey
from flinklab.domain.text import duration

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

OPEN = frozenset({CommandState.WAITING, CommandState.RUNNING})
_SOON, _LATER = 0.1, 1.0  # s between two looks


class CommandHandle:
    """A recorded command. Whoever has its id can make a handle of it, in any process."""

    def __init__(self, catalog: Catalog, key: JobKey, command: Command) -> None:
        self._catalog = catalog
        self._last = command
        self.key = key

    def __repr__(self) -> str:
        return f"<{self._last.kind.value} of {self.key}: {self._last.state.value}>"

    @property
    def id(self) -> CommandId:
        return self._last.id

    @property
    def kind(self) -> CommandKind:
        return self._last.kind

    @property
    def state(self) -> CommandState:
        """As it is now. Raises `CatalogError`."""
        return self.look().state

    def look(self) -> Command:
        """The command as it is now. One that went with its deleted job is as it was seen last, and over."""
        if self._last.state in OPEN:
            found = self._catalog.commands.get(self.id)
            self._last = found if found is not None else _gone(self._last)
        return self._last

    def wait(
        self, timeout: float | None = None, *, progress: Callable[[Command], None] = lambda command: None
    ) -> Command:
        """The command once it is done. `timeout` in seconds; `progress` hears of each look that shows another step.

        Raises `CommandFailedError` with its outcome when it came to nothing, and `StillGoingOnError` when the time
        is over, or is interrupted: either way it goes on.
        """
        began, pause, before = time.monotonic(), _SOON, None
        while (now := self.look()).state in OPEN:
            if now != before:
                progress(now)
                before = now
            left = float("inf") if timeout is None else began + timeout - time.monotonic()
            if left <= 0:
                raise StillGoingOnError(
                    f"{now.kind.value} of {self.key} is not over after {duration(timeout or 0)}: it goes on",
                    hint=f"it is {in_words(now)}",
                )
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LATER)
        progress(now)
        if now.state is not CommandState.DONE:
            raise CommandFailedError(f"{now.kind.value} of {self.key} {now.state.value}: {now.outcome}")
        return now


def in_words(command: Command) -> str:
    """How far a command is: `waiting`, `stopping`, `done: version 3 runs`."""
    word: str = command.step.value if command.state is CommandState.RUNNING else command.state.value
    return f"{word}: {command.outcome}" if command.outcome else word


def _gone(command: Command) -> Command:
    if command.kind is CommandKind.DELETE:
        return replace(command, state=CommandState.DONE, outcome="deleted")
    return replace(command, state=CommandState.WITHDRAWN, outcome="the job was deleted")
