"""A managed job that has an application of its own on a real YARN, through its whole life."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flinklab import api
from flinklab.api.application_clusters import create_application_cluster
from flinklab.api.gateways import gateway_for
from flinklab.catalog import lifecycle
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Attempt, AttemptState, ManagedState
from flinklab.domain.records import RegisteredYarn
from flinklab.domain.yarn import Application, ApplicationState, SessionSpec
from flinklab.local import LocalFlink
from flinklab.settings import Settings
from flinklab.yarn.application_tags import attempt_tag, cluster_tag
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.jobs_support import Lab, done, kill, until

CLUSTER = "apps"
LONG = 900.0  # s: a start that took too long is followed by another
SINK = "CREATE TABLE app_counted (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')"
TEXT = """SET 'execution.checkpointing.interval' = '1 s';
CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000');
INSERT INTO app_counted SELECT id % 3, COUNT(*) FROM numbers GROUP BY id % 3"""


@pytest.fixture
def lab(
    yarn_lab: YarnLab,
    embedded: LocalFlink,
    local_jars: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Lab]:
    """A catalog in which the lab is registered, and supervisors that are processes."""
    monkeypatch.setenv("HADOOP_CLASSPATH", yarn_lab.hadoop_classpath)
    given = {"state_dir": embedded.state_dir, "catalog_url": f"sqlite:///{tmp_path}/catalog.db", **local_jars}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    environment = {**kept, **{f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items() if value}}
    settings = Settings(**given)
    lifecycle.init(given["catalog_url"])
    places = {f"execution.checkpointing.{name}": f"file://{tmp_path}/{name}" for name in ("dir", "savepoint-dir")}
    with api.open_catalog(settings) as catalog:
        yarn = RegisteredYarn(
            catalog.team,
            "lab",
            yarn_lab.urls,
            hadoop_conf=str(yarn_lab.conf_dir),
            defaults={**yarn_lab.flink_defaults, **places},
        )
        catalog.registry.save_yarn(yarn, expected=None)
        gateway = gateway_for("2.3", settings)
        with api.connect(gateway, settings=settings, catalog=catalog) as session:
            lab = Lab(embedded, settings, catalog, session, tmp_path, environment)
            try:
                yield lab
            finally:
                lab.close()


def test_a_whole_life_in_applications_of_its_own(lab: Lab, resource_manager: RestResourceManager) -> None:
    made = create_application_cluster(
        "lab", SessionSpec(CLUSTER, queue="etl", slots=1), catalog=lab.catalog, storage=f"file://{lab.folder}/plans"
    )
    mine = cluster_tag(made.team, made.name)
    lab.share(SINK)
    api.promote(lab.session, TEXT, "app", catalog=lab.catalog, cluster=CLUSTER, settings=lab.settings)
    job = lab.job("app")

    def applications(*states: ApplicationState) -> list[Application]:
        return list(resource_manager.applications(tag=mine, states=states))

    def newest() -> Attempt:
        return job.attempts()[0]

    # A supervisor that is killed between the submission and the record of it: the next one finds it by its tag.
    first = lab.supervise()
    started = job.start()
    until(applications, "an application")
    kill(first.pid)
    lab.supervise()
    done(started)
    assert [each.number for each in job.attempts()] == [1]
    [running] = applications()
    assert attempt_tag(newest().id) in running.tags and running.name == str(job.key)

    stopped = done(job.stop())
    assert stopped.savepoint
    done(job.start())
    assert newest().restored_from == stopped.savepoint
    until(lambda: _by_id(applications())[running.id].is_over, "the first application is ended")
    [second] = applications(ApplicationState.RUNNING)

    # Ended from outside: proof, and one start again from the newest state that is known.
    killed = newest()
    resource_manager.kill(second.id)
    until(lambda: newest().number > killed.number and newest().running_at is not None, "it runs again", LONG)
    gone = next(each for each in job.attempts() if each.id == killed.id)
    assert gone.state is AttemptState.GONE
    assert gone.cause is not None and f"{second.id} is KILLED/KILLED" in gone.cause.message
    assert newest().restored_from
    [third] = applications(ApplicationState.RUNNING)
    assert attempt_tag(newest().id) in third.tags

    done(job.cancel())
    assert job.status is ManagedState.STOPPED
    until(lambda: all(each.is_over for each in applications()), "no application is left")
    until(lambda: not lab.catalog.addresses.all(made.team), "nothing is kept of them")
    tags = [tag for each in applications() for tag in each.tags if tag.startswith("flinklab-attempt-")]
    assert sorted(tags) == sorted(attempt_tag(each.id) for each in job.attempts())
    assert not list((lab.folder / "plans").rglob("*.json"))


def _by_id(applications: list[Application]) -> dict[str, Application]:
    return {each.id: each for each in applications}


def test_a_flink_without_a_way_to_do_it_is_refused_in_a_line(lab: Lab) -> None:
    with pytest.raises(UsageError, match=r"Flink 1\.20 cannot run SQL in an application of its own"):
        create_application_cluster(
            "lab", SessionSpec("old"), catalog=lab.catalog, flink_version="1.20", storage=f"file://{lab.folder}"
        )
