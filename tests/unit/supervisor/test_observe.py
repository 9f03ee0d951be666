from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.situations import HERE, JOB, NOW, attempt, command, point
from flinklab.domain.cluster import JobDetail, JobState, JobSummary
from flinklab.domain.errors import StorageError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import (
    LIVE,
    Attempt,
    AttemptState,
    Cause,
    CommandKind,
    Managed,
    ManagedState,
    Status,
    Step,
)
from flinklab.ports.jobs import Savepoint, SavepointState
from flinklab.supervisor.observe import Observer, View, look, needs_history

SILENT = UnreachableError("nobody answers", url="http://jobmanager")
PATHS = ("file:///chk-3", "file:///chk-2", "file:///chk-1")


class Flink:
    """A JobManager and a storage. `asked`: what it was asked for; `there`: what lies on the storage."""

    url = "http://jm:8081"

    def __init__(self, state: JobState | None = JobState.RUNNING) -> None:
        self.asked: list[str] = []
        self.state_now = state
        self.there: dict[str, bool | None] = dict.fromkeys(PATHS, True)
        self.is_up = True
        self.tasks = {"RUNNING": 1}

    def jobs(self) -> list[JobSummary]:
        self._ask("jobs")
        return [JobSummary(JobId("f1"), "orders", JobState.RUNNING, NOW, 0.0, task_states=self.tasks)]

    def incarnation(self) -> str:
        self._ask("incarnation")
        return "read again"

    def state(self, job_id: JobId) -> JobState | None:
        self._ask("state")
        return self.state_now

    def job(self, job_id: JobId) -> JobDetail:
        self._ask("job")
        return JobDetail(job_id, "orders", JobState.RUNNING, self.tasks)

    def cause(self, job_id: JobId) -> Cause:
        self._ask("cause")
        return Cause("the disk of hunter2 is full", "Caused by: hunter2", "Sink hunter2", "tm-1")

    def savepoint(self, job_id: JobId, trigger: str) -> Savepoint:
        self._ask(f"savepoint {trigger}")
        return Savepoint(SavepointState.FAILED, failure="hunter2 is full")

    def requirements(self, job_id: JobId) -> None:
        self._ask("requirements")

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        self._ask("parameters")
        return {"flinklab.shape": "as sent"}

    def is_restore_point(self, path: str) -> bool:
        self.asked.append(path)
        found = self.there[path]
        if found is None:
            raise StorageError("the storage does not answer")
        return found

    def observer(self, **more: Any) -> Observer:
        here: Any = self
        hide = lambda managed, text: text.replace("hunter2", f"{managed.job.key.name}'s")  # noqa: E731
        return Observer(here, here, hide, **more)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if not self.is_up:
            raise SILENT


def managed(newest: Attempt | None, *commands: Any, state: ManagedState = ManagedState.RUNNING) -> Managed:
    points = tuple(point(path, 3 - number) for number, path in enumerate(PATHS))
    return Managed(JOB, Status(JOB.id, state), newest, commands, points)


def seen(state: JobState | None = JobState.RUNNING) -> View:
    return View(NOW, HERE, {JobId("f1"): state} if state is not None else {})


def test_a_job_that_just_runs_is_not_asked_about() -> None:
    flink = Flink()
    situation = flink.observer().situation(managed(attempt(shape="s")), seen(), NOW)
    assert situation.found is JobState.RUNNING and flink.asked == []


@pytest.mark.parametrize("state", [AttemptState.SUBMITTING, AttemptState.UNKNOWN])
def test_whether_a_submission_arrived_is_asked_of_the_job_itself(state: AttemptState) -> None:
    flink = Flink(JobState.CREATED)
    situation = flink.observer().situation(managed(attempt(state)), seen(None), NOW)
    assert situation.found is JobState.CREATED and situation.shape == "as sent"
    assert situation.incarnation == HERE


def test_what_was_not_sent_is_not_looked_for() -> None:
    flink = Flink()
    situation = flink.observer().situation(managed(attempt(AttemptState.PLANNED)), seen(None), NOW)
    assert (situation.found, situation.absent_since, flink.asked) == (None, None, [])


def test_a_job_that_is_missing_is_missing_since_it_was_first_missed() -> None:
    flink = Flink(None)
    observer, runs = flink.observer(), managed(attempt())
    first = observer.situation(runs, seen(None), NOW)
    assert first.found is None and first.incarnation == "read again"
    later = NOW + timedelta(seconds=20)
    assert observer.situation(runs, seen(None), later).absent_since == NOW
    flink.state_now = JobState.RUNNING
    assert observer.situation(runs, seen(None), later).absent_since is None
    flink.state_now = None
    assert observer.situation(runs, seen(None), later).absent_since == later


def test_after_a_pause_in_the_looking_an_absence_is_counted_anew() -> None:
    observer, runs = Flink(None).observer(), managed(attempt())
    observer.situation(runs, seen(None), NOW)
    later = NOW + timedelta(seconds=JOB.policies.unreachable_after)
    assert observer.situation(runs, seen(None), later).absent_since == later


@pytest.mark.parametrize(
    ("found", "shown", "is_asked"),
    [
        (JobState.FAILED, ManagedState.RUNNING, True),
        (JobState.RESTARTING, ManagedState.RUNNING, True),
        (JobState.RESTARTING, ManagedState.RESTARTING, False),
        (JobState.RUNNING, ManagedState.RUNNING, False),
        (JobState.CANCELED, ManagedState.RUNNING, False),
    ],
)
def test_a_cause_is_asked_for_once_for_each_failure(found: JobState, shown: ManagedState, is_asked: bool) -> None:
    flink = Flink()
    situation = flink.observer().situation(managed(attempt(shape="s"), state=shown), seen(found), NOW)
    assert (situation.cause is not None) is is_asked is ("cause" in flink.asked)


def test_a_secret_is_in_nothing_that_flink_says_of_a_failure() -> None:
    look = Flink().observer().situation
    failed = look(managed(attempt(shape="s")), seen(JobState.FAILED), NOW)
    assert failed.cause == Cause("the disk of dwd's is full", "Caused by: dwd's", "Sink dwd's", "tm-1")
    saving = look(managed(attempt(shape="s"), command(CommandKind.SAVEPOINT, Step.SAVING)), seen(), NOW)
    assert saving.savepoint == Savepoint(SavepointState.FAILED, failure="dwd's is full")


@pytest.mark.parametrize(
    ("step", "is_asked"), [(Step.NEW, False), (Step.STOPPING, True), (Step.SAVING, True), (Step.PROVING, False)]
)
def test_a_savepoint_is_asked_about_while_it_is_waited_for(step: Step, is_asked: bool) -> None:
    flink, order = Flink(), command(CommandKind.STOP, step)
    situation = flink.observer().situation(managed(attempt(shape="s"), order), seen(), NOW)
    assert (situation.savepoint is not None) is is_asked
    assert flink.asked == ([f"savepoint {order.trigger}"] if is_asked else [])


def test_requirements_are_asked_for_only_to_scale() -> None:
    flink = Flink()
    for kind in CommandKind:
        flink.observer().situation(managed(attempt(shape="s"), command(kind)), seen(), NOW)
    assert flink.asked == ["requirements"]


OVER = attempt(AttemptState.FAILED, shape="s")


def test_paths_are_looked_at_down_to_the_first_where_something_lies() -> None:
    flink = Flink()
    flink.there[PATHS[0]] = False
    start = managed(OVER, command(CommandKind.START, Step.STARTING))
    situation = flink.observer().situation(start, seen(None), NOW)
    assert dict(situation.checked) == {PATHS[0]: False, PATHS[1]: True}


def test_a_storage_that_does_not_answer_says_nothing_of_what_lies_there() -> None:
    flink = Flink()
    flink.there[PATHS[0]] = None
    start = managed(OVER, command(CommandKind.START, Step.STARTING))
    assert dict(flink.observer().situation(start, seen(None), NOW).checked) == {PATHS[0]: None}


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, True), (0, True), (1, False)])
def test_the_storage_is_not_asked_before_a_restart_is_due(seconds: int, is_due: bool) -> None:
    flink, failed = Flink(), managed(OVER, state=ManagedState.RESTARTING)
    due = replace(failed, status=replace(failed.status, not_before=NOW + timedelta(seconds=seconds)))
    flink.observer().situation(due, seen(None), NOW)
    assert bool(flink.asked) is is_due


def test_a_cluster_is_silent_since_it_was_first_silent_and_stays_what_it_was() -> None:
    flink: Any = Flink()
    view = look(flink, NOW, None)
    assert view.states == {JobId("f1"): JobState.RUNNING} and view.silent_since is None
    flink.is_up = False
    first = look(flink, NOW + timedelta(seconds=2), view)
    second = look(flink, NOW + timedelta(seconds=4), first)
    assert first.silent_since == second.silent_since == NOW + timedelta(seconds=2)
    assert second.incarnation == view.incarnation and second.remark == "nobody answers"
    flink.is_up = True
    assert look(flink, NOW + timedelta(seconds=6), second).silent_since is None


def test_a_job_without_a_slot_has_not_begun_whatever_flink_calls_it() -> None:
    flink: Any = Flink()
    flink.tasks = {"SCHEDULED": 4}
    assert look(flink, NOW, None).states == {JobId("f1"): JobState.CREATED}
    flink.tasks = {"SCHEDULED": 3, "DEPLOYING": 1}
    assert look(flink, NOW, None).states == {JobId("f1"): JobState.RUNNING}


@pytest.mark.parametrize(("tasks", "found"), [("SCHEDULED", JobState.CREATED), ("RUNNING", JobState.RUNNING)])
def test_what_has_just_arrived_is_asked_for_its_tasks(tasks: str, found: JobState) -> None:
    """The list does not have it yet, and the state alone says RUNNING."""
    flink, arrived = Flink(), managed(attempt(running_at=None, shape="s"))
    flink.tasks = {tasks: 4}
    situation = flink.observer().situation(arrived, seen(None), NOW)
    assert situation.found is found and flink.asked == ["state", "job"]
    assert situation.waiting == ("waits for slots" if found is JobState.CREATED else "")


def test_why_there_are_no_slots_is_asked_only_for_who_waits_for_them() -> None:
    asked: list[str] = []
    observer = Flink().observer(why_no_slots=lambda: asked.append("why") or "0 of 8 are free")
    for state in JobState:
        is_waiting = state is JobState.CREATED
        situation = observer.situation(managed(attempt(shape="s")), seen(state), NOW)
        assert situation.waiting == ("waits for slots: 0 of 8 are free" if is_waiting else "")
    assert asked == ["why"]


POOLED = replace(JOB, pool="etl")
START = command(CommandKind.START, Step.STARTING)
PLACED = [
    ("a first start", managed(None, START), True),
    ("a start of what was stopped", managed(attempt(AttemptState.CANCELED), START), True),
    ("a start that has an attempt", managed(OVER, replace(START, attempt=OVER.id)), False),
    ("one that is not begun", managed(OVER, command(CommandKind.START)), False),
    ("what may come back", managed(attempt(AttemptState.GONE), START), False),
    ("what runs", managed(attempt(), START), False),
    ("another order", managed(OVER, command(CommandKind.UPGRADE, Step.STARTING)), False),
    ("a restart that is not due", managed(OVER), False),
]


@pytest.mark.parametrize(("_what", "known", "is_asked"), PLACED)
def test_where_there_is_room_is_asked_before_a_start(_what: str, known: Managed, is_asked: bool) -> None:
    observer = Flink().observer(elsewhere=lambda managed: "etl-2")
    pooled = replace(known, job=POOLED)
    assert observer.situation(pooled, seen(None), NOW).refuge == ("etl-2" if is_asked else "")
    assert observer.situation(known, seen(None), NOW).refuge == ""  # it stays where it was put


def test_where_there_is_room_is_asked_before_a_restart_that_is_due() -> None:
    failed = managed(OVER, state=ManagedState.RESTARTING)
    due = replace(failed, job=POOLED, status=replace(failed.status, not_before=NOW))
    gone = replace(due, attempt=attempt(AttemptState.GONE))
    observer = Flink().observer(elsewhere=lambda managed: "etl-2")
    assert observer.situation(due, seen(None), NOW).refuge == "etl-2"
    assert observer.situation(gone, seen(None), NOW).refuge == ""


def test_of_a_silent_cluster_nothing_is_known() -> None:
    view = View(NOW, HERE, {}, NOW)
    situation = Observer.blind(managed(attempt()), view, NOW)
    assert (situation.silent_since, situation.found, situation.history) == (NOW, None, None)


@pytest.mark.parametrize("state", list(AttemptState))
def test_the_history_is_needed_of_what_has_ended_or_is_waited_for(state: AttemptState) -> None:
    newest = attempt(state)
    assert needs_history(managed(newest), seen(JobState.FAILED)) is (state in LIVE)
    assert not needs_history(managed(newest), seen())
    assert needs_history(managed(newest, command(CommandKind.UPGRADE, Step.PROVING)), seen()) is (state in LIVE)
    assert not needs_history(managed(newest), View(NOW, HERE, {}, NOW))
