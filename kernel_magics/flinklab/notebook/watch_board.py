"""The live view of a job, a cluster or a team: a widget that is sent what changed, and asks what its buttons say.

Importing this module imports the widget packages.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.domain.text import parse_count
from flinklab.notebook.live import answer_while_busy
from flinklab.notebook.picture import look
from flinklab.notebook.watch_moment import Moment, difference
from flinklab.session.aside import aside

_log = logging.getLogger(__name__)
_ASSETS = files("flinklab.notebook")

Order = Callable[[str, int | None], str]
"""Asks something of the job: a verb, with a number for `scale`. What it said."""

VERBS = ("start", "stop", "savepoint", "restart", "scale")
_OF_VIEWS = ("seen", "hidden", "closed")


class WatchBoard(anywidget.AnyWidget):  # type: ignore[misc]
    """Any number of views of one moment.

    A view that opens has the whole of it as `moment`; from then on it is sent `{change}`, numbered one by one, and
    asks by `{verb: "whole", serial}` when it missed one. It says `{verb: "seen", view}`, or `hidden` or `closed`; a
    button asks by `{id, verb, number}`; the answer, from a thread, is `{id, answer}` or `{id, error}`, where the
    error is a list of lines.
    """

    _esm = "\n".join(
        _ASSETS.joinpath(name).read_text("utf-8") for name in ("watch_team.js", "watch_orders.js", "watch.js")
    )
    _css = (
        look() + _ASSETS.joinpath("live.css").read_text("utf-8") + _ASSETS.joinpath("watch.css").read_text("utf-8")
    )

    moment = traitlets.Dict().tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    me = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, moment: Moment, order: Order | None, hear: Callable[[str, str], None], *, mark: str = ""
    ) -> None:
        """`hear` is told a view's name and what it says of itself."""
        self._order = order
        self._hear = hear
        self._drawing = threading.Lock()
        self._now, self._serial = moment, 0
        super().__init__(mark=mark)
        self.me = self.model_id
        answer_while_busy(self.comm)
        self.on_msg(lambda _widget, content, _buffers: self._on_message(content))

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """As a view that opens gets it: with the moment as it is now, which no trait holds."""
        state = super().get_state(key, drop_defaults)
        if key is None or "moment" in state:
            state["moment"] = self._now.whole(self._serial)
        return state

    def draw(self, moment: Moment) -> None:
        """Show this moment in all views. May be called from any thread."""
        with self._drawing:
            change = difference(self._now, moment, self._serial + 1)
            if change is None:
                return
            self._now, self._serial = moment, self._serial + 1
            self.send({"change": change})

    def say(self, text: str) -> None:
        """A line in all views."""
        self.send({"said": text})

    def _on_message(self, content: dict[str, Any]) -> None:
        verb = str(content.get("verb"))
        if verb in _OF_VIEWS:
            self._hear(str(content.get("view")), verb)
        elif verb == "whole":
            with self._drawing:
                if content.get("serial") != self._serial:
                    self.send({"whole": self._now.whole(self._serial)})
        else:
            aside(lambda: self._reply(content))

    def _reply(self, question: dict[str, Any]) -> None:
        try:
            answer: dict[str, Any] = {"answer": self._ask(str(question.get("verb")), question.get("number"))}
        except FlinklabError as error:
            answer = {"error": error.report()}
        except Exception as error:  # nobody else would see it
            _log.debug("a button of a watch failed", exc_info=True)
            answer = {"error": [f"{type(error).__name__}: {error}"]}
        self.send({"id": question.get("id"), **answer})

    def _ask(self, verb: str, number: Any) -> str:
        if verb not in VERBS or self._order is None:
            raise UsageError(f"nobody knows how to {verb[:40]!r} this")
        return self._order(verb, parse_count(str(number)) if verb == "scale" else None)
