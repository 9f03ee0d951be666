"""What a person sees of what Flink says of a job: what its team may see, and no secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.managed import ledger, running
from fakes.watched import CLUSTER, Watched, watched
from flinklab.api.exceptions import read_exceptions
from flinklab.api.gathering import Gathering
from flinklab.api.hiding import veil
from flinklab.api.looking import Subject, subject_of_job
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Attempt, Job, JobKey, JobScript, JobVersion
from flinklab.domain.variables import ANYWHERE, Variable
from flinklab.telemetry.doctor.diagnosis import diagnose

TOLD = "java.io.IOException: no login with hunter2 or with password=topsecret for row '12,5'"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PAYMENTS_PASSWORD", "hunter2")
    with watched(quiet=0) as world:
        catalog, cluster = world.catalog, world.jobmanager
        secret = Variable(catalog.team, "password", secret=True, values={ANYWHERE: "env:PAYMENTS_PASSWORD"})
        catalog.variables.save(secret, expected=None)
        script = JobScript("INSERT INTO s SELECT a FROM t", teams=(catalog.team,))
        catalog.job_versions.save(JobVersion(catalog.team, "payments", 0, script, variables=("password",)))
        key = JobKey(catalog.team, "payments", "dev")
        catalog.jobs.add(Job(key, CLUSTER, 1))
        flink_id = JobId(cluster.add_job("payments"))
        started = running(catalog.jobs.get(key))
        ledger(catalog, CLUSTER).keep(
            *(replace(each, flink_id=flink_id) if isinstance(each, Attempt) else each for each in started)
        )
        for _ in range(3):
            cluster.restart_job(flink_id, TOLD)
            cluster.resume(flink_id)
        yield world


@pytest.fixture
def subject(world: Watched) -> Iterator[Subject]:
    with subject_of_job("payments", None, world.catalog) as subject:
        yield subject


def shown(world: Watched, subject: Subject) -> dict[str, str]:
    """By who shows it."""
    told = read_exceptions(subject, veil(subject, world.catalog), catalog=world.catalog)
    return {
        "doctor": str(diagnose(Gathering(subject, wait=lambda seconds: None).gather())),
        "exceptions": " ".join(each.message + each.details for each in told.failures),
    }


def test_a_managed_jobs_failures_are_shown_without_its_secrets(world: Watched, subject: Subject) -> None:
    for who, text in shown(world, subject).items():
        assert "no login with ******" in text, who
        assert "hunter2" not in text and "topsecret" not in text, who


def test_whoever_sees_the_job_sees_the_values_of_its_rows(world: Watched, subject: Subject) -> None:
    assert "12,5" in shown(world, subject)["exceptions"]


def test_where_a_secret_is_not_known_no_failure_is_shown(
    world: Watched, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYMENTS_PASSWORD")
    for who, text in shown(world, subject).items():
        assert "hunter2" not in text and "it is not shown" in text, who


def test_without_the_catalog_the_doctor_judges_what_is_left(subject: Subject) -> None:
    def away(text: str) -> str:
        raise CatalogUnavailableError("the database does not answer")

    with replace(subject, hide=away) as blind:
        found = diagnose(Gathering(blind, wait=lambda seconds: None).gather())
    assert "hunter2" not in str(found)
    assert "failures: the database does not answer" in found.missing
