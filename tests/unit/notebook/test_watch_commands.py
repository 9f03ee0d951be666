"""`%flink watch` in a real shell: without a front end it is one picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fakes.watched import Watched, watched
from flinklab import api
from flinklab.api import watching
from flinklab.api.watching_cluster import ClusterPicture, Process
from flinklab.api.watching_job import JobPicture
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.notebook.watching import first_look, moment_of, still
from flinklab.telemetry.health import Growing

if TYPE_CHECKING:
    from conftest import Notebook


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with watched() as world:
        yield world


def test_a_job_is_one_picture_where_nobody_watches(notebook: Notebook, world: Watched) -> None:
    cell = notebook.ok("%flink watch orders")
    (bundle,) = cell.bundles
    assert bundle["text/plain"].startswith("my.orders (dev): running since ")
    assert "back-pressure 80 %" in bundle["text/plain"]
    html = bundle["text/html"]
    assert "<svg" in html
    assert "as of 20" in html
    assert "&lt;b&gt;12,5&lt;/b&gt;" in html
    assert "<b>12,5" not in html


def test_a_cluster_and_a_team(notebook: Notebook, world: Watched) -> None:
    cluster = notebook.ok("%flink watch --cluster main").text
    assert cluster.startswith("cluster my.main: 1 job, ")
    assert "my.orders (dev): running, managed" in cluster
    team = notebook.ok("%flink watch").text.splitlines()
    assert team[0] == "my: 5 jobs: 1 failed, 4 running"
    assert team[2].startswith("my.late  dev  failed")
    assert team[3].startswith("my.orders"), "of those that run, the one that is held up"


def test_the_cluster_of_the_notebook(notebook: Notebook, world: Watched) -> None:
    assert notebook.ok("%flink watch --here").text.startswith("cluster http://127.0.0.1:")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("orders --team my", "one thing is watched at a time"),
        ("--cluster main --env dev", "leave --env out"),
        ("a b", "too much"),
    ],
)
def test_mistakes_are_one_line(notebook: Notebook, line: str, said: str) -> None:
    assert said in notebook.run(f"%flink watch {line}").fails_with(UsageError)


def test_an_unknown_name_is_one_line(notebook: Notebook, world: Watched) -> None:
    report = notebook.run("%flink watch ordres").fails_with(NotFoundError)
    assert "did you mean orders?" in report


def test_what_of_a_saved_picture_is_a_time_says_itself(world: Watched) -> None:
    watch = watching.watch("orders", catalog=world.catalog)
    html = still(first_look(watch, 30))["text/html"]
    watch.close()
    assert "<time data-at=" in html
    assert " ago</time>" not in html


def test_buttons_are_what_the_state_allows(world: Watched) -> None:
    def verbs(name: str) -> Any:
        watch = watching.watch(name, catalog=world.catalog)
        found = moment_of(watch.look()).parts["verbs"]
        watch.close()
        return found

    assert verbs("orders") == ["savepoint", "restart", "scale", "stop"]
    assert verbs("late") == ["start"]
    assert moment_of(JobPicture("a query", "running")).parts["verbs"] == []


def test_open_commands_are_shown_with_how_they_stand(world: Watched) -> None:
    api.job("orders", catalog=world.catalog).stop(why="<maintenance>")
    watch = watching.watch("orders", catalog=world.catalog)
    commands = moment_of(watch.look()).parts["commands"]
    watch.close()
    assert "stop" in commands
    assert "waiting" in commands
    assert "&lt;maintenance&gt;" in commands


def test_leaked_classes_are_said_with_what_to_do() -> None:
    leaking = Process("tm", "worker-1", {"metaspace_used": 1e8, "metaspace_max": 2e8}, None, Growing(5e7, True))
    note = moment_of(ClusterPicture("c", processes=(leaking,))).parts["note"]
    assert "the metaspace of worker-1 grows by 47.68 MiB an hour, full in about 2 h" in note
    assert "lib folder" in note
    quiet = Process("tm", "worker-1", {}, None, Growing(5e7, False))
    assert moment_of(ClusterPicture("c", processes=(quiet,))).parts["note"] == ""
