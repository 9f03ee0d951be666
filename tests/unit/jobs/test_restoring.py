"""Where a start gets its state from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.situations import JOB, attempt, command, point, situation
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Command,
    CommandKind,
    Managed,
    ManagedState,
    Restore,
    RestoreMode,
)
from flinklab.jobs.restoring import From, Hold, NotNow, candidates, choose, ending_savepoint

FAILED = attempt(AttemptState.FAILED, completed=1)
OLDEST, OLD = point("file:///chk-1", 1, "f0"), point("file:///chk-2", 2, "f0")
OWN = point("file:///chk-3", 1, "f1")
START = command(CommandKind.START)


def known(
    newest: Attempt | None, *points: str, commands: tuple[Command, ...] = (), restore: Restore | None = None
) -> Managed:
    places = {each.path: each for each in (OWN, OLD, OLDEST)}
    job = replace(JOB, restore=restore or Restore())
    status = ManagedState.RESTARTING
    return situation(newest, *commands, job=job, status=status, points=tuple(places[p] for p in points)).managed


ALL = (OWN.path, OLD.path, OLDEST.path)
FROM_OLD, EMPTY = replace(FAILED, restored_from=OLD.path), replace(FAILED, completed=0)


@pytest.mark.parametrize(
    ("managed", "paths"),
    [
        pytest.param(known(None), (), id="nothing ever ran"),
        pytest.param(known(FROM_OLD, *ALL), ALL, id="its own, then where it began, then what is older"),
        pytest.param(known(FROM_OLD, OLD.path, OLDEST.path), (OLD.path, OLDEST.path), id="it made none itself"),
        pytest.param(
            known(replace(FAILED, restored_from=OLDEST.path), OLD.path, OLDEST.path),
            (OLDEST.path,),
            id="a person went back: what is newer than that is not its state",
        ),
        pytest.param(
            known(replace(FAILED, restored_from="file:///elsewhere"), OLD.path),
            ("file:///elsewhere",),
            id="from a state that another job made",
        ),
        pytest.param(known(EMPTY, OLD.path), (), id="it began empty, by a person's word: it goes on empty"),
        pytest.param(known(EMPTY, OLD.path, commands=(START,)), (OLD.path,), id="a new start may be from any"),
        pytest.param(
            known(FAILED, OWN.path, restore=Restore(RestoreMode.POINT, OLD.path)), (OLD.path,), id="one is named"
        ),
        pytest.param(known(FAILED, OWN.path, restore=Restore(RestoreMode.EMPTY)), (), id="none is wanted"),
    ],
)
def test_candidates(managed: Managed, paths: tuple[str, ...]) -> None:
    assert candidates(managed) == paths


def test_what_is_not_a_restore_point_is_none() -> None:
    gone = replace(OWN, missing_at=OWN.triggered_at)
    unfinished = replace(OLD, status="failed")
    deleted = replace(OLDEST, deleted_at=OLDEST.triggered_at)
    assert candidates(situation(FAILED, points=(gone, unfinished, deleted)).managed) == ()


WORDS = {
    "nothing ever ran": (known(None), {}, From()),
    "it had no state": (known(EMPTY), {}, From()),
    "it may have had state": (known(attempt(AttemptState.GONE)), {}, Hold),
    "it had some": (known(FAILED), {}, Hold),
    "the newest": (known(FROM_OLD, *ALL), {OWN.path: True}, From(OWN.path)),
    "the next one": (known(FROM_OLD, *ALL), {OWN.path: False, OLD.path: True}, From(OLD.path)),
    "none is left": (known(FROM_OLD, *ALL), dict.fromkeys(ALL, False), Hold),
    "nobody says": (known(FROM_OLD, *ALL), {OWN.path: None}, NotNow),
    "nobody says of the next one": (known(FROM_OLD, *ALL), {OWN.path: False, OLD.path: None}, NotNow),
    "nobody looked": (known(FROM_OLD, *ALL), {}, NotNow),
    "a person wants none": (known(FAILED, *ALL, restore=Restore(RestoreMode.EMPTY)), {}, From()),
    "what a person named is gone": (
        known(FAILED, *ALL, restore=Restore(RestoreMode.POINT, "file:///x")),
        {"file:///x": False, OWN.path: True},
        Hold,
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_choose(name: str) -> None:
    managed, checked, expected = WORDS[name]
    choice = choose(managed, checked)
    assert choice == expected if isinstance(expected, From) else isinstance(choice, expected)


@given(
    began=st.sampled_from(["", OLD.path, OLDEST.path, "file:///elsewhere"]),
    completed=st.sampled_from([None, 0, 3]),
    points=st.sampled_from([(), ALL, ALL[1:], ALL[:1]]),
    starts=st.booleans(),
    checked=st.dictionaries(st.sampled_from([*ALL, "file:///elsewhere"]), st.sampled_from([True, False, None])),
)
def test_a_stateful_job_is_never_started_empty(
    began: str,
    completed: int | None,
    points: tuple[str, ...],
    starts: bool,
    checked: dict[str, bool | None],
) -> None:
    newest = replace(FAILED, restored_from=began, completed=completed)
    managed = known(newest, *points, commands=(START,) if starts else ())
    choice = choose(managed, checked)
    if choice == From():
        assert completed == 0 and not began and OWN.path not in points
    if isinstance(choice, From) and choice.path:
        assert checked[choice.path] is True
        better = candidates(managed)[: candidates(managed).index(choice.path)]
        assert all(checked[path] is False for path in better)


@pytest.mark.parametrize(
    ("state", "points", "path"),
    [
        (AttemptState.FINISHED, (replace(OWN, is_savepoint=True), OLD), OWN.path),
        (AttemptState.FINISHED, (OWN, replace(OLD, flink_id=OWN.flink_id, is_savepoint=True)), ""),
        (AttemptState.FINISHED, (replace(OLD, is_savepoint=True),), ""),
        (AttemptState.FAILED, (replace(OWN, is_savepoint=True),), ""),
        (AttemptState.FINISHED, (), ""),
    ],
)
def test_the_savepoint_that_ended_an_attempt(state: AttemptState, points: tuple, path: str) -> None:  # type: ignore[type-arg]
    assert ending_savepoint(situation(attempt(state), points=points).managed) == path
