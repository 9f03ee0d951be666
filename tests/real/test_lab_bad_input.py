"""What a real JupyterLab shows when something is wrong: logins, clusters, catalogs, kernels, versions, sizes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from fakes import expiring, other_kernel
from fakes.managed import add_cluster, add_job
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init, open_database
from real.browser import Lab
from real.lab_support import LabPage, running_extended_lab

PATIENCE = 60_000
MEGABYTE = 1_000_000
ROW = "INSERT INTO sink SELECT a, b, 'c' AS d, CAST(e AS DECIMAL(10, 2)) FROM orders WHERE x IN (1, 2, 3);\n"
EVENTS = re.compile(r"/flinklab/events")
TYPED = """async text => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.mode = 'edit';
    const cell = notebook.activeCell;
    await cell.ready;
    cell.editor.focus();
    const view = cell.editor.editor;
    for (const added of [text, ...'SELECT 1']) {
        const at = view.state.doc.length;
        const selection = { anchor: at + added.length };
        const userEvent = added === text ? 'input.paste' : 'input.type';
        view.dispatch({ changes: { from: at, insert: added }, selection, userEvent, scrollIntoView: true });
        await new Promise(requestAnimationFrame);
    }
}"""

Open = Callable[..., LabPage]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("bad")
    return {name: root / name for name in ("lab", "expired", "heard")}


@pytest.fixture(scope="module")
def jupyter_lab(places: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """With a login that expires, a kernel that is not Python, and a cluster that is down with a job on it."""
    root = tmp_path_factory.mktemp("catalog")
    url = f"sqlite:///{root / 'catalog.db'}"
    init(url)
    catalog = Catalog(open_database(url), root / "catalog.key", team="my", environment="dev")
    add_cluster(catalog, "down")
    add_job(catalog, "orders", cluster="down")
    catalog.close()
    other_kernel.install(places["lab"] / "data", places["heard"])
    variables = {
        "FLINKLAB_CATALOG_URL": url,
        "FLINKLAB_TEAM": "my",
        "FLINKLAB_ENVIRONMENT": "dev",
        expiring.EXPIRED: str(places["expired"]),
    }
    arguments = ["--ServerApp.identity_provider_class=fakes.expiring.Expiring"]
    with running_extended_lab(places["lab"], arguments=arguments, variables=variables) as lab:
        yield lab


@pytest.fixture
def expired(places: dict[str, Path]) -> Iterator[Path]:
    """Make this file, and nobody is logged in; take it away, and everybody is again."""
    yield places["expired"]
    places["expired"].unlink(missing_ok=True)


def notice(page: LabPage) -> Any:
    return page.page.locator(".flinklab-Notice")


def jobs(page: LabPage) -> Any:
    return page.page.locator('.flinklab-Panel [role="grid"][aria-label^="Jobs"]').get_by_role("row")


def test_an_expired_login_is_said_and_nothing_is_lost(lab_page: Open, expired: Path) -> None:
    page = lab_page("%%flinksql\nSELECT 1", kernel=False)
    page.await_app()
    page.command("flinklab:open-panel")
    jobs(page).first.wait_for(timeout=PATIENCE)
    asked: list[str] = []
    page.page.on("request", lambda request: EVENTS.search(request.url) and asked.append(request.url))
    expired.touch()
    page.command("flinklab:refresh-panel")  # JupyterLab has a dialog of its own for what it is refused
    notice(page).get_by_text(re.compile("Your login.*log in again in another tab.*known at")).wait_for()
    assert notice(page).get_by_role("button", name="Reload").is_visible()
    assert jobs(page).count() == 1
    page.page.wait_for_timeout(5000)
    assert 1 <= len(asked) <= 5  # at once, and then after 1 s, 2 s, 4 s at the soonest half of each
    assert page.cell(0).locator(".cm-content").inner_text() == "%%flinksql\nSELECT 1"
    expired.unlink()
    notice(page).wait_for(state="detached", timeout=PATIENCE)  # without a reload
    assert jobs(page).count() == 1


def test_an_order_that_an_expired_login_refuses_says_so_and_can_be_given_again(
    lab_page: Open, expired: Path
) -> None:
    page = lab_page("", kernel=False)
    page.await_app()
    page.command("flinklab:open-panel")
    row = jobs(page).first
    row.wait_for(timeout=PATIENCE)
    start = row.get_by_role("button", name="Start: orders", include_hidden=True)
    seen = row.get_by_role("button", name="OK: orders", include_hidden=True)
    assert start.is_enabled()
    expired.touch()
    start.dispatch_event("click")  # a dialog of JupyterLab's own may be above it by now
    row.get_by_text(re.compile("Your login")).wait_for(timeout=PATIENCE)
    expired.unlink()
    seen.dispatch_event("click")
    start.wait_for(state="attached")
    assert start.is_enabled()


def test_a_cluster_that_is_down_is_said_on_its_page_and_on_its_jobs(lab_page: Open) -> None:
    page = lab_page("", kernel=False)
    page.await_app()
    page.page.evaluate("() => void jupyterapp.commands.execute('flinklab:open-cluster', {name: 'down'})")
    shown = page.page.locator(".flinklab-Page:visible")
    shown.get_by_text("the connection was refused").first.wait_for(timeout=PATIENCE)
    shown.get_by_role("tab", name="Managed jobs").click()
    shown.get_by_role("button", name="my.orders").click()
    shown.get_by_role("heading", name="my.orders").wait_for(timeout=PATIENCE)
    assert page.page.locator(".jp-Dialog").count() == 0
    assert page.wrong == []


@pytest.fixture
def other(jupyter_lab: Lab, chromium: Any) -> Iterator[LabPage]:
    """A notebook whose kernel is not Python, with two cells that look like Flink's."""
    cells = [nbformat.v4.new_code_cell(text) for text in ("%%flinksql\nSELECT 1", "%flink jobs")]
    spec = {"name": "other", "display_name": "Other", "language": "other"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.write(notebook, jupyter_lab.folder / "other.ipynb")
    page = LabPage.notebook(chromium, jupyter_lab, "other.ipynb")
    page.await_app()
    yield page
    page.close()
    jupyter_lab.end_kernels()


def test_a_notebook_of_another_language_is_left_alone(other: LabPage, places: dict[str, Path]) -> None:
    other.run(0)
    other.cell(0).locator(".jp-OutputArea-output").wait_for(timeout=PATIENCE)
    other.cell(0).locator(".cm-content").click()
    other.page.wait_for_selector(".jp-mod-active .jp-cell-toolbar", state="attached")
    other.page.keyboard.press("Control+End")
    other.page.keyboard.type("\nSEL")
    other.page.keyboard.press("Tab")  # asks for completions
    other.page.wait_for_timeout(1000)
    assert other.page.locator(".flinklab-cell, [data-jp-item-name^='flinklab-']:visible").count() == 0
    assert other.page.locator(".tok-keyword, .flinklab-Unknown, [class*='flinklab-Line']").count() == 0
    assert other.page.locator(".flinklab-Badge").count() == 0
    heard = [json.loads(line) for line in places["heard"].read_text("utf-8").splitlines()]
    assert heard == ["%%flinksql\nSELECT 1"]  # nobody asks it what only Python knows
    assert other.wrong == []


@pytest.mark.parametrize("version", ["0.0.1", "99.0.0"])
def test_other_versions_in_page_and_server_are_said_with_what_to_do(
    jupyter_lab: Lab, chromium: Any, version: str
) -> None:
    status = jupyter_lab.ask("flinklab/status")
    told = f"event: status\ndata: {json.dumps(status | {'version': version})}\n\n"
    jupyter_lab.write("skew.ipynb", [""])
    page = LabPage(chromium.new_context().new_page())
    page.page.route(EVENTS, lambda route: route.fulfill(content_type="text/event-stream", body=told))
    page.page.goto(jupyter_lab.url("skew.ipynb"))
    said = page.page.locator(".Toastify__toast", has_text=f"the Jupyter server has {version}")
    said.wait_for(timeout=PATIENCE)
    assert f"This page has flinklab {status['version']}" in said.inner_text()
    assert "Reload the page" in said.inner_text()
    page.page.wait_for_timeout(3000)  # the status is told again and again
    assert said.count() == 1
    page.close()


def test_a_huge_cell_can_be_typed_in_and_is_not_formatted(lab_page: Open) -> None:
    page = lab_page("%%flinksql\n")
    page.page.wait_for_selector(".flinklab-cell")
    page.page.evaluate(TYPED, ROW * (MEGABYTE // len(ROW) + 1))
    page.cell(0).locator(".cm-line", has_text="SELECT 1").wait_for(timeout=PATIENCE)
    page.command("flinklab:format-sql")
    page.page.locator(".Toastify__toast", has_text="characters are too many to format").wait_for(timeout=PATIENCE)
    assert page.wrong == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]


def test_a_catalog_that_is_not_there_is_said_and_cells_are_edited_all_the_same(
    tmp_path: Path, chromium: Any
) -> None:
    variables = {"FLINKLAB_CATALOG_URL": "postgresql://127.0.0.1:1/nothing"}
    with running_extended_lab(tmp_path / "lab", variables=variables) as lab:
        page = LabPage.notebook(chromium, lab, "a.ipynb", "%%flinksql\nselect 1")
        page.await_app()
        page.command("flinklab:open-panel")
        notice(page).get_by_text(re.compile("127.0.0.1")).wait_for(timeout=PATIENCE)
        assert page.page.locator(".flinklab-StatusItem-button").inner_text() == "Flink: no catalog"
        assert not page.page.locator('.flinklab-Panel [role="tree"]').first.is_visible()
        page.cell(0).locator(".cm-content").click()
        page.command("flinklab:format-sql")
        page.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.source.includes('SELECT')",
            timeout=PATIENCE,
        )
        page.close()
