from __future__ import annotations

from pathlib import Path

from fakes.maven import write_jar
from flinklab.local import LocalSettings
from flinklab.local.coordinates import Coordinates
from flinklab.yarn.lab import jars


def test_the_list_is_whole_and_names_each_once(monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(jars, "resolve_jars", lambda coordinates, *_: asked.extend(coordinates))
    jars.daemon_jars(LocalSettings(), lambda _: None)
    read = [Coordinates.parse(each) for each in asked]
    assert len({(each.group, each.artifact) for each in read}) == len(read)
    assert {"hadoop-yarn-server-resourcemanager", "hadoop-yarn-server-nodemanager", "zookeeper"} <= {
        each.artifact for each in read
    }


def test_a_folder_of_jars_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    for each in jars.HADOOP_JARS:
        write_jar(folder / Coordinates.parse(each).filename)
    lines: list[str] = []
    settings = LocalSettings(jars_dir=folder, cache_dir=tmp_path / "cache", maven_mirror="http://127.0.0.1:1")
    assert [path.parent for path in jars.client_jars(settings, lines.append)] == [folder] * len(jars.HADOOP_JARS)
    assert lines == []
