"""What is taken from the archives of pip's index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.flink_index import add_sdist, add_wheel, jars_of
from fakes.maven import jar_bytes
from flinklab.domain.errors import NotInstalledError
from flinklab.local.home_archive import unpack_home

Add = Callable[[Path, str, dict[str, bytes]], Path]
BOTH = pytest.mark.parametrize("add", [add_sdist, add_wheel])
PARTS = st.sampled_from(["lib", "opt", "plugins", "bin", "..", ".", "a.jar", "x"])


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@BOTH
def test_the_jars_are_taken_and_nothing_else(tmp_path: Path, add: Add) -> None:
    more = {"bin/flink.sh": b"x", "examples/x.jar": jar_bytes(), "lib": b"no folder"}
    archive = add(tmp_path, "1.20.3", {**jars_of("1.20.3"), **more})
    unpack_home(archive, tmp_path / "home")
    assert files_in(tmp_path / "home") == jars_of("1.20.3")


@BOTH
@settings(max_examples=40)
@given(parts=st.lists(PARTS, min_size=1, max_size=6))
def test_no_name_leads_out_of_the_home(
    tmp_path_factory: pytest.TempPathFactory, add: Add, parts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    archive = add(folder / "index", "1.20.3", {"/".join(parts) + ".jar": jar_bytes()})
    (folder / "into").mkdir()
    unpack_home(archive, folder / "into" / "home")
    found = {path for path in folder.rglob("*.jar") if path.is_file()}
    assert all(path.is_relative_to(folder / "into" / "home") for path in found)


@BOTH
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_half_an_archive_is_refused(tmp_path: Path, add: Add, kept: float) -> None:
    archive = add(tmp_path, "1.20.3", jars_of("1.20.3"))
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(NotInstalledError, match="could not be unpacked"):
        unpack_home(archive, tmp_path / "home")


@BOTH
def test_a_damaged_jar_is_refused(tmp_path: Path, add: Add) -> None:
    archive = add(tmp_path, "1.20.3", {**jars_of("1.20.3"), "opt/cut.jar": jar_bytes()[:-30]})
    with pytest.raises(NotInstalledError, match=r"cut\.jar in apache.flink.libraries-1\.20\.3.* is no whole jar"):
        unpack_home(archive, tmp_path / "home")
