"""One cluster, round after round: look once, then for each job decide and act until there is nothing to do."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from flinklab.domain.errors import (
    CatalogUnavailableError,
    ConflictError,
    ConnectionFailedError,
    FlinklabError,
    JobError,
    LeaseLostError,
    LocalFlinkError,
    SchemaVersionError,
    StorageError,
)
from flinklab.domain.ids import AttemptId
from flinklab.domain.jobs import AttemptState, Checkpoint, CommandKind, Event, Managed
from flinklab.jobs.changes import failed
from flinklab.jobs.decide import decide
from flinklab.jobs.hiding import Hide
from flinklab.jobs.retention import disposable
from flinklab.jobs.sending import Sender
from flinklab.jobs.situation import CloseSender, Decision, Effect, Fence, Remove, Send
from flinklab.jobs.world import after
from flinklab.ports.jobs import CheckpointHistory, JobControl, Kept, Ledger, Storage
from flinklab.supervisor.act import Actor
from flinklab.supervisor.apart import ApartObserver
from flinklab.supervisor.observe import (
    Observer,
    Refuge,
    View,
    Why,
    look,
    needs_history,
    no_refuge,
    nothing_to_say,
    unseen,
)
from flinklab.supervisor.recorder import Recorder
from flinklab.supervisor.seeking import newer_checkpoints
from flinklab.supervisor.tally import Tally

_STEPS = 8  # of one job in a round; the next round goes on
_SLOW = (Send, CloseSender, Fence, Remove)  # what waits for a gateway or a storage
_HOLD = timedelta(seconds=5)  # doubled each time that an effect could not be carried out
_LONGEST_HOLD = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=5)
_TIDY_EVERY = timedelta(minutes=10)

log = logging.getLogger("flinklab.supervisor")


def _leave_as_it_is(jobs: Sequence[Managed]) -> None:
    """Nothing is held for a job that is over."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A cluster's ways in, and what hides the secrets of its jobs; `close` lets go of them.

    `has_fixed_slots`: no more of them come by themselves. `refuge`: where else a job of its pool has room;
    `elsewhere`: the same, when it has none here. `is_apart`: each job has a JobManager of its own. `settle` is
    given the jobs after each round. `why_no_slots`: how many there are, for a job that waits for them.
    """

    control: JobControl
    sender: Sender
    storage: Storage
    close: Callable[[], None]
    hide: Hide
    has_fixed_slots: bool = False
    refuge: Refuge = no_refuge
    elsewhere: Refuge = no_refuge
    why_no_slots: Why = nothing_to_say
    is_apart: bool = False
    settle: Callable[[Sequence[Managed]], None] = _leave_as_it_is


class ClusterWorker:
    """`reach` connects to the cluster, and again after it was silent: an embedded one comes back elsewhere.

    `at_once`: how many submissions are under way at a time. `jobs`: as they were after the last round that ended
    well; it may be used from other threads. `completed` is given each checkpoint that was recorded just now.
    """

    def __init__(
        self,
        reach: Callable[[], Reached],
        ledger: Ledger,
        *,
        at_once: int = 4,
        tally: Tally | None = None,
        completed: deque[Checkpoint] | None = None,
    ) -> None:
        self._reach = reach
        self._ledger = ledger
        self._reached: Reached | None = None
        self._observer: Observer | None = None
        self._actor: Actor | None = None
        self._view: View | None = None
        self._world: dict[int, Managed] = {}
        self._is_loaded = False
        self._busy: dict[int, Future[tuple[Kept, ...]]] = {}
        self._closing: set[int] = set()
        self._held: dict[int, tuple[datetime, timedelta]] = {}
        self._sought: set[AttemptId] = set()
        self._recorder = Recorder(ledger)
        self._tidy_at = ledger.now() + _TIDY_EVERY
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="flinklab-submit")
        self._tally = tally if tally is not None else Tally()
        self.jobs: Sequence[Managed] = ()
        self._completed = completed if completed is not None else deque[Checkpoint](maxlen=0)

    @property
    def is_needed(self) -> bool:
        """Something is to be done, or to be watched, or nobody has been able to look yet."""
        if not self._is_loaded:
            return True
        jobs = self._world.values()
        is_live = any(each.attempt is not None and each.attempt.state.is_live for each in jobs)
        return is_live or any(each.job.wanted or each.commands for each in jobs)

    @property
    def is_busy(self) -> bool:
        """Something that was asked for is being carried out."""
        return bool(self._busy) or any(each.commands for each in self._world.values())

    def round(self) -> None:
        """Raises `LeaseLostError` and `CatalogError`: then nothing that is in mind can be relied on."""
        begun = time.monotonic()
        now = self._ledger.now()
        try:
            if not self._is_loaded:
                self._world = {each.job.id: each for each in self._ledger.load()}
                self._is_loaded = True
            self._take_in(now)
            self._take_orders()
            view = self._look(now)
            histories = self._record(now, view)
            for job_id in self._by_priority():
                if job_id not in self._busy and not self._is_held(job_id, now):
                    self._settle(job_id, now, histories.get(job_id))
            self._tidy(now)
            if self._reached is not None:
                self._reached.settle(tuple(self._world.values()))
        except FlinklabError:
            self._world, self._is_loaded = {}, False
            self._tally.round_errors += 1
            raise
        self.jobs = tuple(self._world.values())
        self._tally.rounds += 1
        self._tally.round_seconds += time.monotonic() - begun

    def close(self) -> None:
        """Wait for what is under way (each is bounded), and let go of the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._disconnect()

    def _look(self, now: datetime) -> View:
        """A cluster that answers again may be another one at another address, or registered anew."""
        last, was = self._view, self._view.silent_since if self._view is not None else None
        if last is not None and self._rests(last, now):
            return last
        if last is not None and last.ended and not self._busy:
            self._disconnect()
        try:
            view = look(self._connect().control, now, last)
        except (CatalogUnavailableError, SchemaVersionError):
            raise
        except FlinklabError as error:  # also one that is registered wrongly, or not any more
            view = unseen(now, last, error)
        if view.silent_since is not None and not view.ended and not self._busy:
            self._disconnect()
        if last is None or (last.incarnation, was, last.ended) != (view.incarnation, view.silent_since, view.ended):
            self._ledger.seen(view.incarnation, view.silent_since, view.remark)
        if last is not None and last.url and view.url != last.url and view.silent_since is None:
            self._tell_of_move(last.url, view)
        self._view = view
        return view

    def _rests(self, view: View, now: datetime) -> bool:
        """A silent cluster with nothing to do is looked for ever less often: on YARN each look asks for it."""
        if view.silent_since is None or self.is_needed:
            return False
        return now - view.at < min(view.at - view.silent_since, _LONGEST_REST)

    def _tell_of_move(self, before: str, view: View) -> None:
        """A quick one shows in nothing else but in jobs that went back to their last checkpoint."""
        text, data = f"the JobManager moved to {view.url}", {"before": before, "after": view.url}
        live = (each for each in self._world.values() if each.attempt is not None and each.attempt.state.is_live)
        self._ledger.keep(*(Event(each.job.id, "cluster", text, data, view.at) for each in live))

    def _connect(self) -> Reached:
        if self._reached is None:
            there = self._reached = self._reach()
            self._observer = _observer(there)
            self._actor = Actor(there.control, there.sender, there.storage, self._ledger)
        return self._reached

    def _disconnect(self) -> None:
        reached, self._reached = self._reached, None
        self._observer = self._actor = None
        if reached is not None:
            reached.close()

    def _take_orders(self) -> None:
        world = self._world
        for command in self._ledger.commands():
            managed = world.get(command.job_id) or self._ledger.read(command.job_id)
            if managed is None:
                continue
            if all(each.id != command.id for each in managed.commands):
                managed = after(managed, (command,))
                self._held.pop(command.job_id, None)
            world[command.job_id] = managed

    def _record(self, now: datetime, view: View) -> dict[int, CheckpointHistory]:
        if view.silent_since is not None or self._reached is None:
            return {}
        at_once = {each.job.id for each in self._world.values() if needs_history(each, view)}
        free = [each for each in self._world.values() if each.job.id not in self._busy]
        try:
            there = self._reached
            histories, values = self._recorder.due(there.control, there.hide, free, at_once, now)
        except ConnectionFailedError as error:
            self._view = unseen(now, self._view, error)
            return {}
        for job_id, written in values.items():
            self._put(job_id, written)
        attempts = [each.attempt for each in self._world.values() if each.attempt is not None]
        self._recorder.forget({attempt.flink_id for attempt in attempts if attempt.state.is_live})
        return histories

    def _by_priority(self) -> list[int]:
        """Submissions begin in this order, so many at a time."""
        return sorted(self._world, key=lambda job_id: -self._world[job_id].job.priority)

    def _settle(self, job_id: int, now: datetime, history: CheckpointHistory | None) -> None:
        for _ in range(_STEPS):
            managed = self._world.get(job_id)
            view = self._view
            if managed is None or view is None:
                return
            try:
                decision = self._decide(managed, view, now, history)
                if decision.write:
                    self._ledger.keep(*decision.write)
                    self._put(job_id, decision.write)
                if decision.then is not None:
                    self._begin(job_id, decision.then)
                    return
            except ConnectionFailedError as error:
                # Of one job: the others may still be asked about, and the next round tells of the cluster.
                self._hold(job_id, now, error.message)
                return
            except ConflictError as error:
                self._contradicted(job_id, now, error.message)
                return
            except FlinklabError:
                raise
            except Exception:
                self._stumbled(job_id, now)
                self._read_again(job_id)
                return
            if not decision.write:
                return

    def _contradicted(self, job_id: int, now: datetime, why: str) -> None:
        """What was to be written cannot be true beside what is there. A Flink job that is another attempt's already
        cannot be adopted; all else is read again."""
        self._read_again(job_id)
        managed, view = self._world.get(job_id), self._view
        command = managed.command if managed is not None else None
        if managed is None or view is None or command is None or command.kind is not CommandKind.ADOPT:
            self._hold(job_id, now, why)
            return
        outcome = "the Flink job is another managed job's, or was, or this one has a live attempt"
        over = failed(Observer.blind(managed, view, now), command, outcome)
        self._ledger.keep(*over)
        self._put(job_id, over)

    def _decide(self, managed: Managed, view: View, now: datetime, history: CheckpointHistory | None) -> Decision:
        observer = self._observer
        if observer is None or view.silent_since is not None:
            there = self._reached
            return decide(Observer.blind(managed, view, now, there.refuge if there is not None else no_refuge))
        managed = self._with_what_was_left(managed, now)
        situation = observer.situation(managed, view, now, history)
        found = situation.found
        if history is None and found is not None and found.is_terminal and self._reached is not None:
            # Before its end is written down, what state it leaves behind is.
            there, its = self._reached, {managed.job.id}
            histories, values = self._recorder.due(there.control, there.hide, [managed], its, now)
            for job_id, written in values.items():
                self._put(job_id, written)
            managed = self._world[managed.job.id]
            situation = observer.situation(managed, view, now, histories.get(managed.job.id))
        return decide(situation)

    def _with_what_was_left(self, managed: Managed, now: datetime) -> Managed:
        """Of a lost attempt, once, what it completed after it was looked at last."""
        attempt = managed.attempt
        if attempt is None or attempt.state is not AttemptState.GONE or attempt.id in self._sought:
            return managed
        if self._reached is None:
            return managed
        try:
            left = newer_checkpoints(managed, self._reached.storage, now)
        except StorageError:
            return managed  # what is recorded lies there, too: it is waited for
        if left:
            self._ledger.keep(*left)
            self._put(managed.job.id, left)
        self._sought.add(attempt.id)
        return self._world[managed.job.id]

    def _begin(self, job_id: int, effect: Effect) -> None:
        managed, actor = self._world[job_id], self._actor
        if actor is None:
            return
        if isinstance(effect, _SLOW):
            self._busy[job_id] = self._pool.submit(actor.carry_out, effect, managed)
            if isinstance(effect, CloseSender):
                self._closing.add(job_id)
        else:
            self._put(job_id, actor.carry_out(effect, managed))

    def _tidy(self, now: datetime) -> None:
        """Let go of restore points that the policies do not keep."""
        is_silent = self._view is None or self._view.silent_since is not None
        if now < self._tidy_at or self._actor is None or is_silent:
            return
        self._tidy_at = now + _TIDY_EVERY
        for job_id, managed in self._world.items():
            disposal = disposable(managed, now)
            if disposal.points and job_id not in self._busy:
                self._busy[job_id] = self._pool.submit(self._actor.dispose, disposal)

    def _take_in(self, now: datetime) -> None:
        """What has come of the slow effects."""
        for job_id, future in [(each, future) for each, future in self._busy.items() if future.done()]:
            del self._busy[job_id]
            only_closed = job_id in self._closing  # before another try: how the last one went still counts
            self._closing.discard(job_id)
            try:
                self._put(job_id, future.result())
                if not only_closed:
                    self._held.pop(job_id, None)
            except LeaseLostError:
                raise
            except (ConnectionFailedError, LocalFlinkError, JobError) as error:
                self._hold(job_id, now, error.message)
            except FlinklabError:
                raise
            except Exception:
                self._stumbled(job_id, now)
            self._read_again(job_id)

    def _read_again(self, job_id: int) -> None:
        managed = self._ledger.read(job_id)
        if managed is not None:
            self._world[job_id] = managed
        else:
            self._world.pop(job_id, None)

    def _stumbled(self, job_id: int, now: datetime) -> None:
        """A mistake of flinklab's own over one job must not cost the others their supervisor."""
        log.exception("a job could not be looked after", extra={"action": "job", "job": job_id})
        self._hold(job_id, now, "an internal error")

    def _put(self, job_id: int, values: tuple[Kept, ...]) -> None:
        managed = after(self._world[job_id], values)
        for value in values:
            if isinstance(value, Checkpoint) and _is_new(value):
                self._completed.append(value)
            if isinstance(value, Event):
                log.info("%s: %s", managed.job.key, value.text, extra={"action": value.kind})
        if managed.job.cluster == self._ledger.lease.cluster.name:
            self._world[job_id] = managed
        else:
            del self._world[job_id]

    def _is_held(self, job_id: int, now: datetime) -> bool:
        return job_id in self._held and now < self._held[job_id][0]

    def _hold(self, job_id: int, now: datetime, why: str) -> None:
        pause = min(self._held[job_id][1] * 2, _LONGEST_HOLD) if job_id in self._held else _HOLD
        self._held[job_id] = (now + pause, pause)
        log.warning("held for %g s", pause.total_seconds(), extra={"action": "hold", "job": job_id, "why": why})


def _observer(there: Reached) -> Observer:
    if there.is_apart:
        return ApartObserver(there.control, there.storage, there.hide)
    return Observer(
        there.control,
        there.storage,
        there.hide,
        has_fixed_slots=there.has_fixed_slots,
        elsewhere=there.elsewhere,
        why_no_slots=there.why_no_slots,
    )


def _is_new(checkpoint: Checkpoint) -> bool:
    """Flink has just told of it."""
    return checkpoint.status == "completed" and not checkpoint.id and not checkpoint.missing_at
