"""The live table's kernel side: what it sends, and what becomes of Stop."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from fakes.snapshots import snapshot_of
from flinklab.domain.ids import JobId
from flinklab.notebook.grid import Limits
from flinklab.notebook.live import LiveTable, Rate, answer_while_busy, moment_of
from flinklab.session.snapshot import ResultStatus

RUNNING = ResultStatus.RUNNING


def moment(table: Any, **fields: Any) -> dict[str, Any]:
    return moment_of(snapshot_of(table, **fields), Limits(), Rate())


def await_value(widget: LiveTable, name: str, wanted: Callable[[Any], bool]) -> Any:
    """The trait's value once it is `wanted`; another thread sets it."""
    seen = threading.Event()
    widget.observe(lambda change: seen.set() if wanted(change["new"]) else None, name)
    if not wanted(getattr(widget, name)):
        assert seen.wait(60), f"{name} stayed {getattr(widget, name)!r}"
    return getattr(widget, name)


def test_a_moment_is_plain_data_with_null_and_long_values_apart() -> None:
    sent = moment({"a": [None, "", "NULL", "x" * 100], "b": [1, 2, 3, 4]}, status=RUNNING)
    assert sent["rows"] == [[None, "1"], ["", "2"], ["NULL", "3"], [["x" * 59 + "…", "x" * 100], "4"]]
    assert [column[0] for column in sent["columns"]] == ["a", "b"]
    assert [column[3] for column in sent["columns"]] == [False, True]
    assert json.loads(json.dumps(sent)) == sent


def test_rows_of_a_stream_have_numbers_and_changing_rows_have_none() -> None:
    assert moment({"a": range(50)}, rows_seen=1050)["first"] == 1000
    assert moment({"a": range(3)}, rows_seen=9, updating=True)["first"] is None


def test_a_moment_says_state_rows_rate_job_and_how_it_ended() -> None:
    job = JobId("072d1a2bf00000000000000000000001")
    fields = {"job_id": job, "job_name": "top", "link": "http://f/#/job/1", "elapsed": 2.0, "rows_seen": 3000}
    sent = moment({"a": [1]}, status=RUNNING, **fields)
    assert (sent["state"], sent["word"], sent["count"]) == ("running", "Running", "3,000 rows, the newest 1 shown")
    assert (sent["rate"], sent["elapsed"]) == ("1,500 rows/s", 2.0)
    assert (sent["job"], sent["title"], sent["link"]) == ("job 072d1a2b", f"top {job}", "http://f/#/job/1")
    ended = moment({"a": [1]}, status=ResultStatus.STOPPED, message="the limit of 1 row", **fields)
    assert (ended["state"], ended["rate"], ended["notes"]) == ("stopped", "", ["the limit of 1 row"])
    assert moment({"a": [1]}, link="javascript:alert(1)")["link"] == ""
    assert moment({"a": [1]}, status=RUNNING, updating=True, elapsed=2.0, rows_seen=1)["rate"] == "0.5 changes/s"


@pytest.mark.parametrize(
    "value", ["\u0001" * 1000, "王" * 1000, ["\"'" * 50] * 100], ids=["control", "wide", "list"]
)
def test_a_moment_is_bounded_whatever_the_data(value: Any) -> None:
    table = pa.Table.from_arrays([pa.array([value] * 50)] * 60, names=["n" * 1000] * 60)
    sent = moment(table)
    assert len(json.dumps(sent).encode()) < 250_000
    assert len(sent["rows"]) > 3


def test_no_rate_is_told_before_the_first_row() -> None:
    waiting = moment({"a": []}, status=RUNNING, elapsed=8.0, rows_seen=0)
    assert (waiting["count"], waiting["rate"]) == ("no rows yet", "")


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.add(0.0, 0) == 0.0
    assert rate.add(1.0, 100) == 100.0
    for second in range(2, 20):
        rate.add(float(second), 100)
    assert rate.add(20.0, 100) == 0.0
    assert rate.add(21.0, 400) == 100.0


def test_a_table_holds_its_last_moment_for_views_that_come_later() -> None:
    widget = LiveTable(lambda: None, mark="flinklab-x")
    widget.draw(snapshot_of({"a": [1]}, status=RUNNING))
    widget.draw(snapshot_of({"a": [1, 2]}))
    state = widget.get_state()
    assert state["moment"]["rows"] == [["1"], ["2"]]
    assert (state["mark"], state["me"]) == ("flinklab-x", widget.model_id)
    assert "export default" in state["_esm"]
    assert ".flinklab" in state["_css"]


def test_stop_cancels_away_from_the_thread_that_asked() -> None:
    threads = list[threading.Thread]()
    called = threading.Event()
    widget = LiveTable(lambda: (threads.append(threading.current_thread()), called.set()))
    widget.set_state({"stop_requested": True})
    assert called.wait(60)
    assert threads[0] is not threading.current_thread()
    assert widget.stop_requested, "it says Stopping… until the result has ended"


def test_a_stop_that_failed_is_said_and_may_be_asked_again() -> None:
    calls = list[int]()

    def cancel() -> None:
        calls.append(1)
        raise RuntimeError("nobody answers")

    widget = LiveTable(cancel)
    widget.set_state({"stop_requested": True})
    assert await_value(widget, "stop_error", bool) == "It could not be stopped: nobody answers"
    await_value(widget, "stop_requested", lambda value: not value)
    widget.stop_error = ""
    widget.set_state({"stop_requested": True})
    await_value(widget, "stop_error", bool)
    assert len(calls) == 2


def test_a_result_that_ended_is_let_go_and_cannot_be_stopped() -> None:
    called = threading.Event()
    widget = LiveTable(called.set)
    widget.draw(snapshot_of({"a": [1]}))
    widget.set_state({"stop_requested": True})
    for thread in threading.enumerate():
        if thread.name == "flinklab-stop":
            thread.join(60)
    assert not called.is_set()


def test_messages_keep_the_shell_on_which_they_came() -> None:
    class Routed:
        def _reply_subshell_for(self, data: object, default: object) -> object:
            return "the busy shell"

    comm = Routed()
    answer_while_busy(comm)
    assert comm._reply_subshell_for({}, "a free one") == "a free one"
    unrouted = object()
    answer_while_busy(unrouted)  # an older ipykernel


def test_widget_packages_are_imported_only_when_a_live_table_is_opened() -> None:
    code = (
        "import sys, flinklab.notebook.display\n"
        "print(*sorted({'anywidget', 'ipywidgets', 'pandas', 'flinklab.notebook.live'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.split() == []
