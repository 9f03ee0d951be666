"""The side panel in a real JupyterLab: over a catalog, and over a server that is played. No Flink is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import add_cluster, add_job, add_version, finish, ledger, running
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init, open_database
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.jobs import CommandState
from flinklab.sql.ddl import read_ddl
from real.browser import Lab
from real.lab_support import LabPage, chromium, running_extended_lab  # noqa: F401 (fixture)

PLAYED = Path(__file__).with_name("played_flinklab.js").read_text("utf-8")
MARKUP = '<img src=x onerror="window.wasRun=true">'
PANEL = ".flinklab-Panel"
MOST_NODES = 1500
TABLES, ROW = 50_000, 24  # rows, px of one


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    root = tmp_path_factory.mktemp("catalog")
    url = f"sqlite:///{root / 'catalog.db'}"
    init(url)
    catalog = Catalog(open_database(url), root / "catalog.key", team="my", environment="dev")
    add_cluster(catalog)
    add_version(catalog)
    add_job(catalog, "orders")
    its = ledger(catalog)
    its.keep(*running(catalog.jobs.list(["my"])[0]))
    catalog.leases.release(its.lease)
    for name in ("orders", "payments", "order", MARKUP):
        text = f"CREATE TABLE `{name}` (id BIGINT, `value` DOUBLE) WITH ('connector' = 'datagen')"
        ddl = read_ddl(text)
        catalog.definitions.save(Definition(Name("my", name), ddl.kind, text, ddl.facts), expected=None)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def lab(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    variables = {
        "FLINKLAB_CATALOG_URL": f"sqlite:///{catalog.database.url.database}",
        "FLINKLAB_TEAM": "my",
        "FLINKLAB_ENVIRONMENT": "dev",
    }
    with running_extended_lab(tmp_path_factory.mktemp("lab") / "lab", variables=variables) as lab:
        yield lab


@pytest.fixture
def opened(lab: Lab, chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:  # noqa: F811
    """`opened(*cells, played="", lab=lab)`: a notebook with these cells, and the panel beside it."""
    shown: list[LabPage] = []

    def open_(*cells: str, played: str = "", lab: Lab = lab) -> LabPage:
        name = f"{request.node.name}_{len(shown)}.ipynb".replace("[", "_").replace("]", "")
        lab.write(name, list(cells or ("",)))
        page = LabPage(chromium.new_context(viewport={"width": 1200, "height": 950}).new_page())
        shown.append(page)
        if played:
            page.page.add_init_script(f"window.flinklabPlay = {played};\n{PLAYED}")
        page.page.goto(lab.url(name), timeout=120_000)
        page.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        page.await_app()
        page.command("flinklab:open-panel")
        return page

    yield open_
    for each in shown:
        each.close()


def tree(shown: LabPage, name: str = "Catalog") -> Any:
    return shown.page.locator(f'{PANEL} [role="tree"][aria-label="{name}"]')


def source(shown: LabPage, cell: int) -> str:
    text: str = shown.page.evaluate(
        "at => jupyterapp.shell.currentWidget.content.widgets[at].model.sharedModel.source", cell
    )
    return text


def await_source(shown: LabPage, cell: int, text: str) -> None:
    shown.page.wait_for_function(
        "([at, text]) => jupyterapp.shell.currentWidget.content.widgets[at]?.model.sharedModel.source === text",
        arg=[cell, text],
        timeout=30_000,
    )


def open_tables(shown: LabPage) -> Any:
    """The catalog's tree, opened by keys down to the tables."""
    catalog = tree(shown)
    catalog.get_by_role("treeitem", name=re.compile("^my|^dw")).first.wait_for(timeout=60_000)
    catalog.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        shown.page.keyboard.press(key)
        shown.page.wait_for_timeout(100)
        catalog.get_by_text("loading…").wait_for(state="detached", timeout=30_000)
    return catalog


def test_the_tree_is_opened_by_keys_and_names_are_text(opened: Any) -> None:
    shown = opened("%%flinksql\nSELECT * FROM ")
    catalog = open_tables(shown)
    catalog.get_by_text(MARKUP, exact=True).wait_for(timeout=30_000)
    assert shown.page.evaluate("window.wasRun") is None
    assert shown.page.locator(f"{PANEL} img").count() == 0
    active = catalog.get_attribute("aria-activedescendant")
    assert shown.page.locator(f'[id="{active}"]').get_attribute("aria-level") == "2"


def test_the_tree_is_searched_and_gives_names_and_queries_to_cells(opened: Any) -> None:
    shown = opened("%%flinksql\nSELECT * FROM ")
    shown.page.evaluate(
        """() => {
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCell.editor.setCursorPosition({line: 1, column: 14});
        }"""
    )
    shown.page.get_by_label("Search names, columns, tags").fill("order")
    found = tree(shown, "Found in the catalog")
    found.get_by_text("my.order", exact=True).dblclick(timeout=60_000)
    await_source(shown, 0, "%%flinksql\nSELECT * FROM my.`order`")
    row = found.get_by_role("treeitem").filter(has=shown.page.get_by_text("my.orders", exact=True))
    row.click(button="right")
    shown.page.locator(".lm-Menu").get_by_text("Copy Definition").wait_for()
    shown.page.keyboard.press("Escape")
    shown.page.evaluate("() => { jupyterapp.commands.execute('notebook:insert-cell-below') }")
    row.hover()
    row.get_by_role("button", name="Insert a SELECT").click()
    shown.page.wait_for_function(
        "() => jupyterapp.shell.currentWidget.content.widgets[1]?.model.sharedModel.source.includes('SELECT')"
    )
    assert re.match(r"%%flinksql\nSELECT\s+`id`,\s+`value`\s+FROM (`my`\.)?`orders`", source(shown, 1))
    assert not shown.wrong


def test_a_name_is_dragged_into_a_cell(opened: Any) -> None:
    shown = opened("%%flinksql\nSELECT * FROM ")
    shown.page.get_by_label("Search names, columns, tags").fill("payments")
    row = tree(shown, "Found in the catalog").get_by_role("treeitem").first
    row.wait_for(timeout=60_000)
    row.drag_to(shown.cell(0).locator(".cm-line").last)
    shown.page.wait_for_function(
        "() => jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.source.includes('my.payments')",
        timeout=30_000,
    )


def test_a_job_is_stopped_from_the_panel(opened: Any, catalog: Catalog) -> None:
    shown = opened()
    jobs = shown.page.locator(f'{PANEL} [role="grid"][aria-label^="Jobs"]')
    row = jobs.get_by_role("row").filter(has_text="orders")
    row.get_by_text(re.compile("^running")).wait_for(timeout=60_000)
    row.hover()
    row.get_by_role("button", name="Stop: orders").click()
    dialog = shown.page.locator(".jp-Dialog")
    dialog.get_by_text("Stop my.orders (dev)?").wait_for()
    dialog.get_by_role("textbox").fill("moves house")
    dialog.get_by_role("button", name="Stop with savepoint").click()
    row.get_by_text("stop: waiting").wait_for(timeout=30_000)
    command = catalog.commands.list(catalog.jobs.list(["my"])[0].job.id)[0]
    assert (command.kind.value, command.why) == ("stop", "moves house")
    row.hover()
    assert row.get_by_role("button", name="Stop: orders").is_disabled()
    finish(catalog, CommandState.FAILED, "no room for a savepoint")
    row.get_by_text(re.compile("no room for a savepoint")).wait_for(timeout=60_000)
    row.hover()
    row.get_by_role("button", name="OK: orders").click()
    row.get_by_text(re.compile("no room for a savepoint")).wait_for(state="detached")
    assert not shown.wrong


def test_it_remembers_what_was_open(opened: Any) -> None:
    shown = opened()
    open_tables(shown).get_by_text("payments", exact=True).wait_for(timeout=30_000)
    shown.page.locator(f"{PANEL} .lm-AccordionPanel-title", has_text="History").click()
    shown.page.wait_for_timeout(3000)  # longer than the panel and JupyterLab wait with keeping
    shown.page.reload()
    shown.await_app()
    shown.command("flinklab:open-panel")
    tree(shown).get_by_text("payments", exact=True).wait_for(timeout=60_000)
    shown.page.get_by_label("Search statements").wait_for()


def test_fifty_thousand_tables_and_a_thousand_jobs_are_few_nodes(opened: Any) -> None:
    shown = opened(played="{}")
    catalog = open_tables(shown)
    shown.page.evaluate(
        """async ([label, rows, height]) => {
            const list = document.querySelector(`.flinklab-Panel [role="tree"][aria-label="${label}"]`);
            window.mostNodes = 0;
            const end = performance.now() + 120000;
            while (list.scrollHeight < rows * height && performance.now() < end) {
                list.scrollTop = list.scrollHeight;
                await new Promise(resolve => setTimeout(resolve, 10));
                const nodes = document.querySelectorAll('.flinklab-Panel *').length;
                window.mostNodes = Math.max(window.mostNodes, nodes);
            }
        }""",
        ["Catalog", TABLES, ROW],
    )
    assert catalog.evaluate("list => list.scrollHeight") >= TABLES * ROW
    catalog.evaluate("list => list.scrollTop = 30000 * 24")
    catalog.get_by_role("treeitem").filter(has_text=re.compile(r"_\d{5}")).first.wait_for()
    jobs = shown.page.locator(f'{PANEL} [role="grid"][aria-label^="Jobs"]')
    assert jobs.get_attribute("aria-rowcount") == "1000"
    jobs.evaluate("list => list.scrollTop = list.scrollHeight")
    assert shown.page.evaluate("window.mostNodes") < MOST_NODES
    assert shown.page.locator(f"{PANEL} *").count() < MOST_NODES
    assert shown.page.evaluate("window.wasRun") is None


def test_what_is_known_stays_while_the_server_is_away(opened: Any) -> None:
    shown = opened(played="{jobs: 5, tables: 5}")
    jobs = shown.page.locator(f'{PANEL} [role="grid"][aria-label^="Jobs"]')
    jobs.get_by_role("row").first.wait_for(timeout=60_000)
    shown.page.evaluate("flinklabPlay.cut()")
    notice = shown.page.locator(".flinklab-Notice")
    notice.get_by_text(re.compile("does not answer.*Shown is what was known at")).wait_for(timeout=30_000)
    assert jobs.get_by_role("row").count() == 5
    shown.page.evaluate("flinklabPlay.down = false")
    notice.wait_for(state="detached", timeout=90_000)  # it is tried again by itself


@pytest.mark.parametrize(
    ("played", "said"),
    [
        ("{status_code: 404}", "has no flinklab"),
        ("{status_code: 403}", "Your login"),
        ("{status: {catalog: null}}", "flinklab db init"),
        ("{status: {problem: 'the catalog is newer: install flinklab 9'}}", "install flinklab 9"),
    ],
    ids=["server", "login", "catalog", "newer"],
)
def test_it_says_what_to_do_when_there_is_nothing_to_show(opened: Any, played: str, said: str) -> None:
    shown = opened(played=played)
    shown.page.locator(".flinklab-Notice").get_by_text(re.compile(said)).wait_for(timeout=60_000)
    assert not tree(shown).is_visible()
