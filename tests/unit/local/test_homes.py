"""Homes of Flink, from folders and from an index that is a folder; pip is the real one."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fakes.flink_index import add_sdist, add_wheel, home, jars_of
from fakes.maven import jar_bytes, write_jar
from flinklab.domain.errors import JarUnavailableError, NotInstalledError, UsageError
from flinklab.local import LocalSettings, home_download, homes
from flinklab.local.distribution import Distribution
from flinklab.local.homes import gateway_jar, home_for


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "index"),
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "index").mkdir()
    return tmp_path / "index"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalSettings:
    """Where pip itself has Flink 2.3.0."""
    own = home(tmp_path / "pyflink", "2.3.0")
    monkeypatch.setattr(homes, "find_distribution", lambda: Distribution(own, "2.3.0"))
    return LocalSettings(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", jars_dir=tmp_path / "jars")


def files_in(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shown(settings: LocalSettings) -> list[str]:
    """What a person sees in the cache."""
    return sorted(path.name for path in (settings.cache_dir / "flink").iterdir() if path.name != "lock")


def test_pips_own_flink_is_used_for_its_minor_version(settings: LocalSettings, index: Path, tmp_path: Path) -> None:
    for version in ("2.3", "2.3.0", "2.3.9"):
        assert home_for(version, settings) == Distribution(tmp_path / "pyflink", "2.3.0")
    assert not settings.cache_dir.exists()


def test_a_folder_that_is_named_comes_first(settings: LocalSettings, tmp_path: Path) -> None:
    mine, registered = home(tmp_path / "mine", "2.3.1"), home(tmp_path / "theirs", "2.3.2")
    named = replace(settings, flink_homes={"2.3": mine})
    assert home_for("2.3", named) == Distribution(mine, "2.3.1")
    assert home_for("2.3.0", named, {"1.20": "/nowhere", "2.3": str(registered)}) == Distribution(
        registered, "2.3.2"
    )


def test_a_folder_is_known_by_its_whole_path(
    settings: LocalSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(tmp_path / "mine", "1.20.3")
    monkeypatch.chdir(tmp_path)
    assert home_for("1.20", settings, {"1.20": "mine"}).home == tmp_path / "mine"


def test_a_folder_without_flink_or_with_another_one_is_named(settings: LocalSettings, tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError, match=r"no Flink in /nowhere, .* the home of Flink 1\.20 .*lib/"):
        home_for("1.20.3", settings, {"1.20": "/nowhere"})
    other = home(tmp_path / "other", "2.1.0")
    with pytest.raises(NotInstalledError, match=r"named as the home of Flink 1\.20, and has Flink 2\.1\.0 in it"):
        home_for("1.20", settings, {"1.20": str(other)})


def test_what_is_no_version_asks_nobody(settings: LocalSettings, index: Path) -> None:
    with pytest.raises(UsageError):
        home_for("newest", settings)


def test_a_source_distribution_is_downloaded_once(settings: LocalSettings, index: Path) -> None:
    add_sdist(index, "1.20.3")
    add_sdist(index, "1.20.10")
    add_sdist(index, "1.19.4")
    lines: list[str] = []
    found = home_for("1.20", settings, progress=lines.append)
    assert found == Distribution(settings.cache_dir / "flink" / "1.20.10", "1.20.10")
    assert files_in(found.home) == jars_of("1.20.10")
    assert lines[0].startswith("downloading Flink 1.20 ")
    assert "Flink 1.20.10 is in" in lines[-1]
    for path in index.iterdir():
        path.unlink()
    assert home_for("1.20", settings, progress=lambda line: pytest.fail(line)) == found
    assert shown(settings) == ["1.20.10"]


def test_a_wheel_is_downloaded_whatever_python_it_is_for(settings: LocalSettings, index: Path) -> None:
    add_wheel(index, "2.2.1")
    found = home_for("2.2", settings)
    assert files_in(found.home) == jars_of("2.2.1")


def test_the_patch_level_that_is_wanted_is_downloaded(settings: LocalSettings, index: Path) -> None:
    for version in ("2.1.1", "2.1.2", "2.1.3"):
        add_wheel(index, version)
    assert home_for("2.1.2", settings).version == "2.1.2"
    assert home_for("2.1", settings).version == "2.1.2"
    assert home_for("2.1.1", settings).version == "2.1.1"
    assert home_for("2.1", settings).version == "2.1.2"
    assert shown(settings) == ["2.1.1", "2.1.2"]


def test_a_damaged_one_in_the_cache_and_remains_of_killed_downloads_are_replaced(
    settings: LocalSettings, index: Path
) -> None:
    add_wheel(index, "2.2.0")
    damaged = home(settings.cache_dir / "flink" / "2.2.0", "2.2.0")
    (damaged / "lib" / "flink-dist-2.2.0.jar").unlink()
    (settings.cache_dir / "flink" / ".download-x" / "dist").mkdir(parents=True)
    assert files_in(home_for("2.2", settings).home) == jars_of("2.2.0")
    assert shown(settings) == ["2.2.0"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"lib/flink-dist-2.2.0.jar": jar_bytes()[:-40]}, r"flink-dist-2\.2\.0\.jar in .* is no whole jar"),
        ({"lib/flink-dist-2.0.0.jar": jar_bytes()}, r"has Flink 2\.0\.0 in it"),
        ({"lib/other.jar": jar_bytes()}, "0 flink-dist jars"),
    ],
)
def test_what_is_no_whole_flink_is_not_kept(
    settings: LocalSettings, index: Path, files: dict[str, bytes], words: str
) -> None:
    add_wheel(index, "2.2.0", files)
    with pytest.raises(NotInstalledError, match=words):
        home_for("2.2", settings)
    assert shown(settings) == []


def test_half_an_archive_is_not_kept(settings: LocalSettings, index: Path) -> None:
    path = add_wheel(index, "2.2.0")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(NotInstalledError, match=r"Flink 2\.2 could not be downloaded"):
        home_for("2.2", settings)
    assert shown(settings) == []


def test_a_version_that_the_index_does_not_have(settings: LocalSettings, index: Path) -> None:
    add_sdist(index, "1.20.3")
    add_wheel(index, "2.2.0")
    with pytest.raises(NotInstalledError, match=r"no Flink 1\.99, but 2\.2\.0, 1\.20\.3, .*HOMES=1\.99="):
        home_for("1.99", settings)


def test_an_index_that_has_no_flink(settings: LocalSettings, index: Path) -> None:
    with pytest.raises(NotInstalledError, match=r"has no apache-flink-libraries .*PIP_INDEX_URL"):
        home_for("1.20", settings)


def test_an_index_that_cannot_be_reached(
    settings: LocalSettings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://ann:secret@127.0.0.1:9/simple")
    with pytest.raises(NotInstalledError, match=r"cannot be reached .*FLINKLAB_FLINK_HOMES=1\.20=") as caught:
        home_for("1.20", settings)
    assert "secret" not in str(caught.value) + (caught.value.details or "")


def test_what_pip_says_otherwise_is_told(settings: LocalSettings, index: Path) -> None:
    add_sdist(index, "1.20.3", before="raise SystemExit('no compiler')")
    with pytest.raises(NotInstalledError, match="could not be downloaded") as caught:
        home_for("1.20", settings)
    assert "no compiler" in (caught.value.details or "")


def test_without_pip(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_download.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotInstalledError, match=r"there is no pip .*ensurepip.*FLINKLAB_FLINK_HOMES=1\.20="):
        home_for("1.20", settings)


def test_a_download_that_does_not_end_is_ended(settings: LocalSettings, index: Path) -> None:
    add_sdist(index, "1.20.3", before="import time; time.sleep(600)")
    with pytest.raises(NotInstalledError, match=r"Flink 1\.20 did not arrive in 1 s"):
        home_for("1.20", replace(settings, home_timeout=1))
    assert shown(settings) == []


def test_it_tells_how_far_it_is_and_an_interrupt_leaves_nothing_of_it(
    settings: LocalSettings, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_download, "_TELL_EVERY", 0.1)
    pid = tmp_path / "pid"
    write = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    add_sdist(index, "1.20.3", before=write)
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if " of it after " in line and pid.exists() and pid.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        home_for("1.20", settings, progress=tell)
    started = int(pid.read_text())
    assert not psutil.pid_exists(started) or psutil.Process(started).status() == psutil.STATUS_ZOMBIE
    assert shown(settings) == []


def test_two_at_once_wait_for_one_download(settings: LocalSettings, index: Path, tmp_path: Path) -> None:
    go, runs = tmp_path / "go", tmp_path / "runs"
    wait = f"import os, time; open({str(runs)!r}, 'a').write('x')\n    "
    wait += f"while not os.path.exists({str(go)!r}): time.sleep(0.05)"
    add_sdist(index, "1.20.3", before=wait)
    lines: list[str] = []
    found: list[Distribution] = []

    def ask() -> None:
        found.append(home_for("1.20", settings, progress=lines.append))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while not any(line.startswith("another process is downloading") for line in lines):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    go.touch()
    for thread in threads:
        thread.join(60)
    assert found == [found[0]] * 2
    assert runs.read_text() == "x"


def test_a_disk_without_room_is_named(
    settings: LocalSettings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_download, "NEEDED_DISK", 1 << 62)
    with pytest.raises(NotInstalledError, match=r"are free on the disk of .*cache_dir"):
        home_for("1.20", settings)


def test_a_cache_that_cannot_be_written_is_named(settings: LocalSettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotInstalledError, match=r"could not be kept in .*set cache_dir"):
        home_for("1.20", replace(settings, cache_dir=tmp_path / "file"))


def test_the_gateways_jar_is_the_homes_own_or_from_maven(settings: LocalSettings, tmp_path: Path) -> None:
    flink = Distribution(home(tmp_path / "mine", "1.20.3"), "1.20.3")
    jar = write_jar(tmp_path / "jars" / "flink-sql-gateway-1.20.3.jar")
    assert gateway_jar(flink, settings) == jar
    own = write_jar(flink.home / "opt" / "flink-sql-gateway-1.20.3.jar")
    assert gateway_jar(flink, settings) == own


def test_a_gateway_that_maven_does_not_have_yet_is_told(settings: LocalSettings, tmp_path: Path) -> None:
    flink = Distribution(home(tmp_path / "mine", "1.20.9"), "1.20.9")
    with pytest.raises(JarUnavailableError) as error:
        gateway_jar(flink, replace(settings, maven_mirror="http://127.0.0.1:9/", download_timeout=5))
    assert "another patch level of 1.20 may be in both" in (error.value.hint or "")
