"""What is told before a job takes another version: the words, and only states that the server would not refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.managed import add_cluster, add_job, add_plan, add_version, ledger, running
from flinklab.api.job_handle import JobHandle
from flinklab.api.job_lines import allowed
from flinklab.api.jobs import job
from flinklab.api.version_change import version_change
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init, open_database
from flinklab.domain.errors import CommandRefusedError, NotFoundError
from flinklab.domain.jobs import AttemptState, CommandKind, ManagedState, Status

SAME, OTHER = "a~2.3~", "b~2.3~"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path}/catalog.db"
    init(url)
    with Catalog(open_database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        add_cluster(catalog)
        add_job(catalog)
        add_version(catalog, text="INSERT INTO s SELECT b FROM t")
        yield catalog


@pytest.fixture
def orders(catalog: Catalog) -> JobHandle:
    return job("orders", catalog=catalog)


def run(catalog: Catalog, orders: JobHandle, shape: str = SAME, **state: AttemptState) -> None:
    wanted, attempt, point, status = running(orders.managed, shape=shape)
    ledger(catalog).keep(wanted, replace(attempt, **state), point, status)  # type: ignore[type-var]


def stop(catalog: Catalog, orders: JobHandle, *points: object) -> None:
    managed = orders.managed
    assert managed.attempt is not None
    stopped = Status(managed.job.id, ManagedState.STOPPED)
    ended = replace(managed.attempt, state=AttemptState.FINISHED, completed=3)
    ledger(catalog).keep(replace(managed.job, wanted=False), ended, stopped, *points)  # type: ignore[arg-type]


def states(catalog: Catalog, orders: JobHandle) -> dict[str, str]:
    found = version_change(orders, catalog, 2)["states"]
    return {each["state"]: each["words"] for each in found}


def test_a_job_that_runs_goes_on_from_the_savepoint_that_it_stops_with(catalog: Catalog, orders: JobHandle) -> None:
    run(catalog, orders)
    add_plan(catalog, 2, SAME)
    found = version_change(orders, catalog, 2)
    assert (found["kind"], found["from"], found["to"], found["runs"], found["starts"]) == (
        "upgrade",
        1,
        2,
        True,
        True,
    )
    assert found["changed"] == ["text"]
    assert found["refused"] == ""
    assert list(states(catalog, orders)) == ["", "drop"]
    assert states(catalog, orders)[""] == "with its state, from the savepoint that it stops with"


def test_one_that_cannot_take_a_savepoint_says_so(catalog: Catalog, orders: JobHandle) -> None:
    run(catalog, orders, state=AttemptState.SUBMITTING)
    assert "cannot take a savepoint now" in states(catalog, orders)[""]


def test_state_that_may_not_fit_is_taken_over_by_a_persons_word_only(catalog: Catalog, orders: JobHandle) -> None:
    run(catalog, orders)
    add_plan(catalog, 2, OTHER)
    found = states(catalog, orders)
    assert list(found) == ["keep", "drop"]
    assert found["keep"].endswith("as far as it fits: it was made by another query")
    with pytest.raises(CommandRefusedError, match="is not known"):
        orders.upgrade(2)
    orders.upgrade(2, state="keep")


def test_one_that_was_stopped_starts_from_what_it_left(catalog: Catalog, orders: JobHandle) -> None:
    run(catalog, orders)
    stop(catalog, orders)
    found = version_change(orders, catalog, 2)
    assert (found["runs"], found["starts"]) == (False, False)
    assert states(catalog, orders)[""] == "with its state, from its newest checkpoint"


def test_one_whose_state_is_not_to_be_found_can_only_begin_without(catalog: Catalog, orders: JobHandle) -> None:
    wanted, attempt, _, status = running(orders.managed)
    ledger(catalog).keep(wanted, attempt, status)
    stop(catalog, orders)
    assert list(states(catalog, orders)) == ["drop"]


def test_one_that_never_ran_has_nothing_to_choose(catalog: Catalog, orders: JobHandle) -> None:
    assert states(catalog, orders) == {"": "without state: it has none yet"}


def test_the_version_that_it_has_is_refused_and_one_before_is_a_rollback(
    catalog: Catalog, orders: JobHandle
) -> None:
    run(catalog, orders)
    assert version_change(orders, catalog, 1)["refused"] == "my.orders (dev) has version 1 already"
    orders.upgrade(2, state="drop")
    found = version_change(orders, catalog, 1)
    assert (found["kind"], found["refused"]) == ("rollback", "")
    with pytest.raises(NotFoundError):
        version_change(orders, catalog, 9)


def test_another_version_and_parallelism_can_be_asked_for_until_it_is_deleted(
    catalog: Catalog, orders: JobHandle
) -> None:
    more = {CommandKind.UPGRADE, CommandKind.ROLLBACK, CommandKind.SCALE}
    assert more <= set(allowed(orders.managed))
    orders.delete(points="keep")
    assert not allowed(orders.managed)
