"""What went wrong: what is so now comes first, however old; then what was recorded, the newest first."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from fakes.managed import add_cluster, add_job, ledger
from flinklab.api.incidents import incidents
from flinklab.api.job_lines import job_lines
from flinklab.catalog import schema
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import ManagedState, Status

from .conftest import Fresh

NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


def fail(catalog: Catalog, job_id: int, hours: list[int]) -> None:
    rows = [
        {"job_id": job_id, "team_id": 1, "flink_id": "f" * 32, "at": NOW - timedelta(hours=ago, seconds=number),
         "digest": f"{number}", "message": f"java.io.IOException:\n refused {number}", "task": "Sink: s"}
        for number, ago in enumerate(hours)
    ]  # fmt: skip
    with catalog.database.writing() as connection:
        connection.execute(insert(schema.job_failure), rows)


@settings(max_examples=15, deadline=None)
@given(
    hours=st.lists(st.integers(0, 48), min_size=1, max_size=8),
    bad=st.integers(0, 3),
    limit=st.integers(1, 10),
    silent=st.booleans(),
)
def test_what_is_wrong_now_comes_first_then_the_newest(
    fresh: Fresh, hours: list[int], bad: int, limit: int, *, silent: bool
) -> None:
    with fresh() as catalog:
        add_cluster(catalog)
        its = ledger(catalog)
        jobs = [add_job(catalog, f"j{number}").job.id for number in range(3)]
        for number in range(bad):
            its.keep(Status(jobs[number], ManagedState.FAILED, NOW - number * 400 * DAY, "two\nlines"))
        if silent:
            its.seen("", NOW - 400 * DAY, "connection refused")
        fail(catalog, jobs[0], hours)
        found = incidents(catalog, DAY, job_lines(catalog), limit)
    recent = sum(timedelta(hours=ago, seconds=number) < DAY for number, ago in enumerate(hours))
    assert len(found) == min(limit, bad + silent + recent)
    assert [each.is_open for each in found] == [number < bad + silent for number in range(len(found))]
    for is_open in (True, False):
        times = [each.at for each in found if each.is_open is is_open and each.at is not None]
        assert times == sorted(times, reverse=True)
    assert not any("\n" in each.text for each in found)


@pytest.mark.parametrize(("since", "kinds"), [(2 * DAY, ["failure"]), (timedelta(minutes=1), [])])
def test_a_failure_is_told_as_far_back_as_it_is_asked_for(own: Catalog, since: timedelta, kinds: list[str]) -> None:
    add_cluster(own)
    managed = add_job(own)
    fail(own, managed.job.id, [5])
    found = incidents(own, since, job_lines(own))
    assert [each.kind for each in found] == kinds
    for each in found:
        assert (each.key, each.cluster, each.is_open) == (managed.job.key, "main", False)
        assert each.text == "java.io.IOException: refused 0 (Sink: s)"


def test_a_cluster_that_does_not_answer_is_one_of_no_job(own: Catalog) -> None:
    add_cluster(own)
    ledger(own).seen("", NOW - DAY, "connection refused")
    (found,) = incidents(own, timedelta(hours=1), [])
    assert (found.kind, found.cluster, found.key) == ("cluster", "main", None)
    assert found.text == "nobody answers there: connection refused"
