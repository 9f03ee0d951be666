"""What runs from notebooks, and ending it, on a cluster where other jobs run too."""

from __future__ import annotations

import pytest

from fakes.answers import Feed, insert, query
from fakes.gateway import FakeGateway
from flinklab import api
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import UsageError
from flinklab.session.session import Session


@pytest.fixture
def foreign(fake: FakeGateway) -> str:
    """A job that no notebook started."""
    return str(fake.jobmanager.add_job("nightly", parameters={"env": "prod"}))


def test_only_jobs_from_notebooks_are_listed(fake: FakeGateway, session: Session, foreign: str) -> None:
    fake.on("SELECT 1", query("a INT", Feed()))
    fake.on("INSERT INTO t SELECT 1", insert())
    started = [session.sql("SELECT 1").job_id, session.sql("INSERT INTO t SELECT 1").job_id]
    jobs = api.notebook_jobs(session)
    assert sorted(job.job_id for job in jobs) == sorted(filter(None, started))
    assert {(job.kind, job.user, job.host, job.notebook) for job in jobs} == {
        ("query", "ann", "box", "a.ipynb"),
        ("insert", "ann", "box", "a.ipynb"),
    }


def test_all_of_them_end_and_nothing_else(fake: FakeGateway, session: Session, foreign: str) -> None:
    fake.on("INSERT INTO t SELECT 1", insert())
    session.sql("INSERT INTO t SELECT 1")
    [(job, state)] = api.end_notebook_jobs(session, "all")
    assert (job.kind, state) == ("insert", JobState.CANCELED)
    assert fake.jobmanager.running() == [foreign]


@pytest.mark.parametrize("wanted", ["", "nix"])
def test_no_beginning_of_an_id_ends_nothing(fake: FakeGateway, session: Session, wanted: str) -> None:
    fake.on("INSERT INTO t SELECT 1", insert())
    job = session.sql("INSERT INTO t SELECT 1").job_id
    with pytest.raises(UsageError, match="no query or INSERT"):
        api.end_notebook_jobs(session, wanted)
    assert fake.jobmanager.running() == [job]


def test_a_job_of_somebody_else_cannot_be_named(fake: FakeGateway, session: Session, foreign: str) -> None:
    with pytest.raises(UsageError):
        api.end_notebook_jobs(session, foreign)
    assert fake.jobmanager.running() == [foreign]
