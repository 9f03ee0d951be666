"""What is put where, in which order, through a real IPython shell that records it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from fakes import plays
from fakes.played_result import PlayedResult
from flinklab.domain.statements import StatementKind
from flinklab.notebook import display
from flinklab.session.snapshot import ResultStatus
from shells import running_shell

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Screen:
    """What a front end would hold: outputs in order, updated by their display ids."""

    def __init__(self, publisher: CapturingDisplayPublisher) -> None:
        self._publisher = publisher

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self._publisher.outputs)

    @property
    def outputs(self) -> list[dict[str, Any]]:
        shown, places = list[dict[str, Any]](), dict[str, int]()
        for message in self.messages:
            name = (message.get("transient") or {}).get("display_id")
            if message.get("update"):
                shown[places[name]] = message["data"]
                continue
            if name:
                places[name] = len(shown)
            shown.append(message["data"])
        return shown


@pytest.fixture
def screen() -> Iterator[Screen]:
    with running_shell() as shell:
        shell.display_pub = CapturingDisplayPublisher(parent=shell)
        shell.kernel = object()
        yield Screen(shell.display_pub)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LIVE_PAUSE", "_PICTURE_PAUSE", "_HIDDEN_PICTURE_PAUSE"):
        monkeypatch.setattr(display, name, 0.0)


@pytest.fixture
def no_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "flinklab.notebook.live", raising=False)
    monkeypatch.setitem(sys.modules, "anywidget", None)


def orders(count: int, **fields: Any) -> PlayedResult:
    result = PlayedResult(**fields)
    result.put(map(plays.order, range(count)))
    return result


def await_thread(result: PlayedResult, act: Any) -> None:
    """As the reader's thread does it."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def test_without_watchers_a_result_is_drawn_once(screen: Screen) -> None:
    result = orders(3)
    result.end()
    display.show(result, live=False)
    (only,) = screen.outputs
    assert set(only) == {"text/html", "text/plain"}
    assert "Finished · 3 rows" in only["text/plain"]
    assert ">Grace</td>" in only["text/html"]
    assert not result.listeners


def test_a_result_that_is_over_is_a_picture_also_for_watchers(screen: Screen) -> None:
    result = orders(1)
    result.end()
    display.show(result, live=True)
    assert [set(output) for output in screen.outputs] == [{"text/html", "text/plain"}]


def test_a_terminal_gets_one_picture(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InteractiveShell.instance(), "kernel", None)
    display.show(orders(1), live=True)
    assert len(screen.messages) == 1
    assert WIDGET_VIEW not in screen.outputs[0]


@pytest.mark.usefixtures("no_pauses")
def test_a_watched_query_is_a_picture_and_a_live_table_and_ends_as_a_picture(screen: Screen) -> None:
    result = PlayedResult()
    display.show(result, live=True)
    picture, table = screen.outputs
    assert "no rows yet" in picture["text/plain"]
    assert table[WIDGET_VIEW]["model_id"]
    assert "text/html" not in table

    await_thread(result, lambda: result.put(map(plays.order, range(3))))
    assert "Running · 3 rows" in screen.outputs[0]["text/plain"]

    await_thread(result, lambda: result.end(ResultStatus.STOPPED, "the limit of 3 rows"))
    picture, table = screen.outputs
    assert "Stopped · 3 rows" in picture["text/plain"]
    assert "the limit of 3 rows" in picture["text/html"]
    assert table == {}
    assert not result.listeners


def test_the_picture_of_a_hidden_stream_is_not_redrawn_at_each_change(screen: Screen) -> None:
    result = PlayedResult()
    display.show(result, live=True)
    for number in range(50):
        result.put([plays.order(number)])
    updates = [message for message in screen.messages if message.get("update")]
    assert len(updates) <= 3, "fifty changes at once are one drawing and one that waits"
    result.end()
    assert "Finished · 50 rows" in screen.outputs[0]["text/plain"]


def test_the_last_state_is_delivered_however_early_it_comes(screen: Screen) -> None:
    result = PlayedResult()
    subscribe = result.on_change

    def ends_meanwhile(listener: Any) -> Any:
        result.put([plays.order(1)])
        result.end()
        return subscribe(listener)

    result.on_change = ends_meanwhile
    display.show(result, live=True)
    picture, table = screen.outputs
    assert "Finished · 1 row" in picture["text/plain"]
    assert table == {}


@pytest.mark.usefixtures("no_pauses", "no_widgets")
def test_without_widget_packages_the_picture_follows(screen: Screen) -> None:
    result = PlayedResult()
    display.show(result, live=True)
    assert [set(output) for output in screen.outputs] == [{"text/html", "text/plain"}]
    result.put(map(plays.order, range(2)))
    assert "Running · 2 rows" in screen.outputs[0]["text/plain"]
    result.end()
    assert "Finished · 2 rows" in screen.outputs[0]["text/plain"]


@pytest.mark.usefixtures("no_pauses")
def test_a_kernel_without_comms_falls_back_too(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no comm")

    monkeypatch.setattr("flinklab.notebook.live.LiveTable.__init__", refuse)
    result = PlayedResult()
    display.show(result, live=True)
    result.put([plays.order(1)])
    result.end()
    (picture,) = screen.outputs
    assert "Finished · 1 row" in picture["text/plain"]


def test_several_results_of_a_cell_keep_their_order(screen: Screen) -> None:
    first, second, third = PlayedResult(), orders(1), PlayedResult()
    second.end()
    display.show(first, live=True)
    display.show(second, live=True)
    display.show(third, live=True)
    third.end(ResultStatus.STOPPED, "third")
    first.end(ResultStatus.STOPPED, "first")
    pictures = [output["text/plain"] for output in screen.outputs if "text/html" in output]
    assert [("first" in text, "third" in text) for text in pictures] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_other_statements_have_no_live_table(screen: Screen) -> None:
    result = orders(1, text="SHOW TABLES", kind=StatementKind.SHOW)
    display.show(result, live=True)
    result.end()
    assert [set(output) for output in screen.outputs] == [{"text/html", "text/plain"}]


def test_show_draws_more_rows_than_a_query(screen: Screen) -> None:
    for kind in (StatementKind.SHOW, StatementKind.QUERY):
        result = orders(300, kind=kind)
        result.end()
        display.show(result, live=False)
    show, query = screen.outputs
    assert show["text/html"].count("<tr>") == 301
    assert query["text/html"].count("<tr>") == 51


@pytest.mark.usefixtures("no_pauses")
def test_a_view_that_fails_neither_stops_the_reader_nor_writes_anywhere(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    result = PlayedResult()
    display.show(result, live=True)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the front end is gone")

    monkeypatch.setattr(display, "publish_display_data", broken)
    result.put([plays.order(1)])
    result.end()
    assert result.status is ResultStatus.FINISHED
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("no_pauses")
def test_stop_in_the_view_cancels_the_result(screen: Screen) -> None:
    from ipywidgets import Widget
    from ipywidgets.widgets.widget import _instances

    result = PlayedResult()
    display.show(result, live=True)
    widget: Widget = _instances[screen.outputs[1][WIDGET_VIEW]["model_id"]]
    ended = threading.Event()
    result.on_change(lambda: ended.set() if result.status.is_final else None)
    widget.set_state({"stop_requested": True})
    assert ended.wait(60)
    assert result.cancelled == 1
    assert widget.moment["state"] == "stopped"
