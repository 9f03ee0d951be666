"""Sessions on a real YARN, by Flink's own client: made, listed, changed, and ended with their jobs safe."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flinklab import api
from flinklab.api.yarn_sessions import create_session, queues, resize_session, sessions, stop_session
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CommandRefusedError, YarnError, YarnRefusedError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import ManagedState
from flinklab.domain.records import RegisteredGateway, RegisteredYarn
from flinklab.domain.yarn import ApplicationState, SessionSpec
from flinklab.flink.access import Access
from flinklab.flink.jobmanager import RestJobManager
from flinklab.local import LocalFlink
from flinklab.settings import Settings
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.jobs_support import Lab, done
from real.yarn_support import WITHIN, end_application, until

NAME = "sessions-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yarn-sessions")


@pytest.fixture(scope="module")
def settings(folder: Path, embedded: LocalFlink, local_jars: dict[str, Any]) -> Settings:
    return Settings(state_dir=embedded.state_dir, catalog_url=f"sqlite:///{folder}/catalog.db", **local_jars)


@pytest.fixture(scope="module")
def catalog(yarn_lab: YarnLab, settings: Settings) -> Iterator[Catalog]:
    """A catalog of its own, in which the lab is registered as `lab`."""
    patch = pytest.MonkeyPatch()
    patch.setenv("HADOOP_CLASSPATH", yarn_lab.hadoop_classpath)
    lifecycle.init(settings.catalog_url)
    with api.open_catalog(settings) as catalog:
        conf, defaults = str(yarn_lab.conf_dir), dict(yarn_lab.flink_defaults)
        lab = RegisteredYarn(catalog.team, "lab", yarn_lab.urls, hadoop_conf=conf, defaults=defaults)
        catalog.registry.save_yarn(lab, expected=None)
        yield catalog
    patch.undo()


@pytest.fixture(scope="module")
def session(catalog: Catalog, folder: Path) -> str:
    """The session of this module's tests; the last of them ends it."""
    said: list[str] = []
    made = create_session(
        "lab",
        SessionSpec(NAME, queue="etl", slots=2),
        catalog=catalog,
        storage=f"file://{folder}",
        timeout=WITHIN,
        progress=said.append,
    )
    assert made.flink_version
    assert any("uploads" in line for line in said)
    return NAME


def test_a_session_is_listed_with_its_numbers(session: str, catalog: Catalog) -> None:
    found = {each.application.name: each for each in sessions("lab", catalog)}[session]
    assert (found.cluster, found.application.state) == (f"my.{session}", ApplicationState.RUNNING)
    assert (found.jobs, found.slots, found.trouble) == (0, 0, "")  # TaskManagers come with the first job
    assert found.application.memory == 768
    assert "flinklab" in found.application.tags
    kept = catalog.addresses.get("my", session)
    assert kept is not None
    assert (kept.url, kept.application) == (found.application.jobmanager_url, found.application.id)
    etl = {queue.name: queue for queue in queues("lab", catalog)}["etl"]
    assert etl.memory_used >= 768


def test_a_name_that_is_taken_is_refused_before_anything_is_uploaded(session: str, catalog: Catalog) -> None:
    began = time.monotonic()
    with pytest.raises(YarnRefusedError, match=f"called {session} is there already"):
        create_session("lab", SessionSpec(session), catalog=catalog)
    with pytest.raises(YarnRefusedError, match=r"there is no queue elt"):
        create_session("lab", SessionSpec("x", queue="elt"), catalog=catalog)
    with pytest.raises(YarnRefusedError, match="larger than a container of this YARN may be"):
        create_session("lab", SessionSpec("x", taskmanager_memory=10**6), catalog=catalog)
    assert not [each for each in sessions("lab", catalog, over=True) if each.application.name == "x"]
    assert time.monotonic() - began < WITHIN


def test_a_queue_that_only_yarn_knows_is_wrong_is_told_as_well(catalog: Catalog) -> None:
    with pytest.raises(YarnRefusedError) as refused:
        create_session("lab", SessionSpec("lost", queue="elt"), catalog=catalog, anyway=True)
    assert "there is no queue elt" in refused.value.message
    assert "did you mean etl?" in str(refused.value.hint)


def test_a_queue_without_room_is_said_and_left_as_it_was(
    catalog: Catalog, resource_manager: RestResourceManager
) -> None:
    said: list[tuple[float, str]] = []

    class EnoughError(Exception):
        pass

    def progress(line: str) -> None:
        said.append((time.monotonic(), line))
        if "waits: queue full" in line:
            raise EnoughError

    with pytest.raises(EnoughError):
        create_session(
            "lab", SessionSpec("stuck", queue="full"), catalog=catalog, progress=progress, timeout=WITHIN
        )
    accepted = next(at for at, line in said if "waits for the JobManager's container" in line)
    assert said[-1][0] - accepted < 10
    assert "queue full uses 0 MiB of at most" in said[-1][1]
    [left] = [each for each in resource_manager.applications() if each.name == "stuck"]
    assert left.is_over


def test_another_program_of_the_name_is_neither_listed_nor_in_the_way(
    catalog: Catalog, yarn_lab: YarnLab, resource_manager: RestResourceManager
) -> None:
    other = _submit(yarn_lab, "mapreduce-1", "MAPREDUCE", queue="full")
    try:
        until(lambda: resource_manager.application(other))
        assert other not in [each.application.id for each in sessions("lab", catalog)]
        with pytest.raises(YarnRefusedError, match="there is no queue elt"):  # and not: the name is taken
            create_session("lab", SessionSpec("mapreduce-1", queue="elt"), catalog=catalog)
    finally:
        end_application(resource_manager, other)


def test_a_session_moves_to_another_queue_while_it_runs(
    session: str, catalog: Catalog, resource_manager: RestResourceManager
) -> None:
    resize_session(session, queue="default", catalog=catalog)
    kept = catalog.addresses.get("my", session)
    assert kept is not None
    found = resource_manager.application(kept.application)
    assert found is not None
    assert (found.queue, found.state) == ("root.default", ApplicationState.RUNNING)


def test_a_session_ends_with_its_managed_jobs_safe_and_not_with_those_of_others(
    session: str,
    catalog: Catalog,
    settings: Settings,
    embedded: LocalFlink,
    folder: Path,
    resource_manager: RestResourceManager,
) -> None:
    gateway = RegisteredGateway("my", "here", embedded.gateway_url)
    catalog.registry.save_gateway(gateway, expected=None)
    cluster = catalog.registry.cluster("my", session)
    catalog.registry.save_cluster(replace(cluster, gateway="here"), expected=cluster.version)
    with api.connect_to(session, catalog) as connected:
        for text in (_SOURCE, _SINK):
            api.share(connected, text, force=True)
        other = connected.sql("INSERT INTO counted SELECT id, id FROM numbers")
        jobmanager = RestJobManager(Access(_address(catalog, session)))
        until(lambda: [job for job in jobmanager.jobs() if not job.state.is_terminal])
        with pytest.raises(CommandRefusedError, match="1 other job runs on"):
            stop_session(session, catalog=catalog)
        [found] = [each for each in sessions("lab", catalog) if each.application.name == session]
        assert (found.jobs_running, found.cluster) == (1, f"my.{session}")
        jobmanager.cancel(JobId(str(other.job_id)))
        until(lambda: all(job.state.is_terminal for job in jobmanager.jobs()))
        jobmanager.close()
        api.promote(connected, _COUNTS, "counts", catalog=catalog, cluster=session, settings=settings)
        given = {"state_dir": settings.state_dir, "catalog_url": settings.catalog_url}
        environment = {**os.environ, **{f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items()}}
        lab = Lab(embedded, settings, catalog, connected, folder, environment)
        try:
            lab.supervise()
            job = lab.job("counts")
            done(job.start())
            lab.is_(job, ManagedState.RUNNING)
            stopped = stop_session(session, catalog=catalog, timeout=WITHIN)
        finally:
            lab.close()
    assert [each.key.name for each in stopped.jobs] == ["counts"]
    [command] = [each.look() for each in job.commands() if each.kind.value == "stop"]
    assert Path(urlsplit(str(command.savepoint)).path, "_metadata").is_file()
    assert stopped.application is not None
    over = resource_manager.application(stopped.application.id)
    assert over is not None
    assert over.state is ApplicationState.FINISHED  # by its JobManager, and not killed
    assert catalog.registry.cluster("my", session).kind == "yarn"
    with pytest.raises(YarnError, match="does not run"):
        resize_session(session, queue="etl", catalog=catalog)


_SOURCE = "CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')"
_SINK = "CREATE TABLE counted (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole')"
_COUNTS = """SET 'execution.checkpointing.interval' = '1 s';
INSERT INTO counted SELECT id, COUNT(*) FROM numbers GROUP BY id"""


def _address(catalog: Catalog, name: str) -> str:
    kept = catalog.addresses.get("my", name)
    assert kept is not None
    return kept.url


def _submit(yarn_lab: YarnLab, name: str, kind: str, queue: str) -> str:
    """An application that is no Flink; its id."""
    api_url = f"{yarn_lab.urls[0]}/ws/v1/cluster/apps"
    made: str = json.load(_post(f"{api_url}/new-application", {}))["application-id"]
    _post(
        api_url,
        {
            "application-id": made,
            "application-name": name,
            "application-type": kind,
            "queue": queue,
            "max-app-attempts": 1,
            "am-container-spec": {"commands": {"command": "sleep 300"}},
            "resource": {"memory": 256, "vCores": 1},
        },
    ).close()
    return made


def _post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=30)
