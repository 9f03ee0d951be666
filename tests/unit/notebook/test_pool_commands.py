"""Pools in cells: made, shown and deleted, and the jobs that are placed and moved in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.managed import add_cluster, add_job, ledger, running
from fakes.pooled import pooled
from flinklab import api
from flinklab.api import supervising
from flinklab.api.pool_members import Member
from flinklab.api.pools import SeenPool
from flinklab.catalog.catalog import Catalog
from flinklab.domain.cluster import ClusterOverview
from flinklab.domain.errors import CommandRefusedError, ConflictError, NotFoundError, UsageError
from flinklab.domain.jobs import Job, JobKey, Managed, Status
from flinklab.domain.records import Pool, RegisteredCluster
from flinklab.notebook.meters import Meter
from flinklab.notebook.pool_commands import COLUMNS, rows
from unit.notebook.conftest import Notebook

OUTSIDE = "main"
MISTAKES: list[tuple[str, type[Exception], str]] = [
    ("pool create etl", UsageError, "Write %flink pool create etl --label LABEL"),
    ("pool delete nix", NotFoundError, "there is no pool 'nix'"),
    ("cluster label main", UsageError, "Write %flink cluster label main +LABEL, or --remove LABEL"),
    ("cluster label main --remove etl", UsageError, "cluster main has no label 'etl'"),
    ("cluster label mian +etl", NotFoundError, "main"),
    ("move orders", UsageError, "Write %flink move orders CLUSTER, or --pool NAME"),
    ("move orders main --pool etl", UsageError, "Write %flink move orders CLUSTER, or --pool NAME"),
    ("move --cluster main", UsageError, "%flink move --cluster FROM --to CLUSTER_OR_POOL"),
    ("move orders --to etl", UsageError, "%flink move --cluster FROM --to CLUSTER_OR_POOL"),
    ("move --cluster main --to etl --lost", UsageError, "%flink move --cluster FROM --to CLUSTER_OR_POOL"),
    ("move --cluster main --to nix", NotFoundError, "there is no cluster and no pool 'nix'"),
    ("move --cluster nix --to main", NotFoundError, "there is no cluster"),
    ("move orders --pool nix", NotFoundError, "nix"),
    ("configure orders --pool nix", NotFoundError, "nix"),
]


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        add_cluster(catalog, OUTSIDE)
        yield catalog


@pytest.fixture
def clusters(catalog: Catalog) -> Iterator[dict[str, FakeJobManager]]:
    """`two` has most room, and then `one`."""
    with pooled(catalog, one=2, two=3) as found:
        yield found


def orders(catalog: Catalog, cluster: str = OUTSIDE) -> list[tuple[str, dict[str, Any]]]:
    """What was asked for of the jobs of a cluster, as its supervisor finds it."""
    return [(each.kind.value, each.arguments) for each in ledger(catalog, cluster).commands()]


def test_a_pool_is_of_the_clusters_that_have_its_labels(notebook: Notebook, catalog: Catalog) -> None:
    assert "`%flink pool create NAME --label LABEL` makes one" in notebook.ok("%flink pool").printed
    made = notebook.ok("%flink pool create etl --label etl --label big").printed
    assert made.strip() == "pool my.etl: no cluster yet; `%flink cluster label NAME +etl +big` puts one into it"
    assert notebook.ok("%flink cluster label main +etl +big").printed.strip() == "cluster my.main: etl, big"
    assert notebook.ok("%flink pool create etl --label etl").printed.strip() == "pool my.etl: main"
    assert notebook.ok("%flink cluster label main --remove big --remove etl").printed.strip() == (
        "cluster my.main: no labels"
    )
    assert "no cluster has its labels" in notebook.ok("%flink pool list").text
    deleted = notebook.ok("%flink pool delete etl").printed
    assert deleted.strip() == "deleted pool my.etl; its clusters stay as they are"
    assert "there is no pool" in notebook.ok("%flink pool list").printed


def test_pools_are_shown_as_their_clusters_are_now(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, cluster="one", pool="etl")
    clusters["two"].stop()
    shown = notebook.ok("%flink pool")
    for words in ("my.etl", "one", "2 of 2", "two"):
        assert words in shown.text
    assert "text/html" in shown.bundles[0]
    assert "is used by job orders" in notebook.run("%flink pool delete etl").fails_with(ConflictError)


def test_a_mistake_is_a_line_that_says_what_to_do(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    for line, kind, words in MISTAKES:
        assert words in notebook.run(f"%flink {line}").fails_with(kind), line
    assert orders(catalog) == []


def test_a_job_moves_to_where_its_pool_has_most_room(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, "a")
    add_job(catalog, "b", cluster="two", pool="etl")
    notebook.ok("%flink move a --pool etl --no-wait --why release")
    notebook.ok("%flink move b --pool etl --no-wait")
    assert orders(catalog) == [("move", {"cluster": "two", "pool": "etl"})]
    assert ledger(catalog).commands()[0].why == "release"
    assert orders(catalog, "two") == [("move", {"cluster": "one"})]
    for each in clusters.values():
        each.stop()
    add_job(catalog, "c", cluster="one")
    refused = notebook.run("%flink move c main --lost --no-wait")
    assert refused.error is None and orders(catalog, "one") == [("move", {"cluster": OUTSIDE, "lost": True})]


def test_all_jobs_of_a_cluster_move_to_a_pool_by_one_line(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    its = ledger(catalog)
    for name, priority in (("low", 0), ("middle", 1), ("high", 9)):
        its.keep(*running(add_job(catalog, name, priority=priority)))
    clusters["two"].slots, clusters["one"].slots = 1, 1
    said = notebook.ok("%flink move --cluster main --to etl --no-wait")
    assert "passed over: my.low (dev): no cluster of pool etl has room for 1 slot" in said.printed
    assert "asked of 2 jobs" in said.printed
    names = {each.job.id: each.job.key.name for each in its.load()}
    assert [names[each.job_id] for each in its.commands()] == ["high", "middle"]
    assert [arguments["cluster"] for _, arguments in orders(catalog)] == ["one", "two"]
    assert {arguments["pool"] for _, arguments in orders(catalog)} == {"etl"}


def test_all_jobs_of_a_cluster_move_to_another_cluster_and_out_of_their_pool(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, "a", cluster="one", pool="etl")
    add_job(catalog, "b", cluster="one")
    notebook.ok(f"%flink move --cluster one --to {OUTSIDE} --no-wait --why 'a new session'")
    assert orders(catalog, "one") == [
        ("move", {"cluster": OUTSIDE, "pool": ""}),
        ("move", {"cluster": OUTSIDE}),
    ]
    assert {each.why for each in ledger(catalog, "one").commands()} == {"a new session"}


def test_a_pool_without_room_says_what_is_free(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog)
    clusters["one"].slots = clusters["two"].slots = 0
    said = notebook.run("%flink move orders --pool etl").fails_with(CommandRefusedError)
    assert "no cluster of pool etl has room for 1 slot" in said
    assert "one has 0 of 0 slots free; two has 0 of 0 slots free" in said


def test_a_job_is_put_into_a_pool_and_out_of_it(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, cluster="one")
    notebook.ok("%flink configure orders --pool etl --no-wait")
    notebook.ok("%flink configure orders --pool '' --no-wait")
    assert orders(catalog, "one") == [("configure", {"pool": "etl"}), ("configure", {"pool": ""})]


def test_jobs_are_listed_by_their_pool(
    notebook: Notebook, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, "inside", cluster="one", pool="etl")
    add_job(catalog, "outside")
    listed = notebook.ok("%flink jobs --pool etl").text
    assert "inside" in listed and "outside" not in listed
    assert "one (pool etl)" in listed


def seen(*members: Member, jobs: tuple[str, ...] = (), description: str = "") -> SeenPool:
    """`jobs`: the cluster of each job that is in it."""
    managed = (Managed(Job(JobKey("my", f"j{at}", "dev"), name, 1), Status()) for at, name in enumerate(jobs))
    return SeenPool(Pool("my", "etl", ("etl", "big"), description), members, tuple(managed))


def member(name: str, free: int = 0, slots: int = 0, **more: Any) -> Member:
    cluster = RegisteredCluster("my", name, "standalone", "http://127.0.0.1:1", flink_version="2.3.0")
    overview = ClusterOverview("2.3.0", 1, slots, free, 3)
    return replace(Member(cluster, overview), **more)


def test_rows_tell_of_the_pool_once_and_of_each_cluster() -> None:
    first, second = rows(seen(member("one", 2, 8), member("two"), jobs=("one", "one", "two"), description="nights"))
    assert len(first) == len(second) == len(COLUMNS)
    assert first == ("my.etl", "etl big", "one", Meter("2 of 8", 0.75), "3", "1", "2.3.0", "2", "nights")
    assert second == ("", "", "two", Meter("0 of 0", None), "3", "1", "2.3.0", "1", "")


def test_a_cluster_that_does_not_answer_says_why_and_jobs_elsewhere_are_told() -> None:
    silent = member("one", overview=None, trouble="no answer within 2 s")
    assert rows(seen(silent))[0][2:] == ("one", "", "", "", "2.3.0", "", "no answer within 2 s")
    for jobs, said in ((("far",), "1 job of it is on"), (("far", "far"), "2 jobs of it are on")):
        (row,) = rows(seen(member("one"), jobs=jobs))
        assert row[-2:] == ("", f"{said} other clusters")


def test_a_pool_without_clusters_has_one_row() -> None:
    (row,) = rows(seen(jobs=("far",), description="nights"))
    assert row == ("my.etl", "etl big", "no cluster has its labels", "", "", "", "", "1", "nights")
