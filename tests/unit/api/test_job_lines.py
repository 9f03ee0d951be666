"""Jobs as lines: which are listed, what changes their mark, which cells they come from, what may be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone

import pytest

import flinklab
from fakes.managed import AT, add_cluster, add_job, finish, ledger, running
from flinklab.api.job_lines import BUTTONS, allowed, cell_jobs, doing, job_lines, lines_mark, shown_config
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CommandRefusedError
from flinklab.domain.jobs import Cell, CommandState, Event, JobScript, JobVersion, ManagedState, Status
from flinklab.domain.variables import MASK

SECRET = "hunter2-of-a-test"


@pytest.fixture
def jobs(own: Catalog) -> Catalog:
    """`a` and `b` run, `c` was never started, `d` failed."""
    add_cluster(own)
    its = ledger(own)
    for name in "dbca":
        managed = add_job(own, name)
        if name in "ab":
            its.keep(*running(managed))
        elif name == "d":
            its.keep(Status(managed.job.id, ManagedState.FAILED, AT, "no slots"))
    own.leases.release(its.lease)
    return own


def test_a_line_tells_what_the_whole_job_tells(jobs: Catalog) -> None:
    lines = job_lines(jobs)
    assert [each.key.name for each in lines] == ["a", "b", "c", "d"]
    for line in lines:
        managed = jobs.jobs.get(line.key)
        assert line.state is managed.status.state
        assert line.cluster == managed.job.cluster
        assert line.wanted == managed.job.wanted
        assert line.running == (managed.attempt.version if managed.attempt is not None else None)
    assert [each.key.name for each in lines if each.is_problem] == ["d"]
    assert lines[-1].reason == "no slots"
    assert job_lines(jobs, []) == []


def _order(catalog: Catalog) -> None:
    flinklab.job("a", catalog=catalog).stop(why="a test")


def _outcome(catalog: Catalog) -> None:
    finish(catalog, CommandState.FAILED, "refused")


def _state(catalog: Catalog) -> None:
    its, number = ledger(catalog), catalog.jobs.list(["my"])[0].job.id
    now = datetime.now(timezone.utc)
    event = Event(number, now, "restarting", "a test")
    its.keep(Status(number, ManagedState.RESTARTING, now), event)
    catalog.leases.release(its.lease)


def _job(catalog: Catalog) -> None:
    add_job(catalog, "new")


@pytest.mark.parametrize("changes", [(_order, _outcome), (_state, _order), (_job, _state)])
def test_the_mark_is_another_one_after_any_change(
    jobs: Catalog, changes: Sequence[Callable[[Catalog], None]]
) -> None:
    for change in changes:
        before, lines = lines_mark(jobs), job_lines(jobs)
        assert lines_mark(jobs) == before
        change(jobs)
        assert job_lines(jobs) != lines
        assert lines_mark(jobs) != before


def test_an_open_order_is_told_with_how_many_wait(jobs: Catalog) -> None:
    line = lambda: next(each for each in job_lines(jobs) if each.key.name == "a")  # noqa: E731
    assert doing(line()) == ""
    handle = flinklab.job("a", catalog=jobs)
    handle.savepoint()
    assert doing(line()) == "savepoint: waiting"
    handle.stop()
    assert doing(line()) == "savepoint: waiting (+1)"


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_what_is_allowed_is_what_an_order_would_be_taken_for(jobs: Catalog, name: str) -> None:
    handle = flinklab.job(name, catalog=jobs)
    found = allowed(handle.managed)
    assert set(found) & set(BUTTONS), "a button at least"
    for kind in BUTTONS:
        try:
            handle.ask(kind)
        except CommandRefusedError:
            assert kind not in found
        else:
            assert kind in found
            finish(jobs, CommandState.DONE, "")


def versions_from(catalog: Catalog, cells: Sequence[tuple[str, str]]) -> None:
    for name, notebook in cells:
        statement = f"INSERT INTO s /*+ OPTIONS('password'='{SECRET}') */ SELECT a FROM t"
        script = JobScript(statement, ("USE x",), {"s3.secret-key": SECRET})
        version = JobVersion("my", name, 0, script, fingerprint=name, origin=Cell(notebook, f"cell-{name}", ""))
        catalog.job_versions.save(version)
        add_job(catalog, name)


def test_a_cell_is_found_by_its_notebook_and_by_its_jobs_name(own: Catalog) -> None:
    add_cluster(own)
    versions_from(own, [("a", "/flows/one.ipynb"), ("b", "/flows/two.ipynb")])
    found = lambda *given: [each.line.key.name for each in cell_jobs(own, *given)]  # noqa: E731
    assert found(["/flows/one.ipynb"]) == ["a"]
    assert found([], ["b"]) == found([], ["my.b"]) == ["b"]
    assert found(["/flows/one.ipynb"], ["a"]) == ["a"]
    assert found(["/flows"], ["yours.b"]) == []


def test_a_cells_job_tells_its_newest_version_without_secrets(own: Catalog) -> None:
    add_cluster(own)
    versions_from(own, [("a", "/flows/one.ipynb")])
    newer = JobVersion("my", "a", 0, JobScript("INSERT INTO s SELECT 2"), fingerprint="newer")
    (before,) = cell_jobs(own, [], ["a"])
    assert SECRET not in before.text + str(before.version.script)
    assert before.text.startswith("USE x;\nINSERT INTO s")
    own.job_versions.save(newer)
    (after,) = cell_jobs(own, [], ["a"])
    assert (after.text, after.line.version) == ("INSERT INTO s SELECT 2;\n", 1)


def test_configuration_is_shown_without_secrets() -> None:
    shown = shown_config({"parallelism.default": "2", "s3.secret-key": SECRET, "kafka.token": "${token}"})
    assert shown == {"parallelism.default": "2", "s3.secret-key": MASK, "kafka.token": "${token}"}
