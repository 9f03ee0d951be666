from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.maven import mirror, write_jar
from flinklab.domain.errors import UsageError, YarnError
from flinklab.local.settings import LocalSettings
from flinklab.yarn.hadoop import HADOOP_JARS, conf_dir, hadoop_classpath, resource_managers

_RM = "yarn.resourcemanager"


def conf(folder: Path, **values: str) -> Path:
    """`__` for a dot, `_` for a dash."""
    properties = "".join(
        f"<property><name>{key.replace('__', '.').replace('_', '-')}</name><value>{value}</value></property>"
        for key, value in values.items()
    )
    (folder / "yarn-site.xml").write_text(f"<configuration>{properties}</configuration>")
    return folder


_PAIR = {
    "yarn__resourcemanager__ha__enabled": "true",
    "yarn__resourcemanager__ha__rm_ids": "rm1, rm2",
    "yarn__resourcemanager__hostname__rm1": "one.example",
    "yarn__resourcemanager__hostname__rm2": "two.example",
}


@pytest.mark.parametrize(
    ("values", "urls"),
    [
        ({"yarn__resourcemanager__hostname": "rm.example"}, ("http://rm.example:8088",)),
        (
            {
                "yarn__resourcemanager__hostname": "rm.example",
                "yarn__resourcemanager__webapp__address": f"${{{_RM}.hostname}}:80",
            },
            ("http://rm.example:80",),
        ),
        (
            {
                "yarn__resourcemanager__hostname": "rm.example",
                "yarn__resourcemanager__webapp__address": "0.0.0.0:80",
            },
            ("http://rm.example:80",),
        ),
        (
            {"yarn__resourcemanager__hostname": "rm.example", "yarn__http__policy": "HTTPS_ONLY"},
            ("https://rm.example:8090",),
        ),
        (_PAIR, ("http://one.example:8088", "http://two.example:8088")),
        (
            {
                **_PAIR,
                "yarn__http__policy": "HTTPS_ONLY",
                "yarn__resourcemanager__webapp__https__address__rm2": "web.example:443",
            },
            ("https://one.example:8090", "https://web.example:443"),
        ),
        (
            {
                **_PAIR,
                "yarn__resourcemanager__ha__enabled": "false",
                "yarn__resourcemanager__hostname": "rm.example",
            },
            ("http://rm.example:8088",),
        ),
    ],
)
def test_where_the_resourcemanagers_are(tmp_path: Path, values: dict[str, str], urls: tuple[str, ...]) -> None:
    assert resource_managers(conf(tmp_path, **values), environment={}) == urls


@pytest.mark.parametrize("values", [{}, {"yarn__resourcemanager__hostname": "0.0.0.0"}])
def test_a_configuration_that_does_not_say_where(tmp_path: Path, values: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="give its address"):
        resource_managers(conf(tmp_path, **values), environment={})


def test_the_folder_of_the_configuration(tmp_path: Path) -> None:
    for name in ("named", "yarn", "home/etc/hadoop"):
        (tmp_path / name).mkdir(parents=True)
        conf(tmp_path / name)
    environment = {
        "HADOOP_CONF_DIR": str(tmp_path / "named"),
        "YARN_CONF_DIR": str(tmp_path / "yarn"),
        "HADOOP_HOME": str(tmp_path / "home"),
    }
    found = []
    for name in list(environment):
        found.append(conf_dir(environment))
        environment[name] = str(tmp_path / "nix")
    assert found == [tmp_path / "named", tmp_path / "yarn", tmp_path / "home/etc/hadoop"]


def test_the_person_s_own_class_path_comes_first(tmp_path: Path) -> None:
    given = {"HADOOP_CLASSPATH": "/opt/hadoop/*", "HADOOP_HOME": str(hadoop(tmp_path, "exit 1"))}
    assert hadoop_classpath(LocalSettings(), environment=given) == "/opt/hadoop/*"


def hadoop(folder: Path, script: str) -> Path:
    program = folder / "bin" / "hadoop"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


def test_an_installed_hadoop_is_asked(tmp_path: Path) -> None:
    home = hadoop(tmp_path, '[ "$1" = classpath ] && echo "WARNING: old" && echo "/opt/hadoop/lib/*:/etc/hadoop"')
    for environment in ({"HADOOP_HOME": str(home)}, {"PATH": f"{home}/bin"}):
        assert hadoop_classpath(LocalSettings(), environment=environment) == "/opt/hadoop/lib/*:/etc/hadoop"


@pytest.mark.parametrize("script", ["echo no JAVA_HOME >&2; exit 1", "exit 0"])
def test_a_hadoop_that_does_not_answer_is_said(tmp_path: Path, script: str) -> None:
    with pytest.raises(YarnError, match="set HADOOP_CLASSPATH"):
        hadoop_classpath(LocalSettings(), environment={"HADOOP_HOME": str(hadoop(tmp_path, script))})


def test_jars_where_there_is_no_hadoop(tmp_path: Path) -> None:
    for coordinates in HADOOP_JARS:
        _, artifact, version = coordinates.split(":")
        write_jar(tmp_path / f"{artifact}-{version}.jar")
    settings = LocalSettings(jars_dir=tmp_path, cache_dir=tmp_path / "cache")
    path = hadoop_classpath(settings, environment={"PATH": ""})
    assert all(Path(jar).is_file() for jar in path.split(os.pathsep)) and path.count(os.pathsep) == 2


def test_no_hadoop_classes_is_one_line(tmp_path: Path) -> None:
    with mirror() as served, pytest.raises(YarnError) as caught:
        settings = LocalSettings(cache_dir=tmp_path, maven_mirror=served.url)
        hadoop_classpath(settings, environment={"PATH": ""})
    assert "no Hadoop classes on this machine" in str(caught.value) and "HADOOP_CLASSPATH" in str(caught.value)
    assert "\n" not in str(caught.value) and "hadoop-client-api" in (caught.value.details or "")
