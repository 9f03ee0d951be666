"""Blocking work beside the server's loop: so much of it at once, and nobody waits longer than the limit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class LateError(Exception):
    """It did not come within the time that it may take. The work itself goes on to its end."""


class BusyError(Exception):
    """So much waits already that it was not begun."""


class Workers:
    """Work in daemon threads, `most` of them at a time; up to `waiting` more wait for their turn.

    For the loop's own thread. Work that hangs keeps its place until it ends: what hangs cannot become ever more.
    """

    def __init__(self, name: str, *, most: int, waiting: int = 200) -> None:
        self._name = name
        self._most = most
        self._waiting = waiting
        self._running = 0
        self._queue: list[asyncio.Future[None]] = []

    async def run(self, work: Callable[[], T], limit: float) -> T:
        """What `work` returns or raises. Raises `LateError` after `limit` seconds, `BusyError` at once."""
        if len(self._queue) >= self._waiting:
            raise BusyError
        try:
            return await asyncio.wait_for(self._run(work), limit)
        except asyncio.TimeoutError:
            raise LateError from None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._running >= self._most:
            await self._turn()
        else:
            self._running += 1
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            came: Future[T] = Future()
            try:
                came.set_result(work())
            except BaseException as error:
                came.set_exception(error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._end, done, came)

        threading.Thread(target=run, name=f"flinklab-{self._name}", daemon=True).start()
        return await done

    async def _turn(self) -> None:
        """Returns in the place of work that ended."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # the place was given to who does not wait any more
            else:
                self._queue.remove(turn)
            raise

    def _end(self, done: asyncio.Future[T], came: Future[T]) -> None:
        self._pass_on()
        if done.cancelled():
            return
        error = came.exception()
        if error is None:
            done.set_result(came.result())
        else:
            done.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    def _pass_on(self) -> None:
        while self._queue:
            turn = self._queue.pop(0)
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
