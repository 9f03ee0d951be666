"""The README's picture: the tour in a real JupyterLab, on a real Flink, taken while its queries run.

Run by hand, in `tests/`: `python -m real.lab_picture`. It writes `notebooks/images/tour.png`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

import flinklab
from real.browser import Lab, Notebook, running_chromium, running_lab

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SECTIONS = ("A window", "A top three that updates", "A mistake, explained")
MOST_BYTES = 600_000
WIDTH, HEIGHT = 1200, 1190
ROWS = 3  # of the window when the picture is taken: it is still filling then
FILLED = """([cell, rows]) => {
    const live = document.querySelectorAll('.jp-Notebook .jp-Cell')[cell]?.querySelector('.fl-live');
    return live && live.querySelectorAll('tbody tr').length >= rows;
}"""

SCROLLED = """cell => {
    cell.scrollIntoView({block: 'start'});
    cell.closest('.jp-WindowedPanel-outer').scrollTop -= 16;
}"""


def main() -> None:
    target = NOTEBOOKS / "images" / "tour.png"
    target.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_flink(Path(folder) / "flink"),
        running_lab(Path(folder) / "lab") as lab,
        running_chromium() as browser,
    ):
        target.write_bytes(taken(browser, lab))
    size = target.stat().st_size
    assert size < MOST_BYTES, f"the picture has {size:,} bytes, and {MOST_BYTES:,} are the most"
    print(f"{target}: {size:,} bytes")


@contextmanager
def embedded_flink(state_dir: Path) -> Iterator[None]:
    os.environ["FLINKLAB_STATE_DIR"] = str(state_dir)
    try:
        flinklab.up()
        yield
    finally:
        flinklab.down()


def taken(browser: Any, lab: Lab) -> bytes:
    setup, shown = cells_of_the_tour()
    notebook = nbformat.v4.new_notebook(cells=[*setup, *shown])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.folder / "tour.ipynb")
    opened = Notebook.open(browser, lab, "tour.ipynb", device_scale_factor=2)
    opened.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    opened.command("application:toggle-left-area")

    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    window, top, mistake = code[-3:]
    for index in code[:-3]:
        run(opened, index)
    for index in (window, top, mistake):
        run(opened, index)
    opened.page.wait_for_function(FILLED, arg=[top, 3], timeout=60_000)
    opened.page.wait_for_function(FILLED, arg=[window, ROWS], timeout=60_000)
    # Twice: JupyterLab measures the cells above only when they come into sight.
    for _ in range(2):
        opened.cell(len(setup)).evaluate(SCROLLED)
        opened.page.wait_for_timeout(500)
    assert opened.page.locator(".fl-live .fl-stop:visible").count() == 2, "both queries still run"
    return opened.page.screenshot()  # type: ignore[no-any-return]


def run(notebook: Notebook, cell: int) -> None:
    notebook.run(cell)
    notebook.cell(cell).locator(".jp-InputPrompt", has_text="[*]").wait_for(state="detached", timeout=60_000)
    notebook.await_kernel()


def cells_of_the_tour() -> tuple[list[Any], list[Any]]:
    """The cells up to the first query, which is slower than the next ones; the heading and query of `SECTIONS`."""
    cells = nbformat.read(NOTEBOOKS / "tour.ipynb", as_version=4).cells
    headings = {cell.source.split("\n")[0].lstrip("# "): index for index, cell in enumerate(cells)}
    setup = cells[: headings["A filter"] + 2]
    shown = [cell for title in SECTIONS for cell in cells[headings[title] : headings[title] + 2]]
    return setup, shown


if __name__ == "__main__":
    main()
