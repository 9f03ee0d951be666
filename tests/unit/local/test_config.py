from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.local import LocalSettings
from flinklab.local.config import LOOPBACK, Ports, TaskManagerMemory, flink_config, render_yaml, write_config
from flinklab.local.settings import MINIMUM_TASKMANAGER_MEMORY

PORTS = Ports(rpc=1001, rest=1002, gateway=1003)


def parse(text: str) -> dict[str, str]:
    return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in text.splitlines())}


@given(st.integers(MINIMUM_TASKMANAGER_MEMORY, 64 * 1024))
def test_the_parts_of_the_memory_are_positive_and_sum_up_to_the_whole(total: int) -> None:
    memory = TaskManagerMemory.divide(total)
    config = memory.config()
    parts = [int(config[key][:-1]) for key in config if "min" not in key and "max" not in key]
    both = [int(config[f"taskmanager.memory.{part}.min"][:-1]) for part in ("network", "jvm-overhead")]
    assert sum(parts) + sum(both) == total
    assert min(memory.task_heap, memory.network, memory.managed) > 0
    assert all(config[key.replace(".min", ".max")] == config[key] for key in config if key.endswith(".min"))


@given(st.integers(MINIMUM_TASKMANAGER_MEMORY, 64 * 1024))
def test_java_gets_what_flink_is_told(total: int) -> None:
    memory = TaskManagerMemory.divide(total)
    config = memory.config()
    heap = sum(int(config[f"taskmanager.memory.{part}.heap.size"][:-1]) for part in ("framework", "task"))
    assert f"-Xmx{heap}m" in memory.java_options()


def test_everything_is_bound_to_loopback(tmp_path: Path) -> None:
    config = flink_config(LocalSettings(state_dir=tmp_path), PORTS)
    addresses = {key: value for key, value in config.items() if key.endswith(("address", "host"))}
    assert len(addresses) >= 8
    assert set(addresses.values()) == {LOOPBACK}


def test_the_gateway_keeps_its_own_port(tmp_path: Path) -> None:
    """`rest.bind-port` in the file that both read would bind the gateway to the JobManager's port."""
    config = flink_config(LocalSettings(state_dir=tmp_path), PORTS)
    assert "rest.bind-port" not in config
    assert config["rest.port"] == "1002"
    assert config["sql-gateway.endpoint.rest.port"] == config["sql-gateway.endpoint.rest.bind-port"] == "1003"


def test_state_stays_in_the_state_folder(tmp_path: Path) -> None:
    config = flink_config(LocalSettings(state_dir=tmp_path), PORTS)
    assert config["execution.checkpointing.dir"] == f"file://{tmp_path}/checkpoints"
    assert config["execution.checkpointing.savepoint-dir"] == f"file://{tmp_path}/savepoints"
    assert config["io.tmp.dirs"].startswith(str(tmp_path))


def test_the_settings_have_the_last_word(tmp_path: Path) -> None:
    settings = LocalSettings(
        state_dir=tmp_path, flink_config={"sql-gateway.session.idle-timeout": "5 s", "own": "1"}
    )
    config = flink_config(settings, PORTS)
    assert config["sql-gateway.session.idle-timeout"] == "5 s"
    assert config["own"] == "1"


@given(st.dictionaries(st.from_regex(r"[a-z][a-z.-]{0,20}", fullmatch=True), st.text(max_size=40)))
def test_any_value_survives_the_file(config: dict[str, str]) -> None:
    assert parse(render_yaml(config)) == config


def test_the_files_are_written(tmp_path: Path) -> None:
    write_config(tmp_path / "conf", {"a": 'x: "y"'})
    assert parse((tmp_path / "conf" / "config.yaml").read_text()) == {"a": 'x: "y"'}
    assert "${sys:log.file}" in (tmp_path / "conf" / "log4j.properties").read_text()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"slots": 0}, "slots must be at least 1"),
        ({"taskmanager_memory": 512}, "at least 1024 MiB, not 512"),
        ({"start_timeout": 0}, "start_timeout must be more than 0 seconds"),
        ({"download_timeout": -1}, "download_timeout must be more than 0 seconds"),
        ({"maven_mirror": "ftp://x"}, "maven_mirror must be an http"),
    ],
)
def test_wrong_settings_say_what_is_right(tmp_path: Path, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        LocalSettings(state_dir=tmp_path, **wrong)  # type: ignore[arg-type]


def test_one_folder_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    names = [Path("real"), tmp_path / "link", tmp_path / "real" / ".." / "real"]
    assert {LocalSettings(state_dir=name).state_dir for name in names} == {(tmp_path / "real").resolve()}
