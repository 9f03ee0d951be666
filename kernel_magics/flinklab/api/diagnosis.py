"""What is wrong with a job, a query or a cluster: evidence gathered, and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.api.gathering import Gathering
from flinklab.api.looking import (
    Subject,
    subject_of_cluster,
    subject_of_job,
    subject_of_result,
    subject_of_session,
)
from flinklab.sql.sensitive import without_secrets
from flinklab.telemetry.doctor.diagnosis import Diagnosis, diagnose

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.session.result import Result
    from flinklab.session.session import Session
    from flinklab.settings import Settings

Say = Callable[[str], None]
"""Told in a line what is being done."""


def _silent(line: str) -> None:
    pass


def diagnose_job(
    name: str,
    environment: str | None = None,
    catalog: Catalog | None = None,
    settings: Settings | None = None,
    say: Say = _silent,
) -> Diagnosis:
    """A managed job. Takes some 12 s: two looks, far enough apart for its cluster to have new metrics.

    Raises `NotFoundError` for a job that there is not, `ConnectionFailedError` where its cluster does not answer.
    """
    with subject_of_job(name, environment, catalog, settings) as subject:
        return diagnose_subject(subject, say)


def diagnose_cluster(
    name: str, catalog: Catalog | None = None, settings: Settings | None = None, say: Say = _silent
) -> Diagnosis:
    """The processes, slots and memory of a registered cluster. Raises as `diagnose_job`."""
    with subject_of_cluster(name, catalog, settings) as subject:
        return diagnose_subject(subject, say)


def diagnose_result(result: Result, *, say: Say = _silent) -> Diagnosis:
    """A query or an INSERT of a session, of which nothing is recorded. Raises as `diagnose_job`."""
    with subject_of_result(result) as subject:
        return diagnose_subject(subject, say)


def diagnose_session_cluster(session: Session, say: Say = _silent) -> Diagnosis:
    """The cluster that a session's queries run on. Raises as `diagnose_job`."""
    with subject_of_session(session) as subject:
        return diagnose_subject(subject, say)


def diagnose_subject(subject: Subject, say: Say = _silent, *, between: float | None = None) -> Diagnosis:
    """`between`: seconds between the two looks; by default a little more than the cluster's metrics need to be
    collected anew. Raises as `diagnose_job`."""
    shown = replace(subject, sql=without_secrets(subject.sql))
    try:
        return diagnose(Gathering(shown, say, between=between).gather())
    finally:
        shown.close()
