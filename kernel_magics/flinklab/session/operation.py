"""One submitted statement, up to its first page and, for those that end by themselves, to its last."""

from __future__ import annotations

import time
from collections.abc import Callable

from flinklab.domain.errors import ConnectionFailedError, FlinklabError
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.ports import SqlGateway
from flinklab.session.aside import Pending, aside

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1


def _never() -> bool:
    return False


def first_page(
    gateway: SqlGateway,
    session: SessionHandle,
    operation: OperationHandle,
    until: float | None = None,
    is_called_off: Callable[[], bool] = _never,
) -> Page:
    """Wait for the first page that is ready: the statement was accepted, planned and (a job) submitted.

    A `NOT_READY` page is returned only when the moment `until` (of `time.monotonic`) has passed, or nobody waits
    for it any more. Raises the `StatementError` of a statement that was refused, after closing its operation.
    """
    pause = _FIRST_PAUSE
    try:
        while True:
            page = gateway.fetch(session, operation, 0)
            is_late = until is not None and time.monotonic() >= until
            if page.kind is not PageKind.NOT_READY or is_late or is_called_off():
                return page
            time.sleep(pause)
            pause = min(pause * 1.3, _LONGEST_PAUSE)
    except FlinklabError:
        let_go(gateway, session, operation)
        raise


def pages_of(gateway: SqlGateway, session: SessionHandle, operation: OperationHandle) -> list[Page]:
    """All pages of a statement that ends by itself. The operation is closed, whatever happens."""
    pages: list[Page] = []
    first = first_page(gateway, session, operation)
    drain(gateway, session, operation, first, pages.append)
    return pages


def drain(
    gateway: SqlGateway,
    session: SessionHandle,
    operation: OperationHandle,
    first: Page,
    add: Callable[[Page], None],
    is_called_off: Callable[[], bool] = _never,
) -> None:
    """Hand `first` and every page after it to `add`, then close the operation; or before, when it is called off."""
    page, token = first, 0
    try:
        while True:
            add(page)
            if page.kind is PageKind.EOS or is_called_off():
                return
            if page.kind is PageKind.PAYLOAD:
                token += 1
            else:
                time.sleep(_FIRST_PAUSE)
            page = gateway.fetch(session, operation, token)
    finally:
        let_go(gateway, session, operation)


def let_go(gateway: SqlGateway, session: SessionHandle, operation: OperationHandle) -> None:
    """Close an operation whose outcome is known: that this fails must not take the outcome's place.

    Closing may be repeated, so a lost reply is. An interrupt ends the waiting, not the closing. What is still open
    then ends with the session.
    """

    def close() -> None:
        for _ in range(2):
            try:
                gateway.close_operation(session, operation)
            except ConnectionFailedError:
                continue
            return

    closing: Pending[None] = Pending()
    try:
        aside(close, closing).result()
    except KeyboardInterrupt:
        if closing.cancel():
            aside(close)
        raise
