"""What the application of a job's file asks for, given what is wanted already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.managed import add_cluster, add_job, add_plan, add_version, ledger, running
from flinklab import api
from flinklab.api.job_files import Applied, apply_document
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CommandRefusedError, NotFoundError, PromotionRefusedError, UsageError
from flinklab.domain.jobs import JobKey, Plan
from flinklab.jobs.documents import JobDocument, document_of
from flinklab.jobs.promoting import Promotion

KEY = JobKey("my", "orders", "dev")
TEXT = "INSERT INTO s SELECT a FROM t"


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        add_cluster(catalog, "spare")
        yield catalog


def applied(catalog: Catalog, document: JobDocument, state: str | None = None) -> Applied:
    def promote(wanted: JobDocument, key: JobKey, cluster: str) -> Promotion:
        before = catalog.job_versions.newest(key.team, key.name)
        if wanted.version is not None:
            version = before = catalog.job_versions.version(key.team, key.name, wanted.version)
        else:
            version = add_version(catalog, key.name, wanted.sql or "")
        managed = catalog.jobs.find(key) or add_job(catalog, key.name, cluster=cluster)
        plan = Plan(*key[:2], version.number, key.environment, "h", "{}", "s", "2.3.0")
        return Promotion(version, version != before, plan, (), managed.job, False)

    return apply_document(document, KEY, catalog, promote, state=state)


def asked(done: Applied) -> list[tuple[str, dict[str, object]]]:
    return [(each.kind.value, each.look().arguments) for each in done.commands]


def test_a_new_job_is_made_and_started_once(catalog: Catalog) -> None:
    document = JobDocument("orders", cluster="main", sql=TEXT, state="running")
    first = applied(catalog, document)
    assert (first.new_version, first.new_job, asked(first)) == (True, True, [("start", {})])
    again = applied(catalog, document)
    assert not again.changed


def test_another_text_upgrades_what_runs_and_waits_for_what_does_not(catalog: Catalog) -> None:
    managed = add_job(catalog)
    assert asked(applied(catalog, JobDocument("orders", sql="other"))) == [("configure", {"number": 2})]
    its = ledger(catalog)
    its.keep(*running(managed))
    assert asked(applied(catalog, JobDocument("orders", sql="third", state="running"))) == [
        ("upgrade", {"number": 3})
    ]


def test_what_needs_a_restart_is_one_and_the_rest_is_not(catalog: Catalog) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    wider = JobDocument("orders", sql=TEXT, parallelism=4)
    assert asked(applied(catalog, wider)) == [("scale", {"parallelism": 4})]
    other = JobDocument("orders", sql=TEXT, overrides={"a.b": "c"})
    deployment = {"parallelism": 4, "config": {"a.b": "c"}, "backend": ""}
    assert asked(applied(catalog, other)) == [("restart", {"deployment": deployment})]
    tagged = JobDocument("orders", sql=TEXT, tags=["x"])
    assert asked(applied(catalog, tagged)) == [("configure", {"tags": ["x"]})]
    moved = JobDocument("orders", sql=TEXT, cluster="spare")
    assert asked(applied(catalog, moved)) == [("move", {"cluster": "spare"})]


def test_stopped_stops_what_runs_and_keeps_the_changes_for_later(catalog: Catalog) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    done = applied(catalog, JobDocument("orders", sql=TEXT, state="stopped", priority=2))
    assert asked(done) == [("stop", {}), ("configure", {"priority": 2})]
    assert not applied(catalog, JobDocument("orders", sql=TEXT, state="stopped", priority=2)).changed


def test_an_export_that_is_applied_again_changes_nothing(catalog: Catalog) -> None:
    its = ledger(catalog)
    its.keep(*running(add_job(catalog)))
    job = its.load()[0].job
    document = document_of(job, catalog.job_versions.version("my", "orders", 1).script)
    done = applied(catalog, JobDocument(**{**_fields(document), "sql": TEXT}))
    assert not done.changed


def _fields(document: JobDocument) -> dict[str, object]:
    return {name: getattr(document, name) for name in JobDocument.__dataclass_fields__}


def test_state_that_may_not_fit_needs_a_word_here_too(catalog: Catalog) -> None:
    managed = add_job(catalog)
    add_version(catalog, text="other")
    add_plan(catalog, 1, "one")
    add_plan(catalog, 2, "two")
    ledger(catalog).keep(*running(managed, shape="one"))
    document = JobDocument("orders", version=2)
    with pytest.raises(CommandRefusedError):
        applied(catalog, document)
    assert asked(applied(catalog, document, "keep")) == [("upgrade", {"number": 2, "forced": True})]


def test_an_unknown_cluster_or_version_is_said_before_anything_is_made(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError):
        applied(catalog, JobDocument("orders", sql=TEXT, cluster="nowhere"))
    with pytest.raises(NotFoundError):
        applied(catalog, JobDocument("orders", version=3, cluster="main"))
    assert not api.managed_jobs(catalog)


def test_sql_in_a_file_beside_it(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text("name: orders\nsql: none.sql\n")
    with pytest.raises(UsageError, match=r"none\.sql"):
        api.apply_job(file, catalog)


def test_a_version_is_carried_to_where_it_is_not_yet_and_only_then(catalog: Catalog) -> None:
    add_job(catalog)
    add_version(catalog, text="other")
    carried: list[tuple[int | None, str, str]] = []

    def promote(wanted: JobDocument, key: JobKey, cluster: str) -> Promotion:
        carried.append((wanted.version, key.environment, cluster))
        raise PromotionRefusedError("a variable has no value there")

    prod = KEY._replace(environment="prod")
    for key, number in ((prod, 1), (KEY, 2)):
        with pytest.raises(PromotionRefusedError):
            apply_document(JobDocument("orders", version=number, cluster="main"), key, catalog, promote)
    assert not apply_document(JobDocument("orders", version=1), KEY, catalog, promote).changed
    assert carried == [(1, "prod", "main"), (2, "dev", "main")]
    assert catalog.jobs.find(prod) is None
