"""Sessions on YARN: listed, made, ended, changed, with a fake YARN and fake JobManagers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.flink_client import FakeClient, submitted_to
from fakes.jobmanager import FakeJobManager
from fakes.managed import add_job, ledger, running
from fakes.server import Reply, Request
from flinklab import api
from flinklab.api import supervising, yarn_listing, yarn_stopping
from flinklab.api.command_handle import CommandHandle
from flinklab.api.yarn_sessions import create_session, queues, resize_session, sessions, stop_session
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import (
    CommandFailedError,
    CommandRefusedError,
    ConflictError,
    NotFoundError,
    SecretError,
    UnknownVariableError,
    UsageError,
    YarnError,
    YarnRefusedError,
)
from flinklab.domain.jobs import Command, CommandState
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.variables import Variable, VariableType
from flinklab.domain.yarn import SessionSpec

ETL = SessionSpec("etl-1", queue="etl", slots=4, taskmanager_memory=2048)


class EndingJobManager(FakeJobManager):
    """One that takes the order to end its cluster. `at_end` is called then."""

    def __init__(self) -> None:
        self.at_end: Callable[[], None] = lambda: None
        super().__init__()

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        return [*super().routes(), ("end", "DELETE", "/cluster", self._end)]

    def _end(self, request: Request) -> Reply:
        self.at_end()
        return Reply(200, {})


@pytest.fixture
def jobmanager() -> Iterator[EndingJobManager]:
    with EndingJobManager() as jobmanager:
        yield jobmanager


@pytest.fixture
def yarn(jobmanager: EndingJobManager) -> Iterator[Any]:
    with submitted_to(jobmanager=jobmanager.url) as manager:
        jobmanager.at_end = lambda: [
            manager.yarn.end(each) for each in manager.yarn.applications.values() if not each.is_over
        ]
        yield manager


@pytest.fixture
def catalog(yarn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn(catalog.team, "prod", (yarn.url,)), expected=None)
        yield catalog


@pytest.fixture
def create(yarn: Any, catalog: Catalog) -> Callable[..., RegisteredCluster]:
    def create(spec: SessionSpec = ETL, manner: str = "deploys", **more: Any) -> RegisteredCluster:
        return create_session("prod", spec, catalog=catalog, program=FakeClient(yarn.url, manner), **more)

    return create


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What becomes of the order to stop a job: by default it is carried out; `{name: why}` of those that fail."""
    failing: dict[str, str] = {}

    def wait(self: CommandHandle, timeout: float | None = None, **_: Any) -> Command:
        command = self.look()
        if self.key.name in failing:
            raise CommandFailedError(failing[self.key.name])
        return replace(command, state=CommandState.DONE, outcome="with a savepoint")

    monkeypatch.setattr(CommandHandle, "wait", wait)
    return failing


def test_a_session_is_started_and_registered(create: Any, catalog: Catalog, yarn: Any, jobmanager: Any) -> None:
    said: list[str] = []
    made = create(labels=["etl"], storage="file:///shared", description="nightly", progress=said.append)
    assert (made.kind, made.yarn, made.flink_version, made.labels) == ("yarn", "prod", "2.3.0", ("etl",))
    assert made.sizing == {"queue": "etl", "slots": 4, "taskmanager_memory": 2048}
    assert catalog.registry.storage("my", "etl-1").uri == "file:///shared"
    [application] = yarn.yarn.applications.values()
    kept = catalog.addresses.get("my", "etl-1")
    assert kept is not None
    assert (kept.url, kept.application) == (jobmanager.url, application.id)
    assert said[-1] == f"etl-1 runs: {application.id}, Flink 2.3.0, {jobmanager.url}"
    assert yarn.submitted[0]["yarn.containers.vcores"] == "4"


def test_nothing_is_uploaded_for_what_cannot_work(create: Any, yarn: Any, catalog: Catalog) -> None:
    with pytest.raises(YarnRefusedError, match="there is no queue elt"):
        create(replace(ETL, queue="elt"))
    with pytest.raises(YarnRefusedError, match="larger than a container"):
        create(replace(ETL, taskmanager_memory=8192))
    yarn.yarn.add("etl-1")
    with pytest.raises(YarnRefusedError, match="called etl-1 is there already"):
        create()
    assert not yarn.submitted
    with pytest.raises(NotFoundError):
        catalog.registry.cluster("my", "etl-1")


def test_another_program_of_the_name_takes_no_name(create: Any, yarn: Any) -> None:
    yarn.yarn.add("etl-1", type="SPARK")
    assert create().name == "etl-1"


def test_whoever_knows_better_is_not_held_up(create: Any, yarn: Any) -> None:
    create(replace(ETL, queue="made-by-a-rule"), anyway=True)
    assert yarn.submitted[0]["yarn.application.queue"] == "made-by-a-rule"


def test_secrets_of_its_configuration_are_variables(
    create: Any, yarn: Any, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_KEY", "hunter2")
    variable = Variable("my", "s3_key", VariableType.STRING, secret=True, values={"*": "env:S3_KEY"})
    catalog.variables.save(variable, expected=None)
    made = create(replace(ETL, config={"s3.secret-key": "${s3_key}"}))
    assert yarn.submitted[0]["s3.secret-key"] == "hunter2"
    assert made.sizing["config"] == {"s3.secret-key": "${s3_key}"}
    with pytest.raises(SecretError, match=r"s3\.secret-key"):
        create(replace(ETL, name="etl-2", config={"s3.secret-key": "hunter2"}))
    with pytest.raises(UnknownVariableError):
        create(replace(ETL, name="etl-2", config={"s3.secret-key": "${nix}"}))
    assert len(yarn.submitted) == 1


def test_the_name_of_another_cluster_is_not_taken(create: Any, catalog: Catalog) -> None:
    catalog.registry.save_cluster(RegisteredCluster("my", "etl-1", "standalone"), expected=None)
    with pytest.raises(ConflictError, match="another cluster: standalone"):
        create()


def test_a_session_that_did_not_come_up_is_not_registered(create: Any, catalog: Catalog, yarn: Any) -> None:
    yarn.fields.update(state="FAILED", diagnostics="exitCode: 1")
    with pytest.raises(YarnError, match="ended before it served"):
        create()
    with pytest.raises(NotFoundError):
        catalog.registry.cluster("my", "etl-1")


def test_without_hadoops_configuration_it_is_said_what_to_do(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR", "HADOOP_HOME"):
        monkeypatch.delenv(name, raising=False)
    known = catalog.registry.yarn("my", "prod")
    catalog.registry.save_yarn(replace(known, hadoop_conf=str(tmp_path)), expected=known.version)
    with pytest.raises(YarnError) as error:
        create_session("prod", ETL, catalog=catalog)
    assert "no yarn-site.xml" in error.value.message
    assert "--hadoop-conf DIR" in str(error.value.hint)


def test_what_runs_is_listed_with_its_numbers(create: Any, catalog: Catalog, yarn: Any, jobmanager: Any) -> None:
    create()
    jobmanager.add_job("one", state="RUNNING")
    jobmanager.add_job("two", state="FINISHED")
    yarn.yarn.queue("etl").used = 60.0
    yarn.yarn.add("other", jobmanager="http://127.0.0.1:1")
    waiting = yarn.yarn.add("third", state="ACCEPTED", jobmanager=None)
    before = sum(yarn.asked.values())
    etl, other, third = sessions("prod", catalog)
    assert sum(yarn.asked.values()) - before == 2
    assert (etl.cluster, etl.flink_version, etl.jobs_running, etl.jobs) == ("my.etl-1", "2.3.0", 1, 2)
    assert (etl.slots, etl.taskmanagers, etl.queue and etl.queue.used) == (16, 1, 0.6)
    assert (other.cluster, other.jobs) == ("", None)
    assert "its JobManager does not answer" in other.trouble
    assert (third.application.id, third.trouble) == (waiting.id, "")


@pytest.mark.parametrize("spelling", ["{url}", "{url}/", "prod", "my.prod"])
def test_a_yarn_is_named_or_given_by_its_address(create: Any, catalog: Catalog, yarn: Any, spelling: str) -> None:
    create()
    assert [each.cluster for each in sessions(spelling.format(url=yarn.url), catalog)] == ["my.etl-1"]


def test_an_address_that_nobody_registered_is_asked_too(yarn: Any) -> None:
    yarn.yarn.add("etl-9")
    assert [(each.application.name, each.yarn) for each in sessions(yarn.url)] == [("etl-9", yarn.url)]


def test_a_name_without_a_catalog_is_looked_up_in_the_settings_one(
    yarn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    with pytest.raises(NotFoundError, match=r"called 'prod' .*`%flink yarn add NAME` registers one"):
        sessions("prod")
    with api.open_catalog() as own:
        own.registry.save_yarn(RegisteredYarn("my", "prod", (yarn.url,)), expected=None)
    yarn.yarn.add("etl-9")
    assert [(each.application.name, each.yarn) for each in sessions("prod")] == [("etl-9", "prod")]
    assert [each.path for each in queues("prod")] == [each.path for each in queues(yarn.url)]
    with pytest.raises(NotFoundError, match=r"did you mean prod\?"):
        sessions("prd")


def test_several_yarns_and_those_that_ended(yarn: Any, catalog: Catalog) -> None:
    with submitted_to() as second:
        second.yarn.add("b")
        yarn.yarn.add("a", state="KILLED")
        assert [each.application.name for each in sessions([yarn.url, second.url], catalog)] == ["b"]
        found = sessions([yarn.url, second.url], catalog, over=True)
        assert [each.application.name for each in found] == ["a", "b"]


def test_a_jobmanager_that_says_nothing_holds_the_list_up_no_longer_than_that(
    create: Any, catalog: Catalog, jobmanager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create()
    monkeypatch.setattr(yarn_listing, "_SILENCE", 0.3)
    jobmanager.faults.add("overview", "slow")
    [found] = sessions("prod", catalog)
    jobmanager.faults.release.set()
    assert "does not answer" in found.trouble


def test_queues_with_their_numbers(yarn: Any, catalog: Catalog) -> None:
    assert [queue.path for queue in queues("prod", catalog)] == ["root.default", "root.etl"]


def test_a_session_ends_and_stays_registered(create: Any, catalog: Catalog, yarn: Any) -> None:
    create()
    stopped = stop_session("etl-1", catalog=catalog)
    [application] = yarn.yarn.applications.values()
    assert (application.state, stopped.application and stopped.application.id) == ("FINISHED", application.id)
    assert catalog.registry.cluster("my", "etl-1").kind == "yarn"
    assert stop_session("etl-1", catalog=catalog).application is None


def test_a_session_that_is_forgotten_is_no_cluster_any_more(create: Any, catalog: Catalog) -> None:
    create()
    stop_session("etl-1", catalog=catalog, forget=True)
    assert catalog.addresses.get("my", "etl-1") is None
    with pytest.raises(NotFoundError):
        catalog.registry.cluster("my", "etl-1")


def test_yarn_ends_what_does_not_end_by_itself(
    create: Any, catalog: Catalog, yarn: Any, jobmanager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yarn_stopping, "_BY_ITSELF", 0.2)
    create()
    jobmanager.at_end = lambda: None
    stop_session("etl-1", catalog=catalog)
    assert [each.state for each in yarn.yarn.applications.values()] == ["KILLED"]


def test_yarn_ends_one_whose_jobmanager_is_silent(
    create: Any, catalog: Catalog, yarn: Any, jobmanager: Any
) -> None:
    create()
    jobmanager.stop()
    with pytest.raises(CommandRefusedError, match="what runs on etl-1 cannot be seen"):
        stop_session("etl-1", catalog=catalog)
    stop_session("etl-1", catalog=catalog, force=True)
    assert [each.state for each in yarn.yarn.applications.values()] == ["KILLED"]


def test_jobs_of_others_are_shown_and_not_ended(create: Any, catalog: Catalog, yarn: Any, jobmanager: Any) -> None:
    create()
    jobmanager.add_job("somebody's query", state="RUNNING")
    with pytest.raises(CommandRefusedError, match=r"1 other job runs on etl-1.*: somebody's query"):
        stop_session("etl-1", catalog=catalog)
    assert [each.state for each in yarn.yarn.applications.values()] == ["RUNNING"]
    stop_session("etl-1", catalog=catalog, with_jobs=True)
    assert [each.state for each in yarn.yarn.applications.values()] == ["FINISHED"]


def test_managed_jobs_are_stopped_first(create: Any, catalog: Catalog, yarn: Any, stops: dict[str, str]) -> None:
    create()
    _runs(catalog, "orders")
    said: list[str] = []
    stopped = stop_session("etl-1", catalog=catalog, progress=said.append)
    assert [job.key.name for job in stopped.jobs] == ["orders"]
    assert said[:2] == ["stopping 1 managed job with savepoints", "orders: done: with a savepoint"]
    [command] = catalog.jobs.get(stopped.jobs[0].key).commands
    assert (command.kind.value, command.why) == ("stop", "session etl-1 is stopped")


def test_a_job_that_does_not_stop_keeps_the_session(
    create: Any, catalog: Catalog, yarn: Any, stops: dict[str, str]
) -> None:
    create()
    _runs(catalog, "orders")
    stops["orders"] = "no savepoint: the disk is full"
    with pytest.raises(CommandFailedError, match=r"goes on: 1 job did not stop: orders: no savepoint"):
        stop_session("etl-1", catalog=catalog)
    assert [each.state for each in yarn.yarn.applications.values()] == ["RUNNING"]
    assert stop_session("etl-1", catalog=catalog, force=True).lost == ("orders",)
    assert [each.state for each in yarn.yarn.applications.values()] == ["FINISHED"]


def test_a_queue_and_a_priority_change_while_it_runs(create: Any, catalog: Catalog, yarn: Any) -> None:
    create()
    yarn.yarn.max_priority = 10
    changed = resize_session("etl-1", queue="default", priority=5, catalog=catalog)
    [application] = yarn.yarn.applications.values()
    assert (application.queue, application.priority, application.state) == ("root.default", 5, "RUNNING")
    assert changed.sizing["queue"] == "default"


def test_other_slots_take_a_new_session_and_the_jobs_with_them(
    create: Any, catalog: Catalog, yarn: Any, stops: dict[str, str]
) -> None:
    create()
    _runs(catalog, "orders")
    said: list[str] = []
    client = FakeClient(yarn.url, "deploys")
    changed = resize_session("etl-1", slots=8, catalog=catalog, progress=said.append, program=client)
    old, new = yarn.yarn.applications.values()
    assert (old.state, new.state) == ("FINISHED", "RUNNING")
    assert changed.sizing == {"queue": "etl", "slots": 8, "taskmanager_memory": 2048}
    assert "its managed jobs are stopped with savepoints, a new session" in said[0]
    assert said[-1] == "orders starts again"
    [managed] = catalog.jobs.list(["my"])
    assert [command.kind.value for command in managed.commands] == ["stop", "start"]


def test_a_size_that_cannot_be_ends_nothing(create: Any, catalog: Catalog, yarn: Any) -> None:
    create()
    with pytest.raises(YarnRefusedError, match="larger than a container"):
        resize_session("etl-1", taskmanager_memory=9999, catalog=catalog)
    with pytest.raises(UsageError, match="what is to change"):
        resize_session("etl-1", catalog=catalog)
    assert [each.state for each in yarn.yarn.applications.values()] == ["RUNNING"]


def test_only_sessions_on_yarn_are_ended(catalog: Catalog) -> None:
    catalog.registry.save_cluster(RegisteredCluster("my", "main", "standalone"), expected=None)
    with pytest.raises(UsageError, match="no session on YARN"):
        stop_session("main", catalog=catalog)


def _runs(catalog: Catalog, name: str) -> None:
    managed = add_job(catalog, name, cluster="etl-1", wanted=True)
    ledger(catalog, "etl-1").keep(*running(managed))
