from __future__ import annotations

from pathlib import Path

import pytest

from fakes.maven import write_jar
from flinklab.local import LocalSettings
from flinklab.local.config import Ports, flink_config
from flinklab.local.distribution import read_distribution
from flinklab.local.java import Java
from flinklab.local.plan import Plan, log_file, make_plan, marker, read_plan, utf8_locale
from flinklab.local.roles import Role


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    home = tmp_path / "pyflink"
    write_jar(home / "lib" / "flink-dist-2.3.0.jar")
    write_jar(home / "lib" / "a.jar")
    settings = LocalSettings(state_dir=tmp_path / "state", taskmanager_memory=2048)
    config = flink_config(settings, Ports(1, 2, 3))
    java = Java(Path("/j/bin/java"), 21, "PATH")
    return make_plan(settings, java, read_distribution(home), tmp_path / "gateway.jar", config)


def test_every_process_is_marked_and_has_a_log(plan: Plan, tmp_path: Path) -> None:
    assert set(plan.commands) == set(Role)
    for role, command in plan.commands.items():
        assert command[0] == "/j/bin/java"
        assert marker(tmp_path / "state") in command
        assert f"-Dlog.file={log_file(tmp_path / 'state', role)}" in command


def test_only_the_gateway_has_the_gateways_jar(plan: Plan, tmp_path: Path) -> None:
    classpaths = {role: command[command.index("-cp") + 1].split(":") for role, command in plan.commands.items()}
    library = [str(tmp_path / "pyflink" / "lib" / name) for name in ("a.jar", "flink-dist-2.3.0.jar")]
    assert classpaths[Role.JOBMANAGER] == classpaths[Role.TASKMANAGER] == library
    assert classpaths[Role.GATEWAY][:3] == [*library, str(tmp_path / "gateway.jar")]


def test_modules_that_a_runtime_lacks_are_not_named(plan: Plan) -> None:
    assert not [each for command in plan.commands.values() for each in command if "jdk.compiler" in each]


def test_the_ports_are_those_of_the_configuration(plan: Plan) -> None:
    assert (plan.rest_port, plan.gateway_port) == (2, 3)


def test_a_plan_survives_its_file(plan: Plan, tmp_path: Path) -> None:
    plan.write(tmp_path)
    assert read_plan(tmp_path) == plan


@pytest.mark.parametrize(
    ("environ", "added"),
    [
        ({}, True),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_CTYPE": "UTF-8"}, False),
    ],
)
def test_java_reads_paths_as_utf8(environ: dict[str, str], added: bool) -> None:
    assert utf8_locale(environ) == ({"LC_ALL": "C.UTF-8"} if added else {})
