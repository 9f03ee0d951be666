"""The life of a lab whose daemons are a shell that sleeps: what is attached to, replaced, ended, left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flinklab.domain.errors import StartFailedError, UsageError
from flinklab.local import LocalSettings
from flinklab.local.daemon import Daemons
from flinklab.yarn import lab
from flinklab.yarn.lab import lifecycle
from flinklab.yarn.lab.plan import run_folder

JAVA = """#!/bin/sh
case "$*" in *{dies}*) echo "java.net.BindException: Address already in use"; exit 1;; esac
exec sleep 300
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSettings]:
    """Jars that need not be there, and a Java that does nothing."""
    monkeypatch.setattr(lifecycle, "daemon_jars", lambda *_: [tmp_path / "daemon.jar"])
    monkeypatch.setattr(lifecycle, "client_jars", lambda *_: [tmp_path / "a.jar", tmp_path / "b.jar"])
    monkeypatch.setattr(lifecycle, "_part_serves", lambda plan, daemon: True)
    write_java(tmp_path, dies="nothing-does")
    made = LocalSettings(state_dir=tmp_path / "state", java_home=tmp_path / "java", start_timeout=60)
    yield made
    lab.down(made)
    assert daemons(made).all() == []


def write_java(folder: Path, dies: str) -> None:
    """`dies`: which main class ends at once."""
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True, exist_ok=True)
    java.write_text(JAVA.format(dies=dies))
    java.chmod(0o755)
    (folder / "java" / "release").write_text('JAVA_VERSION="21.0.1"\n')


def daemons(settings: LocalSettings) -> Daemons:
    return Daemons(run_folder(settings.state_dir / "yarn-lab"))


def test_what_a_lab_says_of_itself(settings: LocalSettings, tmp_path: Path) -> None:
    lines: list[str] = []
    found = lab.up(settings, lab.LabOptions(zookeeper=True), lines.append)
    assert list(found.pids) == ["zookeeper", "resourcemanager", "nodemanager"]
    assert found.hadoop_classpath == f"{tmp_path / 'a.jar'}:{tmp_path / 'b.jar'}"
    assert (found.conf_dir / "yarn-site.xml").is_file()
    assert found.zookeeper is not None
    assert [line.split(" (")[0] for line in lines[1:]] == [
        "1/3 ZooKeeper is up",
        "2/3 ResourceManager is up",
        "3/3 NodeManager is up",
    ]
    assert lab.find(settings) == found


def test_with_high_availability_there_are_two_resourcemanagers(settings: LocalSettings) -> None:
    found = lab.up(settings, lab.LabOptions(ha=True))
    assert list(found.pids) == ["zookeeper", "resourcemanager-1", "resourcemanager-2", "nodemanager"]
    assert list(found.requests) == ["resourcemanager-1", "resourcemanager-2"]
    assert len(set(found.urls)) == 2


def test_the_second_up_attaches_to_what_there_is(settings: LocalSettings) -> None:
    first = lab.up(settings, lab.LabOptions(memory=2048))
    lines: list[str] = []
    assert lab.up(settings, progress=lines.append) == first
    assert lab.up(settings, lab.LabOptions(memory=2048)) == first
    assert lines == [f"attached to the lab of {settings.state_dir / 'yarn-lab'}"]
    with pytest.raises(UsageError, match="a lab with other options runs"):
        lab.up(settings, lab.LabOptions(memory=4096))
    assert lab.find(settings) == first


def test_one_that_is_slow_to_answer_is_waited_for_and_not_replaced(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lab.up(settings)
    answers = iter([False, False])
    monkeypatch.setattr(lifecycle, "_part_serves", lambda plan, daemon: next(answers, True))
    lines: list[str] = []
    assert lab.up(settings, progress=lines.append).pids == first.pids
    assert lines[0].startswith("a lab is there, but it does not answer")


def test_one_that_never_answers_is_replaced(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lab.up(settings)
    monkeypatch.setattr(lifecycle, "_ANSWER_WITHIN", 0.0)
    monkeypatch.setattr(lifecycle, "_part_serves", lambda plan, daemon: daemon.id.pid not in first.pids.values())
    assert set(lab.up(settings).pids.values()).isdisjoint(first.pids.values())


def test_a_half_dead_one_is_replaced_at_the_same_address(settings: LocalSettings) -> None:
    first = lab.up(settings)
    lab.stop_part(first, "nodemanager")
    assert lab.find(settings) is None
    lines: list[str] = []
    second = lab.up(settings, progress=lines.append)
    assert lines[0] == "ended the remains of a lab that did not serve any more"
    assert second.urls == first.urls
    assert set(second.pids.values()).isdisjoint(first.pids.values())


def test_a_part_is_stopped_and_started_again_beside_the_others(settings: LocalSettings) -> None:
    first = lab.up(settings)
    lab.stop_part(first, "resourcemanager")
    again = lab.start_part(first, "resourcemanager")
    assert again.pids["nodemanager"] == first.pids["nodemanager"]
    assert again.pids["resourcemanager"] != first.pids["resourcemanager"]
    assert lab.find(settings) is not None
    with pytest.raises(UsageError, match="the lab has no zookeeper"):
        lab.start_part(first, "zookeeper")


def test_down_ends_all_and_keeps_what_is_to_be_kept(settings: LocalSettings) -> None:
    found = lab.up(settings)
    for name in ("checkpoints", "staging"):
        (found.folder / name).mkdir()
    assert lab.down(settings)
    assert daemons(settings).all() == []
    assert (found.folder / "checkpoints").is_dir()
    assert not (found.folder / "staging").exists()
    assert not lab.down(settings)


def test_down_where_nothing_ever_was_makes_nothing(settings: LocalSettings) -> None:
    assert not lab.down(settings)
    assert not settings.state_dir.exists()


def test_an_interrupt_leaves_nothing_behind(settings: LocalSettings) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("1/2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lab.up(settings, progress=interrupt)
    assert daemons(settings).all() == []


def test_one_that_dies_is_said_with_its_log_and_a_taken_port_is_tried_again(
    settings: LocalSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_java(tmp_path, dies="ResourceManager")
    monkeypatch.setattr(lifecycle, "_part_serves", lambda plan, daemon: False)
    lines: list[str] = []
    with pytest.raises(StartFailedError, match="the ResourceManager ended while it was starting") as caught:
        lab.up(settings, progress=lines.append)
    assert "BindException" in (caught.value.details or "")
    assert lines.count("a port was taken meanwhile; trying others") == 2
    assert daemons(settings).all() == []
