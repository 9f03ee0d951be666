"""Orders to jobs as people record them, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flinklab.catalog.commands import Commands
from flinklab.catalog.database import Database
from flinklab.domain.errors import ConflictError, NotFoundError, SecretError
from flinklab.domain.jobs import CommandKind, CommandState, Job, Step
from job_records import Site, a_job, an_order


@pytest.fixture
def commands(database: Database) -> Commands:
    return Commands(database)


@pytest.fixture
def job(site: Site) -> Job:
    return site.jobs.add(a_job())


def test_an_order_is_the_connected_persons_and_of_now(commands: Commands, database: Database, job: Job) -> None:
    asked = replace(an_order(job, restore={"mode": "latest"}), why="release", asked_by="bob", step=Step.STARTING)
    kept = commands.ask(asked)
    assert kept == replace(asked, asked_by=database.person, asked_at=kept.asked_at, step=Step.NEW)
    assert kept.asked_at is not None
    assert commands.get(kept.id) == kept
    assert commands.list(job.id) == [kept]


def test_an_order_that_is_asked_for_again_is_the_first_one(commands: Commands, job: Job) -> None:
    first = commands.ask(an_order(job))
    assert commands.ask(replace(first, why="the reply was lost")) == first
    assert commands.list(job.id) == [first]
    with pytest.raises(ConflictError, match="under the same id"):
        commands.ask(replace(first, kind=CommandKind.CANCEL))


def test_the_newest_come_first(commands: Commands, job: Job) -> None:
    kept = [commands.ask(an_order(job)) for _ in range(4)]
    newest = sorted(kept, key=lambda each: (each.asked_at, each.id), reverse=True)
    assert commands.list(job.id) == newest
    assert commands.list(job.id, 2) == newest[:2]


def test_what_is_over_is_still_there(site: Site, commands: Commands, job: Job) -> None:
    asked = commands.ask(an_order(job))
    site.take().keep(replace(asked, state=CommandState.DONE, outcome="it runs"))
    over = commands.get(asked.id)
    assert over is not None
    assert (over.state, over.outcome, over.asked_at) == (CommandState.DONE, "it runs", asked.asked_at)
    assert site.jobs.get(job.key).commands == ()


def test_nothing_is_asked_of_a_job_that_is_not_there(commands: Commands, job: Job) -> None:
    with pytest.raises(NotFoundError, match="the job is not there"):
        commands.ask(an_order(replace(job, id=987_654)))
    assert commands.get(an_order(job).id) is None


def test_no_secret_is_written_into_an_order(commands: Commands, job: Job) -> None:
    for config in ({"s3.secret-key": "hunter2"}, {"my.password": "hunter2"}):
        with pytest.raises(SecretError):
            commands.ask(an_order(job, CommandKind.CONFIGURE, deployment={"config": config}))
    kept = commands.ask(an_order(job, CommandKind.CONFIGURE, deployment={"config": {"s3.secret-key": "${key}"}}))
    assert kept.arguments["deployment"] == {"config": {"s3.secret-key": "${key}"}}


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="ascii", categories=("L",))),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abc"), children, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["number", "restore", "points"]), _JSON))
def test_arguments_are_data(commands: Commands, job: Job, arguments: dict[str, object]) -> None:
    assert commands.ask(an_order(job, **arguments)).arguments == arguments
