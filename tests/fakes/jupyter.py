"""A Jupyter server with flinklab's extension, in a thread of this process, on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from jupyter_server.serverapp import ServerApp

from flinklab_extension.app import FlinkLab

TOKEN = "a-token-of-a-test"
_PATIENCE = 60.0  # s


class _Server(ServerApp):  # type: ignore[misc]
    def init_signal(self) -> None:
        """Signals are the tests' own."""


@dataclass
class Jupyter:
    """`url`: with the base URL and a slash. `extension`: the running one; touch it only by `call`."""

    url: str
    app: ServerApp
    extension: FlinkLab
    loop: asyncio.AbstractEventLoop

    def client(self, token: str | None = TOKEN, **more: Any) -> httpx.Client:
        headers = {"Authorization": f"token {token}"} if token is not None else {}
        return httpx.Client(base_url=f"{self.url}flinklab/", headers=headers, timeout=_PATIENCE, **more)

    def get(self, path: str, status: int = 200, /, **parameters: Any) -> Any:
        """The answer's JSON; the status has to be this."""
        with self.client() as client:
            reply = client.get(path, params=parameters)
        assert reply.status_code == status, reply.text
        return reply.json()

    def post(self, path: str, body: Any, status: int = 200, /, **parameters: Any) -> Any:
        with self.client() as client:
            reply = client.post(path, params=parameters, json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    def call(self, work: Any) -> Any:
        """Do something in the server's loop: a function, or one that gives a coroutine."""

        async def run() -> Any:
            found = work()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(_PATIENCE)


@contextmanager
def jupyter(root: Path, **options: Any) -> Iterator[Jupyter]:
    """Its settings are read in `root`; what Jupyter itself keeps is in a folder there."""
    started: threading.Event = threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        ended = asyncio.Event()
        found.update(loop=asyncio.get_running_loop(), end=ended)
        app = found["app"] = _Server(
            ip="127.0.0.1",
            port=0,
            open_browser=False,
            root_dir=str(root),
            base_url="/people/ann/",
            allow_root=True,
            jpserver_extensions={"flinklab_extension": True},
            log_level="ERROR",
            **options,
        )
        app.config.IdentityProvider.token = TOKEN
        app.config.FlinkLab.start_supervisor = False
        app.initialize(argv=[], find_extensions=False)
        found["extension"] = next(iter(app.extension_manager.extension_apps["flinklab_extension"]))
        app.start_app()
        started.set()
        await ended.wait()
        await app._cleanup()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            found["error"] = error
        finally:
            started.set()

    thread = threading.Thread(target=run, name="jupyter", daemon=True)
    thread.start()
    assert started.wait(_PATIENCE)
    if "error" in found:
        raise found["error"]
    app = found["app"]
    try:
        yield Jupyter(f"http://127.0.0.1:{app.port}{app.base_url}", app, found["extension"], found["loop"])
    finally:
        found["loop"].call_soon_threadsafe(found["end"].set)
        thread.join(_PATIENCE)
        _Server.clear_instance()
        assert "error" not in found, found["error"]
