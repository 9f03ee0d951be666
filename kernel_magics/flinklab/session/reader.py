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
_STARTING_PAUSE = 0.005
_BUSY_PAUSE = 0.015
_IDLE_PAUSE = 0.1
_STARTING_ROUNDS = 150
_BUSY_ROUNDS = 60


class PageReader:
    """One thread that fetches page after page of an operation.

    The gateway answers at once, with an empty page, when there are no rows yet. While a query runs at full speed
    a page comes every 20 to 40 ms: asking more often only takes its processor away (measured on two cores: a
    pause of 15 ms costs nothing, one of 50 ms a third of the rate). Before the first row, when a person waits,
    the pauses are short; when nothing came for a second they are long.
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
        page, token, empty, started = self._first, 0, 0, False
        try:
            while not self._stop.is_set():
                if page.kind is PageKind.EOS:
                    self._put(page)
                    return
                if page.kind is PageKind.PAYLOAD:
                    token += 1
                if page.rows == _EMPTY:
                    self._stop.wait(_pause(empty, before_first_row=not started))
                    empty += 1
                else:
                    empty, started = 0, True
                    self._put(page)
                page = self._gateway.fetch(self._session, self._operation, token)
        except FlinklabError as error:
            self._put(error)
        except Exception as error:
            # A reader that dies silently would leave its query waiting for ever.
            failure = FlinklabError(f"internal error while reading: {error!r}", hint="please report it")
            failure.__cause__ = error
            self._put(failure)

    def _put(self, item: Page | FlinklabError) -> None:
        while not self._stop.is_set():
            try:
                self._pages.put(item, timeout=0.1)
            except queue.Full:
                continue
            return


def _pause(empty_rounds: int, *, before_first_row: bool) -> float:
    if before_first_row:
        return _STARTING_PAUSE if empty_rounds < _STARTING_ROUNDS else _IDLE_PAUSE
    return _BUSY_PAUSE if empty_rounds < _BUSY_ROUNDS else _IDLE_PAUSE
