"""Looking: one question per cluster, and more only about a job of which something depends on the answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flinklab.domain.cluster import JobDetail, JobState, JobSummary
from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError, FlinklabError, StorageError
from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.jobs import Attempt, AttemptState, Cause, CommandKind, Managed, ManagedState, Step
from flinklab.jobs.hiding import Hide
from flinklab.jobs.launching import SHAPE_MARK
from flinklab.jobs.leaving import is_proof
from flinklab.jobs.restoring import candidates
from flinklab.jobs.situation import Fresh, Situation
from flinklab.ports.jobs import CheckpointHistory, JobControl, Requirements, Savepoint, Storage

_STARTS = frozenset({Step.NEW, Step.STARTING, Step.GOING_BACK})


Refuge = Callable[[Managed], str]
"""The name of another cluster of the job's pool that has room for it; empty when there is none."""


def no_refuge(managed: Managed) -> str:
    """Where there are no pools."""
    return ""


Why = Callable[[], str]
"""How many slots there are, in words, and why there are no more."""


def nothing_to_say() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class View:
    """A cluster at one moment: the states of its jobs, or since when it does not answer.

    `url`: where its JobManager answered last. `ended`: what proves that it never will again, and `application`:
    what it was, of YARN's.
    """

    at: datetime
    incarnation: str = ""
    states: Mapping[JobId, JobState] = field(default_factory=dict)
    silent_since: datetime | None = None
    remark: str = ""
    ended: str = ""
    application: str = ""
    url: str = ""


def look(control: JobControl, now: datetime, last: View | None) -> View:
    """The one question of a round."""
    try:
        states = {job.id: _shown(job) for job in control.jobs()}
        return View(now, control.incarnation(), states, url=control.url)
    except ConnectionFailedError as error:
        return unseen(now, last, error)


def _shown(job: JobSummary | JobDetail) -> JobState:
    """Flink's `CREATED` says that no task has started to run: so it is, too, while all of them wait for slots."""
    return JobState.CREATED if job.waits_for_slots else job.state


def unseen(now: datetime, last: View | None, error: FlinklabError) -> View:
    """Of a cluster that could not be looked at, because of `error`."""
    since = last.silent_since if last is not None and last.silent_since is not None else now
    here, url = (last.incarnation, last.url) if last is not None else ("", "")
    if isinstance(error, ClusterEndedError):
        return View(now, here, {}, since, error.message, error.message, error.application)
    return View(now, here, {}, since, str(error), url=url)


class Observer:
    """Makes the situation of a job from the cluster's view and what has to be asked about it.

    `hide` takes the secrets out of what Flink says of failures, which is written down and shown. `elsewhere`: where
    in its pool a job is to start when there is no room for it here; `why_no_slots` is asked while a job waits for
    them. Raises `ConnectionFailedError` when the cluster stops answering in between.
    """

    def __init__(
        self,
        control: JobControl,
        storage: Storage,
        hide: Hide,
        *,
        has_fixed_slots: bool = False,
        elsewhere: Refuge = no_refuge,
        why_no_slots: Why = nothing_to_say,
    ) -> None:
        self._control = control
        self._storage = storage
        self._hide = hide
        self._has_fixed_slots = has_fixed_slots
        self._elsewhere = elsewhere
        self._why_no_slots = why_no_slots
        self._absent: dict[AttemptId, tuple[datetime, datetime]] = {}  # since when, and when looked at last
        self._over: dict[AttemptId, datetime] = {}

    def situation(
        self, managed: Managed, view: View, now: datetime, history: CheckpointHistory | None = None
    ) -> Situation:
        """`history`: the job's checkpoints, when they were just asked for."""
        attempt = managed.attempt
        is_live = attempt is not None and attempt.state.is_live
        found = self._found(attempt, view) if attempt is not None else None
        is_missing = is_live and found is None and attempt is not None and attempt.state is not AttemptState.PLANNED
        return Situation(
            now,
            managed,
            _fresh(),
            # Read again: the cluster may have been started anew between its list and the question about the job.
            self._control.incarnation() if is_missing else view.incarnation,
            refuge=self._elsewhere(managed) if may_start_elsewhere(managed, now) else "",
            waiting=self._waiting() if _has_no_slot(attempt, found) else "",
            found=found,
            absent_since=self._absence(managed, found, now) if is_live else None,
            over_since=self._end(managed, found, now),
            savepoint=self._savepoint(managed),
            history=history,
            cause=self._cause(managed, found),
            requirements=self._requirements(managed) if is_live else None,
            slots=self._slots(managed) if is_live else None,
            shape=self._shape(attempt, found),
            checked={} if is_live else self._checked(managed, now),
        )

    @staticmethod
    def blind(managed: Managed, view: View, now: datetime, refuge: Refuge = no_refuge) -> Situation:
        """Of a cluster that does not answer; `refuge` is asked for a job that has to leave one that has ended."""
        ended = view.ended if is_proof(managed.attempt, view.application) else ""
        has_to_leave = bool(ended) and has_to_run(managed)
        return Situation(
            now,
            managed,
            _fresh(),
            view.incarnation,
            view.silent_since or now,
            ended=ended,
            refuge=refuge(managed) if has_to_leave else "",
        )

    def _found(self, attempt: Attempt, view: View) -> JobState | None:
        """The list is some seconds old and may lack a job that has just arrived, which is asked for by its id."""
        if attempt.state is AttemptState.PLANNED:
            return None
        if not attempt.state.is_live:
            return view.states.get(attempt.flink_id) if attempt.state is AttemptState.GONE else None
        if attempt.flink_id in view.states and attempt.state not in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
            return view.states[attempt.flink_id]
        found = self._control.state(attempt.flink_id)
        is_new = attempt.state is AttemptState.RUNNING and attempt.running_at is None
        if found is not JobState.RUNNING or not is_new:
            return found
        detail = self._control.job(attempt.flink_id)
        return _shown(detail) if detail is not None else None

    def _waiting(self) -> str:
        why = self._why_no_slots()
        return "waits for slots" + (f": {why}" if why else "")

    def _absence(self, managed: Managed, found: JobState | None, now: datetime) -> datetime | None:
        """After a pause in the looking it is counted anew: the job may have been there in between."""
        attempt, patience = managed.attempt, timedelta(seconds=managed.job.policies.unreachable_after)
        if attempt is None or found is not None or attempt.state is AttemptState.PLANNED:
            self._absent.pop(attempt.id if attempt is not None else AttemptId(""), None)
            return None
        since, looked = self._absent.get(attempt.id, (now, now))
        since = since if now - looked < patience else now
        self._absent[attempt.id] = since, now
        return since

    def _end(self, managed: Managed, found: JobState | None, now: datetime) -> datetime | None:
        attempt = managed.attempt
        if attempt is None or found is None or not found.is_terminal or not attempt.state.is_live:
            self._over.pop(attempt.id if attempt is not None else AttemptId(""), None)
            return None
        return self._over.setdefault(attempt.id, now)

    def _cause(self, managed: Managed, found: JobState | None) -> Cause | None:
        """Of the failure that ended it, or that it is just being restarted after."""
        attempt, shown = managed.attempt, managed.status.state
        if attempt is None or not attempt.state.is_live:
            return None
        has_failed = found is JobState.FAILED
        is_new = found is JobState.RESTARTING and shown is not ManagedState.RESTARTING
        cause = self._control.cause(attempt.flink_id) if has_failed or is_new else None
        if cause is None:
            return None
        message, details, vertex = (
            self._hide(managed, text) for text in (cause.message, cause.details, cause.vertex)
        )
        return replace(cause, message=message, details=details, vertex=vertex)

    def _shape(self, attempt: Attempt | None, found: JobState | None) -> str:
        """What was sent with an attempt stands in the job's own parameters, whatever became of the reply."""
        if attempt is None or found is None or attempt.shape or not attempt.state.is_live:
            return ""
        if attempt.state is AttemptState.RUNNING or found is JobState.INITIALIZING:
            return ""
        return self._control.job_parameters(attempt.flink_id).get(SHAPE_MARK, "")

    def _savepoint(self, managed: Managed) -> Savepoint | None:
        command, attempt = managed.command, managed.attempt
        if command is None or attempt is None or not command.trigger:
            return None
        if command.step not in (Step.SAVING, Step.STOPPING):
            return None
        savepoint = self._control.savepoint(attempt.flink_id, command.trigger)
        return (
            replace(savepoint, failure=self._hide(managed, savepoint.failure)) if savepoint.failure else savepoint
        )

    def _slots(self, managed: Managed) -> int | None:
        command = managed.command
        is_asked = command is not None and command.kind is CommandKind.SCALE and command.step is Step.NEW
        return self._control.overview().slots_total if is_asked and self._has_fixed_slots else None

    def _requirements(self, managed: Managed) -> Requirements | None:
        command = managed.command
        if command is None or command.kind is not CommandKind.SCALE or managed.attempt is None:
            return None
        if command.step not in (Step.NEW, Step.STARTING) or managed.attempt.state is not AttemptState.RUNNING:
            return None
        return self._control.requirements(managed.attempt.flink_id)

    def _checked(self, managed: Managed, now: datetime) -> dict[str, bool | None]:
        """Of the paths that the next start may be from, down to the first where something lies."""
        command, status = managed.command, managed.status
        is_due = (
            command is None and managed.job.wanted and status.not_before is not None and now >= status.not_before
        )
        if not is_due and (command is None or command.step not in _STARTS):
            return {}
        checked: dict[str, bool | None] = {}
        for path in candidates(managed):
            try:
                checked[path] = self._storage.is_restore_point(path)
            except StorageError:
                checked[path] = None
            if checked[path] is not False:
                break
        return checked


def has_to_run(managed: Managed) -> bool:
    """It waits for somewhere to run: nothing of it does, and it is wanted, or something that starts it is open."""
    attempt, command = managed.attempt, managed.command
    if attempt is not None and attempt.state.is_live:
        return False
    return managed.job.wanted if command is None else command.step is not Step.NEW


def may_start_elsewhere(managed: Managed, now: datetime) -> bool:
    """It is about to be started, anywhere in its pool, and nothing of it can come back where it was."""
    attempt, command, due = managed.attempt, managed.command, managed.status.not_before
    if not managed.job.pool or (attempt is not None and (attempt.state.is_live or not _is_seen_over(attempt))):
        return False
    if command is None:
        has_failed = attempt is not None and attempt.state is AttemptState.FAILED
        return managed.job.wanted and has_failed and due is not None and now >= due
    return command.kind is CommandKind.START and command.step is Step.STARTING and command.attempt is None


def _has_no_slot(attempt: Attempt | None, found: JobState | None) -> bool:
    """An adaptive scheduler, too, calls a job created as long as its slots do not come."""
    return attempt is not None and attempt.state is AttemptState.RUNNING and found is JobState.CREATED


def _is_seen_over(attempt: Attempt) -> bool:
    return not attempt.state.is_live and attempt.state is not AttemptState.GONE


def needs_history(managed: Managed, view: View) -> bool:
    """Whether what is decided next depends on the job's newest checkpoints."""
    attempt, command = managed.attempt, managed.command
    if attempt is None or not attempt.state.is_live or view.silent_since is not None:
        return False
    state = view.states.get(attempt.flink_id)
    if state is not None and state.is_terminal:
        return True
    return command is not None and command.step in (Step.PROVING, Step.SAVING, Step.STOPPING)


def _fresh() -> Fresh:
    drawn = secrets.token_hex(48)  # at once: it is done for each job in each round
    return Fresh(AttemptId(drawn[:32]), JobId(drawn[32:64]), CommandId(drawn[64:]))
