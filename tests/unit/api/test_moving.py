"""Where the jobs of a pool go: new ones, ones that are moved, and ones whose file says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.managed import add_cluster, add_job, add_version, ledger, running
from fakes.pooled import pooled
from flinklab import api
from flinklab.api import job_versions
from flinklab.api.job_files import Applied, apply_document
from flinklab.api.moving import check_in_pool, move_jobs
from flinklab.api.pools import label_cluster, save_pool
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Job, JobKey, Plan
from flinklab.jobs.documents import JobDocument, document_of, read_document, write_document
from flinklab.jobs.judging import Proposal
from flinklab.jobs.promoting import Promotion
from flinklab.session.session import Session

KEY = JobKey("my", "orders", "dev")
TEXT = "INSERT INTO s SELECT a FROM t"
OUTSIDE = "main"
NOBODY = cast(Session, None)  # a stand-in judges the text


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with api.open_catalog() as catalog:
        add_cluster(catalog, OUTSIDE)
        yield catalog


@pytest.fixture
def clusters(catalog: Catalog) -> Iterator[dict[str, FakeJobManager]]:
    """`two` has most room, and then `one`."""
    with pooled(catalog, one=2, two=3) as found:
        yield found


@dataclass
class Judge:
    """Stands in for who judges a text on a job's cluster: keeps what it is asked."""

    cluster: str
    promoted: list[Job] = field(default_factory=list)
    checked: list[Deployment] = field(default_factory=list)

    def promote(self, proposal: Proposal, job: Job, **_: Any) -> Job:
        self.promoted.append(job)
        return job

    def check(self, proposal: Proposal, *, environment: str, deployment: Deployment) -> Deployment:
        self.checked.append(deployment)
        return deployment


@pytest.fixture
def judges(monkeypatch: pytest.MonkeyPatch) -> list[Judge]:
    """One for each text, in their order."""
    made: list[Judge] = []

    @contextmanager
    def promoter(_session: Session, _catalog: Catalog, job: Job, _settings: object) -> Iterator[Judge]:
        made.append(Judge(job.cluster))
        yield made[-1]

    monkeypatch.setattr(job_versions, "_promoter", promoter)
    return made


def promoted(catalog: Catalog, judges: list[Judge], **wish: Any) -> Job:
    api.promote(NOBODY, TEXT, KEY, catalog=catalog, **wish)
    (job,) = judges[-1].promoted
    assert judges[-1].cluster == job.cluster  # it is judged where it will run
    return job


def test_a_new_job_begins_where_its_pool_has_most_room(
    catalog: Catalog, clusters: dict[str, FakeJobManager], judges: list[Judge]
) -> None:
    job = promoted(catalog, judges, pool="etl", parallelism=3, tags=["x"])
    assert (job.cluster, job.pool, job.deployment.parallelism, job.tags) == ("two", "etl", 3, ("x",))
    named = promoted(catalog, judges, pool="etl", cluster="one")
    assert (named.cluster, named.pool) == ("one", "etl")
    without = promoted(catalog, judges, cluster=OUTSIDE)
    assert (without.cluster, without.pool) == (OUTSIDE, "")


def test_a_new_job_that_fits_nowhere_waits_where_most_is_free(
    catalog: Catalog, clusters: dict[str, FakeJobManager], judges: list[Judge]
) -> None:
    assert promoted(catalog, judges, pool="etl", parallelism=9).cluster == "two"


def test_a_job_that_there_is_stays_where_it_is(
    catalog: Catalog, clusters: dict[str, FakeJobManager], judges: list[Judge]
) -> None:
    add_job(catalog)
    job = promoted(catalog, judges, pool="etl")
    assert (job.cluster, job.pool) == (OUTSIDE, "")


def test_a_check_is_made_where_the_job_would_run(
    catalog: Catalog, clusters: dict[str, FakeJobManager], judges: list[Judge]
) -> None:
    api.check_promotion(NOBODY, TEXT, KEY, catalog=catalog, pool="etl", parallelism=3)
    (judge,) = judges
    assert (judge.cluster, [each.parallelism for each in judge.checked]) == ("two", [3])
    assert catalog.jobs.find(KEY) is None


@pytest.mark.parametrize("ask", [api.promote, api.check_promotion])
def test_what_is_wrong_with_a_pool_is_said_before_a_text_is_judged(
    catalog: Catalog, clusters: dict[str, FakeJobManager], judges: list[Judge], ask: Callable[..., object]
) -> None:
    with pytest.raises(NotFoundError, match="did you mean etl"):
        ask(NOBODY, TEXT, KEY, catalog=catalog, pool="elt")
    with pytest.raises(UsageError, match="cluster main is not in pool etl") as refused:
        ask(NOBODY, TEXT, KEY, catalog=catalog, pool="etl", cluster=OUTSIDE)
    assert refused.value.hint == "it has one, two"
    save_pool("nights", ["night"], catalog=catalog)
    with pytest.raises(UsageError, match="no cluster is in pool nights"):
        ask(NOBODY, TEXT, KEY, catalog=catalog, pool="nights")
    with pytest.raises(UsageError) as refused:
        check_in_pool(catalog, "my", "nights", OUTSIDE)
    assert refused.value.hint == "nothing is in it"
    assert not judges


def applied(catalog: Catalog, **said: Any) -> Applied:
    """A file of `KEY` that says this, and what it came to."""
    document = read_document(write_document(JobDocument("orders", sql=TEXT, **said)))

    def promote(wanted: JobDocument, key: JobKey, cluster: str) -> Promotion:
        newest = catalog.job_versions.newest(key.team, key.name)
        version = newest or add_version(catalog, key.name, wanted.sql or "")
        plan = Plan(*key[:2], version.number, key.environment, "h", "{}", "s", "2.3.0")
        return Promotion(version, newest is None, plan, (), Job(key, cluster, version.number), newest is None)

    return apply_document(document, KEY, catalog, promote)


def asked(done: Applied) -> list[tuple[str, dict[str, Any]]]:
    return [(each.kind.value, each.look().arguments) for each in done.commands]


def test_a_file_places_a_new_job_in_its_pool(catalog: Catalog, clusters: dict[str, FakeJobManager]) -> None:
    applied(catalog, pool="etl", parallelism=3)
    job = catalog.jobs.get(KEY).job
    assert (job.cluster, job.pool) == ("two", "etl")
    assert not applied(catalog, pool="etl", parallelism=3).changed


def test_a_file_that_names_a_pool_lets_a_job_be_where_it_is(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    assert asked(applied(catalog, pool="etl")) == [("configure", {"pool": "etl"})]
    assert asked(applied(catalog, pool="")) == [("configure", {"pool": ""})]


def test_a_file_that_names_a_cluster_outside_of_the_pool_takes_the_job_out_of_it(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    ledger(catalog, "one").keep(*running(add_job(catalog, cluster="one", pool="etl")))
    assert asked(applied(catalog, cluster="two")) == [("move", {"cluster": "two"})]
    assert asked(applied(catalog, cluster=OUTSIDE)) == [("move", {"cluster": OUTSIDE, "pool": ""})]
    assert asked(applied(catalog, cluster="two", pool="etl")) == [("move", {"cluster": "two", "pool": "etl"})]


def test_a_file_that_contradicts_itself_changes_nothing(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    with pytest.raises(UsageError, match="cluster main is not in pool etl"):
        applied(catalog, cluster=OUTSIDE, pool="etl")
    with pytest.raises(NotFoundError, match="did you mean etl"):
        applied(catalog, pool="elt")
    assert catalog.jobs.find(KEY) is None


def test_an_export_of_a_job_in_a_pool_changes_nothing_wherever_it_is(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    its = ledger(catalog, "one")
    its.keep(*running(add_job(catalog, cluster="one", pool="etl")))
    (managed,) = its.load()
    document = document_of(managed.job, catalog.job_versions.version("my", "orders", 1).script)
    assert (document.cluster, document.pool) == (None, "etl")
    said = {name: getattr(document, name) for name in ("cluster", "pool", "state", "priority", "tags")}
    assert not applied(catalog, **said).changed


def test_a_name_that_is_a_cluster_and_a_pool_is_not_guessed(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    add_job(catalog)
    save_pool("one", ["etl"], catalog=catalog)
    with pytest.raises(UsageError, match="one is a cluster and a pool of team my"):
        move_jobs(OUTSIDE, "one", catalog=catalog)
    assert not ledger(catalog).commands()


def test_the_same_order_for_many_again_sends_nobody_on(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    its = ledger(catalog)
    for name in ("a", "b"):
        its.keep(*running(add_job(catalog, name)))
    api.job("a", catalog=catalog).move("one")
    first, second = move_jobs(OUTSIDE, "etl", catalog=catalog), move_jobs(OUTSIDE, "etl", catalog=catalog)
    assert [each.refused for each in first] == ["my.a (dev) goes to one of pool etl already", ""]
    assert [each.command for each in second] == [None, None]
    assert [each.arguments["cluster"] for each in its.commands()] == ["one", "two"]


def test_a_pool_of_the_cluster_that_is_cleared_takes_nobody(
    catalog: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    label_cluster("one", remove=["etl"], catalog=catalog)
    ledger(catalog, "two").keep(*running(add_job(catalog, cluster="two", pool="etl")))
    (only,) = move_jobs("two", "etl", catalog=catalog)
    assert only.command is None and only.refused.startswith("my.orders (dev): no other cluster is in pool etl")
