"""`%flink connect NAME` and `-c NAME`: a session on YARN by what people call it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.answers import query
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.resourcemanager import FakeResourceManager
from flinklab import api
from flinklab.domain.errors import NoApplicationError, NotFoundError
from flinklab.domain.records import RegisteredGateway, RegisteredYarn
from unit.notebook.conftest import Notebook

ROWS = "SELECT id FROM t"


@pytest.fixture(autouse=True)
def own_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def etl(notebook: Notebook, gateway: FakeGateway) -> Iterator[FakeJobManager]:
    """The JobManager of a session `etl-1` on a YARN that the team has registered, as it has the gateway."""
    with FakeResourceManager() as manager, FakeJobManager() as jobmanager:
        application = manager.yarn.add("etl-1", jobmanager=jobmanager.url)
        jobmanager.configuration["high-availability.cluster-id"] = application.id
        gateway.submitting.clusters[jobmanager.port] = jobmanager
        gateway.on(ROWS, query("id BIGINT", [[1]]))
        with api.open_catalog() as catalog:
            registry = catalog.registry
            registry.save_yarn(RegisteredYarn(catalog.team, "prod", (manager.url,)), expected=None)
            registry.save_gateway(RegisteredGateway(catalog.team, "g", gateway.url), expected=None)
        yield jobmanager


def ports(gateway: FakeGateway) -> list[str | None]:
    return [each.config.get("rest.port") for each in gateway.submitted if each.statement == ROWS]


def test_a_notebook_connects_by_name(notebook: Notebook, gateway: FakeGateway, etl: FakeJobManager) -> None:
    shown = notebook.ok("%flink connect etl-1").printed
    assert "registered application_" in shown
    assert f"cluster  etl-1 · {etl.url} · " in shown
    notebook.ok(f"%%flinksql\n{ROWS}")
    notebook.ok("%flink session reset")
    notebook.ok(f"%%flinksql\n{ROWS}")
    assert ports(gateway) == [str(etl.port)] * 2


def test_a_cell_runs_on_a_session_by_name(notebook: Notebook, gateway: FakeGateway, etl: FakeJobManager) -> None:
    notebook.ok(f"%%flinksql\n{ROWS}")
    notebook.ok(f"%%flinksql -c etl-1\n{ROWS}")
    notebook.ok("%flink use etl-1")
    notebook.ok(f"%%flinksql\n{ROWS}")
    assert ports(gateway) == [None, str(etl.port), str(etl.port)]


def test_a_session_is_used_before_it_is_registered(
    notebook: Notebook, gateway: FakeGateway, etl: FakeJobManager
) -> None:
    assert "cluster etl-1: " in notebook.ok("%flink use etl-1").printed
    notebook.ok(f"%%flinksql\n{ROWS}")
    assert ports(gateway) == [str(etl.port)]


def test_a_name_that_nothing_has_keeps_the_session(
    notebook: Notebook, gateway: FakeGateway, etl: FakeJobManager
) -> None:
    notebook.ok("%flink connect etl-1")
    report = notebook.run("%flink connect elt-1").fails_with(NoApplicationError)
    assert "did you mean etl-1?" in report
    notebook.ok(f"%%flinksql\n{ROWS}")
    assert ports(gateway) == [str(etl.port)]


def test_a_name_without_any_yarn(notebook: Notebook) -> None:
    report = notebook.run("%flink connect gw").fails_with(NotFoundError)
    assert "the address of a SQL Gateway begins with http://" in report
