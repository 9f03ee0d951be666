"""A session that is started, by a client that does well, is lost, hangs, or is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from fakes.flink_client import FakeClient, submitted_to
from flinklab.domain.errors import StartFailedError, YarnError, YarnRefusedError
from flinklab.domain.yarn import ApplicationState
from flinklab.flink.access import Access
from flinklab.yarn.deployment import Deployment, Patience
from flinklab.yarn.resourcemanager import RestResourceManager

JOBMANAGER = "http://127.0.0.1:9"
QUICK = Patience(whole=60, look=0.05, accepted=0.1, grace=5, settle=0.5)
CONFIG = {"yarn.application.name": "etl-1", "yarn.tags": "flinklab,r1", "yarn.application.queue": "etl"}

Deploy = Callable[..., Deployment]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def yarn() -> Iterator[Any]:
    with submitted_to(jobmanager=JOBMANAGER) as manager:
        yield manager


@pytest.fixture
def deploy(yarn: Any, said: list[str]) -> Iterator[Deploy]:
    client = RestResourceManager([Access(yarn.url)])

    def deploy(
        manner: str, patience: Patience = QUICK, progress: Callable[[str], None] = said.append
    ) -> Deployment:
        return Deployment(FakeClient(yarn.url, manner), client, CONFIG, "r1", progress, patience)

    yield deploy
    client.close()
    assert not [each for each in psutil.Process().children() if "flink_client.py" in " ".join(each.cmdline())]


def test_a_session_that_comes_up_is_found_with_its_jobmanager(deploy: Deploy, yarn: Any, said: list[str]) -> None:
    yarn.fields["state"] = "ACCEPTED"

    def told(line: str) -> None:
        said.append(line)
        if "waits for the JobManager" in line:
            _begin(yarn)

    found = deploy("deploys", replace(QUICK, accepted=60), told).run()
    assert (found.name, found.jobmanager_url, found.queue) == ("etl-1", JOBMANAGER, "root.etl")
    assert [line.partition(":")[0] for line in said] == [
        "Flink's client asks the ResourceManager",
        "Flink's client uploads Flink (some 300 MB)",
        "Flink's client submits the application",
        "Flink's client waits for the JobManager's container",
    ]


def test_a_client_that_was_lost_after_the_submission_leaves_its_session(deploy: Deploy, yarn: Any) -> None:
    found = deploy("is lost").run()
    assert found.state is ApplicationState.RUNNING
    assert len(yarn.submitted) == 1


def test_a_client_that_was_lost_is_waited_for_no_longer_than_the_session(deploy: Deploy, yarn: Any) -> None:
    yarn.fields["state"] = "ACCEPTED"

    def begin_once_it_is_there() -> None:
        while not yarn.submitted:
            time.sleep(0.05)
        _begin(yarn)

    beginning = threading.Thread(target=begin_once_it_is_there)
    beginning.start()
    assert deploy("is lost").run().jobmanager_url == JOBMANAGER
    beginning.join()


def test_an_unknown_queue_is_named_with_those_that_there_are(deploy: Deploy, yarn: Any) -> None:
    yarn.fields.update(state="FAILED", diagnostics="submitted by user root to unknown queue: etll")
    with pytest.raises(YarnRefusedError) as refused:
        deploy("is refused").run()
    assert refused.value.message == "there is no queue etll"
    assert refused.value.hint == "did you mean etl? there are default, etl"


def test_one_that_ended_before_it_served_says_how(deploy: Deploy, yarn: Any) -> None:
    yarn.fields.update(state="FAILED", diagnostics="AM Container exited with exitCode: 137")
    with pytest.raises(YarnError, match=r"ended before it served: .*FAILED.*exitCode: 137"):
        deploy("deploys").run()


def test_waiting_for_a_container_is_said_with_the_queues_numbers(
    deploy: Deploy, yarn: Any, said: list[str]
) -> None:
    yarn.fields.update(
        state="ACCEPTED", containers=0, memory=0, diagnostics="[Sat] Queue's AM limit exceeded. Details : x"
    )
    yarn.yarn.queue("etl").memory_used = 8192

    def told(line: str) -> None:
        said.append(line)
        if "waits: queue" in line:
            _begin(yarn)

    found = deploy("deploys", progress=told).run()
    assert found.jobmanager_url == JOBMANAGER
    [line] = [line for line in said if "waits: queue" in line]
    assert "queue etl uses 8 GiB of at most 8 GiB" in line
    assert "1 application waits" in line
    assert line.endswith("YARN says: Queue's AM limit exceeded.")


@pytest.mark.parametrize("manner", ["waits", "is deaf"])
def test_after_the_time_limit_nothing_is_left(deploy: Deploy, yarn: Any, manner: str) -> None:
    with pytest.raises(YarnError, match=r"no session after 1 min: application_\S+ waits: queue etl uses"):
        waits_in_vain(deploy, yarn, manner)
    [left] = yarn.yarn.applications.values()
    assert left.state == "KILLED"


def test_a_resourcemanager_that_is_away_for_a_while_ends_nothing(
    deploy: Deploy, yarn: Any, said: list[str]
) -> None:
    yarn.faults.add("applications", "503", times=3)
    assert deploy("is lost").run().jobmanager_url == JOBMANAGER
    assert sum("waiting for it" in line for line in said) == 1
    assert len(yarn.submitted) == 1


def test_an_interrupt_leaves_nothing(deploy: Deploy, yarn: Any) -> None:
    yarn.fields.update(state="ACCEPTED", containers=0, memory=0)

    def interrupt(line: str) -> None:
        if "waits:" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy("waits", progress=interrupt).run()
    [left] = yarn.yarn.applications.values()
    assert left.state == "KILLED"


def test_what_may_not_be_ended_is_said(deploy: Deploy, yarn: Any, said: list[str]) -> None:
    yarn.administrators = {"root"}
    with pytest.raises(YarnError) as error:
        waits_in_vain(deploy, yarn, "is deaf", said)
    [left] = yarn.yarn.applications
    assert f"`yarn application -kill {left}` ends it" in str(error.value.hint)


def test_a_client_that_finds_no_hadoop_configuration_is_not_waited_for(deploy: Deploy, yarn: Any) -> None:
    with pytest.raises(YarnError, match="does not find where YARN is"):
        deploy("has no conf").run()
    assert not yarn.submitted


def test_a_client_that_says_nothing_has_a_time_limit(deploy: Deploy) -> None:
    with pytest.raises(YarnError, match="no session after 1 s: Flink's client was not done"):
        deploy("says nothing", Patience(whole=1, look=0.05, grace=2, settle=0.1)).run()


def test_options_with_secrets_are_in_no_error(deploy: Deploy) -> None:
    with pytest.raises(YarnError) as error:
        deploy("ends in silence").run()
    assert "hunter2" not in (error.value.details or "") + str(error.value)


def test_a_program_that_is_not_there_is_said(yarn: Any, said: list[str]) -> None:
    class Missing(FakeClient):
        def command(self, conf: Path) -> list[str]:
            return ["/nowhere/java"]

    client = RestResourceManager([Access(yarn.url)])
    with pytest.raises(StartFailedError, match="could not be started"):
        Deployment(Missing(yarn.url, ""), client, CONFIG, "r1", said.append, QUICK).run()
    client.close()


def waits_in_vain(deploy: Deploy, yarn: Any, manner: str, said: list[str] | None = None) -> None:
    """All of its time has passed when it is said that its application waits for a container."""
    yarn.fields.update(state="ACCEPTED", containers=0, memory=0)

    def told(line: str) -> None:
        (said if said is not None else []).append(line)
        if "waits: queue" in line:
            deployment._began -= deployment.patience.whole

    deployment = deploy(manner, replace(QUICK, grace=1), told)
    deployment.run()


def _begin(yarn: Any) -> None:
    for application in yarn.yarn.applications.values():
        application.state, application.containers = "RUNNING", 1
