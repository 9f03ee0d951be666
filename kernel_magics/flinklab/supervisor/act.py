"""Acting: each effect is such that it may be carried out twice, or only almost."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from flinklab.domain.errors import CommandFailedError, ConnectionFailedError
from flinklab.domain.jobs import Attempt, AttemptState, Command, Event, Managed
from flinklab.jobs.retention import Disposal
from flinklab.jobs.sending import Arrived, Lost, Refused, Sender, Sent
from flinklab.jobs.situation import AskSavepoint, CancelJob, CloseSender, Effect, Fence, Remove, Rescale, Send
from flinklab.ports.jobs import JobControl, Kept, Ledger, Storage


class Actor:
    """Carries out what was decided, after that was written."""

    def __init__(self, control: JobControl, sender: Sender, storage: Storage, ledger: Ledger) -> None:
        self._control = control
        self._sender = sender
        self._storage = storage
        self._ledger = ledger

    def carry_out(self, effect: Effect, managed: Managed) -> tuple[Kept, ...]:
        """What was written about how it went.

        Raises `ConnectionFailedError` (nothing is known, the next look tells), `LeaseLostError`, `StorageError`.
        """
        if isinstance(effect, Send):
            return self._send(effect, managed)
        if isinstance(effect, CloseSender):
            return self._close(effect)
        if isinstance(effect, Fence):
            return self._fence(effect)
        if isinstance(effect, AskSavepoint):
            return self._ask(effect)
        if isinstance(effect, CancelJob):
            self._control.cancel(effect.attempt.flink_id)
            return ()
        if isinstance(effect, Rescale):
            return self._rescale(effect)
        return self._remove(effect, managed)

    def dispose(self, disposal: Disposal) -> tuple[Kept, ...]:
        """Delete restore points that are not kept, once it was seen that the newest one is there.

        Raises `StorageError`, `LeaseLostError`.
        """
        values: list[Kept] = []
        if not self._storage.is_restore_point(disposal.newest):
            return ()
        for point in disposal.points:
            self._storage.delete(point.path)
            now = self._ledger.now()
            told = Event(point.job_id, "checkpoint", f"deleted {point.path}: newer ones are kept", at=now)
            values += replace(point, deleted_at=now), told
        self._ledger.keep(*values)
        return tuple(values)

    def _send(self, effect: Send, managed: Managed) -> tuple[Kept, ...]:
        session = self._sender.open()
        attempt = replace(effect.attempt, session=session, sender_closed=False)
        # From here on whoever takes over can close the session, and then knows that nothing more arrives from it.
        self._ledger.keep(attempt)
        points = (each.shape for each in managed.points if each.path == attempt.restored_from)
        sent = self._sender.send(managed.job, attempt, session, next(points, None))
        if not isinstance(sent, Lost):
            with contextlib.suppress(ConnectionFailedError):
                self._sender.close(session)
        if isinstance(sent, Refused) and effect.again:
            # Only this one was: what was sent before may still begin.
            return self._fence(Fence(replace(attempt, completed=0), AttemptState.FAILED, sent.cause))
        values = self._outcome(sent, attempt, managed)
        self._ledger.keep(*values)
        return values

    def _outcome(self, sent: Sent, attempt: Attempt, managed: Managed) -> tuple[Kept, ...]:
        job, now = managed.job.id, self._ledger.now()
        data = {"attempt": attempt.id, "flink_id": attempt.flink_id}
        if isinstance(sent, Arrived):
            text = f"attempt {attempt.number} was submitted"
            here = replace(attempt, state=AttemptState.RUNNING, shape=sent.shape)
            return here, Event(job, "attempt", text, data, now)
        if isinstance(sent, Refused):
            text = f"attempt {attempt.number} was refused: {sent.cause.message}"
            over = replace(attempt, state=AttemptState.FAILED, cause=sent.cause, completed=0, ended_at=now)
            return over, Event(job, "attempt", text, data, now)
        unknown = replace(attempt, state=AttemptState.UNKNOWN, shape=sent.shape)
        return unknown, Event(job, "attempt", f"attempt {attempt.number}: {sent.reason}; looking for it", data, now)

    def _close(self, effect: CloseSender) -> tuple[Kept, ...]:
        if effect.attempt.session is not None:
            self._sender.close(effect.attempt.session)
        closed = replace(effect.attempt, sender_closed=True)
        self._ledger.keep(closed)
        return (closed,)

    def _fence(self, effect: Fence) -> tuple[Kept, ...]:
        session = self._sender.open()
        try:
            is_used_up = self._sender.fence(effect.attempt, session)
        finally:
            with contextlib.suppress(ConnectionFailedError):
                self._sender.close(session)
        if not is_used_up:
            return ()
        attempt = effect.attempt
        now = self._ledger.now()
        over = replace(attempt, state=effect.state, cause=effect.cause, ended_at=now)
        text = f"attempt {attempt.number} {effect.state.value}: {effect.cause.message}"
        told = Event(attempt.job_id, "attempt", text, {"attempt": attempt.id, "flink_id": attempt.flink_id}, now)
        self._ledger.keep(over, told)
        return over, told

    def _remove(self, effect: Remove, managed: Managed) -> tuple[Kept, ...]:
        for path in effect.paths:
            self._storage.delete(path)
        self._ledger.delete(managed.job.id)
        return ()

    def _ask(self, effect: AskSavepoint) -> tuple[Kept, ...]:
        flink_id, trigger = effect.attempt.flink_id, effect.command.trigger
        try:
            if effect.stop:
                self._control.trigger_stop(flink_id, trigger, drain=effect.drain, canonical=effect.canonical)
            else:
                self._control.trigger_savepoint(flink_id, trigger, canonical=effect.canonical)
        except CommandFailedError as error:
            return self._refused(effect.command, error)
        return ()

    def _rescale(self, effect: Rescale) -> tuple[Kept, ...]:
        try:
            self._control.rescale(effect.attempt.flink_id, effect.requirements)
        except CommandFailedError as error:
            return self._refused(effect.command, error)
        return ()

    def _refused(self, command: Command, error: CommandFailedError) -> tuple[Kept, ...]:
        """It is told, once, and asked for again until it is late."""
        if command.outcome == error.message:
            return ()
        told = replace(command, outcome=error.message)
        self._ledger.keep(told)
        return (told,)
