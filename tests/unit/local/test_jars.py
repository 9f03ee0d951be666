"""Downloads from a mirror on loopback that does what mirrors do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.maven import Mirror, jar_bytes, mirror, write_jar
from flinklab.domain.errors import JarUnavailableError, UsageError
from flinklab.local import LocalSettings, resolve_jar
from flinklab.local.jars import resolve_jars

WANTED = "org.example:thing:1.0"


@pytest.fixture
def repository() -> Iterator[Mirror]:
    with mirror() as served:
        yield served


@pytest.fixture
def settings(tmp_path: Path, repository: Mirror) -> LocalSettings:
    return LocalSettings(
        state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", maven_mirror=repository.url, download_timeout=60
    )


def cached(settings: LocalSettings) -> list[Path]:
    return [path for path in settings.cache_dir.rglob("*") if path.is_file()]


def test_a_jar_is_downloaded_once(settings: LocalSettings, repository: Mirror) -> None:
    content = repository.add(WANTED)
    lines: list[str] = []
    path = resolve_jar(WANTED, settings, lines.append)
    assert path.read_bytes() == content
    assert path.name == "thing-1.0.jar"
    asked = len(repository.asked)
    assert resolve_jar(WANTED, settings, lines.append) == path
    assert len(repository.asked) == asked
    assert lines == [f"downloading {WANTED}"]
    assert cached(settings) == [path]


def test_a_mirror_may_end_in_a_slash(settings: LocalSettings, repository: Mirror) -> None:
    repository.add(WANTED)
    assert resolve_jar(WANTED, replace(settings, maven_mirror=repository.url + "/")).is_file()


def test_a_repository_without_checksums_is_believed(settings: LocalSettings, repository: Mirror) -> None:
    repository.checksums = False
    content = repository.add(WANTED)
    assert resolve_jar(WANTED, settings).read_bytes() == content


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("content", "checksums", "words"),
    [
        (b"<html>sign in first</html>", True, "not a jar"),
        (b"", False, "not a jar"),
        (jar_bytes()[:-30], True, "not a jar"),
        (flipped(jar_bytes()), False, "META-INF/MANIFEST.MF in it is damaged"),
    ],
)
def test_what_is_no_whole_jar_is_not_kept(
    settings: LocalSettings, repository: Mirror, content: bytes, checksums: bool, words: str
) -> None:
    repository.checksums = checksums
    repository.add(WANTED, content)
    with pytest.raises(JarUnavailableError, match=words) as caught:
        resolve_jar(WANTED, settings)
    assert "maven_mirror" in str(caught.value)
    assert "jars_dir" in str(caught.value)
    assert cached(settings) == []
    repository.checksums = True
    good = repository.add(WANTED)
    assert resolve_jar(WANTED, settings).read_bytes() == good


def test_a_wrong_checksum_is_not_kept(settings: LocalSettings, repository: Mirror) -> None:
    repository.add(WANTED)
    jar = next(path for path in repository.files if path.endswith(".jar"))
    repository.files[jar] = jar_bytes(b"another content")
    with pytest.raises(JarUnavailableError, match="checksum"):
        resolve_jar(WANTED, settings)
    assert cached(settings) == []


def test_half_a_body_is_not_kept(settings: LocalSettings, repository: Mirror) -> None:
    repository.add(WANTED)
    repository.cut = True
    with pytest.raises(JarUnavailableError, match="could not be downloaded"):
        resolve_jar(WANTED, settings)
    assert cached(settings) == []


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_jar_that_is_not_there(settings: LocalSettings, repository: Mirror, status: int) -> None:
    repository.add(WANTED)
    repository.status = status
    with pytest.raises(JarUnavailableError, match=f"{WANTED} was not found at {repository.url}"):
        resolve_jar(WANTED, settings)
    assert cached(settings) == []


def test_nobody_at_the_mirror(settings: LocalSettings) -> None:
    with pytest.raises(JarUnavailableError, match="no connection"):
        resolve_jar(WANTED, replace(settings, maven_mirror="http://127.0.0.1:1"))


def test_a_mirror_that_never_answers_is_given_up(settings: LocalSettings, repository: Mirror) -> None:
    repository.stall = threading.Event()
    with pytest.raises(JarUnavailableError, match="did not arrive in 2 s"):
        resolve_jar(WANTED, replace(settings, download_timeout=2))
    assert cached(settings) == []


def test_two_at_once_get_one_whole_jar(settings: LocalSettings, repository: Mirror) -> None:
    content = repository.add(WANTED)
    repository.stall = threading.Event()
    got: list[Path] = []
    threads = [threading.Thread(target=lambda: got.append(resolve_jar(WANTED, settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(repository.asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    repository.stall.set()
    for thread in threads:
        thread.join(60)
    assert len(got) == 2
    assert got[0] == got[1]
    assert got[0].read_bytes() == content
    assert cached(settings) == [got[0]]


def test_a_broken_jar_in_the_cache_is_replaced(settings: LocalSettings, repository: Mirror) -> None:
    content = repository.add(WANTED)
    path = resolve_jar(WANTED, settings)
    path.write_bytes(content[:100])
    assert resolve_jar(WANTED, settings).read_bytes() == content


def test_remains_of_killed_downloads_are_swept(settings: LocalSettings, repository: Mirror) -> None:
    import os

    repository.add(WANTED)
    folder = settings.cache_dir / "jars" / "org" / "example" / "thing" / "1.0"
    for name, age in ((".download-old", 7200), (".download-new", 0)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - age,) * 2)
    resolve_jar(WANTED, settings)
    assert sorted(path.name for path in folder.iterdir()) == [".download-new", "thing-1.0.jar"]


@pytest.mark.parametrize("place", ["thing-1.0.jar", "org/example/thing/1.0/thing-1.0.jar"])
def test_a_folder_of_jars_is_asked_first(
    settings: LocalSettings, repository: Mirror, tmp_path: Path, place: str
) -> None:
    repository.add(WANTED)
    path = write_jar(tmp_path / "jars" / place)
    assert resolve_jar(WANTED, replace(settings, jars_dir=tmp_path / "jars")) == path
    assert repository.asked == []


def test_a_broken_jar_in_the_folder_is_named(settings: LocalSettings, tmp_path: Path) -> None:
    (tmp_path / "thing-1.0.jar").write_bytes(b"PK half")
    with pytest.raises(JarUnavailableError, match=r"thing-1\.0\.jar is not a whole jar"):
        resolve_jar(WANTED, replace(settings, jars_dir=tmp_path))


def test_what_the_folder_lacks_is_downloaded(settings: LocalSettings, repository: Mirror, tmp_path: Path) -> None:
    content = repository.add(WANTED)
    assert resolve_jar(WANTED, replace(settings, jars_dir=tmp_path)).read_bytes() == content


def test_malformed_coordinates_ask_nobody(settings: LocalSettings, repository: Mirror) -> None:
    with pytest.raises(UsageError):
        resolve_jar("org.example:thing", settings)
    assert repository.asked == []


def test_a_cache_that_cannot_be_written_is_named(settings: LocalSettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JarUnavailableError, match="could not be kept") as caught:
        resolve_jar(WANTED, replace(settings, cache_dir=tmp_path / "file"))
    assert "cache_dir" in str(caught.value)


def test_many_are_downloaded_together_and_told_in_the_order_that_was_asked_for(
    settings: LocalSettings, repository: Mirror
) -> None:
    many = [f"org.example:thing{number}:1.0" for number in range(27)]
    for each in many:
        repository.add(each)
    known = resolve_jar(many[3], settings)
    lines: list[str] = []
    paths = resolve_jars(many, settings, lines.append)
    assert [path.name for path in paths] == [f"thing{number}-1.0.jar" for number in range(27)]
    assert paths[3] == known
    assert lines == ["downloading 26 jars", "25 of 26 jars are there"]
    asked = len(repository.asked)
    assert resolve_jars(many, settings, lines.append) == paths
    assert (len(repository.asked), len(lines)) == (asked, 2)


def test_of_many_the_one_that_is_missing_is_named_and_the_others_are_kept(
    settings: LocalSettings, repository: Mirror
) -> None:
    repository.add(WANTED)
    missing = "org.example:other:1.0"
    with pytest.raises(JarUnavailableError, match=f"{missing} was not found"):
        resolve_jars([WANTED, missing], settings)
    repository.add(missing)
    assert len(resolve_jars([WANTED, missing], settings)) == 2


def test_of_many_that_never_come_one_is_named(settings: LocalSettings, repository: Mirror) -> None:
    repository.stall = threading.Event()
    try:
        with pytest.raises(JarUnavailableError, match=r"did not arrive in 2 s"):
            resolve_jars([WANTED, "org.example:other:1.0"], replace(settings, download_timeout=2.0))
    finally:
        repository.stall.set()
    assert cached(settings) == []
