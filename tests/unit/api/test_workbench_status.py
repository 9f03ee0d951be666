"""How the workbench stands: told with and without a catalog, and never with what a URL hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.managed import add_cluster, ledger
from flinklab.api.workbench_status import status_without_catalog, workbench_status
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.settings import Settings

DOWN = CatalogUnavailableError("nobody answers", hint="is it running?")
words = st.text("abcXYZ019-_~", min_size=8, max_size=16)


def test_it_tells_who_where_and_who_keeps_jobs_running(own: Catalog) -> None:
    add_cluster(own)
    ledger(own)
    status = workbench_status(own, Settings(gateway_url="http://ann:hunter2@gateway:8083/x?y=z"))
    assert (status.person, status.team, status.teams, status.environment) == (own.person, "my", ("my",), "dev")
    assert (status.problem, status.cluster) == ("", "gateway:8083")
    assert [each.name for each in status.supervisors] == ["test"]


def test_without_a_gateway_statements_go_to_the_embedded_flink(own: Catalog) -> None:
    assert workbench_status(own, Settings()).cluster.startswith("embedded")


def test_a_catalog_that_is_down_says_why_and_what_is_set(catalog: Catalog) -> None:
    settings = Settings(catalog_url="postgresql://db/flinklab", team="dw", search_path=("ods",), environment="prod")
    status = status_without_catalog(DOWN, settings)
    assert status.catalog == "postgresql://db/flinklab"
    assert "nobody answers" in status.problem
    assert "is it running?" in status.problem
    assert (status.team, status.teams, status.environment) == ("dw", ("dw", "ods"), "prod")
    assert status.supervisors == ()


@given(user=words, password=words)
def test_no_password_of_a_url_is_shown(user: str, password: str) -> None:
    settings = Settings(
        catalog_url=f"postgresql://{user}:{password}.@db/flinklab",
        gateway_url=f"https://{user}:{password}.@gw:8083",
    )
    assert f"{password}." not in str(status_without_catalog(DOWN, settings))


@pytest.mark.parametrize("url", ["mongodb://db/x", "postgresql://", "no url at all"])
def test_what_can_be_no_catalog_is_none(url: str) -> None:
    assert "mongodb" not in str(status_without_catalog(DOWN, Settings(catalog_url=url)).catalog or "")
