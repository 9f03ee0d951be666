"""The extension in a real JupyterLab and Notebook 7: it loads, and says plainly what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from real.browser import Lab
from real.lab_support import LabPage, running_extended_lab

CELL = "%%flinksql\nSELECT 1"
PARTS = {"flinklab:server", "flinklab:panel", "flinklab:status-item", "flinklab:tour", "flinklab:version-skew"}


@pytest.mark.timeout(300)
def test_every_part_starts_and_the_console_has_no_complaint(
    jupyter_lab: Lab, lab_page: Callable[..., LabPage]
) -> None:
    page = lab_page(CELL, kernel=False)
    page.await_app()
    page.page.wait_for_selector(".flinklab-StatusItem-button", timeout=60_000)
    page.page.wait_for_function(
        "document.querySelector('.flinklab-StatusItem-button').textContent === 'Flink: embedded'", timeout=60_000
    )
    assert set(page.plugins()) >= PARTS
    assert page.wrong == []
    assert jupyter_lab.ask("flinklab/status")["problem"] == ""


@pytest.mark.timeout(300)
def test_the_status_bar_opens_the_panel_and_the_launcher_the_tour(
    jupyter_lab: Lab, lab_page: Callable[..., LabPage]
) -> None:
    page = lab_page(CELL, kernel=False)
    page.await_app()
    page.page.click(".flinklab-StatusItem-button")
    page.page.wait_for_selector(".flinklab-Panel", state="visible", timeout=60_000)
    page.command("launcher:create")
    page.page.click(".jp-LauncherCard:has-text('Tour of Flink')")
    page.page.wait_for_selector(".jp-mod-current:has-text('flinklab-tour.ipynb')", timeout=60_000)
    assert (jupyter_lab.folder / "flinklab-tour.ipynb").is_file()


@pytest.mark.timeout(300)
def test_notebook_7_has_it_too(jupyter_lab: Lab, chromium: Any) -> None:
    jupyter_lab.write("seven.ipynb", [CELL])
    page = LabPage.at(chromium, jupyter_lab.address("notebooks/seven.ipynb"))
    try:
        page.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.await_app()
        assert set(page.plugins()) >= PARTS - {"flinklab:status-item"}
        # Notebook complains of a schema of its own, with and without us.
        assert [line for line in page.wrong if "flinklab" in line] == []
    finally:
        page.close()
        jupyter_lab.end_kernels()


@pytest.mark.timeout(300)
def test_a_server_without_its_part_is_said_plainly(tmp_path: Path, chromium: Any) -> None:
    with running_extended_lab(tmp_path / "lab", is_served=False) as lab:
        page = LabPage.notebook(chromium, lab, "a.ipynb", CELL, kernel=False)
        page.await_app()
        button = page.page.locator(".flinklab-StatusItem-button")
        page.page.wait_for_function(
            "document.querySelector('.flinklab-StatusItem-button')?.textContent === 'Flink: not connected'",
            timeout=60_000,
        )
        assert "This Jupyter server has no flinklab" in button.get_attribute("title")
        page.close()
