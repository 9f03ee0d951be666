"""Gateways that are kept on this machine; their processes are real and their Flink is a script."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fakes.flink_index import home
from fakes.maven import write_jar
from flinklab.domain.errors import NotInstalledError, StartFailedError, UsageError
from flinklab.local import LocalSettings, gateways, homes, probe
from flinklab.local.daemon import Daemons
from flinklab.local.distribution import Distribution


@pytest.fixture
def settings(tmp_path: Path, fake_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSettings]:
    """Where pip has Flink 2.3.0, and a folder of 1.20.3 is named."""
    own = home(tmp_path / "pyflink", "2.3.0")
    monkeypatch.setattr(homes, "find_distribution", lambda: Distribution(own, "2.3.0"))
    for version in ("2.3.0", "1.20.3"):
        write_jar(tmp_path / "jars" / f"flink-sql-gateway-{version}.jar")
    settings = LocalSettings(
        state_dir=tmp_path / "state of ä",
        cache_dir=tmp_path / "cache",
        jars_dir=tmp_path / "jars",
        java_home=fake_home,
        start_timeout=60,
        flink_homes={"1.20": home(tmp_path / "flink-1.20", "1.20.3")},
    )
    yield settings
    daemons = Daemons(settings.state_dir / "gateways")
    ours = [each.id.pid for each in daemons.all()]
    daemons.end_all()
    assert not any(map(lives, ours))


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def until(condition: Callable[[], object], within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.02)


def answers(gateway: gateways.KeptGateway) -> bool:
    return probe.gateway_answers(int(gateway.url.rpartition(":")[2]), 5)


def test_without_any_there_is_none_and_no_folder_is_made(settings: LocalSettings) -> None:
    assert gateways.kept(settings) == []
    assert gateways.find("2.3", settings) is None
    assert gateways.down("2.3", settings) == []
    assert not settings.state_dir.exists()


def test_one_is_started_found_and_ended(settings: LocalSettings) -> None:
    lines: list[str] = []
    started = gateways.up("2.3", settings, lines.append)
    assert started.version == "2.3.0"
    assert started.url.startswith("http://127.0.0.1:")
    assert answers(started)
    assert [line.partition(" with ")[0] for line in lines] == ["starting a SQL Gateway of Flink 2.3.0"]
    assert gateways.find("2.3.0", settings) == gateways.find("2.3", settings) == started
    assert gateways.up("2.3", settings, lambda line: pytest.fail(line)) == started

    lines.clear()
    assert gateways.down("2.3", settings, lines.append) == ["2.3.0"]
    assert lines == [f"ended the SQL Gateway of Flink 2.3.0 (process {started.pid})"]
    assert not lives(started.pid)
    assert gateways.kept(settings) == []
    assert gateways.down("2.3", settings) == []


def test_each_version_has_its_own(settings: LocalSettings) -> None:
    newer, older = gateways.up("2.3.7", settings), gateways.up("1.20", settings)
    assert gateways.kept(settings) == [newer, older]
    assert (newer.version, older.version) == ("2.3.0", "1.20.3")
    command = psutil.Process(older.pid).cmdline()
    classpath = command[command.index("-cp") + 1].split(":")
    assert [Path(jar).name for jar in classpath] == [
        "flink-dist-1.20.3.jar",
        "flink-table-runtime.jar",
        "flink-sql-gateway-1.20.3.jar",
        "flink-python-1.20.3.jar",
    ]
    assert gateways.down("2.3", settings) == ["2.3.0"]
    assert gateways.kept(settings) == [older]
    assert answers(older)


def test_a_registered_folder_is_what_it_is_started_from(settings: LocalSettings, tmp_path: Path) -> None:
    theirs = home(tmp_path / "theirs", "1.20.5")
    own = write_jar(theirs / "opt" / "flink-sql-gateway-1.20.5.jar")
    started = gateways.up("1.20", settings, registered={"1.20": str(theirs)})
    assert started.version == "1.20.5"
    assert str(own) in " ".join(psutil.Process(started.pid).cmdline())


def test_a_patch_level_chooses_among_those_that_run(settings: LocalSettings, tmp_path: Path) -> None:
    write_jar(tmp_path / "jars" / "flink-sql-gateway-1.20.5.jar")
    three = gateways.up("1.20", settings)
    five = gateways.up("1.20.5", settings, registered={"1.20": str(home(tmp_path / "five", "1.20.5"))})
    assert gateways.find("1.20.3", settings) == three
    assert gateways.find("1.20", settings) == gateways.find("1.20.5", settings) == five
    assert gateways.find("1.20.4", settings) is None
    assert gateways.down("1.20.3", settings) == ["1.20.3"]
    assert gateways.kept(settings) == [five]


@pytest.mark.parametrize("ask", [gateways.find, gateways.up, gateways.down])
def test_what_is_no_version_is_refused(
    settings: LocalSettings, ask: Callable[[str, LocalSettings], object]
) -> None:
    with pytest.raises(UsageError, match="'newest' is no version of Flink"):
        ask("newest", settings)


def test_a_dead_one_is_started_again(settings: LocalSettings) -> None:
    first = gateways.up("2.3", settings)
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not lives(first.pid))
    assert gateways.kept(settings) == []
    second = gateways.up("2.3", settings)
    assert second.pid != first.pid
    assert answers(second)


def test_one_that_does_not_answer_any_more_is_replaced(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "_ANSWER_WITHIN", 0.5)
    first = gateways.up("2.3", settings)
    state = settings.state_dir / "gateways" / "flink-2.3.0.json"
    state.write_text(state.read_text().replace(first.url.rpartition(":")[2], "9"))
    assert gateways.find("2.3", settings) is None
    second = gateways.up("2.3", settings)
    assert second.pid != first.pid
    assert not lives(first.pid)
    assert gateways.kept(settings) == [second]


def test_one_whose_starter_was_killed_is_waited_for(settings: LocalSettings) -> None:
    first = gateways.up("2.3", settings)
    daemons = Daemons(settings.state_dir / "gateways")
    state = daemons.folder / "flink-2.3.0.json"
    state.write_text(state.read_text().replace('"ready":true', '"ready":false'))
    assert gateways.kept(settings) == []
    assert gateways.up("2.3", settings) == first


def test_two_at_once_get_the_same_one(settings: LocalSettings) -> None:
    got: list[gateways.KeptGateway] = []
    threads = [threading.Thread(target=lambda: got.append(gateways.up("2.3", settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert got == [got[0]] * 3
    assert len(gateways.kept(settings)) == 1


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("exit", r"the SQL Gateway of Flink 2\.3\.0 ended while it was starting: java\.net\.BindException"),
        ("die", "Could not reserve enough space for object heap"),
    ],
)
def test_why_it_does_not_start_is_told_and_nothing_is_left(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch, behaviour: str, words: str
) -> None:
    monkeypatch.setenv("FAKE_FLINK", f"gateway:{behaviour}")
    lines: list[str] = []
    with pytest.raises(StartFailedError, match=words):
        gateways.up("2.3", settings, lines.append)
    assert Daemons(settings.state_dir / "gateways").all() == []
    assert lines.count("the port was taken meanwhile; trying another") == (2 if behaviour == "exit" else 0)
    monkeypatch.delenv("FAKE_FLINK")
    assert answers(gateways.up("2.3", settings))


def test_one_that_never_serves_is_given_up(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FLINK", "gateway:hang")
    with pytest.raises(StartFailedError, match="did not serve in 2 s"):
        gateways.up("2.3", replace(settings, start_timeout=2))
    assert Daemons(settings.state_dir / "gateways").all() == []


def test_a_version_that_cannot_be_had_is_said(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotInstalledError, match="named as the home"):
        gateways.up("1.20", settings, registered={"1.20": "/nowhere"})


def test_hadoop_of_the_machine_is_on_its_class_path(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HADOOP_CLASSPATH", "/opt/hadoop/share/*:/opt/more")
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    command = psutil.Process(gateways.up("2.3", settings).pid).cmdline()
    classpath = command[command.index("-cp") + 1]
    assert classpath.endswith("flink-python-2.3.0.jar:/opt/hadoop/share/*:/opt/more:/etc/hadoop")
