"""A real YARN's web pages through a Jupyter server, in a browser: they work, and can do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.jupyter import Jupyter, jupyter
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import ApplicationState
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.lab_support import catalog_of_server, logged_in
from real.yarn_support import YarnSession

_PATIENCE = 60_000  # ms
_ASK = """async ([path, options]) => {
    try { return (await fetch(path, options)).status; } catch (error) { return error.name; }
}"""


@pytest.fixture
def session(yarn_session: Callable[..., YarnSession]) -> YarnSession:
    return yarn_session("one")


@pytest.fixture
def server(
    yarn_lab: YarnLab, session: YarnSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Jupyter]:
    with catalog_of_server(tmp_path, monkeypatch) as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "lab", yarn_lab.urls), expected=None)
        cluster = RegisteredCluster("my", session.name, "yarn", yarn="lab", application=session.application)
        catalog.registry.save_cluster(cluster, expected=None)
    with jupyter(tmp_path) as server:
        yield server


@pytest.fixture
def page(server: Jupyter) -> Iterator[Any]:
    """Logged in to Jupyter, as a browser is, and brought to the page of the session's application."""
    with logged_in(server) as page:
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        (row,) = server.get("clusters")
        page.goto(f"{server.url}{row['yarn_ui']}")
        yield page


@pytest.mark.timeout(600)
def test_its_pages_lead_from_one_to_the_next_and_to_flinks_ui(session: YarnSession, page: Any) -> None:
    assert page.title().strip() == f"Application {session.application}"
    page.wait_for_selector("#attempts tbody a", timeout=_PATIENCE)

    page.click("#nav >> text=Applications")
    page.click(f"#apps tbody >> text={session.application}", timeout=_PATIENCE)
    page.wait_for_selector(f"h1:has-text('Application {session.application}')", timeout=_PATIENCE)
    page.click("#attempts tbody >> text=appattempt_", timeout=_PATIENCE)
    page.click("#containers tbody >> text=container_", timeout=_PATIENCE)
    page.wait_for_selector("text=Container State", timeout=_PATIENCE)

    page.click("#nav >> text=Nodes")
    page.wait_for_selector("#nodes tbody >> text=RUNNING", timeout=_PATIENCE)
    page.click("#nav >> text=Scheduler")
    page.wait_for_selector("#cs >> text=root.etl", timeout=_PATIENCE)
    assert page.locator("button").count() == 0, "one that dumps the scheduler's logs"
    # The page of an attempt that asks for nothing more has a script of YARN's own that expects a table of it.
    assert [each for each in page.wrong if each != "resourceRequestsTableData is not defined"] == []

    its = page.locator("#apps tbody tr", has_text=session.application)
    its.get_by_text("ApplicationMaster").click(timeout=_PATIENCE)
    page.wait_for_selector("flink-root >> text=Available Task Slots", timeout=_PATIENCE)


@pytest.mark.timeout(600)
def test_they_have_nothing_of_jupyters_and_end_nothing(
    server: Jupyter, session: YarnSession, page: Any, resource_manager: RestResourceManager
) -> None:
    page.wait_for_selector("#attempts tbody a", timeout=_PATIENCE)
    assert page.evaluate("origin") == "null"
    assert "sandboxed" in page.evaluate("() => { try { return document.cookie; } catch (e) { return String(e); } }")
    for path in ("api/contents", "flinklab/status"):
        assert page.evaluate(_ASK, [server.url + path, {"credentials": "include"}]) == "TypeError", path

    assert page.locator("text=Kill Application").count() == 0
    assert page.locator("a[href*='containerlogs'], a[href^='http']").count() == 0
    page.evaluate("typeof confirmAction === 'function' && confirmAction()")
    kill = {"method": "PUT", "body": '{"state": "KILLED"}', "headers": {"Content-Type": "application/json"}}
    word = page.url.partition("/cluster/")[0]
    state = f"ws/v1/cluster/apps/{session.application}/state"
    assert page.evaluate(_ASK, [f"{word}/{state}", kill]) == "TypeError"
    assert page.context.request.put(f"{word}/{state}", data={"state": "KILLED"}).status in (403, 405)
    for path in (state, "conf", f"proxy/{session.application}/", f"cluster/kill/{session.application}"):
        assert page.context.request.get(f"{word}/{path}").status == 403, path
    found = resource_manager.application(session.application)
    assert found is not None
    assert found.state is ApplicationState.RUNNING
