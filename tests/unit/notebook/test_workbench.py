"""Which session a cell's job is made in, for a notebook that has none yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.gateway import FakeGateway
from flinklab.domain.errors import UnreachableError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredYarn
from flinklab.notebook.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Of a person who set no gateway, in a team with a session cluster and one whose jobs have applications."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FLINKLAB_GATEWAY_URL")
    bench = Workbench()
    registry = bench.catalog().registry
    team = bench.catalog().team
    registry.save_yarn(RegisteredYarn(team, "prod", ("http://127.0.0.1:1",)), expected=None)
    registry.save_gateway(RegisteredGateway(team, "gw", gateway.url), expected=None)
    for cluster in (
        RegisteredCluster(team, "etl", "standalone", gateway="gw"),
        RegisteredCluster(team, "apps", "yarn-application", gateway="gw", yarn="prod"),
    ):
        registry.save_cluster(cluster, expected=None)
    yield bench
    bench.retire()


@pytest.mark.parametrize("cluster", ["etl", "apps"])
def test_a_job_is_made_where_it_shall_run(bench: Workbench, gateway: FakeGateway, cluster: str) -> None:
    session = bench.session_for_job(cluster)
    assert session.sql("SHOW CATALOGS").rows == [("default_catalog",)]
    assert bench.session_for_job(cluster) is session
    assert bench.connected is None


def test_the_notebooks_own_session_has_its_tables(bench: Workbench, gateway: FakeGateway) -> None:
    own = bench.connect(gateway_url=gateway.url)
    assert bench.session_for_job("etl") is own
    there = bench.session_at(cluster="etl")
    assert bench.session_for_job("etl") is there
    assert bench.session_for_job(None) is own


def test_where_nothing_is_known_it_is_said(bench: Workbench) -> None:
    with pytest.raises(UnreachableError, match="there is no Flink to run on"):
        bench.session_for_job(None)
    with pytest.raises(UnreachableError, match="no session nope is known here"):
        bench.session_for_job("nope")
