"""Managed jobs by name, orders to one and to many, on a catalog in a file and a supervisor that the test plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.managed import FLINK_ID, add_cluster, add_job, add_plan, add_version, finish, ledger, running
from flinklab import api
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Use
from flinklab.domain.errors import (
    CommandFailedError,
    CommandRefusedError,
    NotFoundError,
    StillGoingOnError,
    UsageError,
)
from flinklab.domain.jobs import CommandKind, CommandState, ManagedState


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        add_cluster(catalog, "spare")
        yield catalog


def test_a_job_is_found_by_its_name_or_with_its_team(catalog: Catalog) -> None:
    key = add_job(catalog).job.key
    assert api.job("orders", catalog=catalog).key == api.job("my.orders", catalog=catalog).key == key
    assert [each.job.key for each in api.managed_jobs(catalog)] == [key]
    with pytest.raises(NotFoundError, match="did you mean orders"):
        api.job("order", catalog=catalog)
    with pytest.raises(NotFoundError, match="it is in dev"):
        api.job("orders", "prod", catalog)


def test_without_a_catalog_it_is_the_settings_one(catalog: Catalog) -> None:
    add_job(catalog)
    assert api.job("orders").status is ManagedState.DRAFT


def test_an_order_is_a_row_that_anybody_can_follow(catalog: Catalog) -> None:
    add_job(catalog)
    asked = api.job("orders", catalog=catalog).start(why="first")
    assert asked.state is CommandState.WAITING
    [command] = ledger(catalog).commands()
    assert (command.id, command.kind, command.why) == (asked.id, CommandKind.START, "first")
    with pytest.raises(StillGoingOnError, match="goes on"):
        asked.wait(0.01)
    finish(catalog, CommandState.DONE, "version 1 runs")
    heard: list[str] = []
    assert asked.wait(5, progress=lambda command: heard.append(command.state.value)).outcome == "version 1 runs"
    assert heard == ["done"]


def test_one_that_came_to_nothing_says_why(catalog: Catalog) -> None:
    add_job(catalog)
    asked = api.job("orders", catalog=catalog).start()
    finish(catalog, CommandState.FAILED, "its only restore point is gone")
    with pytest.raises(CommandFailedError, match=r"start of my.orders \(dev\) failed: its only restore point"):
        asked.wait(5)


def test_a_delete_is_done_when_its_record_went_with_the_job(catalog: Catalog) -> None:
    managed = add_job(catalog)
    asked = api.job("orders", catalog=catalog).delete(points="keep")
    ledger(catalog).delete(managed.job.id)
    assert asked.wait(5).outcome == "deleted"


def test_what_a_deleted_job_used_can_be_changed_again(catalog: Catalog) -> None:
    add_job(catalog)
    used = Use("job", "my.orders", "variable", "my", "rate")
    catalog.usage.record([used])
    api.job("orders", catalog=catalog).delete(points="keep")
    assert not catalog.usage.used_by("job", "my.orders")


def test_what_it_uses_in_another_environment_stays_used(catalog: Catalog) -> None:
    add_job(catalog)
    add_job(catalog, environment="prod")
    catalog.usage.record([Use("job", "my.orders", "variable", "my", "rate")])
    api.job("orders", catalog=catalog).delete(points="keep")
    assert catalog.usage.used_by("job", "my.orders")


def test_what_was_asked_before_counts(catalog: Catalog) -> None:
    add_job(catalog)
    job = api.job("orders", catalog=catalog)
    job.start()
    with pytest.raises(CommandRefusedError, match="is about to"):
        job.start()
    job.stop()
    assert [each.kind.value for each in job.commands()] == ["stop", "start"]


def test_what_is_known_of_a_job_is_read_from_the_catalog(catalog: Catalog) -> None:
    its = ledger(catalog)
    its.keep(*running(add_job(catalog)))
    job = api.job("orders", catalog=catalog)
    assert job.status is ManagedState.RUNNING
    assert [each.number for each in job.attempts()] == [1]
    assert [each.path for each in job.points()] == ["file:///sp-1"] == [each.path for each in job.checkpoints()]
    assert [each.number for each in job.versions()] == [1]


def test_an_upgrade_whose_state_may_not_fit_needs_a_word(catalog: Catalog) -> None:
    managed = add_job(catalog)
    add_plan(catalog, 1, "one")
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    add_plan(catalog, 2, "two")
    ledger(catalog).keep(*running(managed, shape="one"))
    job = api.job("orders", catalog=catalog)
    with pytest.raises(CommandRefusedError) as refused:
        job.upgrade()
    assert "state keep takes it over" in str(refused.value)
    assert not job.commands()
    assert job.upgrade(state="drop").look().arguments == {"number": 2, "restore": {"mode": "empty"}}


def test_an_upgrade_of_the_same_shape_needs_none(catalog: Catalog) -> None:
    managed = add_job(catalog)
    add_plan(catalog, 1, "one")
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    add_plan(catalog, 2, "one")
    ledger(catalog).keep(*running(managed, shape="one"))
    assert api.job("orders", catalog=catalog).upgrade(2).look().arguments == {"number": 2}


def test_a_version_that_there_is_not_is_said_with_those_that_there_are(catalog: Catalog) -> None:
    add_job(catalog)
    with pytest.raises(NotFoundError, match=r"no version 9 .there is 1"):
        api.job("orders", catalog=catalog).upgrade(9)


def test_a_rollback_without_a_number_goes_to_what_ran_before(catalog: Catalog) -> None:
    managed = add_job(catalog)
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    its = ledger(catalog)
    its.keep(*running(managed))
    wanted = its.load()[0]
    its.keep(*running_again(wanted, 2))
    asked = api.job("orders", catalog=catalog).rollback()
    assert (asked.kind, asked.look().arguments) == (CommandKind.ROLLBACK, {"number": 1})


def running_again(managed: object, version: int) -> tuple[object, ...]:
    from dataclasses import replace

    from flinklab.domain.jobs import AttemptState, Managed

    assert isinstance(managed, Managed)
    assert managed.attempt is not None
    ended = replace(managed.attempt, state=AttemptState.FINISHED)
    return ended, *running(managed, version=version)


def test_configuring_changes_only_what_is_said(catalog: Catalog) -> None:
    add_job(catalog, tags=("a",))
    job = api.job("orders", catalog=catalog)
    asked = job.configure(policies={"restarts": 2}, config={"x.y": "1"}, priority=3)
    arguments = asked.look().arguments
    assert (arguments["policies"]["restarts"], arguments["policies"]["keep_points"]) == (2, 5)
    assert arguments["deployment"]["config"] == {"x.y": "1"}
    assert arguments["priority"] == 3
    assert "tags" not in arguments
    with pytest.raises(UsageError, match="there is no policy 'restart'"):
        job.configure(policies={"restart": 2})


def test_a_move_is_to_a_cluster_that_there_is(catalog: Catalog) -> None:
    add_job(catalog)
    job = api.job("orders", catalog=catalog)
    with pytest.raises(NotFoundError, match="did you mean spare"):
        job.move("sparee")
    assert job.move("spare", lost=True).look().arguments == {"cluster": "spare", "lost": True}


def test_many_are_asked_in_the_order_of_their_priority(catalog: Catalog) -> None:
    for name, priority in (("a", 0), ("b", 5), ("c", 1)):
        add_job(catalog, name, priority=priority, tags=("nightly",))
    add_job(catalog, "d")
    api.job("c", catalog=catalog).start()
    asked = api.batch("start", tags=["nightly"], catalog=catalog)
    assert [(each.key.name, each.command is not None) for each in asked] == [("b", True), ("c", False), ("a", True)]
    assert "is about to" in asked[1].refused
    with pytest.raises(UsageError, match="not for many"):
        api.batch("delete", team="my", catalog=catalog)
    with pytest.raises(UsageError, match="which jobs"):
        api.batch("stop", catalog=catalog)
    with pytest.raises(NotFoundError, match=r"no cluster 'mian' \(did you mean main\?\)"):
        api.batch("stop", cluster="mian", catalog=catalog)
    assert api.batch("stop", cluster="main", environment="prod", catalog=catalog) == []


def test_what_ran_on_a_lost_cluster_goes_on_elsewhere(catalog: Catalog) -> None:
    its = ledger(catalog)
    its.keep(*running(add_job(catalog, "a")), *running(add_job(catalog, "b", priority=1)))
    add_job(catalog, "never")
    asked = api.recover("main", on="spare", catalog=catalog)
    assert [each.key.name for each in asked] == ["b", "a"]
    [first, _] = [each.command for each in asked]
    assert first is not None
    assert first.look().arguments == {"cluster": "spare", "lost": True}
    assert first.look().why == "cluster main is lost"
    assert not api.recover("main", on="spare", catalog=catalog)[0].command
    with pytest.raises(UsageError):
        api.recover("main", on="main", catalog=catalog)


def test_a_job_that_runs_already_is_adopted_under_a_name(catalog: Catalog) -> None:
    with pytest.raises(UsageError):
        api.adopt("x", "orders", cluster="main", catalog=catalog)
    assert not api.managed_jobs(catalog)
    asked = api.adopt(FLINK_ID, "orders", cluster="main", catalog=catalog)
    assert asked.look().arguments == {"flink_id": FLINK_ID}
    assert "adopted" in api.job("orders", catalog=catalog).versions()[0].note
    with pytest.raises(CommandRefusedError):
        api.adopt(FLINK_ID, "orders", cluster="main", catalog=catalog)


def test_waiting_for_a_state_ends_with_it_or_with_the_time(catalog: Catalog) -> None:
    managed = add_job(catalog)
    job = api.job("orders", catalog=catalog)
    with pytest.raises(StillGoingOnError, match=r"is not running after .*: it is draft"):
        api.wait_for_state(job, [ManagedState.RUNNING], 0.01)
    ledger(catalog).keep(*running(managed))
    assert api.wait_for_state(job, [ManagedState.RUNNING], 5).attempt is not None
