"""`flinklab yarn-lab`: what it passes on, what it says, its exit codes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from flinklab.api import yarn_lab as api
from flinklab.cli import main
from flinklab.yarn import lab
from flinklab.yarn.lab.options import QueueShare

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def asked() -> list[object]:
    """What was given to `yarn_lab_up`."""
    return []


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: list[object]
) -> Iterator[Run]:
    def up(options: lab.LabOptions | None, *, register: bool | None, progress: object) -> lab.YarnLab:
        asked.extend((options, register))
        return lab.YarnLab(
            urls=("http://localhost:8088",),
            conf_dir=tmp_path / "conf",
            hadoop_classpath="",
            zookeeper="localhost:2181",
            folder=tmp_path,
            options=options or lab.LabOptions(),
            pids={"resourcemanager": 42},
            logs={"resourcemanager": tmp_path / "resourcemanager.log"},
            requests={},
            started_at=datetime.now(timezone.utc),
        )

    monkeypatch.setattr(api, "yarn_lab_up", up)
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["yarn-lab", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


def test_up_says_where_it_is_and_what_comes_next(run: Run, asked: list[object], tmp_path: Path) -> None:
    code, out, err = run("up")
    assert code == 0
    assert asked == [None, None]
    assert "http://localhost:8088" in out
    assert "localhost:2181" in out
    assert "default 63 %, etl 36 %, full 1 %" in out
    assert f"export HADOOP_CONF_DIR={tmp_path / 'conf'}" in err


def test_options_are_passed_on(run: Run, asked: list[object]) -> None:
    run("up", "--memory", "4g", "--queues", "a:50,b:50:60", "--ha", "--zookeeper", "--no-register")
    queues = (QueueShare("a", 50), QueueShare("b", 50, 60))
    assert asked == [lab.LabOptions(memory=4096, queues=queues, ha=True, zookeeper=True), False]


@pytest.mark.parametrize("wrong", [["--queues", "a:1"], ["--queues", "a"], ["--memory", "much"]])
def test_wrong_usage_is_a_line_and_nothing_is_started(run: Run, asked: list[object], wrong: list[str]) -> None:
    code, out, err = run("up", *wrong)
    assert code == 2
    assert (out, asked) == ("", [])
    assert err


def test_where_none_runs_that_is_said(run: Run) -> None:
    assert run("status")[:2] == (1, "no yarn-lab serves\n")
    assert run("down") == (0, "", "no yarn-lab runs\n")
