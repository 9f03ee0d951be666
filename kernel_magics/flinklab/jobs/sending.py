"""What a supervisor needs to submit attempts, and what becomes of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flinklab.domain.ids import SessionHandle
from flinklab.domain.jobs import Attempt, Cause, Job


@dataclass(frozen=True, slots=True)
class Arrived:
    """The cluster took the job, or had it already. `shape`: of the plan that it runs."""

    shape: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was started, and nothing of it can still be on its way."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody knows: only looking tells. `shape`: of the plan that was sent."""

    reason: str
    shape: str = ""


Sent = Arrived | Refused | Lost


TOMBSTONE = "file:///flinklab/fenced"
"""A state that is nowhere: a job that is to be restored from it fails, and its id is used up."""


class Sender(Protocol):
    """Submits attempts to one cluster."""

    def open(self) -> SessionHandle:
        """A gateway session for one attempt. It is recorded before anything is sent through it.

        Raises `ConnectionFailedError`.
        """
        ...

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        """Prepare the session and carry out the version's plan under the attempt's Flink job id.

        The plan of the version in the job's environment is compiled when there is none yet. A state whose plan had
        another `shape` (None: it is not known) is refused unless `attempt.forced`.
        """
        ...

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        """Use up the attempt's Flink job id with a job that cannot begin: its state is at `TOMBSTONE`.

        Flink takes an id once, so that nothing that was sent under it earlier and is still on its way can begin.
        False: that had arrived already. Raises `ConnectionFailedError` when neither is certain.
        """
        ...

    def close(self, session: SessionHandle) -> None:
        """Begin nothing more in it; what it has sent may still be on its way. A session that is gone is fine.

        Raises `ConnectionFailedError` when the gateway does not answer.
        """
        ...
