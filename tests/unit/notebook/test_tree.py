"""The tree: what is under its nodes, what it says about a table, and how it answers a view."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import errors
from fakes.answers import fails, query, table
from fakes.gateway import FakeGateway
from flinklab import api
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition, How, Name, Use
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.notebook.tree import CatalogTree
from flinklab.notebook.tree_nodes import PAGE, Browser, Nodes
from flinklab.notebook.tree_panel import Describer
from flinklab.session.session import Session
from flinklab.session.snapshot import ResultStatus
from flinklab.sql.ddl import read_ddl
from unit.notebook.conftest import Notebook

ORDERS = (
    "CREATE TABLE orders (id BIGINT, `order` STRING) COMMENT 'of the shop'"
    " WITH ('connector' = 'jdbc', 'password' = 'hunter2')"
)


def definition(name: str, ddl: str, team: str = "my") -> Definition:
    ddl_read = read_ddl(ddl)
    return Definition(Name(team, name), ddl_read.kind, ddl, ddl_read.facts)


@pytest.fixture(autouse=True)
def own_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with api.open_catalog() as catalog:
        catalog.definitions.save(definition("orders", ORDERS), expected=None)
        catalog.definitions.save(definition("v", "CREATE VIEW v AS SELECT id FROM orders"), expected=None)
        yield catalog


@pytest.fixture
def session(gateway: FakeGateway, catalog: Catalog) -> Iterator[Session]:
    gateway.on("SHOW CATALOGS", table("catalog name STRING", [["hive"], ["default_catalog"]]))
    gateway.on("SHOW DATABASES FROM `hive`", table("database name STRING", [["dw"]]))
    gateway.on("SHOW TABLES FROM `hive`.`dw`", table("table name STRING", [["users"], ["active"]]))
    gateway.on("SHOW VIEWS FROM `hive`.`dw`", table("view name STRING", [["active"]]))
    gateway.on("SHOW USER FUNCTIONS FROM `hive`.`dw`", table("function name STRING", [["f"]]))
    gateway.on("DESCRIBE `hive`.`dw`.`users`", table("name STRING, type STRING", [["id", "BIGINT"]]))
    text = "CREATE TABLE `hive`.`dw`.`users` (`id` BIGINT) WITH ('secret' = 'hunter2')"
    gateway.on("SHOW CREATE TABLE `hive`.`dw`.`users`", table("result STRING", [[text]]))
    session = api.connect(catalog=catalog)
    yield session
    session.close()


@pytest.fixture
def browser(catalog: Catalog, session: Session) -> Browser:
    return Browser(lambda: catalog, lambda: session)


@pytest.fixture
def describer(catalog: Catalog, session: Session) -> Describer:
    return Describer(lambda: catalog, lambda: session)


def labels(nodes: Nodes) -> list[str]:
    return [f"{node.label} {node.detail}".strip() for node in nodes.nodes]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ["Shared", "Session"]),
        (("shared",), ["my 2"]),
        (("shared", "my"), ["Tables 1", "Views 1"]),
        (("shared", "my", "table"), ["orders jdbc"]),
        (("shared", "my", "table", "orders"), ["id BIGINT", "order STRING"]),
        (("session",), ["default_catalog", "hive"]),
        (("session", "hive"), ["dw"]),
        (("session", "hive", "dw"), ["Tables and views", "Functions"]),
        (("session", "hive", "dw", "tables"), ["active", "users"]),
        (("session", "hive", "dw", "functions"), ["f"]),
        (("session", "hive", "dw", "tables", "users"), ["id BIGINT"]),
    ],
)
def test_each_node_has_its_children(browser: Browser, path: tuple[str, ...], expected: list[str]) -> None:
    found = browser.children(path)
    assert labels(found) == expected
    assert all(node.path[: len(path)] == path and len(node.path) == len(path) + 1 for node in found.nodes)
    assert found.after is None


def test_views_of_the_session_are_told_from_tables_where_the_gateway_can(
    browser: Browser, gateway: FakeGateway
) -> None:
    path = ("session", "hive", "dw", "tables")
    assert [node.icon for node in browser.children(path).nodes] == ["view", "table"]
    gateway.on("SHOW VIEWS FROM `hive`.`dw`", fails(errors.parse_error("FROM", 1, 12)))
    assert [node.icon for node in browser.children(path).nodes] == ["table", "table"]


@pytest.mark.parametrize("number", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 1])
def test_pages_follow_each_other_without_gap_or_overlap(browser: Browser, catalog: Catalog, number: int) -> None:
    ddl = "CREATE FUNCTION f AS 'a.B'"
    many = [definition(f"f{n:05}", ddl) for n in range(number)]
    catalog.definitions.save_all(many, replace=False)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = browser.children(("shared", "my", "function"), after)
        assert 0 < len(page.nodes) <= PAGE
        seen += labels(page)
        after = page.after
    assert seen == [each.name.name for each in many]


def test_a_search_says_why(browser: Browser) -> None:
    found = browser.search("shop")
    assert labels(found) == ["my.orders comment"]
    assert found.nodes[0].path == ("shared", "my", "table", "orders")


def test_a_panel_of_what_is_shared(describer: Describer, catalog: Catalog) -> None:
    catalog.usage.record([Use("notebook", "a.ipynb", "definition", "my", "orders", How.READS)])
    panel = describer.panel(("shared", "my", "table", "orders"))
    assert panel.title == "my.orders"
    assert "'password' = '******'" in panel.ddl
    assert panel.query == "%%flinksql\nSELECT `id`, `order`\nFROM `my`.`orders`"
    assert ("comment", "of the shop") in panel.facts
    assert ("notebook", "a.ipynb", "reads") in panel.used_by
    assert "hunter2" not in str(panel)


def test_a_panel_of_what_the_session_has(describer: Describer) -> None:
    panel = describer.panel(("session", "hive", "dw", "tables", "users"))
    assert panel.query == "%%flinksql\nSELECT `id`\nFROM `hive`.`dw`.`users`"
    assert "hunter2" not in str(panel)
    assert "'secret' = '******'" in panel.ddl


def test_a_panel_of_what_is_gone_says_so(describer: Describer) -> None:
    with pytest.raises(NotFoundError, match="orderz"):
        describer.panel(("shared", "my", "table", "orderz"))


def test_a_sample_leaves_no_trace_in_the_history(
    describer: Describer, gateway: FakeGateway, catalog: Catalog, session: Session
) -> None:
    gateway.on("SELECT * FROM `hive`.`dw`.`users` LIMIT 10", query("id BIGINT", [[1], [2]]))
    result = describer.sample(("session", "hive", "dw", "tables", "users"))
    assert result.status is ResultStatus.FINISHED
    assert result.rows == [(1,), (2,)]
    session.close()
    assert catalog.history.search() == []


def test_what_the_tree_asks_waits_for_no_statement_that_runs(
    browser: Browser, gateway: FakeGateway, session: Session
) -> None:
    ready = threading.Event()
    slow = table("x STRING", [["done"]])
    slow.ready = ready
    slow.not_ready = 1
    gateway.on("SHOW JOBS", slow)
    waiting = threading.Thread(target=lambda: session.sql("SHOW JOBS"))
    waiting.start()
    try:
        while "SHOW JOBS" not in gateway.statements:
            time.sleep(0.01)
        assert labels(browser.children(("session", "hive"))) == ["dw"]
        assert waiting.is_alive()
    finally:
        ready.set()
        waiting.join(60)


class Views:
    """Takes the answers that a tree sends to its views."""

    def __init__(self, tree: CatalogTree, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tree = tree
        self.heard: dict[str, Any] = {}
        self._news = threading.Condition()
        monkeypatch.setattr(CatalogTree, "send", lambda _tree, content, buffers=None: self._hear(content))

    def _hear(self, content: Any) -> None:
        with self._news:
            self.heard[content["id"]] = content
            self._news.notify_all()

    def ask(self, **question: Any) -> Any:
        self.tree._handle_custom_msg({"id": "1", **question}, [])
        with self._news:
            assert self._news.wait_for(lambda: "1" in self.heard, 30)
            return self.heard.pop("1")


@pytest.fixture
def views(browser: Browser, describer: Describer, monkeypatch: pytest.MonkeyPatch) -> Views:
    return Views(CatalogTree(browser, describer, opened=[], changed=lambda: None), monkeypatch)


def test_a_view_gets_answers_as_plain_data(views: Views, gateway: FakeGateway) -> None:
    [node] = views.ask(ask="children", path=["shared", "my", "table"])["answer"]["nodes"]
    assert node["path"] == ["shared", "my", "table", "orders"]
    assert node["describes"] is True
    assert views.ask(ask="search", text="orders")["answer"]["nodes"]
    assert views.ask(ask="panel", path=node["path"])["answer"]["title"] == "my.orders"
    gateway.on("SELECT * FROM `hive`.`dw`.`users` LIMIT 10", query("id BIGINT", [[1]]))
    moment = views.ask(ask="sample", path=["session", "hive", "dw", "tables", "users"])["answer"]
    assert moment["rows"] == [["1"]]


def test_what_goes_wrong_is_an_answer_too(views: Views, gateway: FakeGateway) -> None:
    assert "NotFound" in views.ask(ask="panel", path=["shared", "my", "table", "x"])["error"][0]
    assert "does not know" in views.ask(ask="nonsense")["error"][0]
    assert views.ask(ask="panel", path=["shared"])["error"] == ["IndexError: tuple index out of range"]
    gateway.on("SHOW DATABASES FROM `hive`", fails(errors.parse_error("FROM", 1, 12)))
    assert "StatementParse" in views.ask(ask="children", path=["session", "hive"])["error"][0]


def test_the_saved_notebook_keeps_the_open_nodes(notebook: Notebook, catalog: Catalog) -> None:
    cell = notebook.ok("%flink tree")
    assert cell.texts == ["▾ Shared\n  ▾ my  2\n    ▸ Tables  1\n    ▸ Views  1\n▸ Session"]
    assert "Tables" in cell.bundles[0]["text/html"]


def test_the_tree_opens_without_asking_the_gateway(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("%flink tree")
    assert gateway.statements == []


def test_the_function_shows_what_the_magic_shows(notebook: Notebook, catalog: Catalog) -> None:
    notebook.ok("import flinklab")
    assert notebook.ok("flinklab.tree()").texts == notebook.ok("%flink tree").texts
    notebook.ok("%unload_ext flinklab")
    assert "%load_ext flinklab" in notebook.run("flinklab.tree()").fails_with(UsageError)
