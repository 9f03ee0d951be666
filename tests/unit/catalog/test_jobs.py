"""Managed jobs as people see them, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text

from flinklab.catalog.database import Database
from flinklab.catalog.job_versions import JobVersions
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.people import People
from flinklab.domain.errors import CatalogError, ConflictError, NotFoundError, SecretError, UsageError
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import (
    AttemptState,
    Event,
    Job,
    JobKey,
    JobScript,
    JobVersion,
    Managed,
    ManagedState,
    Status,
)
from job_records import Site, a_job, a_point, an_attempt, an_order
from teams import make_team

_THEN = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def names(found: Any) -> list[str]:
    return [managed.job.key.name for managed in found]


def test_a_new_job_is_a_draft_that_is_not_to_run(site: Site, database: Database) -> None:
    wanted = a_job(
        deployment=Deployment(2, {"a": "b"}, "rocksdb"),
        policies=Policies(savepoint_every=3600.0),
        priority=2,
        tags=("dwd", "hourly"),
        owner="ann",
        description="orders",
        pool="etl",
    )
    job = site.jobs.add(replace(wanted, wanted=True))
    assert job == replace(
        wanted, id=job.id, version=1, changed_by=database.person, changed_at=job.changed_at, wanted=False
    )
    found = site.jobs.get(job.key)
    assert found == Managed(job, Status(job.id, ManagedState.DRAFT, found.status.since))
    assert found.status.since is not None
    assert site.jobs.find(job.key) == found


def test_a_key_is_one_jobs(site: Site, database: Database) -> None:
    make_team(database, "dw")
    job = site.jobs.add(a_job())
    with pytest.raises(ConflictError, match=r"there is a job my\.orders \(dev\) already"):
        site.jobs.add(a_job(cluster="another"))
    assert site.jobs.get(job.key).job == job
    site.jobs.add(a_job(environment="prod"))
    site.jobs.add(a_job(team="dw"))
    assert len(site.jobs.list(["my", "dw"])) == 3


def test_of_many_who_add_it_at_once_one_does(
    database: Database, site: Site, open_catalog: Callable[[str], Database]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    stores = [Jobs(open_catalog(url)) for _ in range(5)]

    def add(number: int) -> Job | None:
        try:
            return stores[number].add(a_job())
        except ConflictError:
            return None

    with ThreadPoolExecutor(len(stores)) as pool:
        made = [job for job in pool.map(add, range(len(stores))) if job is not None]
    assert [managed.job for managed in site.jobs.list(["my"])] == made
    assert len(made) == 1


def test_what_is_not_there_is_said_with_what_was_meant(site: Site) -> None:
    site.jobs.add(a_job())
    assert site.jobs.find(JobKey("my", "orders", "prod")) is None
    with pytest.raises(NotFoundError, match=r"no job my\.orders \(prod\)") as caught:
        site.jobs.get(JobKey("my", "orders", "prod"))
    assert caught.value.hint == "it is in dev"
    with pytest.raises(NotFoundError, match="no job in team my called 'order'") as caught:
        site.jobs.get(JobKey("my", "order", "dev"))
    assert caught.value.hint == "did you mean orders?"
    with pytest.raises(NotFoundError, match="no team called 'nobodys'"):
        site.jobs.get(JobKey("nobodys", "orders", "dev"))
    with pytest.raises(NotFoundError, match="no team called 'nobodys'"):
        site.jobs.add(a_job(team="nobodys"))


@pytest.mark.parametrize(("name", "environment"), [("", "dev"), ("a\nb", "dev"), ("a", ""), ("a", " dev")])
def test_names_are_names(site: Site, name: str, environment: str) -> None:
    with pytest.raises(UsageError):
        site.jobs.add(a_job(name, environment))


def test_no_secret_is_kept_with_a_job(site: Site) -> None:
    with pytest.raises(SecretError) as caught:
        site.jobs.add(a_job(deployment=Deployment(config={"s3.secret-key": "hunter2"})))
    assert "hunter2" not in str(caught.value)
    assert site.jobs.list(["my"]) == []


def test_jobs_are_chosen_by_what_people_know_of_them(site: Site, database: Database) -> None:
    make_team(database, "dw")
    for job in (
        a_job("a", tags=("x", "y")),
        a_job("b", "prod", tags=("x",)),
        a_job("c", cluster="yarn", pool="etl"),
        a_job("d", team="dw"),
    ):
        site.jobs.add(job)
    running = site.jobs.get(JobKey("my", "a", "dev")).job
    site.take().keep(Status(running.id, ManagedState.RUNNING))
    jobs = site.jobs
    assert names(jobs.list(["my"])) == ["a", "b", "c"]
    assert names(jobs.list(["my", "dw"])) == ["d", "a", "b", "c"]
    assert names(jobs.list([])) == []
    assert names(jobs.list(["my"], environment="prod")) == ["b"]
    assert names(jobs.list(["my"], cluster="yarn")) == ["c"]
    assert names(jobs.list(["my"], pool="etl")) == ["c"]
    assert names(jobs.list(["my"], pool="")) == ["a", "b"]
    assert names(jobs.list(["my"], tags=["x"])) == ["a", "b"]
    assert names(jobs.list(["my"], tags=["x", "y"])) == ["a"]
    assert names(jobs.list(["my"], states=[ManagedState.RUNNING])) == ["a"]
    assert names(jobs.list(["my"], states=[ManagedState.DRAFT, ManagedState.FAILED], environment="dev")) == ["c"]


def test_a_job_whose_state_was_never_written_is_a_draft(site: Site, supervisor_database: Database) -> None:
    job = site.jobs.add(a_job())
    with supervisor_database.writing() as connection:
        connection.execute(text("DELETE FROM job_status"))
    assert site.jobs.get(job.key).status == Status(job.id)
    assert names(site.jobs.list(["my"], states=[ManagedState.DRAFT])) == ["orders"]


def test_a_list_has_the_newest_attempt_point_and_open_commands_of_each(site: Site) -> None:
    made = [site.jobs.add(a_job(name)) for name in ("a", "b")]
    ledger = site.take()
    for job in made:
        first, second = an_attempt(job, state=AttemptState.FAILED), an_attempt(job, 2)
        points = [a_point(job, n, second.flink_id, triggered_at=_THEN + timedelta(seconds=n)) for n in (1, 2, 3)]
        ledger.keep(first, second, *points, an_order(job))
    for managed, job in zip(site.jobs.list(["my"]), made, strict=True):
        assert managed.attempt is not None
        assert (managed.job, managed.attempt.number, managed.attempt.job_id) == (job, 2, job.id)
        assert [(point.job_id, point.checkpoint_id) for point in managed.points] == [(job.id, 3)]
        assert [order.job_id for order in managed.commands] == [job.id]
        assert len(site.jobs.get(job.key).points) == 3


def test_a_list_takes_as_many_questions_for_many_jobs_as_for_one(site: Site, database: Database) -> None:
    asked: list[str] = []
    site.jobs.add(a_job("a"))
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def questions() -> int:
        asked.clear()
        site.jobs.list(["my"])
        return sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in asked)

    of_one = questions()
    for number in range(20):
        site.jobs.add(a_job(f"job {number}"))
    assert questions() == of_one == 4


def test_what_happened_is_told_newest_first(site: Site) -> None:
    job = site.jobs.add(a_job())
    ledger = site.take()
    attempts = [an_attempt(job, n, AttemptState.FAILED) for n in (1, 2, 3)]
    points = [a_point(job, n, triggered_at=_THEN + timedelta(seconds=n)) for n in (1, 2, 3)]
    events = [Event(job.id, "state", str(n), {"n": n}, _THEN + timedelta(seconds=n), "ann") for n in (1, 2, 3)]
    ledger.keep(*attempts, *points, *events, replace(points[2], checkpoint_id=4, status="failed", path=""))
    jobs = site.jobs
    assert [each.number for each in jobs.attempts(job.id)] == [3, 2, 1]
    assert [each.number for each in jobs.attempts(job.id, 1)] == [3]
    assert [each.checkpoint_id for each in jobs.checkpoints(job.id)] == [4, 3, 2, 1]
    assert [each.checkpoint_id for each in jobs.checkpoints(job.id, limit=2, only_points=True)] == [3, 2]
    told = jobs.events(job.id, 2)
    assert told == [replace(event, id=each.id) for event, each in zip(events[:0:-1], told, strict=True)]


def test_what_a_newer_flinklab_wrote_into_documents_is_passed_over(
    site: Site, supervisor_database: Database
) -> None:
    job = site.jobs.add(a_job())
    change = (
        """UPDATE job SET policies = '{"restarts": 1, "mood": "calm"}', deployment = '{}', restore = '{"x": 1}'"""
    )
    with supervisor_database.writing() as connection:
        connection.execute(text(change.replace(":", r"\:")))
    found = site.jobs.get(job.key).job
    assert (found.policies, found.deployment, found.restore) == (Policies(restarts=1), Deployment(), job.restore)
    with supervisor_database.writing() as connection:
        connection.execute(text("UPDATE job_status SET state = 'dreaming'"))
    with pytest.raises(CatalogError, match="status cannot be read: Invalid enum value 'dreaming'"):
        site.jobs.get(job.key)


def test_a_team_goes_with_its_versions_and_not_with_its_jobs(site: Site, database: Database) -> None:
    people = People(database)
    people.create_team("dw")
    JobVersions(database).save(JobVersion("dw", "j", 0, JobScript("INSERT"), fingerprint="f"))
    job = site.jobs.add(a_job("j", team="dw"))
    with pytest.raises(ConflictError, match="team dw has 1 job"):
        people.drop_team("dw")
    cluster = replace(site.take().lease.cluster, team="dw")
    ledger = site.take(cluster)
    ledger.seen("i", None, "")
    ledger.delete(job.id)
    people.drop_team("dw")
    assert "dw" not in [team.name for team in people.teams()]
