"""The tree of the catalog in a real JupyterLab and a real browser. No Flink is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from real.browser import Lab, Notebook, running_chromium, running_lab

SETUP = """
import os, tempfile
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()
from fakes.answers import query, table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
jobmanager = FakeJobManager().__enter__()
gateway = FakeGateway(jobmanager=jobmanager).__enter__()
gateway.on("SHOW CATALOGS", table("catalog name STRING", [["default_catalog"], ["hive"]]))
gateway.on("SHOW DATABASES FROM `hive`", table("database name STRING", [["dw"]]))
gateway.on("SHOW TABLES FROM `hive`.`dw`", table("table name STRING", [["users"]]))
gateway.on("SHOW VIEWS FROM `hive`.`dw`", table("view name STRING", []))
described = [["id", "BIGINT"], ["name", "STRING"]]
gateway.on("DESCRIBE `hive`.`dw`.`users`", table("name STRING, type STRING", described))
text = "CREATE TABLE `hive`.`dw`.`users` (\\n  `id` BIGINT\\n) WITH (\\n  'connector' = 'datagen'\\n)"
gateway.on("SHOW CREATE TABLE `hive`.`dw`.`users`", table("result STRING", [[text]]))
rows = [[n, f"user {n}"] for n in range(10)]
gateway.on("SELECT * FROM `hive`.`dw`.`users` LIMIT 10", query("id BIGINT, name STRING", rows))
os.environ["FLINKLAB_GATEWAY_URL"] = gateway.url
os.environ["FLINKLAB_JOBMANAGER_URL"] = jobmanager.url
import flinklab
from flinklab import api
from flinklab.domain.definitions import Definition, DefinitionKind, How, Name, Use
from flinklab.sql.ddl import read_ddl
def definition(name):
    columns = "id BIGINT,\\n  amount DECIMAL(10, 2) COMMENT 'in euros',\\n  at TIMESTAMP(3),\\n"
    columns += "  WATERMARK FOR at AS at - INTERVAL '5' SECOND"
    ddl = f"CREATE TABLE {name} (\\n  {columns}\\n) COMMENT 'of the shop'"
    ddl += " WITH (\\n  'connector' = 'kafka',\\n  'topic' = '${topic}'\\n)"
    return Definition(Name("my", name), DefinitionKind.TABLE, ddl, read_ddl(ddl).facts, owner="ann", tags=("ods",))
with api.open_catalog() as catalog:
    many = [definition("orders"), *(definition(f"t{n:04}") for n in range(450))]
    catalog.definitions.save_all(many, replace=False)
    catalog.usage.record([Use("notebook", "reports/daily.ipynb", "definition", "my", "orders", How.READS)])
%load_ext flinklab
"""


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


@pytest.fixture
def tree(request: pytest.FixtureRequest, lab: Lab, browser: Any) -> Iterator[Notebook]:
    """A notebook whose second cell shows the tree."""
    name = f"{request.node.name}.ipynb"
    lab.write(name, [SETUP, "%flink tree", "import time\nfor _ in range(600): time.sleep(0.1)"])
    notebook = Notebook.open(browser, lab, name)
    notebook.run_to_end(0)
    notebook.run(1)
    row(notebook, "Tables").wait_for()
    yield notebook
    notebook.close()


def row(notebook: Notebook, label: str) -> Any:
    return notebook.page.locator(".fl-tree-row:visible", has=notebook.page.get_by_text(label, exact=True))


def panel(notebook: Notebook) -> Any:
    return notebook.page.locator(".fl-tree-panel")


def test_nodes_open_a_page_at_a_time(tree: Notebook) -> None:
    row(tree, "Tables").click()
    row(tree, "orders").wait_for()
    row(tree, "t0198").wait_for()
    assert row(tree, "t0199").count() == 0
    row(tree, "200 more").click()
    row(tree, "t0398").wait_for()
    row(tree, "200 more").click()
    row(tree, "t0449").wait_for()
    assert row(tree, "200 more").count() == 0
    row(tree, "orders").locator(".fl-tree-sign").click()
    row(tree, "amount").wait_for()


def test_a_search_and_what_it_finds(tree: Notebook) -> None:
    tree.page.get_by_placeholder("Search names").fill("order")
    row(tree, "my.orders").click()
    panel(tree).get_by_text("'topic' = '${topic}'").wait_for()
    panel(tree).get_by_text("reports/daily.ipynb").wait_for()
    tree.page.get_by_placeholder("Search names").press("Escape")
    row(tree, "Tables").wait_for()


def test_sample_rows_come_while_a_cell_runs(tree: Notebook) -> None:
    tree.run(2)
    tree.await_kernel("busy")
    for label in ("Session", "hive", "dw", "Tables and views"):
        row(tree, label).click()
    row(tree, "users").click()
    panel(tree).get_by_role("button", name="Sample rows").click()
    panel(tree).get_by_text("user 9").wait_for()
    assert "10 rows" in panel(tree).inner_text()


def test_the_keys_walk_over_the_tree(tree: Notebook) -> None:
    row(tree, "Tables").click()
    row(tree, "orders").wait_for()
    tree.page.keyboard.press("ArrowDown")
    tree.page.keyboard.press("ArrowRight")
    row(tree, "amount").wait_for()
    tree.page.keyboard.press("Enter")
    panel(tree).get_by_text("in use").or_(panel(tree).get_by_text("my.orders", exact=True)).wait_for()
    tree.page.keyboard.press("ArrowLeft")
    assert row(tree, "amount").count() == 0
    tree.page.keyboard.press("ArrowLeft")
    tree.page.keyboard.press("ArrowLeft")
    assert row(tree, "orders").count() == 0


def test_the_picture_stays_when_the_kernel_and_the_page_are_gone(tree: Notebook, lab: Lab) -> None:
    row(tree, "Tables").click()
    row(tree, "orders").wait_for()
    tree.page.wait_for_function(
        """() => [...document.querySelectorAll('.jp-RenderedHTML .flinklab')]
            .some((still) => still.textContent.includes('orders'))"""
    )
    tree.save()
    lab.end_kernels()
    tree.reload(kernel=False)
    still = tree.page.locator(".jp-RenderedHTML .flinklab")
    still.get_by_text("orders", exact=False).first.wait_for()
    assert "Error displaying widget" not in tree.page.locator(".jp-Notebook").inner_text()
