"""What a name means to all of them: above all a variable with a result of whatever session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import flinklab
from fakes.answers import insert
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.monitoring import FakeVertex
from flinklab.api import gathering
from flinklab.api.watching import watch_result
from flinklab.domain.errors import UnreachableError
from flinklab.domain.ids import JobId
from flinklab.session.result import Result
from unit.notebook.conftest import Notebook

FAILED = "java.io.IOException: the other cluster's disk is full"


@pytest.fixture
def elsewhere(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Result, flinklab.Session]]:
    """A result of a session of a cluster of its own, in the notebook's variable `moved`, whose job has failed."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(gathering, "_between", lambda configuration: 0.0)
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
        gateway.on("INSERT INTO a SELECT x FROM b", insert())
        with flinklab.connect(gateway.url, jobmanager_url=jobmanager.url) as session:
            result = session.sql("INSERT INTO a SELECT x FROM b", config={"table.exec.state.ttl": "1 h"})
            assert result.job_id is not None
            job = JobId(result.job_id)
            jobmanager.metrics.vertices(job, [FakeVertex("Source: t[1] -> Calc[2]", parallelism=1)])
            jobmanager.restart_job(job, FAILED)
            jobmanager.resume(job)
            notebook.shell.user_ns["moved"] = result
            yield result, session


def test_a_result_is_looked_at_on_the_cluster_of_its_own_session(
    notebook: Notebook, elsewhere: tuple[Result, flinklab.Session]
) -> None:
    assert "disk is full" in notebook.ok("%flink exceptions moved").text
    notebook.ok("%flink threads moved")
    notebook.ok("%flink plot graph moved")
    watch = watch_result(elsewhere[0])
    try:
        assert watch.title
    finally:
        watch.close()


def test_the_doctor_knows_the_configuration_of_that_session(
    notebook: Notebook, elsewhere: tuple[Result, flinklab.Session]
) -> None:
    result, _ = elsewhere
    assert result.config["table.exec.state.ttl"] == "1 h"
    assert "does not know it" not in notebook.ok("%flink doctor moved").text


def test_once_its_session_is_closed_that_is_said_in_a_line(
    notebook: Notebook, elsewhere: tuple[Result, flinklab.Session]
) -> None:
    elsewhere[1].close()
    said = notebook.run("%flink exceptions moved").fails_with(UnreachableError)
    assert "was closed" in said
