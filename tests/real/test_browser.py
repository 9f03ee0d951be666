"""What a person sees of a running result, in a real JupyterLab and a real browser. No Flink is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from flinklab.notebook.caption import duration
from real.browser import Lab, Notebook, running_chromium, running_lab

IMPORTS = """
from pathlib import Path
from fakes import plays
from fakes.played_result import PlayedResult
from flinklab.notebook.display import show
"""
BUSY = "import time\nfor _ in range(600): time.sleep(0.1)"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab") / "lab") as lab:
        yield lab


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name}.ipynb"


@pytest.fixture(autouse=True)
def no_kernel_is_left(lab: Lab) -> Iterator[None]:
    yield
    lab.end_kernels()


def opened(browser: Any, lab: Lab, name: str, *cells: str) -> Notebook:
    lab.write(name, [IMPORTS + cells[0], *cells[1:]])
    return Notebook.open(browser, lab, name)


def live(notebook: Notebook, cell: int = 0) -> Any:
    return notebook.cell(cell).locator(".fl-live")


def still(notebook: Notebook, cell: int = 0) -> Any:
    return notebook.cell(cell).locator(".jp-RenderedHTML .flinklab")


def rows_told(table: Any) -> int:
    return int(re.match(r"[\d,]+", table.locator(".fl-count").inner_text())[0].replace(",", ""))


def await_rows(notebook: Notebook, more_than: int, scope: str = ".jp-Notebook") -> None:
    notebook.page.wait_for_function(
        """([scope, count]) => {
            const told = document.querySelector(scope + ' .fl-live .fl-count');
            return told && parseInt(told.textContent.replaceAll(',', '')) > count;
        }""",
        arg=[scope, more_than],
    )


def test_a_table_fills_while_the_cell_has_returned_and_ends_as_a_picture(browser: Any, lab: Lab, name: str) -> None:
    notebook = opened(browser, lab, name, "r = plays.growing()\nshow(r, live=True)", "r.end()")
    notebook.run(0)
    live(notebook).wait_for()
    notebook.await_kernel()
    count = rows_told(live(notebook))
    await_rows(notebook, count)
    await_rows(notebook, count + 3)
    assert live(notebook).locator(".fl-state").inner_text() == "Running"
    assert live(notebook).locator("a").get_attribute("href").startswith("http://127.0.0.1:8081/#/job/072d1a2b")
    assert not still(notebook).is_visible(), "the picture is hidden while a live table stands in for it"

    notebook.run(1)
    live(notebook).wait_for(state="detached")
    assert still(notebook).locator(".fl-state").inner_text() == "Finished"
    notebook.save()
    outputs = lab.saved(name).cells[0].outputs
    assert not any(WIDGET_VIEW in output.get("data", {}) for output in outputs)
    assert any(">Grace</td>" in output.get("data", {}).get("text/html", "") for output in outputs)
    notebook.close()


def test_stop_works_while_another_cell_is_busy(browser: Any, lab: Lab, name: str) -> None:
    cell = "r = plays.growing(stopped_when=Path('let-it-stop'))\nshow(r, live=True)"
    notebook = opened(browser, lab, name, cell, BUSY)
    notebook.run(0)
    live(notebook).wait_for()
    notebook.await_kernel()
    notebook.run(1)
    notebook.await_kernel("busy")
    live(notebook).get_by_role("button", name="Stop").click()
    button = live(notebook).get_by_role("button", name="Stopping…")
    button.wait_for()
    assert button.is_disabled()
    (lab.folder / "let-it-stop").touch()
    still(notebook).get_by_text("stopped; the Flink job is cancelled").wait_for()
    assert notebook.cell(1).locator(".jp-InputPrompt").inner_text() == "[*]:"
    assert still(notebook).locator(".fl-state").inner_text() == "Stopped"
    notebook.close()


def test_a_notebook_saved_during_the_run_shows_its_rows_without_the_kernel(
    browser: Any, lab: Lab, name: str
) -> None:
    notebook = opened(browser, lab, name, "show(plays.growing(), live=True)")
    notebook.run(0)
    live(notebook).wait_for()
    still(notebook).locator("tbody tr").first.wait_for(state="attached")
    notebook.save()
    notebook.close()
    lab.end_kernels()

    notebook = Notebook.open(browser, lab, name)
    assert still(notebook).locator("tbody tr").first.is_visible()
    assert still(notebook).locator(".fl-state").inner_text() == "Still running when drawn"
    dead = notebook.cell(0).get_by_text("Error displaying widget")
    dead.wait_for(state="attached")
    assert not dead.is_visible()
    notebook.close()


def test_views_come_back_and_a_second_one_follows_too(browser: Any, lab: Lab, name: str) -> None:
    notebook = opened(browser, lab, name, "show(plays.growing(), live=True)")
    notebook.run(0)
    live(notebook).wait_for()
    notebook.save()
    notebook.reload()
    live(notebook).wait_for()
    await_rows(notebook, rows_told(live(notebook)))
    assert not still(notebook).is_visible()

    notebook.command("notebook:create-output-view")
    second = notebook.page.locator(".jp-LinkedOutputView .fl-live")
    second.wait_for()
    await_rows(notebook, rows_told(second), ".jp-LinkedOutputView")
    second.get_by_role("button", name="Stop").click()
    live(notebook).locator(".fl-state", has_text="Stopped").wait_for()
    notebook.close()


def test_a_view_whose_kernel_died_says_so(browser: Any, lab: Lab, name: str) -> None:
    notebook = opened(browser, lab, name, "show(plays.top(), live=True)")
    notebook.run(0)
    await_rows(notebook, 1)
    notebook.restart_kernel()
    live(notebook).locator(".fl-state", has_text="Kernel gone").wait_for()
    assert not live(notebook).locator(".fl-stop").is_visible()
    assert live(notebook).locator("tbody tr").count() == 8
    notebook.close()


def test_reading_goes_on_undisturbed_while_rows_arrive(browser: Any, lab: Lab, name: str) -> None:
    notebook = opened(
        *(browser, lab, name),
        "r = PlayedResult()\nr.put(map(plays.order, range(50)))\nshow(r, live=True)",
        "r.put(map(plays.order, range(50, 60)))",
        "r.put(map(plays.order, range(60, 65)))",
    )
    notebook.run(0)
    await_rows(notebook, 49)
    box = live(notebook).locator(".fl-box")
    at_end = "box => box.scrollHeight - box.scrollTop - box.clientHeight < 8"
    top_row = """box => {
        const top = box.getBoundingClientRect().top + box.querySelector('thead').offsetHeight;
        const rows = [...box.querySelectorAll('tbody tr')];
        return rows.find((row) => row.getBoundingClientRect().bottom > top).innerText;
    }"""
    assert box.evaluate(at_end), "a stream is followed"
    notebook.run(1)
    await_rows(notebook, 59)
    assert box.evaluate(at_end)

    box.evaluate("box => { box.scrollTop -= 220; }")
    reading = box.evaluate(top_row)
    notebook.run(2)
    await_rows(notebook, 64)
    assert box.evaluate(top_row) == reading
    assert live(notebook).locator("tbody tr").count() == 50
    assert live(notebook).locator("tbody tr").last.inner_text().startswith("64")
    notebook.close()


def test_markup_in_values_and_names_stays_text(browser: Any, lab: Lab, name: str) -> None:
    cell = "r = plays.hostile()\nshow(r, live=True)"
    notebook = opened(browser, lab, name, cell, "r.end()")
    notebook.run(0)
    await_rows(notebook, 0)
    assert "<img src=x" in live(notebook).locator("tbody").inner_text()
    notebook.run(1)
    live(notebook).wait_for(state="detached")
    assert "<img src=x" in still(notebook).locator("tbody").inner_text()
    assert "<script>" in still(notebook).locator("thead").inner_text()
    assert notebook.page.evaluate("window.harmed === undefined")
    notebook.close()


def test_dollars_in_values_are_no_formulas(browser: Any, lab: Lab, name: str) -> None:
    cell = "r = PlayedResult()\nr.put([(1, 'from $5 to $6', None, None)])\nr.end()\nshow(r, live=True)"
    formula = "from IPython.display import HTML\nHTML('from $5 to $6')"
    notebook = opened(browser, lab, name, cell, formula)
    notebook.run(0)
    still(notebook).wait_for()
    notebook.run(1)
    notebook.cell(1).locator("mjx-container").wait_for()
    assert "from $5 to $6" in still(notebook).locator("tbody").inner_text()
    notebook.close()


def test_the_browser_says_durations_in_the_same_words(browser: Any) -> None:
    script = files("flinklab.notebook").joinpath("live.js").read_text("utf-8")
    source = script[script.index("function duration") : script.index("class Rows")]
    seconds = [-1, 0, 0.0421, 0.9994, 0.9996, 12.34, 59.94, 59.96, 125.2, 3599.6, 7384, 86400, 273600]
    page = browser.new_page()
    assert page.evaluate(f"(all) => {{ {source}; return all.map(duration); }}", seconds) == list(
        map(duration, seconds)
    )
    page.close()


def test_two_versions_stand_side_by_side(browser: Any, lab: Lab, name: str) -> None:
    cell = """
from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.jobs.difference import difference
from flinklab.notebook.job_diff import show_difference
select = "INSERT INTO sink SELECT product, COUNT(*) FROM orders WHERE price > {} GROUP BY product"
texts = (select.format(price) for price in (1, 2))
show_difference(difference(*(JobVersion("my", "j", n, JobScript(text)) for n, text in enumerate(texts, 1))))
"""
    notebook = opened(browser, lab, name, cell)
    notebook.run(0)
    still(notebook).wait_for()
    left, right = (still(notebook).locator("tbody td").nth(n).bounding_box() for n in (0, 1))
    assert left["x"] + left["width"] <= right["x"] + 1
    assert min(left["width"], right["width"]) > 200
    assert max(left["height"], right["height"]) < 70, (
        "a line of a text breaks where the page ends, not at each word"
    )
    notebook.close()
