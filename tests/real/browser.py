"""A real JupyterLab on a free loopback port, and a chromium that looks at it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

_TESTS = Path(__file__).resolve().parents[1]
_START_TIMEOUT = 180.0
_KERNEL = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
_CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str:
    """The browser's program, from `CHROMIUM` or the PATH. `AssertionError` with what to install."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its program"
    return path


class Lab:
    """A running JupyterLab: `url` with its token, `folder` where the notebooks are, `log` what it said."""

    def __init__(self, port: int, token: str, folder: Path, log: Path) -> None:
        self._base, self._token, self.folder, self.log = f"http://127.0.0.1:{port}", token, folder, log

    def url(self, notebook: str) -> str:
        # a workspace of its own: JupyterLab opens what the workspace had open before
        workspace = notebook.removesuffix(".ipynb")
        return f"{self._base}/lab/workspaces/{workspace}/tree/{notebook}?token={self._token}"

    def write(self, name: str, cells: list[str]) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)

    def saved(self, name: str) -> Any:
        return nbformat.read(self.folder / name, as_version=4)

    def address(self, path: str) -> str:
        """The address of another page of the server, with the token: `tree`, `notebooks/a.ipynb`."""
        return f"{self._base}/{path}?token={self._token}"

    def api(self, path: str, method: str = "GET") -> Any:
        return self.ask(f"api/{path}", method)

    def ask(self, path: str, method: str = "GET") -> Any:
        """The JSON at any path of the server. `urllib.error.HTTPError` for a refusal."""
        request = urllib.request.Request(
            f"{self._base}/{path}", method=method, headers={"Authorization": f"token {self._token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            body = reply.read()
        return json.loads(body) if body else None

    def end_kernels(self) -> None:
        for session in self.api("sessions"):
            self.api(f"sessions/{session['id']}", "DELETE")


@contextmanager
def running_lab(
    folder: Path, *, arguments: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> Iterator[Lab]:
    """A JupyterLab with settings, data and runtime files of its own under `folder`.

    `arguments` are added to its command, `variables` to its environment.
    """
    notebooks, settings = folder / "notebooks", folder / "app-settings"
    for path in (notebooks, settings):
        path.mkdir(parents=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    (settings / "overrides.json").write_text(json.dumps(quiet))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *("--port-retries=0", f"--IdentityProvider.token={token}", f"--notebook-dir={notebooks}"),
        *(f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True", "--allow-root"),
        *arguments,
    ]
    environment = os.environ | {
        **{f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        **(variables or {}),
    }
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    lab = Lab(port, token, notebooks, folder / "lab.log")
    try:
        _await_answer(lab, process)
        yield lab
        lab.end_kernels()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            lab.api("status")
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("JupyterLab did not start:\n" + "\n".join(lab.log.read_text().splitlines()[-15:]))


@contextmanager
def running_chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page: Any) -> None:
        self.page = page

    @classmethod
    def open(cls, browser: Any, lab: Lab, name: str, *, kernel: bool = True, **context: Any) -> Notebook:
        page = browser.new_context(viewport={"width": 1100, "height": 900}, **context).new_page()
        page.goto(lab.url(name))
        notebook = cls(page)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        if kernel:
            notebook.await_kernel()
        return notebook

    def reload(self, *, kernel: bool = True) -> None:
        self.page.reload()
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        if kernel:
            self.await_kernel()

    def await_kernel(self, status: str = "idle") -> None:
        self.page.wait_for_function(f"(status) => {_KERNEL}?.status === status", arg=status, timeout=60_000)

    def restart_kernel(self) -> None:
        self.page.evaluate(f"async () => {{ await {_KERNEL}.restart(); }}")

    def run(self, cell: int) -> None:
        """Run the cell with this index and do not wait for its end."""
        self.page.evaluate(
            """(index) => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                jupyterapp.commands.execute('notebook:run-cell');
            }""",
            cell,
        )

    def run_to_end(self, cell: int) -> None:
        """Run the cell and wait until it has run, however short that is."""
        self.run(cell)
        self.page.wait_for_function(
            """(index) => {
                const cell = jupyterapp.shell.currentWidget.content.widgets[index];
                return cell.model.executionCount !== null && cell.model.executionState === 'idle';
            }""",
            arg=cell,
            timeout=60_000,
        )

    def save(self) -> None:
        self.page.evaluate("async () => { await jupyterapp.shell.currentWidget.context.save(); }")

    def command(self, name: str) -> None:
        self.page.evaluate("async (name) => { await jupyterapp.commands.execute(name); }", name)

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def close(self) -> None:
        self.page.context.close()
