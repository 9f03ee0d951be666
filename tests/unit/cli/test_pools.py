"""`flinklab pool ...` and `flinklab job move`: what they answer, and their exit codes."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.managed import add_cluster, add_job, finish, ledger
from fakes.pooled import pooled
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.cli import main
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import CommandState

Run = Callable[..., tuple[int, str, str]]
OUTSIDE = "main"
MISTAKES: list[tuple[list[str], int, str]] = [
    (["pool", "create", "etl"], 2, "--label"),
    (["pool", "create", "etl", "--label", "two words"], 2, "words without spaces"),
    (["pool", "delete", "nix"], 1, "there is no pool 'nix'"),
    (["job", "move"], 2, "which job?"),
    (["job", "move", "orders"], 2, "where to, my.orders (dev)?"),
    (["job", "move", "orders", "one", "--pool", "etl"], 2, "name a cluster, or a pool, not both"),
    (["job", "move", "orders", "nix"], 3, "nix"),
    (["job", "move", "orders", "--pool", "elt"], 3, "did you mean etl?"),
    (["job", "move", "--cluster", "one"], 2, "write --cluster FROM --to CLUSTER_OR_POOL"),
    (["job", "move", "orders", "--to", "one"], 2, "write --cluster FROM --to CLUSTER_OR_POOL"),
    (["job", "move", "--cluster", "main", "--to", "one", "--pool", "etl"], 2, "write --cluster FROM"),
    (["job", "move", "--cluster", "nix", "--to", "one"], 3, "there is no cluster"),
    (["job", "move", "--cluster", "main", "--to", "elt"], 3, "no cluster and no pool 'elt'"),
]


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        add_cluster(catalog, OUTSIDE)
        yield catalog


@pytest.fixture
def clusters(catalog: Catalog) -> Iterator[dict[str, FakeJobManager]]:
    """`two` has most room, and then `one`."""
    with pooled(catalog, one=2, two=3) as found:
        yield found


@pytest.fixture
def run(catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as wrong_usage:
            code = int(str(wrong_usage.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


def orders(catalog: Catalog, cluster: str = OUTSIDE) -> list[tuple[str, dict[str, Any]]]:
    """What was asked for of the jobs of a cluster, as its supervisor finds it."""
    return [(each.kind.value, each.arguments) for each in ledger(catalog, cluster).commands()]


def test_a_pool_is_made_changed_listed_and_deleted(run: Run, clusters: dict[str, FakeJobManager]) -> None:
    made = run("pool", "create", "big", "--label", "big", "--description", "for the night")
    assert made == (0, "pool my.big: no cluster has its labels yet\n", "")
    assert run("pool", "create", "big", "--label", "etl")[:2] == (0, "pool my.big: one, two\n")
    listed = run("pool", "list")[1].splitlines()
    assert listed[:3] == [
        "my.big (etl): 0 managed jobs",
        "  one has 2 of 2 slots free",
        "  two has 3 of 3 slots free",
    ]
    assert run("pool", "delete", "big")[:2] == (0, "deleted pool my.big; its clusters stay as they are\n")
    [left] = json.loads(run("pool", "list", "--json")[1])["pools"]
    assert left["name"] == "etl"


def test_a_list_for_programs_has_stable_keys(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, pool="etl")
    clusters["two"].stop()
    [pool] = json.loads(run("pool", "list", "--json")[1])["pools"]
    one, two = pool.pop("clusters")
    assert pool == {"team": "my", "name": "etl", "labels": ["etl"], "jobs": ["my.orders (dev)"]}
    assert one == {"cluster": "one", "slots_free": 2, "slots": 2, "jobs_running": 0, "trouble": ""}
    assert (two["cluster"], two["slots_free"], two["slots"], two["jobs_running"]) == ("two", None, None, None)
    assert two["trouble"]
    assert f"  two does not answer: {two['trouble']}" in run("pool", "list")[1].splitlines()


def test_without_pools_it_says_so(run: Run) -> None:
    assert run("pool", "list") == (0, "there is no pool\n", "")
    assert json.loads(run("pool", "list", "--json")[1]) == {"pools": []}


def test_a_pool_with_jobs_in_it_stays(run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]) -> None:
    add_job(catalog, pool="etl")
    code, _, said = run("pool", "delete", "etl")
    assert code == 1 and "pool etl" in said and "is used by job orders" in said
    assert run("job", "list", "--pool", "etl")[1].startswith("my.orders (dev): draft")
    assert "of pool etl" in run("job", "status", "orders")[1]


def test_mistakes_are_exit_codes_with_a_word(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog)
    for line, code, words in MISTAKES:
        given, out, said = run(*line)
        assert (given, out, words in said) == (code, "", True), (line, said)
        assert "Traceback" not in said
    assert orders(catalog) == []


def test_one_job_moves_to_a_cluster_or_to_the_emptiest_of_a_pool(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, "a")
    add_job(catalog, "b")
    assert run("job", "move", "a", "one", "--why", "release")[:2] == (0, "move of my.a (dev): waiting\n")
    said = json.loads(run("job", "move", "b", "--pool", "etl", "--json")[1])
    assert sorted(said) == ["command", "environment", "name", "team"]
    assert orders(catalog) == [("move", {"cluster": "one"}), ("move", {"cluster": "two", "pool": "etl"})]
    assert ledger(catalog, OUTSIDE).commands()[0].why == "release"


def test_a_job_goes_to_another_cluster_of_its_pool_than_the_one_it_is_on(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, cluster="two", pool="etl")
    assert run("job", "move", "orders", "--pool", "etl")[0] == 0
    assert orders(catalog, "two") == [("move", {"cluster": "one"})]


def test_a_job_that_leaves_its_pool_is_in_none(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog, cluster="two", pool="etl")
    assert run("job", "move", "orders", OUTSIDE)[0] == 0
    assert orders(catalog, "two") == [("move", {"cluster": OUTSIDE, "pool": ""})]


def test_all_jobs_of_a_cluster_move_and_who_has_no_room_is_passed_over(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    for name, priority, slots in (("low", 0, 2), ("high", 9, 3), ("huge", 5, 4)):
        job = add_job(catalog, name, priority=priority, deployment=Deployment(parallelism=slots)).job
        ledger(catalog, OUTSIDE).keep(replace(job, wanted=True))  # one that is not to run needs no slots
    code, out, _ = run("job", "move", "--cluster", OUTSIDE, "--to", "etl", "--json")
    said = json.loads(out)
    assert code == 1  # not all of them
    assert [each["name"] for each in said["commands"]] == ["high", "low"]
    [refused] = said["refused"]
    assert refused["name"] == "huge" and "no cluster of pool etl has room for 4 slots" in refused["why"]
    assert [arguments for _, arguments in orders(catalog)] == [
        {"cluster": "two", "pool": "etl"},
        {"cluster": "one", "pool": "etl"},
    ]
    assert [each.why for each in ledger(catalog, OUTSIDE).commands()] == [f"cluster {OUTSIDE} is cleared"] * 2


def test_all_jobs_of_a_cluster_move_to_another_one_and_are_waited_for(
    run: Run, catalog: Catalog, clusters: dict[str, FakeJobManager], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("job", "move", "--cluster", OUTSIDE, "--to", "one") == (0, "no job is like that\n", "")
    add_job(catalog, "a")
    add_job(catalog, "b")

    def carried_out(*_: object) -> bool:
        finish(catalog, CommandState.DONE, "it runs on one", OUTSIDE)
        return True

    monkeypatch.setattr(supervising, "ensure", carried_out)
    code, out, _ = run("job", "move", "--cluster", OUTSIDE, "--to", "one", "--wait")
    assert (code, out) == (0, "move of my.a (dev): it runs on one\nmove of my.b (dev): it runs on one\n")
