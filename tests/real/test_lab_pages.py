"""The pages of a job and of a cluster in a real JupyterLab, over records and a fake cluster: no Flink is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import flinklab
from fakes.managed import finish
from fakes.watched import CLUSTER, Watched, watched
from flinklab.domain.jobs import CommandState, JobScript, JobVersion
from real.browser import Lab
from real.lab_support import LabPage, running_extended_lab

SECOND = "INSERT INTO orders_dwd\nSELECT id, SUM(amount) AS total\nFROM orders\nGROUP BY id"
FIGURE = ".flinklab-Page:visible .js-plotly-plot"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with watched(quiet=1, minutes=40) as world:
            version = JobVersion(
                world.catalog.team, "orders", 0, JobScript(SECOND), fingerprint="second", note="sums"
            )
            world.catalog.job_versions.save(version)
            yield world


@pytest.fixture(scope="module")
def lab(world: Watched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    url = f"sqlite:///{world.catalog.database.url.database}"
    folder = tmp_path_factory.mktemp("lab") / "lab"
    with running_extended_lab(folder, variables={"FLINKLAB_CATALOG_URL": url}) as lab:
        yield lab


@pytest.fixture
def shown(lab: Lab, chromium: Any, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """JupyterLab in a workspace of its own, with nothing open but an empty notebook."""
    shown = LabPage.notebook(chromium, lab, f"{request.node.name}.ipynb", "", kernel=False)
    shown.await_app()
    yield shown
    assert not shown.wrong
    shown.close()


def execute(shown: LabPage, command: str, **arguments: str) -> None:
    """Without waiting for it: a dialog would be waited for without end."""
    shown.page.evaluate(
        "([command, args]) => { void jupyterapp.commands.execute(command, args); }", [command, arguments]
    )


def open_job(shown: LabPage, name: str = "orders", **more: str) -> Any:
    execute(shown, "flinklab:open-job", environment="dev", name=name, **more)
    page = shown.page.locator(".flinklab-Page:visible")
    page.get_by_role("heading", name=f"my.{name}").wait_for(timeout=60_000)
    return page


def drawn(shown: LabPage) -> None:
    shown.page.locator(FIGURE).locator(".main-svg").first.wait_for(timeout=60_000)


def test_a_job_is_shown_with_its_numbers_its_graph_and_its_last_checkpoints(shown: LabPage) -> None:
    page = open_job(shown)
    assert page.get_by_text("running", exact=True).first.is_visible()
    page.get_by_label("Last half hour").get_by_text("back-pressure", exact=True).wait_for()
    page.get_by_role("region", name="Graph").get_by_text("GroupAggregate").first.wait_for(timeout=60_000)
    page.get_by_role("cell", name=re.compile("failed: Checkpoint expired")).wait_for()
    assert shown.page.get_by_role("tab", name="orders: running").is_visible()


def test_its_plots_go_back_as_far_as_a_person_wants_and_fit_the_tab(shown: LabPage) -> None:
    page = open_job(shown, section="checkpoints")
    drawn(shown)
    with shown.page.expect_request(lambda each: "plots/checkpoints" in each.url and "since=24h" in each.url):
        page.get_by_role("button", name="24 h").click()
    drawn(shown)
    plot = page.locator(".js-plotly-plot")
    before = plot.bounding_box()["width"]
    shown.page.set_viewport_size({"width": 1000, "height": 900})
    shown.page.wait_for_function(
        "before => document.querySelector('.flinklab-Page .main-svg').getBoundingClientRect().width < before - 200",
        arg=before,
        timeout=30_000,
    )


def test_versions_are_read_and_compared(shown: LabPage) -> None:
    page = open_job(shown, section="versions")
    page.get_by_label("SQL of version 1").wait_for()
    page.get_by_label("Version", exact=True).select_option("2")
    text = page.get_by_label("SQL of version 2")
    text.get_by_text("GROUP BY").first.wait_for()
    assert text.inner_text().split() == f"{SECOND};".split()
    text.locator("span").first.wait_for()
    page.get_by_label("compared with").select_option("1")
    page.get_by_role("columnheader", name="text, version 1").wait_for()
    assert page.locator(".flinklab-mod-came", has_text="GROUP BY id").is_visible()


def test_another_version_is_taken_only_by_who_confirms_it_and_says_with_which_state(
    shown: LabPage, world: Watched
) -> None:
    page = open_job(shown, section="versions")
    page.get_by_label("Version", exact=True).select_option("2")
    job, dialog = flinklab.job("orders", catalog=world.catalog), shown.page.get_by_role("dialog")
    before = len(job.commands())
    page.get_by_role("button", name="Upgrade to version 2…").click()
    dialog.get_by_text("Version 1 runs now, and stops; then version 2 runs.").wait_for()
    dialog.get_by_text(re.compile("^Different: text")).wait_for()
    assert dialog.get_by_role("radio").first.is_checked()
    dialog.get_by_role("button", name="Leave it").click()
    dialog.wait_for(state="detached")
    assert len(job.commands()) == before

    page.get_by_role("button", name="Upgrade to version 2…").click()
    dialog.get_by_role("radio", name="without state").check()
    dialog.get_by_role("textbox").fill("other sums")
    dialog.get_by_role("button", name="Upgrade to version 2").click()
    page.get_by_role("status").get_by_text("upgrade: waiting").wait_for()
    command = job.commands()[0].look()
    assert (command.kind.value, command.why) == ("upgrade", "other sums")
    assert command.arguments == {"number": 2, "restore": {"mode": "empty"}}
    finish(world.catalog, CommandState.FAILED, "no slots for it", CLUSTER)
    page.get_by_role("status").get_by_text("no slots for it").wait_for()


def test_flinks_ui_is_reached_where_a_jobs_exceptions_and_the_logs_are(shown: LabPage, world: Watched) -> None:
    page = open_job(shown)
    exceptions = page.get_by_role("link", name="exceptions").get_attribute("href")
    assert exceptions.endswith(f"/#/job/running/{world.orders}/exceptions")
    assert page.get_by_role("link", name="JobManager logs").get_attribute("href").endswith("/#/job-manager/logs")


def test_failures_show_what_a_row_held_as_text(shown: LabPage) -> None:
    page = open_job(shown, section="failures")
    page.get_by_role("heading", name="For input string: '<b>12,5</b>'").wait_for(timeout=60_000)
    assert page.locator("h3 b").count() == 0


def test_a_savepoint_is_asked_for_with_a_button(shown: LabPage, world: Watched) -> None:
    page = open_job(shown)
    page.get_by_role("button", name="Savepoint").click()
    page.get_by_role("status").get_by_text("savepoint: waiting").wait_for()
    newest = flinklab.job("orders", catalog=world.catalog).commands()[0]
    assert newest.kind.value == "savepoint"


def test_a_job_is_cancelled_only_by_who_confirms_it(shown: LabPage, world: Watched) -> None:
    page = open_job(shown, "quiet_000")
    page.get_by_role("button", name="Cancel…").click()
    shown.page.get_by_role("button", name="Leave it").click()
    shown.page.locator(".jp-Dialog").wait_for(state="detached")
    assert not flinklab.job("quiet_000", catalog=world.catalog).commands()


def test_there_is_one_tab_for_a_job_which_is_there_again_after_a_reload(shown: LabPage) -> None:
    open_job(shown, section="history")
    open_job(shown)
    tabs = shown.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="orders:")
    assert tabs.count() == 1
    with shown.page.expect_response(lambda each: "timeline" in (each.request.post_data or "")):
        shown.page.get_by_role("tab", name="Timeline").click()
    shown.page.reload()
    page = shown.page.locator(".flinklab-Page:visible")
    page.get_by_role("heading", name="my.orders").wait_for(timeout=60_000)
    assert tabs.count() == 1
    assert page.get_by_role("tab", name="Timeline").get_attribute("aria-selected") == "true"


def test_the_tabs_of_a_page_are_led_by_keys(shown: LabPage) -> None:
    page = open_job(shown, section="history")
    page.get_by_role("tab", name="History").focus()
    shown.page.keyboard.press("End")
    assert page.get_by_role("tab", name="Doctor").get_attribute("aria-selected") == "true"
    shown.page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Overview").get_attribute("aria-selected") == "true"


def test_closing_a_page_leaves_no_figure_and_asks_for_nothing_more(shown: LabPage) -> None:
    open_job(shown, section="checkpoints")
    drawn(shown)
    shown.page.evaluate("() => jupyterapp.shell.currentWidget.close()")
    shown.page.locator(".flinklab-Page").wait_for(state="detached")
    assert shown.page.locator(".js-plotly-plot").count() == 0


def test_in_notebook_7_pages_are_below_the_notebook(lab: Lab, chromium: Any) -> None:
    lab.write("below.ipynb", ["%%flinksql\nSELECT 1"])
    below = LabPage.at(chromium, lab.address("notebooks/below.ipynb"))
    try:
        below.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        below.await_app()
        page = open_job(below)
        assert page.bounding_box()["height"] > 200
        execute(below, "flinklab:open-cluster", name=CLUSTER)
        page.get_by_role("heading", name=f"my.{CLUSTER}").wait_for(timeout=60_000)
        open_job(below)
        assert below.page.get_by_role("tab", name="orders: running").count() == 1
        assert below.cell(0).is_visible()
        # Notebook complains of a schema of its own, with and without us.
        assert [line for line in below.wrong if "flinklab" in line] == []
    finally:
        below.close()
        lab.end_kernels()


def test_a_job_that_there_is_not_is_said(shown: LabPage) -> None:
    execute(shown, "flinklab:open-job", environment="dev", name="nothing")
    shown.page.get_by_role("dialog").get_by_text("nothing").first.wait_for()
    shown.page.get_by_role("button", name="Close").click()
    shown.wrong.clear()  # the browser's console tells of every 404


def test_a_job_is_chosen_by_a_part_of_its_name(shown: LabPage) -> None:
    execute(shown, "flinklab:choose-job")
    shown.page.locator(".jp-Dialog input").fill("LATE")
    shown.page.get_by_role("button", name="Open", exact=True).click()
    page = shown.page.locator(".flinklab-Page:visible")
    page.get_by_text("no <slots> are free").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Start", exact=True).is_visible()


def test_a_cluster_is_shown_with_who_uses_what_and_leads_to_its_jobs(shown: LabPage) -> None:
    execute(shown, "flinklab:open-cluster", name=CLUSTER)
    page = shown.page.locator(".flinklab-Page:visible")
    page.get_by_role("heading", name=f"my.{CLUSTER}").wait_for(timeout=60_000)
    page.get_by_role("region", name="Processes").get_by_text("JobManager").wait_for(timeout=60_000)
    page.get_by_role("region", name="Flink jobs").get_by_role("button", name="my.orders (dev)").click()
    shown.page.locator(".flinklab-Page:visible").get_by_role("heading", name="my.orders").wait_for()


def test_figures_take_the_colours_of_a_dark_theme(shown: LabPage) -> None:
    open_job(shown, section="checkpoints")
    drawn(shown)
    shown.dark()
    shown.page.wait_for_function(
        """() => {
            const text = document.querySelector('.flinklab-Page g[class$=tick] text');
            return text !== null && Number(getComputedStyle(text).fill.match(/\\d+/)) > 180;
        }""",
        timeout=30_000,
    )


def focus(shown: LabPage) -> dict[str, Any]:
    """What has the keys: its role, its name, and whether it is in the panel."""
    found: dict[str, Any] = shown.page.evaluate(
        """() => {
            const at = document.activeElement;
            return {
                role: at.getAttribute('role') ?? at.tagName.toLowerCase(),
                name: at.getAttribute('aria-label') ?? at.innerText,
                isInPanel: at.closest('.flinklab-Panel') !== null,
                isInPage: at.closest('.flinklab-Page') !== null
            };
        }"""
    )
    return found


def tab_to(shown: LabPage, role: str, name: str) -> None:
    """By the Tab key alone."""
    for _ in range(80):
        at = focus(shown)
        if at["role"] == role and re.match(name, at["name"]):
            return
        shown.page.keyboard.press("Tab")
    raise AssertionError(f"no {role} {name} is reached")


def test_from_a_cell_to_a_job_and_an_order_without_a_mouse(shown: LabPage, world: Watched) -> None:
    keys = shown.page.keyboard
    shown.await_kernel()  # before, a notebook takes the keys
    shown.page.locator(".jp-Cell .cm-content").first.click()
    shown.command("flinklab:open-panel")  # as the palette of commands runs it
    shown.page.wait_for_function("document.activeElement.closest('.flinklab-Panel') !== null")

    shown.page.locator('.flinklab-Panel [role="grid"] [role="row"]').first.wait_for(timeout=60_000)
    tab_to(shown, "grid", "Jobs")
    keys.press("End")
    keys.press("Home")
    keys.press("Enter")
    shown.page.wait_for_function("document.activeElement.closest('.flinklab-Page') !== null")
    tab_to(shown, "tab", "Overview")
    keys.press("ArrowRight")
    assert focus(shown)["name"] == "Checkpoints"

    tab_to(shown, "button", "Flink: ")  # in the status bar
    keys.press("Enter")
    shown.page.wait_for_function("document.activeElement.closest('.flinklab-Panel') !== null")
    open_job(shown)
    tab_to(shown, "button", "Savepoint")
    (job,) = [each.job.id for each in world.catalog.jobs.list(["my"]) if each.job.key.name == "orders"]
    before = len(world.catalog.commands.list(job))
    keys.press("Enter")
    shown.page.locator(".flinklab-Page:visible").get_by_text("savepoint: waiting").first.wait_for(timeout=60_000)
    assert len(world.catalog.commands.list(job)) == before + 1
    finish(world.catalog, CommandState.FAILED, "not now")


# What JupyterLab itself draws.
OTHERS = ("<jp-", '<div class="cm-')


def wrong_for(shown: LabPage, where: str) -> list[str]:
    """What axe-core says is in the way of people who do not see, or not well; what is JupyterLab's left out."""
    found = Axe().run(shown.page, context={"include": [where]}, options={"resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
        if rule["impact"] in ("serious", "critical") and not node["html"].startswith(OTHERS)
    ]


def test_panel_and_pages_can_be_read_by_everybody(shown: LabPage) -> None:
    # JupyterLab's body has no height: axe would take all in it for hidden.
    shown.page.add_style_tag(content="body { height: 100vh }")
    execute(shown, "flinklab:open-panel")
    shown.page.locator('.flinklab-Panel [role="grid"] [role="row"]').first.click(timeout=60_000)
    page = open_job(shown)
    wrong: list[str] = []
    for is_dark in (False, True):
        if is_dark:
            shown.dark()
        page.get_by_role("tab", name="Overview").click()
        drawn(shown)
        for part in ("Panel", "Page", "StatusItem"):
            wrong += wrong_for(shown, f".flinklab-{part}")
        for name in ("Versions", "Failures", "History"):
            page.get_by_role("tab", name=name).click()
            page.get_by_text("Reading").wait_for(state="detached")
            shown.page.wait_for_timeout(500)
            wrong += wrong_for(shown, ".flinklab-Page")
    assert wrong == []
