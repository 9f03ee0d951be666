"""The live views of a job, a cluster and a team in a real JupyterLab and a real browser. No Flink is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from real.browser import Lab, Notebook, running_chromium, running_lab

SETUP = """
import os, tempfile
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()
from fakes.watched import watched
opened = watched(30)
world = opened.__enter__()
%load_ext flinklab
"""
BUSY = "import time\nfor _ in range(600): time.sleep(0.1)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab") / "lab") as lab:
        yield lab


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def no_kernel_is_left(lab: Lab) -> Iterator[None]:
    yield
    lab.end_kernels()


def opened(browser: Any, lab: Lab, request: pytest.FixtureRequest, *cells: str) -> Notebook:
    """The second cell has run, and its view is there."""
    name = f"{request.node.name}.ipynb"
    lab.write(name, [SETUP, *cells])
    notebook = Notebook.open(browser, lab, name)
    notebook.page.set_default_timeout(60_000)
    notebook.run_to_end(0)
    notebook.run(1)
    live(notebook).wait_for()
    return notebook


def live(notebook: Notebook) -> Any:
    return notebook.cell(1).locator(".fl-watch.fl-live")


def button(notebook: Notebook, name: str) -> Any:
    return live(notebook).get_by_role("button", name=name, exact=True)


def said(notebook: Notebook) -> Any:
    return live(notebook).locator(".fl-watch-said")


def test_a_job_with_its_graph_and_what_its_cluster_says_now(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    notebook = opened(browser, lab, request, "%flink watch orders")
    live(notebook).locator("svg.fl-graph", has_text="GroupAggregate").wait_for()
    live(notebook).locator(".fl-tile", has_text="back-pressure").locator("svg polyline").wait_for()
    live(notebook).locator(".fl-checkpoints", has_text="Checkpoint expired").wait_for()
    link = live(notebook).get_by_role("link", name="Flink UI")
    link.wait_for()
    assert link.get_attribute("href").startswith("http://127.0.0.1:")
    assert "<b>12,5</b>" in live(notebook).locator(".fl-failures").inner_text(), "markup of others is text"
    live(notebook).locator(".fl-watch-age", has_text="as of").wait_for()
    notebook.close()


def test_a_button_records_an_order_and_the_view_shows_it_while_a_cell_is_busy(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    notebook = opened(browser, lab, request, "%flink watch orders", BUSY)
    notebook.run(2)
    notebook.await_kernel("busy")
    button(notebook, "Savepoint").click()
    said(notebook).get_by_text("savepoint of my.orders (dev) is asked for").wait_for()
    live(notebook).locator(".fl-commands", has_text="waiting").wait_for()
    notebook.close()


def test_what_stops_a_job_asks_once_more_and_a_refusal_is_one_line(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    refuses = (
        "from flinklab.api.job_handle import JobHandle\nfrom flinklab.domain.errors import CommandRefusedError\n"
        "def restart(self, why):\n    raise CommandRefusedError('it does not run', hint='start starts it')\n"
        "JobHandle.restart = restart\n%flink watch orders"
    )
    notebook = opened(browser, lab, request, refuses)
    button(notebook, "Stop").click()
    live(notebook).get_by_text("Stop it with a savepoint?").wait_for()
    button(notebook, "No").click()
    button(notebook, "Scale").click()
    assert button(notebook, "Scale").is_disabled(), "no number yet"
    live(notebook).get_by_label("parallelism").fill("4")
    button(notebook, "Scale").click()
    said(notebook).get_by_text("scale of my.orders (dev) is asked for").wait_for()
    button(notebook, "Stop").click()
    button(notebook, "Stop").click()
    said(notebook).get_by_text("stop of my.orders (dev) is asked for").wait_for()
    button(notebook, "Restart").click()
    button(notebook, "Restart").click()
    live(notebook).locator(".fl-watch-said.fl-wrong", has_text="it does not run").wait_for()
    notebook.close()


def test_a_cluster_that_goes_away_leaves_a_picture_that_turns_stale(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    notebook = opened(browser, lab, request, "%flink watch --cluster main", "world.jobmanager.stop()")
    live(notebook).locator(".fl-jobs", has_text="my.orders (dev)").wait_for()
    live(notebook).locator(".fl-processes", has_text="JobManager").wait_for()
    notebook.run(2)
    live(notebook).locator(".fl-watch-note", has_text="cannot reach").wait_for()
    notebook.page.locator(".flinklab.fl-stale").wait_for()
    assert "my.orders (dev)" in live(notebook).inner_text()
    notebook.close()


def test_a_jobmanager_that_answers_slowly_holds_nothing_up_and_the_view_says_of_when_it_is(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    slow = "world.jobmanager.faults.add('any', 'slow', times=10**6)"
    notebook = opened(browser, lab, request, "%flink watch orders", slow, "world.jobmanager.faults.clear()")
    age = live(notebook).locator(".fl-watch-age")
    live(notebook).locator("svg.fl-graph", has_text="GroupAggregate").wait_for()
    age.filter(has_text=re.compile(r"as of \d s")).wait_for()
    notebook.run(2)
    age.filter(has_text=re.compile(r"as of (1[3-9]|[2-9]\d) s")).wait_for()
    assert "GroupAggregate" in live(notebook).inner_text(), "what was known stays"
    button(notebook, "Savepoint").click()
    said(notebook).get_by_text("savepoint of my.orders (dev) is asked for").wait_for()
    live(notebook).locator(".fl-commands", has_text="waiting").wait_for()
    notebook.run(3)
    age.filter(has_text=re.compile(r"as of \d s")).wait_for()
    notebook.close()


def test_a_team_is_sorted_and_filtered(browser: Any, lab: Lab, request: pytest.FixtureRequest) -> None:
    notebook = opened(browser, lab, request, "%flink watch")
    rows = live(notebook).locator("tbody tr")
    rows.nth(31).wait_for()
    assert "my.late" in rows.nth(0).inner_text(), "problems first"
    assert "my.orders" in rows.nth(1).inner_text()
    live(notebook).get_by_title("sort by job", exact=True).click()
    assert "my.late" in rows.nth(0).inner_text()
    live(notebook).get_by_title("sort by job", exact=True).click()
    assert "my.quiet_029" in rows.nth(0).inner_text()
    live(notebook).get_by_title("sort by back-pressure", exact=True).click()
    assert "my.orders" in rows.nth(0).inner_text(), "what is not known stands last"
    live(notebook).get_by_label("Filter jobs").fill("quiet_00")
    assert rows.count() == 10
    live(notebook).get_by_label("Filter jobs").fill("")
    live(notebook).get_by_label("State").select_option("failed")
    assert rows.count() == 1
    notebook.close()


def test_nothing_is_read_while_the_view_is_out_of_sight(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    counted = (
        "from flinklab.api.watching_team import TeamWatch\nlooks = []\nbefore = TeamWatch.look\n"
        "def look(self):\n    looks.append(1)\n    return before(self)\nTeamWatch.look = look\n%flink watch"
    )
    settled = "import time\ntime.sleep(3)\nn = len(looks)\ntime.sleep(5)\nprint('looks', len(looks) - n)"
    space = "from IPython.display import HTML\nHTML('<div style=\"height: 4000px\"></div>')"
    notebook = opened(browser, lab, request, counted, space, settled)
    notebook.run(2)
    notebook.cell(3).scroll_into_view_if_needed()
    notebook.page.wait_for_timeout(500)
    notebook.run(3)
    notebook.cell(3).get_by_text("looks 0").wait_for()
    notebook.cell(1).scroll_into_view_if_needed()
    live(notebook).locator(".fl-watch-age", has_text="as of 0 s").or_(
        live(notebook).locator(".fl-watch-age", has_text="as of 1 s")
    ).first.wait_for()
    notebook.close()


def test_the_same_watch_again_takes_the_place_of_the_one_before(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    notebook = opened(browser, lab, request, "%flink watch orders", "%flink watch orders")
    notebook.run(2)
    said(notebook).get_by_text("This watch has ended").wait_for()
    assert notebook.cell(2).locator(".fl-watch.fl-live .fl-watch-said").inner_text() == ""
    notebook.close()


def test_the_picture_stays_when_the_kernel_and_the_page_are_gone(
    browser: Any, lab: Lab, request: pytest.FixtureRequest
) -> None:
    notebook = opened(browser, lab, request, "%flink watch orders")
    live(notebook).locator("svg.fl-graph").wait_for()
    notebook.save()
    lab.end_kernels()
    notebook.reload(kernel=False)
    still = notebook.page.locator(".jp-RenderedHTML .flinklab .fl-watch")
    still.locator("svg.fl-graph", has_text="GroupAggregate").wait_for()
    assert "my.orders (dev)" in still.inner_text()
    assert "Error displaying widget" not in notebook.page.locator(".jp-Notebook").inner_text()
    notebook.close()
