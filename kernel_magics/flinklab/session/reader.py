"""Reads the pages of one operation ahead of whoever decodes them."""

from __future__ import annotations

import queue
import threading

from flinklab.domain.errors import FlinklabError
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.ports import SqlGateway

_AHEAD = 2
_EMPTY = b"[]"
_FIRST_PAUSE = 0.004
_BUSY_PAUSE = 0.01
_IDLE_PAUSE = 0.1
_BUSY_ROUNDS = 60


class PageReader:
    """One thread that fetches page after page of an operation.

    The gateway answers at once when there are no rows yet, with an empty page: the reader then pauses, shortly
    at first (a pause of 50 ms costs a third of the rate of a fast query), longer when nothing came for a while.
    """

    def __init__(
        self, gateway: SqlGateway, session: SessionHandle, operation: OperationHandle, first: Page
    ) -> None:
        self._gateway = gateway
        self._session = session
        self._operation = operation
        self._first = first
        self._pages: queue.Queue[Page | FlinklabError] = queue.Queue(maxsize=_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="flinklab-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for the request that is under way."""
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._pages.get_nowait()
            except queue.Empty:
                self._thread.join(timeout=0.05)

    def next(self, timeout: float) -> Page | None:
        """The next page with rows, or the last page; None when none came within `timeout` seconds."""
        try:
            page = self._pages.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(page, FlinklabError):
            raise page
        return page

    def _read(self) -> None:
        page, token, empty = self._first, 0, 0
        try:
            while not self._stop.is_set():
                if page.kind is PageKind.EOS:
                    self._put(page)
                    return
                if page.kind is PageKind.PAYLOAD:
                    token += 1
                if page.rows == _EMPTY:
                    self._stop.wait(_pause(empty))
                    empty += 1
                else:
                    empty = 0
                    self._put(page)
                page = self._gateway.fetch(self._session, self._operation, token)
        except FlinklabError as error:
            self._put(error)

    def _put(self, item: Page | FlinklabError) -> None:
        while not self._stop.is_set():
            try:
                self._pages.put(item, timeout=0.1)
            except queue.Full:
                continue
            return


def _pause(empty_rounds: int) -> float:
    if empty_rounds < 3:
        return _FIRST_PAUSE
    return _BUSY_PAUSE if empty_rounds < _BUSY_ROUNDS else _IDLE_PAUSE
