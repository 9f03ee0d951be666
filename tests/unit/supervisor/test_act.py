from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.situations import JOB, NOW, attempt, command, point
from flinklab.domain.errors import CommandFailedError, StorageError, UnreachableError
from flinklab.domain.ids import SessionHandle
from flinklab.domain.jobs import AttemptState, Cause, CommandKind, Event, Managed, Status
from flinklab.jobs.retention import Disposal
from flinklab.jobs.sending import Arrived, Lost, Refused
from flinklab.jobs.situation import AskSavepoint, CloseSender, Fence, Remove, Rescale, Send
from flinklab.ports.jobs import Requirements
from flinklab.supervisor.act import Actor

SILENT = UnreachableError("nobody answers", url="http://gateway")
SENT = attempt(AttemptState.SUBMITTING, session=None, restored_from="file:///chk-1")
MANAGED = Managed(JOB, Status(JOB.id), SENT, (), (point("file:///chk-1", shape="as before"),))


class Told:
    """Takes every call of every port, and answers as it is told to. `calls`: their names with what was given."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {"open": SessionHandle("s2"), "now": NOW, **answers}

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            self.calls.append((name, *given, *more.items()))
            answer = self.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    @property
    def names(self) -> list[str]:
        return [call[0] for call in self.calls if call[0] != "now"]

    @property
    def kept(self) -> list[Any]:
        return [value for call in self.calls if call[0] == "keep" for value in call[1:]]

    def actor(self) -> Actor:
        ports: Any = self
        return Actor(ports, ports, ports, ports)


def test_the_session_is_recorded_before_anything_goes_through_it() -> None:
    told = Told(send=Arrived("shape"))
    told.actor().carry_out(Send(SENT), MANAGED)
    assert told.names.index("open") < told.names.index("keep") < told.names.index("send")
    assert told.kept[0] == replace(SENT, session=SessionHandle("s2"))


def test_a_session_that_cannot_be_opened_leaves_everything_as_it_is() -> None:
    told = Told(open=SILENT)
    with pytest.raises(UnreachableError):
        told.actor().carry_out(Send(SENT), MANAGED)
    assert told.names == ["open"]


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        (Arrived("shape"), AttemptState.RUNNING),
        (Refused(Cause("a jar is not there")), AttemptState.FAILED),
        (Lost("the reply was lost", "shape"), AttemptState.UNKNOWN),
    ],
)
def test_what_became_of_a_submission_is_written_with_its_event(sent: Any, state: AttemptState) -> None:
    told = Told(send=sent, close=SILENT)
    values = told.actor().carry_out(Send(SENT), MANAGED)
    now, event = values
    assert told.kept[-2:] == [now, event] and now.state is state and isinstance(event, Event)
    # Of one whose reply was lost the session stays, for whoever looks for it to close.
    assert ("close" in told.names) is (state is not AttemptState.UNKNOWN)


def test_a_submission_is_told_whose_state_it_takes_over() -> None:
    told = Told(send=Arrived("shape"))
    told.actor().carry_out(Send(SENT), MANAGED)
    told.actor().carry_out(Send(replace(SENT, restored_from="file:///elsewhere")), MANAGED)
    assert [call[-1] for call in told.calls if call[0] == "send"] == ["as before", None]


def test_a_sender_is_closed_before_that_is_believed() -> None:
    told = Told(close=SILENT)
    open_one = replace(SENT, session=SessionHandle("s1"))
    with pytest.raises(UnreachableError):
        told.actor().carry_out(CloseSender(open_one), MANAGED)
    assert not told.kept
    del told.answers["close"]
    told.actor().carry_out(CloseSender(open_one), MANAGED)
    assert told.kept == [replace(open_one, sender_closed=True)]


def test_an_attempt_without_a_session_has_no_sender_to_close() -> None:
    told = Told()
    told.actor().carry_out(CloseSender(SENT), MANAGED)
    assert told.names == ["keep"]


@pytest.mark.parametrize("is_used_up", [True, False])
def test_a_fence_ends_an_attempt_only_when_the_id_is_used_up(is_used_up: bool) -> None:
    told = Told(fence=is_used_up)
    fence = Fence(SENT, AttemptState.GONE, Cause("its cluster was started anew"))
    values = told.actor().carry_out(fence, MANAGED)
    assert told.names[-1] == ("keep" if is_used_up else "close") and "close" in told.names
    assert [value.state for value in values[:1]] == ([AttemptState.GONE] if is_used_up else [])


def test_a_fence_of_which_nothing_is_known_ends_nothing() -> None:
    told = Told(fence=SILENT)
    with pytest.raises(UnreachableError):
        told.actor().carry_out(Fence(SENT, AttemptState.GONE, Cause("gone")), MANAGED)
    assert told.names == ["open", "fence", "close"]


@pytest.mark.parametrize("stop", [True, False])
def test_a_refused_savepoint_is_told_once(stop: bool) -> None:
    refused = CommandFailedError("not all tasks run")
    told = Told(trigger_stop=refused, trigger_savepoint=refused)
    order = command(CommandKind.STOP)
    (again,) = told.actor().carry_out(AskSavepoint(order, SENT, stop=stop), MANAGED)
    assert told.actor().carry_out(AskSavepoint(again, SENT, stop=stop), MANAGED) == ()  # type: ignore[arg-type]
    assert told.kept == [replace(order, outcome="not all tasks run")]


def test_a_refused_parallelism_is_told() -> None:
    told = Told(rescale=CommandFailedError("there are not that many slots"))
    order = command(CommandKind.SCALE)
    told.actor().carry_out(Rescale(order, SENT, Requirements({"v": (1, 4)})), MANAGED)
    assert [each.outcome for each in told.kept] == ["there are not that many slots"]


def test_savepoints_go_before_the_records_that_know_of_them() -> None:
    told = Told()
    told.actor().carry_out(Remove(command(CommandKind.DELETE), ("file:///a", "file:///b")), MANAGED)
    assert told.calls == [("delete", "file:///a"), ("delete", "file:///b"), ("delete", JOB.id)]
    broken = Told(delete=StorageError("the storage does not answer"))
    with pytest.raises(StorageError):
        broken.actor().carry_out(Remove(command(CommandKind.DELETE), ("file:///a",)), MANAGED)
    assert len(broken.calls) == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_older_points_are_deleted_only_when_the_newest_is_there(is_there: bool) -> None:
    told = Told(is_restore_point=is_there)
    old = point("file:///old")
    told.actor().dispose(Disposal("file:///new", (old,)))
    assert ("delete", "file:///old") in told.calls or not is_there
    assert told.kept[:1] == ([replace(old, deleted_at=NOW)] if is_there else [])
