"""A job's life as bars and marks."""

from __future__ import annotations

from fakes.recorded import FLINK_ID, SPAN, at, attempt, checkpoint
from flinklab.domain.ids import CommandId
from flinklab.domain.jobs import AttemptState, Command, CommandKind, CommandState, Event, ManagedState, Status
from flinklab.domain.monitoring import Failure
from flinklab.plots import timeline
from flinklab.plots.marks import MarkKind
from flinklab.plots.timeline import Life, attempt_marks
from flinklab.ports.series import RecordedFailure

RUNNING = Status(1, ManagedState.RUNNING, at(10))
ATTEMPTS = [
    attempt(1, 1, -5, 6, AttemptState.FAILED, cause="disk full"),
    attempt(2, 2, 7, 9, AttemptState.CANCELED),
    attempt(3, 2, 10, parallelism=4, restored_from="s3://c/1"),
]


def rows(life: Life, what: str) -> list[dict[str, object]]:
    data = timeline.plot(life, SPAN, title="t").data
    return data[data["what"] == what].to_dict("records")


def test_states_are_bars_between_their_changes() -> None:
    life = Life(
        RUNNING,
        events=[
            Event(1, "state", "running → restarting: disk full", at=at(6)),
            Event(1, "state", "restarting → running", at=at(10)),
        ],
    )
    bars = rows(life, "state")
    assert [(bar["label"], bar["at"], bar["until"]) for bar in bars] == [
        ("running", SPAN.since, at(6)),
        ("restarting", at(6), at(10)),
        ("running", at(10), SPAN.until),
    ]
    assert bars[1]["text"] == "restarting: disk full"


def test_without_a_change_its_state_holds_for_all_the_time_since() -> None:
    [bar] = rows(Life(RUNNING), "state")
    assert (bar["label"], bar["at"], bar["until"]) == ("running", at(10), SPAN.until)


def test_a_change_is_read_from_its_data_and_from_the_text_of_old_rows() -> None:
    told = {"before": "running", "after": "failed"}
    words = "it broke → down: disk full"
    for event in (
        Event(1, "state", "running → failed: disk full", at=at(6)),
        Event(1, "state", "running → failed: disk full", told, at(6)),
        Event(1, "state", words, told, at(6)),
    ):
        before, after = rows(Life(RUNNING, events=[event]), "state")
        assert (before["label"], after["label"]) == ("running", "failed"), event
    assert rows(Life(RUNNING, events=[Event(1, "state", "told", at=at(6))]), "state")[0]["at"] == at(10)


def test_an_event_that_says_no_state_is_no_reason_to_fail() -> None:
    [before, after] = rows(Life(RUNNING, events=[Event(1, "state", "asleep → running", at=at(3))]), "state")
    assert (before["label"], after["label"]) == ("unknown", "running")


def test_attempts_of_one_version_are_one_bar_of_versions() -> None:
    life = Life(RUNNING, ATTEMPTS)
    assert [(bar["label"], bar["until"]) for bar in rows(life, "version")] == [("v1", at(6)), ("v2", SPAN.until)]
    first, _, last = rows(life, "attempt")
    assert first["at"] == SPAN.since
    assert "failed: disk full" in str(first["text"])
    assert "parallelism 4 (was 2), from s3://c/1" in str(last["text"])


def test_what_happened_stands_in_its_row_with_its_words() -> None:
    order = Command(
        CommandId("c"),
        1,
        CommandKind.UPGRADE,
        state=CommandState.FAILED,
        outcome="it did not become healthy",
        asked_by="ann",
        asked_at=at(2),
        ended_at=at(3),
    )
    life = Life(
        RUNNING,
        events=[
            Event(1, "finding", "checkpoints fail", at=at(4)),
            Event(1, "cluster", "the JobManager moved", at=at(6)),
            Event(1, "restart", "restart 1", at=at(7)),
        ],
        failures=[RecordedFailure(1, None, FLINK_ID, Failure(at(6), "disk full", task="Sink (1/2)"))],
        checkpoints=[
            checkpoint(1, 5, status="failed", failure="expired"),
            checkpoint(2, 8, is_savepoint=True, path="s3://sp"),
        ],
        commands=[order],
    )
    texts = {what: [row["text"] for row in rows(life, what)] for what in timeline.ROWS}
    assert texts["incidents"] == ["checkpoints fail"]
    assert texts["attempt"] == ["the JobManager moved", "restart 1"]
    assert texts["failures"] == ["disk full in Sink (1/2)"]
    assert texts["checkpoints"] == ["checkpoint 1 failed: expired", "savepoint s3://sp"]
    assert texts["commands"] == ["upgrade failed, asked by ann; it did not become healthy"]


def test_what_lies_outside_is_cut_or_left_out() -> None:
    life = Life(RUNNING, [attempt(1, 1, -9, -5, AttemptState.FAILED), attempt(2, 1, -4, 30)])
    [bar] = rows(life, "attempt")
    assert (bar["at"], bar["until"]) == (SPAN.since, SPAN.until)


def test_nothing_at_all_is_a_figure_as_well() -> None:
    plot = timeline.plot(Life(Status(1, ManagedState.DRAFT)), SPAN, title="t")
    assert plot.figure.layout.yaxis.categoryarray == ("state",)


def test_marks_for_other_plots_come_in_their_order() -> None:
    marks = attempt_marks(ATTEMPTS[::-1], [RecordedFailure(1, None, FLINK_ID, Failure(at(8), "late"))])
    assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)
    assert [mark.kind for mark in marks] == [
        MarkKind.START,
        MarkKind.FAILURE,
        MarkKind.START,
        MarkKind.FAILURE,
        MarkKind.END,
        MarkKind.START,
    ]
