"""What comes before anything else: a silent cluster, its return, a cancellation, a lost cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.situations import JOB, ago, attempt, command, in_words, situation
from flinklab.domain.cluster import JobState
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import AttemptState, CommandKind, ManagedState, Restore, RestoreMode, Step
from flinklab.jobs.decide import decide
from flinklab.jobs.situation import Situation

K = CommandKind
REST = replace(JOB, wanted=False)
RUNNING = attempt(AttemptState.RUNNING)
FAILED = attempt(AttemptState.FAILED, completed=0)
CANCEL, STOP = command(K.CANCEL, asked_by="bob"), command(K.STOP)
LOST = command(K.MOVE, arguments={"cluster": "new", "lost": True})
RESTORED = replace(JOB, restore=Restore(RestoreMode.POINT, "file:///sp"))

SILENT = [
    ("for a moment", situation(RUNNING, silent_since=ago(29)), "nothing"),
    ("for long", situation(RUNNING, silent_since=ago(30)), "shows unreachable"),
    ("said once", situation(RUNNING, silent_since=ago(90), status=ManagedState.UNREACHABLE), "nothing"),
    ("an order waits", situation(RUNNING, STOP, silent_since=ago(5)), "nothing"),
    (
        "what waits to be sent waits",
        situation(attempt(AttemptState.PLANNED), silent_since=ago(5), status=ManagedState.STARTING),
        "nothing",
    ),
    (
        "what may be on its way is not resolved",
        situation(attempt(AttemptState.UNKNOWN), silent_since=ago(90), status=ManagedState.STARTING),
        "shows unreachable",
    ),
    (
        "what rests is not unreachable",
        situation(FAILED, silent_since=ago(90), status=ManagedState.STOPPED),
        "nothing",
    ),
]
RETURNS = [
    (
        "with its job",
        situation(RUNNING, status=ManagedState.UNREACHABLE, found=JobState.RUNNING),
        "shows running",
    ),
    (
        "while it was being stopped",
        situation(attempt(AttemptState.STOPPING), command(K.STOP, Step.STOPPING), status=ManagedState.UNREACHABLE),
        "shows stopping",
    ),
    (
        "while it was being sent",
        situation(attempt(AttemptState.UNKNOWN), status=ManagedState.UNREACHABLE),
        "shows starting",
    ),
    ("while it waited for its restart", situation(FAILED, status=ManagedState.UNREACHABLE), "shows restarting"),
]
IN_THE_WAY = [
    ("what was asked before is withdrawn", situation(RUNNING, STOP, CANCEL), "stop withdrawn"),
    (
        "also what has begun",
        situation(RUNNING, command(K.UPGRADE, Step.PROVING), CANCEL, job=RESTORED),
        "restore latest, upgrade withdrawn",
    ),
    ("one by one", situation(RUNNING, STOP, command(K.SAVEPOINT), CANCEL), "stop withdrawn"),
    (
        "what was asked after it waits",
        situation(RUNNING, CANCEL, command(K.START), found=JobState.RUNNING),
        "not wanted, attempt stopping, cancel running at stopping, shows stopping; CancelJob",
    ),
    (
        "a deletion has its turn, and is refused",
        situation(RUNNING, command(K.DELETE), CANCEL, found=JobState.RUNNING),
        "delete failed",
    ),
]
LOST_CLUSTER = [
    (
        "it is left by a person's word",
        situation(RUNNING, LOST, silent_since=ago(90)),
        "attempt gone, cluster new, move running at starting, shows starting",
    ),
    (
        "of which nothing ran",
        situation(FAILED, LOST, silent_since=ago(90), job=REST, status=ManagedState.STOPPED),
        "wanted, cluster new, move running at starting, shows starting",
    ),
    (
        "the next one being silent is not lost",
        situation(
            attempt(AttemptState.SUBMITTING),
            replace(command(K.MOVE, Step.PROVING), arguments=LOST.arguments),
            job=replace(JOB, cluster="new"),
            silent_since=ago(5),
        ),
        "nothing",
    ),
]


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        pytest.param(known, follows, id=name)
        for rows in (SILENT, RETURNS, IN_THE_WAY, LOST_CLUSTER)
        for name, known, follows in rows
    ],
)
def test_decide(known: Situation, follows: str) -> None:
    assert in_words(known, decide(known)) == follows


def test_how_long_a_silence_is_a_hiccup_is_the_jobs_policy() -> None:
    patient = replace(JOB, policies=Policies(unreachable_after=3600))
    assert decide(situation(RUNNING, job=patient, silent_since=ago(3599))).is_nothing
