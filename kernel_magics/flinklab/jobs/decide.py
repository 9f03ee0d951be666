"""What to do next for a job: a pure, total function of what is known of it.

The order of things follows the Flink Kubernetes operator's (observe, decide, act; status before action); the
promises that it keeps are this project's own, and each of them has a test by its name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flinklab.domain.jobs import AttemptState, CommandKind, CommandState, ManagedState, Restore, Step
from flinklab.jobs import idle, leaving, live
from flinklab.jobs.changes import show, withdrawn
from flinklab.jobs.situation import NOTHING, Decision, Situation

_RESTING = frozenset(
    {
        ManagedState.DRAFT,
        ManagedState.STOPPED,
        ManagedState.FINISHED,
        ManagedState.FAILED,
        ManagedState.QUARANTINED,
        ManagedState.UNREACHABLE,
    }
)
_SEEN = {
    AttemptState.PLANNED: ManagedState.STARTING,
    AttemptState.SUBMITTING: ManagedState.STARTING,
    AttemptState.UNKNOWN: ManagedState.STARTING,
    AttemptState.RUNNING: ManagedState.RUNNING,
    AttemptState.STOPPING: ManagedState.STOPPING,
}


def decide(s: Situation) -> Decision:
    """The next step: what to write, and what to do once that is written.

    After each step the situation is looked at anew. A cluster that does not answer changes nothing but what is
    said of the job; one that is proven to have ended has ended what ran there.
    """
    if s.ended:
        return _in_the_way(s) or leaving.decide(s)
    if s.silent_since is not None:
        return _silent(s)
    first = _in_the_way(s) or _answers_again(s)
    if first is not None:
        return first
    attempt = s.managed.attempt
    if attempt is not None and attempt.state.is_live:
        return live.decide(s, attempt)
    return idle.decide(s)


def _silent(s: Situation) -> Decision:
    command = s.managed.command
    if command is not None and command.step is Step.NEW and idle.is_lost(command):
        return idle.leave_lost_cluster(s, command)
    patience = timedelta(seconds=s.managed.job.policies.unreachable_after)
    if s.silent_since is None or s.now - s.silent_since < patience or s.managed.status.state in _RESTING:
        return NOTHING
    return Decision(show(s, ManagedState.UNREACHABLE, "its cluster does not answer; nothing is concluded"))


def _answers_again(s: Situation) -> Decision | None:
    """What is known of the job is said in the place of its cluster's silence."""
    attempt = s.managed.attempt
    if s.managed.status.state is not ManagedState.UNREACHABLE:
        return None
    state = _SEEN[attempt.state] if attempt is not None and attempt.state.is_live else ManagedState.RESTARTING
    return Decision(show(s, state, "its cluster answers again"))


def _in_the_way(s: Situation) -> Decision | None:
    """A cancellation does not wait for what was asked before it."""
    first, *others = s.managed.commands or (None,)
    if first is None or first.kind in (CommandKind.CANCEL, CommandKind.DELETE):
        return None
    urgent = next(
        (command for command in others if command is not None and command.kind is CommandKind.CANCEL), None
    )
    if urgent is None:
        return None
    verb = "ended" if first.state is CommandState.RUNNING else "not begun"
    over = withdrawn(s, first, f"{verb}, because {urgent.asked_by or 'somebody'} cancelled the job")
    return Decision((replace(s.managed.job, restore=Restore()), *over))
