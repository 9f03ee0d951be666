"""What the handlers answer, asked over HTTP of a real server."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

from fakes.jupyter import TOKEN

from .conftest import NOTEBOOK, ODD, PASSWORD, Served


def part(name: str) -> str:
    return quote(name, safe="")


def test_the_status_says_who_and_where(served: Served) -> None:
    found = served.jupyter.get("status")
    assert found["problem"] == ""
    assert found["catalog"].startswith("sqlite:///")
    assert (found["team"], found["environment"], found["problems"]) == ("my", "dev", 1)
    assert found["person"] == served.catalog.person
    assert found["child"] is None
    assert found["version"]


def test_jobs_are_told_with_the_cell_that_they_come_from(served: Served) -> None:
    rows = {row["name"]: row for row in served.jupyter.get("jobs")}
    orders = rows["orders"]
    assert (orders["state"], orders["problem"], orders["running"], orders["wanted"]) == ("running", False, 1, True)
    assert orders["cell"] == "cell-1"
    assert orders["notebook"].endswith(NOTEBOOK)
    assert orders["tags"] == ["nightly"]
    broken = rows["broken"]
    assert (broken["state"], broken["problem"], broken["running"]) == ("failed", True, None)
    assert "IOException" in broken["reason"]
    assert rows[ODD]["state"] == "draft"


def test_all_about_one_job(served: Served) -> None:
    found = served.jupyter.get("jobs/dev/orders", team="my")
    assert found["allowed"] == ["stop", "cancel", "savepoint", "restart", "upgrade", "rollback", "scale"]
    assert found["attempts"][0]["state"] == "running"
    assert found["points"][0]["full_size"] == 2500
    assert found["versions"][0]["statement"].startswith("INSERT INTO s")
    assert found["open"] is None


@pytest.mark.parametrize("team", [{}, {"team": "my"}])
def test_a_name_with_anything_in_it_is_found(served: Served, team: dict[str, str]) -> None:
    assert served.jupyter.get(f"jobs/dev/{part(ODD)}", **team)["name"] == ODD
    found = served.jupyter.get(f"catalog/definitions/{part(ODD)}", **team)
    assert found["name"] == ODD
    assert found["columns"][0]["name"] == "a`b"
    assert "`a``b`" in found["select"]


@pytest.mark.parametrize("path", ["jobs/dev/nothing", "jobs/nowhere/orders", "catalog/definitions/nothing"])
def test_what_is_not_there_is_said_in_a_line(served: Served, path: str) -> None:
    found = served.jupyter.get(path, 404)
    assert found["message"]
    assert "\n" not in found["message"]
    assert isinstance(found["hint"], str)


@pytest.mark.parametrize(
    "path",
    ["../flinklab/status", "jobs/dev/%2e%2e%2f%2e%2e", "jobs/../../api/contents", "jobs//orders", "jobs/dev/\\x"],
)
def test_a_path_leads_nowhere_else(served: Served, path: str) -> None:
    """As it is sent: a browser would tidy it up before."""
    app = served.jupyter.app
    connection = HTTPConnection("127.0.0.1", app.port, timeout=60)
    try:
        connection.request("GET", f"{app.base_url}flinklab/{path}", headers={"Authorization": f"token {TOKEN}"})
        assert connection.getresponse().status in (400, 404)
    finally:
        connection.close()


def test_an_order_is_recorded_and_told(served: Served) -> None:
    found = served.jupyter.post(
        "jobs/dev/moving/commands", {"kind": "stop", "arguments": {"drain": True}, "why": "a test"}, 201
    )
    assert (found["kind"], found["state"], found["why"], found["by"]) == (
        *("stop", "waiting", "a test"),
        served.catalog.person,
    )
    row = next(row for row in served.jupyter.get("jobs") if row["name"] == "moving")
    assert row["command"] == "stop: waiting"
    assert served.jupyter.get("jobs/dev/moving")["open"]["id"] == found["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "start"}, 409),  # it runs
        ({"kind": "explode"}, 400),
        ({"kind": "stop", "arguments": {"drian": True}}, 400),
        ({"kind": "stop", "arguments": {"drain": "yes"}}, 400),
        ({"kind": "scale"}, 400),
        ({"kind": "scale", "arguments": {"parallelism": True}}, 400),
        ({"kind": "stop", "why": "x" * 1001}, 400),
        ({"kind": 3}, 400),
        ([], 400),
        ("stop", 400),
    ],
)
def test_an_order_that_means_nothing_is_refused(served: Served, body: Any, status: int) -> None:
    found = served.jupyter.post("jobs/dev/orders/commands", body, status)
    assert found["message"]
    assert not served.jupyter.get("jobs/dev/orders")["commands"]


def test_a_body_that_is_no_json_is_refused(served: Served) -> None:
    with served.jupyter.client() as client:
        assert client.post("format", content=b"{").status_code == 400


def test_clusters_are_told_without_asking_them(served: Served) -> None:
    rows = {row["name"]: row for row in served.jupyter.get("clusters")}
    assert rows["silent"]["state"] == "silent"
    assert rows["silent"]["since"] is not None
    assert rows["silent"]["remark"] == "connection refused"
    assert rows["main"]["state"] == "unknown"
    assert rows["main"]["jobs"]["problems"] == 1
    page = served.jupyter.get("clusters/main", team="my")
    assert {row["name"] for row in page["rows"]} >= {"orders", "broken"}
    served.jupyter.get("clusters/nowhere", 404)


def test_the_tree_is_opened_node_by_node_and_page_by_page(served: Served) -> None:
    get = served.jupyter.get
    assert [node["path"] for node in get("catalog/children")["nodes"]] == [["my"]]
    assert [node["path"] for node in get("catalog/children", path="my")["nodes"]] == [["my", "table"]]
    names: list[str] = []
    after = ""
    while True:
        page = get("catalog/children", path=["my", "table"], after=after, limit=2)
        assert len(page["nodes"]) <= 2
        names += [node["label"] for node in page["nodes"]]
        if page["after"] is None:
            break
        after = page["after"]
    assert sorted(names) == sorted(["orders", "clicks", ODD])
    columns = get("catalog/children", path=["my", "table", "orders"])["nodes"]
    assert [(node["label"], node["detail"]) for node in columns] == [("id", "BIGINT"), ("amount", "DOUBLE")]


def test_the_search_says_why_it_found_something(served: Served) -> None:
    found = served.jupyter.get("catalog/search", q="amount")["nodes"]
    assert [node["path"] for node in found] == [["my", "table", "orders"]]
    assert "column amount" in found[0]["note"]
    assert served.jupyter.get("catalog/search", q=" ")["nodes"] == []


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("catalog/children", {"path": ["a", "b", "c", "d", "e"]}),
        ("catalog/children", {"path": ["my", "tables"]}),
        ("catalog/children", {"limit": "-1"}),
        ("catalog/children", {"limit": "1e9"}),
        ("catalog/search", {"q": "x" * 1001}),
        ("history", {"before": "' OR 1=1"}),
        ("incidents", {"since": "soon"}),
        ("cells", {"name": ["x"] * 501}),
        ("jobs/dev/orders/plots/pie", {}),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(served: Served, path: str, parameters: Any) -> None:
    assert served.jupyter.get(path, 400, **parameters)["message"]


def test_a_definition_comes_with_the_sql_to_use_it(served: Served) -> None:
    found = served.jupyter.get("catalog/definitions/orders", team="my")
    assert found["insert"] == "`orders`"
    assert found["select"] == "SELECT\n  `id`,\n  `amount`\nFROM `orders`"
    assert [(each["name"], each["key"]) for each in found["columns"]] == [("id", True), ("amount", False)]
    assert found["columns"][0]["comment"] == "the <b>key</b>"
    assert found["versions"][0]["version"] == 1


def test_the_history_goes_on_where_a_page_ended(served: Served) -> None:
    first = served.jupyter.get("history", limit=3)
    second = served.jupyter.get("history", limit=3, before=first["before"])
    ids = [each["id"] for each in (*first["entries"], *second["entries"])]
    assert ids == [f"{number:032x}" for number in range(5)]
    assert second["before"] is None
    assert [each["id"] for each in served.jupyter.get("history", q="t3")["entries"]] == [f"{3:032x}"]


def test_incidents_are_what_is_wrong_now_and_what_went_wrong(served: Served) -> None:
    found = served.jupyter.get("incidents")
    assert {each["kind"] for each in found} == {"job", "failure", "cluster"}
    assert [each["open"] for each in found] == sorted((each["open"] for each in found), reverse=True)
    assert next(each for each in found if each["kind"] == "cluster")["cluster"] == "silent"


def test_the_cells_of_a_notebook_are_found_by_its_path_and_by_the_jobs_names(served: Served) -> None:
    found = served.jupyter.get("cells", notebook=NOTEBOOK)
    assert [(each["name"], each["cell"], each["version"]) for each in found] == [("orders", "cell-1", 1)]
    assert found[0]["text"].startswith("USE x;\nINSERT INTO s")
    renamed = served.jupyter.get("cells", notebook="elsewhere.ipynb", name=["orders", "my.broken"])
    assert [each["name"] for each in renamed] == ["broken", "orders"]
    assert served.jupyter.get("cells", notebook="elsewhere.ipynb") == []
    assert served.jupyter.get("cells") == []


def test_a_plot_is_plotlys_json_also_where_its_cluster_is_down(served: Served) -> None:
    for kind in ("checkpoints", "timeline", "graph"):
        found = served.jupyter.get(f"jobs/dev/orders/plots/{kind}", since="6h")
        assert isinstance(found["data"], list)
        assert "layout" in found
    assert "layout" in served.jupyter.get("clusters/main/plots/metrics")
    served.jupyter.get("clusters/main/plots/timeline", 400)


def test_no_answer_has_a_secret_in_it(served: Served) -> None:
    """A password in a DDL, in an option's hint, in what was run, and a variable that is one."""
    paths = (
        *("status", "jobs", "clusters", "variables", "history", "incidents"),
        *(
            "jobs/dev/orders",
            f"cells?notebook={part(NOTEBOOK)}",
            "catalog/definitions/clicks",
            "catalog/search?q=a",
        ),
    )
    for path in paths:
        with served.jupyter.client() as client:
            reply = client.get(path)
        assert reply.status_code == 200
        assert PASSWORD not in reply.text, path
    variables = {each["name"]: each for each in served.jupyter.get("variables")["variables"]}
    assert variables["topic"]["values"] == {"dev": "orders-dev"}
    assert variables["token"]["values"] == {"dev": "******"}
    assert "******" in served.jupyter.get("catalog/definitions/clicks")["ddl"]


def test_a_text_is_formatted(served: Served) -> None:
    found = served.jupyter.post("format", {"sql": "select a from t"})
    assert found["sql"].startswith("SELECT")
    served.jupyter.post("format", {"sql": None}, 400)
