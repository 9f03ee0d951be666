"""Values of managed jobs come back from rows as they were."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, Table

from flinklab.catalog import schema
from flinklab.catalog.job_rows import to_job, to_row, to_status, to_value
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandKind,
    CommandState,
    Job,
    JobKey,
    ManagedState,
    Restore,
    RestoreMode,
    Status,
    Step,
)

_TEXT = st.text(max_size=5)
_NUMBER = st.integers(0, 2**40)
_MOMENT = st.datetimes(datetime(2000, 1, 1), timezones=st.just(timezone.utc))
_CONFIG = st.dictionaries(_TEXT, _TEXT, max_size=2)
_DEPLOYMENT = st.builds(Deployment, st.none() | _NUMBER, _CONFIG, _TEXT)
_POLICIES = st.builds(
    Policies, restarts=_NUMBER, savepoint_every=st.none() | st.floats(1, 1e9), keep_points=_NUMBER
)
_JOB = st.builds(
    Job,
    st.builds(JobKey, _TEXT, _TEXT, _TEXT),
    _TEXT,
    _NUMBER,
    wanted=st.booleans(),
    deployment=_DEPLOYMENT,
    policies=_POLICIES,
    restore=st.builds(Restore, st.sampled_from(RestoreMode), _TEXT, st.booleans()),
    tags=st.lists(_TEXT, max_size=3).map(tuple),
    pool=_TEXT,
)
_ATTEMPT = st.builds(
    Attempt,
    *(_TEXT, _NUMBER, _NUMBER, _TEXT, _NUMBER, st.sampled_from(AttemptState), _DEPLOYMENT),
    session=st.none() | _TEXT,
    completed=st.none() | _NUMBER,
    cause=st.none() | st.builds(Cause, _TEXT, _TEXT, at=st.none() | _MOMENT),
    running_at=st.none() | _MOMENT,
)
_COMMAND = st.builds(
    Command,
    *(_TEXT, _NUMBER, st.sampled_from(CommandKind), _CONFIG, st.sampled_from(CommandState), st.sampled_from(Step)),
    attempt=st.none() | _TEXT,
    asked_at=_MOMENT,
)
_STATUS = st.builds(
    Status,
    st.just(7),
    st.sampled_from(ManagedState),
    _MOMENT,
    restarts=st.lists(_MOMENT, max_size=3).map(tuple),
    not_before=st.none() | _MOMENT,
)


def through(value: Any, table: Table) -> dict[str, Any]:
    """The value's row, its documents written out and read again."""
    documents = {column.name for column in table.columns if isinstance(column.type, JSON)}
    row = to_row(value, table)
    return {name: json.loads(json.dumps(each)) if name in documents else each for name, each in row.items()}


@given(_JOB)
def test_a_job(job: Job) -> None:
    team, name, environment = job.key
    row = through(job, schema.job) | {"team": team, "name": name, "environment": environment}
    assert to_job(row) == job


@given(_ATTEMPT)
def test_an_attempt(attempt: Attempt) -> None:
    assert to_value(Attempt, through(attempt, schema.attempt)) == attempt


@given(_COMMAND)
def test_a_command(command: Command) -> None:
    assert to_value(Command, through(command, schema.command)) == command


@given(_STATUS)
def test_a_status(status: Status) -> None:
    assert to_status(through(status, schema.job_status) | {"id": 7}) == status
