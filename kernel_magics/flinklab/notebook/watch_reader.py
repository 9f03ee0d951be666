"""The thread that looks, as often as somebody is there to see it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flinklab.api.watching import Picture, Watch
from flinklab.api.watching_job import JobPicture

_log = logging.getLogger(__name__)

PAUSE = 2.0
"""s between two looks while somebody looks."""

_LEAST = 0.25  # s: four updates a second at most
_SLOW = 30.0  # s between two looks while nobody says whether somebody looks
_SILENT, _GONE = 60.0, 900.0  # s since a view was heard of


class Audience:
    """Who looks. A view says `seen` again and again as long as it is on the screen, `hidden` and `closed` once.

    Safe to use from several threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._heard_at = clock()
        self._ever = False

    def hear(self, view: str, word: str) -> None:
        with self._lock:
            self._ever, self._heard_at = True, self._clock()
            if word == "seen":
                self._seen[view] = self._heard_at
            else:
                self._seen.pop(view, None)

    def pause(self) -> float | None:
        """Seconds to the next look; None: none until somebody looks again.

        A front end whose messages wait behind a busy kernel is silent, although somebody may look: then the pause
        is long, for a while.
        """
        with self._lock:
            if self._ever and not self._seen:
                return None
            silent = self._clock() - max(self._seen.values(), default=self._heard_at)
        if silent <= _SILENT:
            return PAUSE
        return _SLOW if silent <= _GONE else None


class WatchReader:
    """Looks again and again, in one thread, and tells what it saw."""

    def __init__(
        self,
        watch: Watch,
        tell: Callable[[Picture], None],
        *,
        audience: Audience | None = None,
        at_rest: Callable[[], None] = lambda: None,
        at_end: Callable[[], None] = lambda: None,
        least: float = _LEAST,
    ) -> None:
        """`at_rest` is called when nobody looks any more, `at_end` when the watch is over, both in the thread."""
        self._watch = watch
        self._tell = tell
        self.audience = audience or Audience()
        self._at_rest = at_rest
        self._at_end = at_end
        self._least = least
        self._news = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flinklab-watch", daemon=True)
        watch.news = self._news.set

    def start(self) -> None:
        self._thread.start()

    def poke(self) -> None:
        """Look now, or as soon as the pace allows."""
        self._news.set()

    def hear(self, view: str, word: str) -> None:
        """What a view says of itself."""
        rested = self.audience.pause() is None
        self.audience.hear(view, word)
        if rested or word != "seen":
            self.poke()

    def close(self) -> None:
        """Returns when nothing is told any more."""
        self._ended.set()
        self._news.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._news.clear()
                pause = self.audience.pause()
                if pause is None:
                    self._quietly(self._at_rest)
                elif self._quietly(self._look):
                    return
                self._news.wait(pause)
                self._ended.wait(self._least)
        finally:
            self._quietly(self._at_end)
            self._watch.close()

    def _look(self) -> bool:
        """Whether there is nothing more to see."""
        picture = self._watch.look()
        self._tell(picture)
        return isinstance(picture, JobPicture) and picture.is_over

    def _quietly(self, act: Callable[[], bool | None]) -> bool:
        try:
            return bool(act())
        except Exception:  # what goes wrong once must not end the watch, and nobody reads a thread's traceback
            _log.warning("a watch could not be drawn", exc_info=True)
            return False
