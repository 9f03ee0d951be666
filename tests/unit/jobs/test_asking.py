"""What may be asked of a job as it is, and what is said against the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from flinklab.domain.errors import CommandRefusedError, UsageError
from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Checkpoint,
    Command,
    CommandKind,
    CommandState,
    Job,
    JobKey,
    Managed,
    ManagedState,
    Status,
)
from flinklab.jobs.asking import order, restore_from, shape_kept, version_before
from flinklab.jobs.wanting import in_the_end, runs

AT = datetime(2026, 1, 2, tzinfo=timezone.utc)
JOB = Job(JobKey("dw", "orders", "dev"), "main", 2, id=7)
ATTEMPT = Attempt(
    AttemptId("a"), 7, 1, JobId("f"), 2, AttemptState.RUNNING, Deployment(), shape="s1", running_at=AT
)


def job(state: ManagedState, *open_kinds: CommandKind, **more: Any) -> Managed:
    running = state in (ManagedState.RUNNING, ManagedState.UNREACHABLE)
    attempt = None
    if state is not ManagedState.DRAFT:
        attempt = ATTEMPT if running else replace(ATTEMPT, state=AttemptState.FAILED)
    wanted = running or state in (ManagedState.RESTARTING, ManagedState.QUARANTINED)
    commands = tuple(Command(CommandId(str(n)), 7, kind) for n, kind in enumerate(open_kinds))
    return Managed(replace(JOB, wanted=wanted, **more), Status(7, state), attempt, commands)


S = ManagedState
K = CommandKind


@pytest.mark.parametrize(
    ("managed", "kind", "arguments"),
    [
        (job(S.DRAFT), K.START, {}),
        (job(S.STOPPED), K.START, {}),
        (job(S.FAILED), K.START, {}),
        (job(S.QUARANTINED), K.START, {}),
        (job(S.RUNNING, K.STOP), K.START, {}),
        (job(S.RUNNING), K.STOP, {"drain": True}),
        (job(S.UNREACHABLE), K.STOP, {}),
        (job(S.RESTARTING), K.CANCEL, {}),
        (job(S.QUARANTINED), K.STOP, {}),
        (job(S.STOPPED, K.START), K.STOP, {}),
        (job(S.RUNNING), K.SAVEPOINT, {}),
        (job(S.FAILED), K.RESTART, {}),
        (job(S.STOPPED), K.SCALE, {"parallelism": 4}),
        (job(S.RUNNING), K.UPGRADE, {"number": 3}),
        (job(S.RUNNING), K.UPGRADE, {"number": 2, "tags": ["x"]}),
        (job(S.RUNNING), K.SWITCH_BACKEND, {"backend": "rocksdb"}),
        (job(S.RUNNING), K.MOVE, {"cluster": "spare"}),
        (job(S.RUNNING), K.CONFIGURE, {"priority": 1}),
        (job(S.STOPPED), K.DELETE, {"points": "keep"}),
        (job(S.DRAFT), K.ADOPT, {"flink_id": "0" * 32}),
    ],
)
def test_what_can_be_asked_becomes_a_new_command(
    managed: Managed, kind: CommandKind, arguments: dict[str, Any]
) -> None:
    if kind is K.DELETE and managed.commands:  # its attempt still lives: nothing is deleted under it
        with pytest.raises(CommandRefusedError):
            order(managed, kind, arguments)
        return
    one, two = (order(managed, kind, arguments, why="so") for _ in range(2))
    assert one.id != two.id
    assert (one.job_id, one.kind, one.arguments, one.why, one.state) == (
        7,
        kind,
        arguments,
        "so",
        CommandState.WAITING,
    )


@pytest.mark.parametrize(
    ("managed", "kind", "arguments", "said"),
    [
        (job(S.RUNNING), K.START, {}, "dw.orders (dev) runs, or is about to: it is running (restart"),
        (job(S.STOPPED, K.START), K.START, {}, "runs, or is about to: it is stopped"),
        (job(S.STOPPED), K.STOP, {}, "does not run: it is stopped (start starts it)"),
        (job(S.RUNNING, K.STOP), K.DELETE, {"points": "keep"}, "stop it first"),
        (job(S.DRAFT), K.CANCEL, {}, "does not run: it is draft"),
        (job(S.FINISHED), K.SAVEPOINT, {}, "does not run: it is finished"),
        (job(S.DRAFT), K.RESTART, {}, "never ran (start starts it)"),
        (job(S.RUNNING, deployment=Deployment(4)), K.SCALE, {"parallelism": 4}, "has parallelism 4 already"),
        (job(S.RUNNING), K.UPGRADE, {"number": 2}, "has version 2 already"),
        (job(S.RUNNING), K.ROLLBACK, {"number": 2, "forced": True}, "has version 2 already"),
        (job(S.RUNNING), K.SWITCH_BACKEND, {"backend": "forst"}, "cannot write canonical savepoints"),
        (job(S.RUNNING), K.MOVE, {"cluster": "main"}, "is on cluster main already"),
        (job(S.RUNNING), K.DELETE, {"points": "keep"}, "stop it first"),
        (job(S.RUNNING), K.ADOPT, {"flink_id": "0" * 32}, "runs already"),
        (job(S.STOPPED, K.DELETE), K.START, {}, "is being deleted"),
    ],
)
def test_what_the_job_does_not_allow_is_refused_in_a_line(
    managed: Managed, kind: CommandKind, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(CommandRefusedError) as raised:
        order(managed, kind, arguments)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        (K.SCALE, {"parallelism": 0}, "from 1 to 32,768, not 0"),
        (K.SCALE, {"parallelism": True}, "not True"),
        (K.SCALE, {"parallelism": 40000}, "not 40000"),
        (K.SWITCH_BACKEND, {"backend": "rock"}, "hashmap or rocksdb"),
        (K.CONFIGURE, {}, "nothing to configure"),
        (K.DELETE, {}, "points keep"),
        (K.ADOPT, {"flink_id": "xyz"}, "32 hexadecimal digits"),
    ],
)
def test_what_means_nothing_is_a_mistake(kind: CommandKind, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        order(job(S.STOPPED), kind, arguments)
    assert said in str(raised.value)


def test_where_a_start_is_from() -> None:
    assert restore_from(None, empty=False) == {}
    assert restore_from("latest", empty=False) == {}
    assert restore_from("s3://x", empty=False) == {"restore": {"mode": "point", "path": "s3://x"}}
    assert restore_from(None, empty=True) == {"restore": {"mode": "empty"}}
    assert restore_from(None, empty=False, state="drop") == {"restore": {"mode": "empty"}}
    assert restore_from("p", empty=False, state="keep") == {
        "forced": True,
        "restore": {"mode": "point", "path": "p"},
    }
    for wrong in ({"path": "p", "empty": True}, {"path": None, "empty": True, "state": "keep"}):
        with pytest.raises(UsageError):
            restore_from(**wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="keep or drop"):
        restore_from(None, empty=False, state="maybe")


def test_what_is_wanted_in_the_end_follows_the_open_commands() -> None:
    managed = job(S.RUNNING, K.STOP)
    assert not in_the_end(managed).wanted
    assert runs(managed)  # its attempt still does
    scaled = Command(CommandId("1"), 7, K.SCALE, {"parallelism": 4})
    upgraded = Command(CommandId("2"), 7, K.UPGRADE, {"number": 5, "tags": ["x"]})
    end = in_the_end(replace(job(S.RUNNING), commands=(scaled, upgraded)))
    assert (end.deployment.parallelism, end.number, end.tags, end.wanted) == (4, 5, ("x",), True)
    lost = Command(CommandId("3"), 7, K.MOVE, {"cluster": "spare", "lost": True})
    assert in_the_end(replace(job(S.STOPPED), commands=(lost,))).wanted


def test_a_rollback_goes_to_the_version_that_ran_before() -> None:
    never = replace(ATTEMPT, version=5, running_at=None)
    assert version_before(job(S.RUNNING), [never, ATTEMPT, replace(ATTEMPT, version=1)]) == 1
    with pytest.raises(CommandRefusedError, match="no other version"):
        version_before(job(S.RUNNING), [never, ATTEMPT])


def test_the_state_that_is_kept_is_that_of_what_runs_or_of_the_newest_point() -> None:
    points = (
        Checkpoint(JobId("f"), 2, "completed", path="p2", missing_at=AT, shape="s3"),
        Checkpoint(JobId("f"), 1, "completed", path="p1", shape="s2"),
    )
    assert shape_kept(replace(job(S.RUNNING), points=points)) == "s1"
    assert shape_kept(replace(job(S.STOPPED), points=points)) == "s2"
    assert shape_kept(job(S.STOPPED)) == ""
