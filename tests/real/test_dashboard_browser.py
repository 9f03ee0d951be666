"""A dashboard as a page, with Voila, in a real browser."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from real.browser import running_chromium

_START = 120.0  # s
_LOOK = 120_000  # ms

CELL = """
import itertools
import pandas as pd
import plotly.graph_objects as go
import flinklab
from flinklab.plots.plot import Plot

numbers = itertools.count()

def figure(name):
    line = go.Scatter(x=[1.0, 2.0, 3.0], y=[1, 3, 2], name=name)
    return Plot(go.Figure([line]).update_layout(title={"text": name}), pd.DataFrame())

def counted():
    return pd.DataFrame({"read": [f"time {next(numbers)}"]})

def broken():
    raise ValueError("no luck")

flinklab.dashboard([figure("one"), figure("two"), counted, broken], title="ops", refresh=5)
"""


@contextmanager
def running_voila(notebook: Path, folder: Path) -> Iterator[str]:
    """Its address with a token, without which nobody gets in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "voila", str(notebook), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"),
        *("--token", f"--IdentityProvider.token={token}", "--VoilaExecutor.timeout=120"),
    ]
    environment = os.environ | {
        **{f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        "IPYTHONDIR": str(folder / "ipython"),
    }
    log = folder / "voila.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _await(port, process, log)
        yield f"http://127.0.0.1:{port}/?token={token}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/main.js", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
            continue
        return
    raise AssertionError("Voila did not start:\n" + "\n".join(log.read_text().splitlines()[-15:]))


@pytest.mark.timeout(1200)
def test_a_dashboard_is_a_page(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    place = tmp_path / "ops.ipynb"
    nbformat.write(notebook, place)
    with running_voila(place, tmp_path) as url, running_chromium() as browser:
        page = browser.new_page()
        page.goto(url, timeout=_LOOK)
        page.wait_for_function(
            "document.querySelectorAll('.js-plotly-plot .scatterlayer path').length >= 2", timeout=_LOOK
        )
        page.get_by_text("ValueError: no luck").locator("visible=true").first.wait_for(timeout=_LOOK)
        page.wait_for_function("/time [1-9]/.test(document.body.innerText)", timeout=_LOOK)
        assert page.locator("svg.main-svg >> visible=true").count() >= 2
        assert "as of" in page.inner_text("body")
        page.close()
