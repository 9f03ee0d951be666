"""The life cycle with stand-ins for Flink's processes; the keeper is the real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fakes.maven import write_jar
from flinklab.domain.errors import LocalFlinkError, StartFailedError, UsageError
from flinklab.local import LocalFlink, LocalSettings, down, find, preflight, status, up
from flinklab.local.processes import await_end, lives, processes_of
from flinklab.local.state import read_state
from waiting import until


def processes(flink: LocalFlink) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in flink.pids.values()]


def kill(flink: LocalFlink, name: str) -> None:
    os.kill(flink.pids[name], signal.SIGKILL)


def test_up_starts_three_processes_and_a_keeper(fake_settings: LocalSettings) -> None:
    lines: list[str] = []
    flink = up(fake_settings, lines.append)
    assert set(flink.pids) == {"keeper", "jobmanager", "taskmanager", "gateway"}
    assert all(map(lives, processes(flink)))
    assert flink.gateway_url.startswith("http://127.0.0.1:")
    assert flink.flink_version == "2.3.0"
    assert lines[0].startswith("Java 21 (java_home: ")
    assert [line[:3] for line in lines[2:]] == ["1/3", "2/3", "3/3"]


def test_up_again_attaches(fake_settings: LocalSettings) -> None:
    first = up(fake_settings)
    lines: list[str] = []
    assert up(fake_settings, lines.append) == first
    assert lines == [f"attached to the embedded Flink 2.3.0 of {fake_settings.state_dir}"]
    assert find(fake_settings) == first


def test_one_of_another_version_is_started_from_its_home(fake_settings: LocalSettings, tmp_path: Path) -> None:
    home = tmp_path / "flink 1.20"
    write_jar(home / "lib" / "flink-dist-1.20.3.jar")
    write_jar(home / "opt" / "flink-sql-gateway-1.20.3.jar")
    older = replace(fake_settings, flink_version="1.20", flink_homes={"1.20": home})
    flink = up(older)
    assert flink.flink_version == "1.20.3"
    assert up(fake_settings) == flink  # whoever does not mind gets the one that runs
    newer = replace(fake_settings, flink_version="2.3")
    with pytest.raises(UsageError, match=r"the embedded Flink that runs is 1\.20\.3, not 2\.3"):
        up(newer)
    assert find(fake_settings) == flink
    down(older)
    assert up(replace(older, flink_version="1.20.3")).flink_version == "1.20.3"


def test_two_at_once_get_the_same(fake_settings: LocalSettings) -> None:
    got: list[LocalFlink] = []
    threads = [threading.Thread(target=lambda: got.append(up(fake_settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 3
    assert got[0] == got[1] == got[2]
    assert len(processes_of(fake_settings.state_dir, None)) == 4


def test_the_keeper_is_nobodys_child(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    keeper = psutil.Process(flink.pids["keeper"])
    assert keeper.ppid() != os.getpid()
    assert os.getsid(keeper.pid) != os.getsid(0)


def test_down_ends_all_and_can_be_repeated(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    ours = processes(flink)
    lines: list[str] = []
    assert down(fake_settings, lines.append) is True
    assert not any(map(lives, ours))
    assert len(lines) == 1
    assert all(str(pid) in lines[0] for pid in flink.pids.values())
    assert down(fake_settings) is False
    assert find(fake_settings) is None
    assert status(fake_settings).problem is None


def test_down_leaves_a_neighbour_alone(fake_settings: LocalSettings, tmp_path: Path) -> None:
    neighbour = LocalSettings(
        state_dir=tmp_path / "state of ä" / "inner",  # even one whose path begins with ours
        jars_dir=fake_settings.jars_dir,
        java_home=fake_settings.java_home,
    )
    up(fake_settings)
    other = up(neighbour)
    try:
        down(fake_settings)
        assert find(neighbour) == other
    finally:
        down(neighbour)


def test_down_does_not_touch_a_process_that_got_our_pid(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    state = read_state(fake_settings.state_dir)
    assert state is not None
    kill(flink, "keeper")
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        # As if the keeper's pid had been given to a stranger meanwhile.
        file = fake_settings.state_dir / "state.json"
        text = file.read_text()
        file.write_text(text.replace(f'"pid":{flink.pids["keeper"]}', f'"pid":{stranger.pid}'))
        changed = read_state(fake_settings.state_dir)
        assert changed is not None
        assert changed.keeper.pid == stranger.pid
        wrong_time = text.replace(str(state.keeper.created), str(state.keeper.created - 1000))
        file.write_text(wrong_time.replace(f'"pid":{flink.pids["keeper"]}', f'"pid":{stranger.pid}'))
        down(fake_settings)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["taskmanager", "gateway", "jobmanager"])
def test_what_dies_is_started_again_at_the_same_address(fake_settings: LocalSettings, name: str) -> None:
    flink = up(fake_settings)
    kill(flink, name)
    until(lambda: status(fake_settings).restarts.get(name) == 1)
    until(lambda: find(fake_settings) is not None)
    again = find(fake_settings)
    assert again is not None
    assert again.gateway_url == flink.gateway_url
    assert again.jobmanager_url == flink.jobmanager_url
    assert again.pids[name] != flink.pids[name]
    assert again.pids["keeper"] == flink.pids["keeper"]


def test_a_jobmanagers_death_renews_its_taskmanager(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    kill(flink, "jobmanager")
    until(lambda: status(fake_settings).restarts.get("taskmanager") == 1)
    until(lambda: find(fake_settings) is not None)


def test_up_replaces_what_a_killed_keeper_left(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    kill(flink, "keeper")
    until(lambda: status(fake_settings).problem == "the process that looks after it is gone")
    assert len(processes_of(fake_settings.state_dir, None)) == 3
    lines: list[str] = []
    renewed = up(fake_settings, lines.append)
    assert "ended the remains" in lines[0]
    assert not set(renewed.pids.values()) & set(flink.pids.values())
    assert len(processes_of(fake_settings.state_dir, None)) == 4


def test_up_finds_what_a_lost_state_file_named(fake_settings: LocalSettings) -> None:
    flink = up(fake_settings)
    before = processes(flink)
    kill(flink, "keeper")
    (fake_settings.state_dir / "state.json").write_text("{")
    up(fake_settings)
    assert await_end(before, 60) == []  # the killed one may have been on its way
    assert len(processes_of(fake_settings.state_dir, None)) == 4


def test_the_keeper_ends_when_its_folder_is_removed(fake_settings: LocalSettings) -> None:
    up(fake_settings)
    (fake_settings.state_dir / "state.json").unlink()
    until(lambda: processes_of(fake_settings.state_dir, None) == [])


def test_a_process_that_does_not_hear_is_killed(
    fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FLINK", "gateway:stubborn")
    up(fake_settings)
    assert down(fake_settings) is True
    assert processes_of(fake_settings.state_dir, None) == []


@pytest.mark.parametrize("role", ["jobmanager", "taskmanager", "gateway"])
def test_a_failed_start_names_the_cause(
    fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("FAKE_FLINK", f"{role}:die")
    with pytest.raises(StartFailedError) as caught:
        up(fake_settings)
    assert caught.value.message.endswith("ended with exit code 1: Could not reserve enough space for object heap")
    assert "Could not reserve" in (caught.value.details or "")
    assert role in (caught.value.hint or "")
    assert processes_of(fake_settings.state_dir, None) == []
    assert find(fake_settings) is None


def test_a_port_that_is_taken_meanwhile_is_tried_again_a_bounded_number_of_times(
    fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FLINK", "jobmanager:exit")
    lines: list[str] = []
    with pytest.raises(StartFailedError, match="BindException: Could not start on any port"):
        up(fake_settings, lines.append)
    assert lines.count("a port was taken meanwhile; trying others") == 2
    assert processes_of(fake_settings.state_dir, None) == []


def test_a_start_that_takes_too_long_is_ended(
    fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FLINK", "gateway:hang")
    object.__setattr__(fake_settings, "start_timeout", 3.0)
    with pytest.raises(StartFailedError, match="the SQL Gateway did not serve in 3 s"):
        up(fake_settings)
    assert processes_of(fake_settings.state_dir, None) == []


def test_an_interrupt_leaves_nothing_behind(fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FLINK", "gateway:hang")

    def interrupt(line: str) -> None:
        if line.startswith("1/3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(fake_settings, interrupt)
    assert processes_of(fake_settings.state_dir, None) == []
    assert read_state(fake_settings.state_dir) is None


def test_up_waits_for_a_start_whose_starter_was_killed(fake_settings: LocalSettings) -> None:
    """The keeper goes on without the process that asked for it."""
    from flinklab.local import starting

    flink = up(fake_settings)
    down(fake_settings)
    starting._prepare_folder(fake_settings.state_dir)
    starting._spawn_keeper(fake_settings.state_dir)
    lines: list[str] = []
    again = up(fake_settings, lines.append)
    assert again.gateway_url == flink.gateway_url  # the plan was the same
    assert "starting Flink" not in "\n".join(lines)


def test_a_pinned_port_that_is_busy_is_named(fake_settings: LocalSettings) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        object.__setattr__(fake_settings, "flink_config", {"rest.port": str(port)})
        with pytest.raises(StartFailedError, match=rf"port {port} \(rest.port\) is busy"):
            up(fake_settings)
    assert up(fake_settings).jobmanager_url == f"http://127.0.0.1:{port}"


def test_a_java_that_cannot_be_started_is_a_failed_start(fake_settings: LocalSettings) -> None:
    assert fake_settings.java_home is not None
    (fake_settings.java_home / "bin" / "java").chmod(0o644)
    with pytest.raises(StartFailedError, match="the JobManager could not be started"):
        up(fake_settings)


def test_a_java_that_vanishes_ends_nothing_and_is_waited_for(fake_settings: LocalSettings) -> None:
    assert fake_settings.java_home is not None
    java = fake_settings.java_home / "bin" / "java"
    flink = up(fake_settings)
    java.chmod(0o644)
    kill(flink, "gateway")
    until(lambda: status(fake_settings).problem == "the SQL Gateway is being started again")
    java.chmod(0o755)
    until(lambda: find(fake_settings) is not None)
    again = find(fake_settings)
    assert again is not None
    assert again.pids["jobmanager"] == flink.pids["jobmanager"]


def test_a_keeper_that_is_stopped_is_replaced(
    fake_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there and answers nothing: neither waited for without end, nor left beside the new one."""
    from flinklab.local import lifecycle

    monkeypatch.setattr(lifecycle, "_ANSWER_WITHIN", 0.5)
    monkeypatch.setattr(lifecycle, "_ASK_TIMEOUT", 0.5)
    flink = up(fake_settings)
    before = processes(flink)
    os.kill(flink.pids["gateway"], signal.SIGSTOP)
    until(lambda: status(fake_settings).problem == "the SQL Gateway does not answer")
    renewed = up(fake_settings)
    assert not any(map(lives, before))
    until(lambda: find(fake_settings) == renewed)


def test_a_state_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartFailedError, match="cannot write to the state folder") as caught:
        up(LocalSettings(state_dir=tmp_path / "file" / "state"))
    assert "state_dir" in str(caught.value)


def test_status_and_down_of_nothing(tmp_path: Path) -> None:
    settings = LocalSettings(state_dir=tmp_path / "none")
    assert status(settings).flink is None
    assert down(settings) is False
    assert not settings.state_dir.exists()


def test_windows_gets_one_clear_line() -> None:
    with pytest.raises(LocalFlinkError, match="not on Windows"):
        preflight.require_system("win32")
