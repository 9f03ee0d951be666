from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import NotInstalledError, StartFailedError, UsageError
from flinklab.local import distribution, preflight
from flinklab.local.distribution import find_distribution, read_distribution
from flinklab.local.preflight import NEEDED_DISK, NEEDED_MEMORY, require_room

PLENTY = 1 << 40


@given(st.integers(0, NEEDED_DISK - 1))
def test_too_little_disk_is_said_with_numbers(free: int) -> None:
    with pytest.raises(StartFailedError, match="200 MiB are needed") as caught:
        require_room(free, PLENTY, Path("/s"))
    assert f"{free // preflight.MIB} MiB are free" in caught.value.message


@given(st.integers(0, NEEDED_MEMORY - 1))
def test_too_little_memory_is_said_with_numbers(available: int) -> None:
    with pytest.raises(StartFailedError, match="1000 MiB") as caught:
        require_room(PLENTY, available, Path("/s"))
    assert f"{available // preflight.MIB} MiB of memory are available" in caught.value.message


@given(st.integers(NEEDED_DISK, PLENTY), st.integers(NEEDED_MEMORY, PLENTY))
def test_enough_is_enough(free: int, available: int) -> None:
    require_room(free, available, Path("/s"))


def test_a_full_disk_is_told_from_a_folder_of_others() -> None:
    full = preflight.folder_error(Path("/s"), OSError(errno.ENOSPC, "No space left on device"))
    assert "no space is left" in full.message
    assert "free some space" in (full.hint or "")
    others = preflight.folder_error(Path("/s"), PermissionError(errno.EACCES, "Permission denied"))
    assert others.message == "cannot write to the state folder /s: Permission denied"
    assert "state_dir" in (others.hint or "")


def test_the_state_folder_is_the_users_alone(tmp_path: Path) -> None:
    preflight.make_folder(tmp_path / "a" / "state")
    assert (tmp_path / "a" / "state").stat().st_mode & 0o077 == 0


def test_chosen_ports_are_three_and_free() -> None:
    ports = preflight.choose_ports({})
    assert len({ports.rpc, ports.rest, ports.gateway}) == 3
    for port in (ports.rpc, ports.rest, ports.gateway):
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


def test_pinned_ports_are_taken() -> None:
    ports = preflight.choose_ports({"rest.port": "8081", "sql-gateway.endpoint.rest.port": "8083", "other": "x"})
    assert (ports.rest, ports.gateway) == (8081, 8083)
    assert ports.rpc not in (8081, 8083)
    with pytest.raises(UsageError, match="no number"):
        preflight.choose_ports({"rest.port": "eighty"})


def test_a_missing_psutil_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotInstalledError, match="psutil"):
        preflight.require_system("linux")


@pytest.mark.parametrize(
    ("python", "words"),
    [((3, 12), 'pip install "flinklab[local]"'), ((3, 13), "no wheels for Python 3.13"), ((3, 14), "Python 3.14")],
)
def test_a_missing_flink_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, python: tuple[int, int], words: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(distribution.sys, "version_info", (*python, 0, "final", 0))
    with pytest.raises(NotInstalledError, match="apache-flink is not installed") as caught:
        find_distribution()
    assert words in (caught.value.hint or "")


def test_the_version_is_that_of_the_jar(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "flink-dist-2.3.1.jar").touch()
    (tmp_path / "lib" / "a.jar").touch()
    found = read_distribution(tmp_path)
    assert found.version == "2.3.1"
    assert found.gateway_coordinates == "org.apache.flink:flink-sql-gateway:2.3.1"
    assert [path.name for path in found.lib] == ["a.jar", "flink-dist-2.3.1.jar"]


@pytest.mark.parametrize("jars", [[], ["flink-dist-2.3.0.jar", "flink-dist-2.3.1.jar"]])
def test_a_mixed_or_empty_distribution_is_refused(tmp_path: Path, jars: list[str]) -> None:
    (tmp_path / "lib").mkdir()
    for name in jars:
        (tmp_path / "lib" / name).touch()
    with pytest.raises(NotInstalledError, match=f"has {len(jars)} flink-dist jars"):
        read_distribution(tmp_path)


def test_pips_flink_is_found_without_being_imported() -> None:
    import sys

    found = find_distribution()
    assert found.python_jar.is_file()
    assert "pyflink" not in sys.modules
