"""YARN's ResourceManager."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from flinklab.domain.ids import AttemptId
from flinklab.domain.yarn import (
    FLINK,
    Application,
    ApplicationAttempt,
    ApplicationOrder,
    ApplicationState,
    Queue,
    YarnInfo,
)


class ResourceManager(Protocol):
    """The ResourceManagers of one YARN cluster: one, or two of which one is active.

    Every method may raise a `ConnectionFailedError`; none is repeated but on the other ResourceManager, when one
    does not answer or is only standing by. May be used from any thread.
    """

    @property
    def urls(self) -> Sequence[str]: ...

    def info(self) -> YarnInfo: ...

    def applications(
        self,
        *,
        states: Collection[ApplicationState] = (),
        type: str | None = FLINK,
        tag: str | None = None,
        queue: str | None = None,
    ) -> Sequence[Application]:
        """One request. `states`: all when empty; `type`: None for any. `pending` of each is 0: see `application`.

        Raises `YarnRefusedError` for a queue that there is not.
        """
        ...

    def application(self, application_id: str) -> Application | None:
        """None when the ResourceManager does not know it (any more), which says nothing of how it is.

        Raises `YarnRefusedError` for what can be no application's id.
        """
        ...

    def attempts(self, application_id: str) -> Sequence[ApplicationAttempt]:
        """In the order in which they began; empty where it is not known."""
        ...

    def queues(self) -> Sequence[Queue]:
        """The leaf queues, whichever scheduler it is."""
        ...

    def kill(self, application_id: str) -> None:
        """Asked for; the state tells when it has come to that. One that has ended already is left as it is.

        Raises `YarnRefusedError`, or `NoApplicationError` (as `move` and `set_priority` do) for an unknown id.
        """
        ...

    def move(self, application_id: str, queue: str) -> None:
        """To another queue, while it runs. Raises `YarnRefusedError`."""
        ...

    def set_priority(self, application_id: str, priority: int) -> None:
        """Raises `YarnRefusedError`."""
        ...

    def close(self) -> None: ...


class Applications(Protocol):
    """Applications of one registered cluster, each with one attempt of a job in it."""

    def tagged(self, attempt: AttemptId) -> Application | None:
        """The one that was submitted for the attempt, one that lives before one that is over.

        It asks the ResourceManager now. Raises `ConnectionFailedError`.
        """
        ...

    def deploy(self, order: ApplicationOrder) -> Application:
        """Submit it, once, and wait until its JobManager serves, which begins with the script only then.

        Raises a `FlinklabError` when it does not come to that: what was submitted is ended then, as far as that
        is known.
        """
        ...
