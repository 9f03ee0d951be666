"""Work beside the loop: bounded, limited in time, and never in the way of others."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from flinklab_extension.workers import BusyError, LateError, Workers

_PATIENCE = 60.0  # s


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def test_work_gives_its_value_or_its_error() -> None:
    async def run() -> None:
        workers = Workers("test", most=1)
        assert await workers.run(lambda: 7, _PATIENCE) == 7
        with pytest.raises(KeyError):
            await workers.run(lambda: {}["x"], _PATIENCE)
        assert await workers.run(lambda: 8, _PATIENCE) == 8

    asyncio.run(run())


def test_no_more_than_so_much_runs_at_a_time() -> None:
    async def run() -> None:
        workers, go = Workers("test", most=3), threading.Event()
        running: list[int] = []
        most: list[int] = []

        def work() -> None:
            running.append(1)
            most.append(len(running))
            go.wait(_PATIENCE)
            running.pop()

        tasks = [asyncio.ensure_future(workers.run(work, _PATIENCE)) for _ in range(10)]
        await until(lambda: len(running) == 3)
        go.set()
        await asyncio.gather(*tasks)
        assert max(most) <= 3
        assert len(most) == 10

    asyncio.run(run())


def test_what_hangs_is_given_up_and_keeps_only_its_own_place() -> None:
    async def run() -> None:
        workers, go = Workers("test", most=2), threading.Event()
        with pytest.raises(LateError):
            await workers.run(lambda: go.wait(_PATIENCE), 0.05)
        assert await workers.run(lambda: "others go on", _PATIENCE) == "others go on"
        with pytest.raises(LateError):
            await workers.run(lambda: go.wait(_PATIENCE), 0.05)
        with pytest.raises(LateError):  # both places are taken
            await workers.run(lambda: "no place", 0.05)
        go.set()
        assert await workers.run(lambda: "again", _PATIENCE) == "again"

    asyncio.run(run())


def test_what_was_given_up_before_its_turn_is_never_begun() -> None:
    async def run() -> None:
        workers, go = Workers("test", most=1), threading.Event()
        begun: list[str] = []
        first = asyncio.ensure_future(workers.run(lambda: go.wait(_PATIENCE), _PATIENCE))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(workers.run(lambda: begun.append("second"), _PATIENCE))
        await asyncio.sleep(0)
        second.cancel()
        go.set()
        await first
        await workers.run(lambda: begun.append("third"), _PATIENCE)
        assert begun == ["third"]

    asyncio.run(run())


def test_more_than_may_wait_is_refused_at_once() -> None:
    async def run() -> None:
        workers, go = Workers("test", most=1, waiting=1), threading.Event()
        tasks = [asyncio.ensure_future(workers.run(lambda: go.wait(_PATIENCE), _PATIENCE)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await workers.run(lambda: None, _PATIENCE)
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
