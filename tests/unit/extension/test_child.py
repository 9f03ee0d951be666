"""The supervisor beside a Jupyter server: kept alive, told of, and ended with the server, however that ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from tornado.ioloop import IOLoop

from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.errors import JobError
from flinklab.settings import Settings
from flinklab_extension.app import FlinkLab
from flinklab_extension.child import COMMAND, SupervisorChild
from flinklab_extension.workbench import Workbench

_PATIENCE = 120.0
UNTIL_INPUT_ENDS = "import sys; print('here I am', file=sys.stderr, flush=True); sys.stdin.read()"
FAILS = "import sys; sys.exit('the catalog needs an upgrade: flinklab db upgrade')"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def child(folder: Path, code: str) -> SupervisorChild:
    log = logging.getLogger("tests.child")
    return SupervisorChild(lambda: folder, log, command=[sys.executable, "-c", code], soon=0.05)


async def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return found


def test_it_is_told_of_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    async def run() -> int:
        one = child(tmp_path, UNTIL_INPUT_ENDS)
        assert one.told() == {"pid": None, "state": "stopped", "problem": ""}
        one.start()
        one.start()
        await until(lambda: one.told()["state"] == "running")
        pid = one.told()["pid"]
        assert psutil.pid_exists(pid)
        await one.stop()
        assert one.told() == {"pid": None, "state": "stopped", "problem": ""}
        return int(pid)

    assert not psutil.pid_exists(asyncio.run(run()))


def test_one_that_died_is_started_again(tmp_path: Path) -> None:
    async def run() -> None:
        one = child(tmp_path, UNTIL_INPUT_ENDS)
        one.start()
        first = await until(lambda: one.told()["pid"])
        os.kill(first, signal.SIGKILL)
        await until(lambda: one.told()["pid"] not in (first, None))
        await one.stop()

    asyncio.run(run())


def test_one_that_cannot_run_says_why_and_is_tried_ever_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        if seconds != 0.02:  # not `until`'s own
            pauses.append(seconds)
            seconds = 0
        await sleep(seconds)

    async def run() -> None:
        one = child(tmp_path, FAILS)
        one.start()
        await until(lambda: len(pauses) >= 4 and one.told()["state"] == "waiting")
        assert one.told()["problem"] == "the catalog needs an upgrade: flinklab db upgrade"
        await one.stop()

    monkeypatch.setattr("flinklab_extension.child.asyncio.sleep", counted)
    asyncio.run(run())
    assert pauses[:4] == [0.05, 0.1, 0.2, 0.4]


def test_one_that_cannot_even_be_started_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        one = SupervisorChild(lambda: tmp_path, logging.getLogger("tests.child"), command=["/no/such/program"])
        one.start()
        await until(lambda: one.told()["state"] == "waiting")
        assert "/no/such/program" in one.told()["problem"]
        await one.stop()

    asyncio.run(run())


def test_one_that_does_not_hear_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flinklab_extension.child._PATIENCE", 0.2)

    async def run() -> int:
        one = child(tmp_path, DEAF)
        one.start()
        pid = await until(lambda: one.told()["pid"])
        await one.stop()
        return int(pid)

    assert not psutil.pid_exists(asyncio.run(run()))


def test_a_stop_in_the_middle_of_a_start_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        for turns in range(6):
            one = child(tmp_path, UNTIL_INPUT_ENDS)
            one.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            await one.stop()

    before = set(psutil.Process().children())
    asyncio.run(run())
    assert set(psutil.Process().children()) == before


SERVER = """
import asyncio, logging, pathlib, sys
from flinklab_extension.child import SupervisorChild

async def main():
    child = SupervisorChild(pathlib.Path.cwd, logging.getLogger())
    child.start()
    while child.told()["pid"] is None:
        await asyncio.sleep(0.05)
    print(child.told()["pid"], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_the_supervisor_itself_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    assert COMMAND[-1] == "--attached"
    url = f"sqlite:///{tmp_path}/catalog.db"
    lifecycle.init(url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=tmp_path,
        env={**kept, "FLINKLAB_CATALOG_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    supervisor: psutil.Process | None = None
    try:
        assert server.stdout is not None
        supervisor = psutil.Process(int(server.stdout.readline()))
        with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
            asyncio.run(until(lambda: [each.pid for each in catalog.jobs.supervisors()] == [supervisor.pid]))
        server.kill()
        assert supervisor.wait(_PATIENCE) in (0, None)
    finally:
        server.kill()
        server.communicate(timeout=_PATIENCE)
        if supervisor is not None:
            with suppress(psutil.NoSuchProcess):
                supervisor.kill()


def test_a_server_starts_one_by_setting_only_and_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "flinklab_extension.app.SupervisorChild", lambda folder, log: child(folder(), UNTIL_INPUT_ENDS)
    )

    async def run(wanted: bool) -> list[Any]:
        extension = FlinkLab(supervise=wanted)
        extension.serverapp = SimpleNamespace(root_dir=str(tmp_path), io_loop=IOLoop.current())
        extension.initialize_settings()
        if wanted:
            await until(lambda: extension.workbench.child()["state"] == "running")
        alive = extension.workbench.child()
        await extension.stop_extension()
        return [alive, extension.workbench.child()]

    assert asyncio.run(run(False)) == [None, None]
    alive, ended = asyncio.run(run(True))
    assert alive["state"] == "running" and ended["state"] == "stopped"
    assert not psutil.pid_exists(alive["pid"])


@pytest.mark.parametrize("starts", [True, False])
def test_who_orders_is_given_a_supervisor_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starts: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Catalog] = []
    go_on = threading.Event()

    def ensure(settings: Settings, catalog: Catalog, notice: Callable[[str], None]) -> bool:
        seen.append(catalog)
        assert go_on.wait(_PATIENCE)
        raise JobError("the supervisor did not come up")

    async def run() -> None:
        workbench = Workbench("1", lambda person: Settings(catalog_url=f"sqlite:///{tmp_path}/catalog.db"))
        workbench.starts_supervisor = starts
        for _ in range(3):
            workbench.have_supervised("")
        if starts:
            await until(lambda: seen)
            go_on.set()
            await until(lambda: "did not come up" in caplog.text)
            workbench.have_supervised("")
            await until(lambda: len(seen) == 2)
        await workbench.close()

    lifecycle.init(f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setattr("flinklab.api.supervising.ensure", ensure)
    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert len(seen) == (2 if starts else 0)
