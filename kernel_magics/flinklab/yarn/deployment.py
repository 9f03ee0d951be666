"""Starting a session: Flink's client does it, and the ResourceManager says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, YarnError
from flinklab.domain.text import duration
from flinklab.domain.yarn import Application, ApplicationState, Queue
from flinklab.ports.yarn import ResourceManager
from flinklab.yarn.client import Client, Program, configured
from flinklab.yarn.client_output import Step, application_in, explain, hopeless, recognised, step_of
from flinklab.yarn.meant import ending
from flinklab.yarn.queue_words import find_queue, waiting

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `whole`: for all of it; `look`: between two looks at the application; `accepted`: after which it is
    said why an application does not begin, and then again after each of them; `grace`: for the client to clean up;
    `settle`: for what it had sent to show at the ResourceManager.
    """

    whole: float = 300.0
    look: float = 2.0
    accepted: float = 5.0
    grace: float = 15.0
    settle: float = 5.0


@dataclass(slots=True)
class Deployment:
    """One request for one session; `request` is the tag that its application has and nothing else.

    Whatever becomes of the client, there is never a second application for a request: what became of the first is
    looked up by the tag.
    """

    program: Program
    manager: ResourceManager
    config: Mapping[str, str]
    request: str
    progress: Progress
    patience: Patience = field(default_factory=Patience)
    what: str = "session"  # that is asked for, in the words for a person
    _began: float = field(default_factory=time.monotonic)
    _named: str = ""  # the application's id, as the client said it
    _steps: list[Step] = field(default_factory=list)

    def run(self) -> Application:
        """The application, which runs and whose JobManager is known.

        Raises `YarnRefusedError`, `YarnError` or `ConnectionFailedError`. Then, and after a KeyboardInterrupt, the
        application is ended; where that fails it is said that it may be there.
        """
        with configured(self.config) as conf:
            client = Client(self.program, conf)
            try:
                found = self._deployed(client)
                client.let_end(self.patience.grace)
                return found
            except BaseException as error:
                client.end(self.patience.grace)
                self._undo(error)
                raise

    def _deployed(self, client: Client) -> Application:
        watch = _Watch(self.manager, self.request, self.patience, self.progress)
        while (code := client.code) is None:
            for line in client.news(min(0.5, self.patience.look)):
                self._read(line)
            if self._named and watch.look() and watch.serves:
                return watch.found
            if watch.is_over:
                break
            self._check_time(client, watch.last)
        if code != 0 and not self._named:
            raise self._failure(client)
        # Whether the client came to its end or was lost on the way: the tag tells.
        missing_at = time.monotonic() + self.patience.settle
        while not watch.serves:
            watch.look()
            if watch.is_over:
                client.let_end(self.patience.grace)
                client.news(0)
                raise self._failure(client, watch.found)
            if watch.last is None and watch.heard_at > missing_at:
                raise self._failure(client)
            self._check_time(client, watch.last)
            time.sleep(min(0.2, self.patience.look))
        return watch.found

    def _read(self, line: str) -> None:
        self._named = application_in(line) or self._named
        step = step_of(line)
        if step is not None and step is not Step.DEPLOYED and step not in self._steps:
            self._steps.append(step)
            self.progress(f"Flink's client {step.value}" + (f": {self._named}" if self._named else ""))
        if hopeless(line):
            raise explain([line])

    def _check_time(self, client: Client, last: Application | None) -> None:
        if time.monotonic() - self._began < self.patience.whole:
            return
        after = duration(self.patience.whole)
        if last is not None:
            hint = (
                "give it more time (--timeout)"
                if last.containers
                else "choose another queue, or give it less memory"
            )
            raise YarnError(f"no {self.what} after {after}: {waiting(last, _queue(self.manager, last))}", hint=hint)
        raise recognised(list(client.lines)) or YarnError(
            f"no {self.what} after {after}: Flink's client was not done", details="\n".join(client.lines)
        )

    def _failure(self, client: Client, ended: Application | None = None) -> FlinklabError:
        """What the client says went wrong; where it says nothing of use, how the application ended."""
        queues: Sequence[Queue] = ()
        with suppress(FlinklabError):
            queues = self.manager.queues()
        lines = list(client.lines)
        known = recognised(lines, queues)
        if known is not None or ended is None:
            return known or explain(lines)
        return YarnError(
            f"the {self.what} ended before it served: {ending(ended)}",
            hint=f"its log: yarn logs -applicationId {ended.id}",
            details="\n".join(lines),
        )

    def _undo(self, error: BaseException) -> None:
        """The client took its application with it, where it came to that. See to it that it is so."""
        if not self._named:
            return
        try:
            self._end_application()
        except FlinklabError as trouble:
            left = f"{self._named} may be there: `yarn application -kill {self._named}` ends it ({trouble.message})"
            self.progress(left)
            if isinstance(error, FlinklabError):
                error.hint = f"{error.hint}; {left}" if error.hint else left

    def _end_application(self) -> None:
        began, asked = time.monotonic(), False
        while True:
            found = _tagged(self.manager, self.request)
            waited = time.monotonic() - began
            if found is not None and found.state.is_over:
                if asked:
                    self.progress(f"{found.id} is ended")
                return
            if found is None and waited > self.patience.settle:
                return
            if found is not None and not asked:
                self.manager.kill(found.id)
                asked = True
            if waited > self.patience.settle + self.patience.grace:
                raise YarnError("it has not ended yet")
            time.sleep(min(0.2, self.patience.look))


class _Watch:
    """The application of a request, looked at now and then. Says later why it does not begin, and what changes."""

    def __init__(self, manager: ResourceManager, request: str, patience: Patience, progress: Progress) -> None:
        self._manager, self._request = manager, request
        self._patience, self._progress = patience, progress
        self._next = 0.0
        self._say_at: float | None = None
        self._said = ""
        self._is_silent = False
        self.last: Application | None = None
        self.heard_at = 0.0  # when the ResourceManager answered last

    def look(self) -> bool:
        """Whether it was time to, and there was something to see. A ResourceManager may be away for a while."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._patience.look
        try:
            found = _tagged(self._manager, self._request)
        except ConnectionFailedError as error:
            if not self._is_silent:
                self._progress(f"{error.message}; waiting for it")
            self._is_silent = True
            return False
        self._is_silent, self.heard_at = False, now
        self.last = found or self.last
        if found is not None and found.state is ApplicationState.ACCEPTED:
            self._tell(found, now)
        return found is not None

    @property
    def found(self) -> Application:
        assert self.last is not None
        return self.last

    @property
    def serves(self) -> bool:
        last = self.last
        return last is not None and last.state is ApplicationState.RUNNING and bool(last.jobmanager_url)

    @property
    def is_over(self) -> bool:
        return self.last is not None and self.last.state.is_over

    def _tell(self, found: Application, now: float) -> None:
        if self._say_at is None:
            self._say_at = now + self._patience.accepted
        elif now >= self._say_at:
            self._say_at = now + 5 * self._patience.accepted
            told = waiting(found, _queue(self._manager, found))
            if told != self._said:
                self._progress(told)
            self._said = told


def _tagged(manager: ResourceManager, request: str) -> Application | None:
    found = manager.applications(tag=request)
    return found[0] if found else None


def _queue(manager: ResourceManager, application: Application) -> Queue | None:
    """Only for what is said: who asks for a session need not hear that its queue could not be read."""
    try:
        return find_queue(manager.queues(), application.queue)
    except FlinklabError:
        return None
