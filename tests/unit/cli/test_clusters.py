"""`flinklab cluster ...`: what it answers, and its exit codes."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.flink_client import submitted_to
from flinklab import api
from flinklab.api import yarn_sessions
from flinklab.cli import main
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import SessionSpec

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def yarn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with submitted_to() as manager, api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", (manager.url,)), expected=None)
        catalog.registry.save_cluster(RegisteredCluster("my", "etl-1", "yarn", yarn="prod"), expected=None)
        yield manager


@pytest.fixture
def run(yarn: Any, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["cluster", *arguments])
        except SystemExit as wrong_usage:
            code = int(str(wrong_usage.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


def test_sessions_are_listed_for_people_and_for_programs(run: Run, yarn: Any) -> None:
    assert run("list", "--yarn", "prod")[:2] == (0, "no Flink session runs there\n")
    application = yarn.yarn.add("etl-1", jobmanager="http://127.0.0.1:1")
    code, out, _ = run("list", "--yarn", "prod")
    assert code == 0
    assert out.startswith(f"etl-1: RUNNING in root.default, {application.id}, 1.8 GiB (its JobManager does not")
    [found] = json.loads(run("list", "--yarn", "prod", "--json")[1])["sessions"]
    assert (found["cluster"], found["application"], found["jobs"]) == ("my.etl-1", application.id, None)


def test_registered_clusters_are_listed(run: Run) -> None:
    assert run("list")[:2] == (0, "my.etl-1: yarn on prod\n")
    assert json.loads(run("list", "--json")[1])["clusters"][0]["name"] == "etl-1"
    assert run("list", "--all")[0] == 2


def test_a_line_becomes_a_session(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def create(yarn: str, spec: SessionSpec, *, catalog: Any, **more: Any) -> RegisteredCluster:
        asked.update(more, yarn=yarn, spec=spec)
        more["progress"]("uploading")
        catalog.addresses.put(ClusterAddress("my", "etl-1", "http://jm:1", "application_1_0001"))
        return RegisteredCluster("my", "etl-1", "yarn", yarn=yarn)

    monkeypatch.setattr(yarn_sessions, "create_session", create)
    size = ["--slots", "8", "--tm-memory", "4g"]
    code, out, err = run("create", "etl-1", "--yarn", "prod", "--queue", "etl", *size, "-D", "a=b", "--json")
    assert (code, err) == (0, "uploading\n")
    assert json.loads(out)["application"] == "application_1_0001"
    assert asked["spec"] == SessionSpec("etl-1", "etl", 8, 4096, None, (), None, {"a": "b"})
    assert asked["timeout"] == 300.0


def test_a_session_that_does_not_run_is_stopped_already(run: Run) -> None:
    assert run("stop", "etl-1")[:2] == (0, "session etl-1 did not run\n")


def test_a_session_moves_to_another_queue(run: Run, yarn: Any) -> None:
    application = yarn.yarn.add("etl-1")
    code, out, err = run("resize", "etl-1", "--queue", "etl")
    assert (code, out) == (0, "session etl-1 has its new size\n")
    assert "moves to queue etl; its jobs go on" in err
    assert application.queue == "root.etl"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["stop", "nix"], 1),
        (["resize", "etl-1"], 2),
        (["create", "x", "--yarn", "prod", "--tm-memory", "much"], 2),
        (["create", "x", "--yarn", "prod", "-D", "novalue"], 2),
        (["create", "x"], 2),
        (["create", "x", "--yarn", "nix"], 1),
        (["create", "x", "--yarn", "prod", "--queue", "elt"], 1),
    ],
)
def test_mistakes_are_exit_codes(run: Run, line: list[str], code: int) -> None:
    assert run(*line)[0] == code
