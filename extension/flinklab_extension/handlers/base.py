"""What every handler shares: who asks, what may be asked with, and errors as a line that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from flinklab.domain.errors import (
    CatalogUnavailableError,
    CommandRefusedError,
    ConflictError,
    ConnectionFailedError,
    FlinklabError,
    NotFoundError,
    NotInstalledError,
    NotPermittedError,
    SchemaVersionError,
    StatementError,
    UsageError,
)
from flinklab.domain.text import parse_duration

from .. import wire
from ..identity import name_of
from ..workbench import CATALOG_LIMIT, CLUSTER_LIMIT, Workbench
from ..workers import BusyError, LateError

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.settings import Settings

T = TypeVar("T")

SETTING = "flinklab_workbench"
"""Under which the web application keeps the `Workbench`."""

_STATUS: tuple[tuple[type[FlinklabError], int], ...] = (
    (NotFoundError, 404),
    (NotPermittedError, 403),
    (ConflictError, 409),
    (CommandRefusedError, 409),
    (CatalogUnavailableError, 503),
    (SchemaVersionError, 503),
    (NotInstalledError, 501),
    (UsageError, 400),
    (StatementError, 400),
    (ConnectionFailedError, 502),
)
_LONGEST = 1000  # characters of a parameter
_BODY = 2 * 1024 * 1024  # bytes of what is sent
_LONGEST_TIME = timedelta(days=400)
_COUNT = re.compile(r"[0-9]{1,6}")


class FlinklabHandler(APIHandler):
    """Its subclasses only translate: each method is `@authenticated` and `@authorized`, as a test holds."""

    auth_resource = "flinklab"

    @property
    def workbench(self) -> Workbench:
        found: Workbench = self.settings[SETTING]
        return found

    @property
    def person(self) -> str:
        """Whose workbench it is: the key of a `Place`. One of everybody on a server of one's own."""
        return name_of(self.current_user)

    def its_settings(self) -> Settings:
        """The person's, as they are now: what asks a cluster needs them. In a thread. Raises `UsageError`."""
        return self.workbench.places.of(self.person).settings()

    async def ask(self, work: Callable[[Catalog], T], limit: float = CATALOG_LIMIT) -> T:
        """What the person's catalog answers, in a thread. Raises what `answered` words."""
        return await self.workbench.ask(self.person, work, limit)

    async def look(self, work: Callable[[Catalog], T], limit: float = CLUSTER_LIMIT) -> T:
        """As `ask`, for what may have to ask a cluster."""
        return await self.workbench.look(self.person, work, limit)

    def answer(self, value: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(wire.dumps(value))

    def text(self, name: str, default: str = "") -> str:
        """A parameter. Raises `UsageError` for one that is too long."""
        value = self.get_query_argument(name, default, strip=False) or default
        return _bounded(name, value)

    def texts(self, name: str, most: int = 100) -> list[str]:
        """A parameter that may be there several times. Raises `UsageError`."""
        values = self.get_query_arguments(name, strip=False)
        if len(values) > most:
            raise UsageError(f"{name} is given {len(values):,} times", hint=f"{most} times is the most")
        return [_bounded(name, value) for value in values]

    def count(self, name: str, default: int, most: int = 1000) -> int:
        """A whole number from 1; what is more than `most` is `most`. Raises `UsageError`."""
        value = self.text(name, str(default))
        if not _COUNT.fullmatch(value) or int(value) < 1:
            raise UsageError(f"{name} is a whole number from 1, not {value[:40]!r}")
        return min(int(value), most)

    def duration(self, name: str, default: str) -> timedelta:
        """How long back: `6h`. Raises `UsageError`."""
        return min(timedelta(seconds=parse_duration(self.text(name, default))), _LONGEST_TIME)

    def body(self) -> dict[str, Any]:
        """What was sent. Raises `UsageError` for what is no JSON object."""
        if len(self.request.body) > _BODY:
            raise UsageError(f"{len(self.request.body):,} bytes are too many", hint=f"{_BODY:,} are the most")
        try:
            found = orjson.loads(self.request.body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise UsageError("what was sent is no JSON object")
        return found

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """`{"message", "hint"}`: what flinklab raised in its own words, all else without its text."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, message, hint = worded(error, status_code)
        if message is None:
            super().write_error(status_code, **kwargs)
            return
        if status == 503 or status == 504:
            self.set_header("Retry-After", "5")
        self.answer({"message": message, "hint": hint}, status)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        # A mistake of a person, or a database that is down, is no fault of the server's.
        if not isinstance(value, FlinklabError | LateError | BusyError):
            super().log_exception(typ, value, tb)


def worded(error: BaseException | None, status: int) -> tuple[int, str | None, str]:
    """Status, message and hint; without a message for what Jupyter itself words."""
    if isinstance(error, FlinklabError):
        return (
            next((code for kind, code in _STATUS if isinstance(error, kind)), 500),
            error.message,
            error.hint or "",
        )
    if isinstance(error, LateError):
        return 504, "it took too long and was given up", "is the catalog or the cluster down or busy? Try again"
    if isinstance(error, BusyError):
        return 503, "the server has too much to do at once", "try again in a moment"
    if error is None or isinstance(error, HTTPError):
        return status, None, ""
    return 500, f"flinklab failed: {type(error).__name__}", "the Jupyter server's log says more; please report it"


def _bounded(name: str, value: str) -> str:
    if len(value) > _LONGEST:
        raise UsageError(f"{name} has {len(value):,} characters", hint=f"{_LONGEST:,} are the most")
    return value
