"""Flink's own web UI through a Jupyter server, in a browser: it works, and has nothing of Jupyter's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.jupyter import Jupyter, jupyter
from flinklab.domain.records import RegisteredCluster
from flinklab.local import LocalFlink
from real.lab_support import catalog_of_server, logged_in

_PATIENCE = 60_000  # ms
_ASK = """async ([path, options]) => {
    try { return (await fetch(path, options)).status; } catch (error) { return error.name; }
}"""


@pytest.fixture
def server(embedded: LocalFlink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jupyter]:
    with catalog_of_server(tmp_path, monkeypatch) as catalog:
        cluster = RegisteredCluster("my", "live", "standalone", embedded.jobmanager_url)
        catalog.registry.save_cluster(cluster, expected=None)
    with jupyter(tmp_path) as server:
        yield server


@pytest.fixture
def page(server: Jupyter) -> Iterator[Any]:
    """Logged in to Jupyter, as a browser is, and brought to the UI."""
    with logged_in(server) as page:
        (row,) = server.get("clusters")
        page.goto(f"{server.url}{row['ui']}#/overview")
        page.wait_for_selector("flink-root >> text=Available Task Slots", timeout=_PATIENCE)
        yield page


@pytest.mark.timeout(400)
def test_the_ui_works_and_has_nothing_of_jupyters(server: Jupyter, page: Any) -> None:
    page.wait_for_selector("flink-root >> text=Total Task Slots", timeout=_PATIENCE)
    assert page.locator("text=Submit New Job").count() == 0

    page.evaluate("location.hash = '#/job-manager/logs'")
    page.wait_for_selector(".monaco-editor >> text=StandaloneSessionClusterEntrypoint", timeout=_PATIENCE)

    assert page.evaluate("origin") == "null"
    assert "sandboxed" in page.evaluate("() => { try { return document.cookie; } catch (e) { return String(e); } }")
    for path in ("api/contents", "flinklab/status", "flinklab/jobs"):
        assert page.evaluate(_ASK, [server.url + path, {"credentials": "include"}]) == "TypeError", path
    page.evaluate(
        _ASK, [server.url + "api/kernels", {"method": "POST", "mode": "no-cors", "credentials": "include"}]
    )
    assert server.call(lambda: server.app.kernel_manager.list_kernels()) == []


@pytest.mark.timeout(400)
def test_its_page_can_read_and_nothing_else(page: Any) -> None:
    assert page.evaluate(_ASK, ["./overview", {}]) == 200
    assert page.evaluate(_ASK, [f"./jobs/{'a' * 32}", {}]) == 404
    assert page.evaluate(_ASK, [f"./jobs/{'a' * 32}/yarn-cancel", {}]) == 403
    assert page.evaluate(_ASK, ["./jars", {}]) == 403
    assert page.evaluate(_ASK, ["./overview", {"method": "POST"}]) in (403, 405)
