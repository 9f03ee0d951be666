"""Daemons whose command is a shell: started, found by the next process, ended, and nothing else ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from flinklab.domain.errors import StartFailedError
from flinklab.local.daemon import Daemon, Daemons

SLEEPS = ["/bin/sh", "-c", "echo begun; exec sleep 300"]
WITHIN = 60.0


def has_begun(daemons: Daemons, name: str) -> Callable[[], bool]:
    out = daemons.folder / "log" / f"{name}.out"
    return lambda: out.exists() and "begun" in out.read_text()


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Daemons]:
    daemons = Daemons(tmp_path / "folder of ä")
    with daemons.locked(10):
        yield daemons
        daemons.end_all()
    assert daemons.all() == []


def start(daemons: Daemons, name: str, **options: object) -> Daemon:
    return daemons.start(name, SLEEPS, has_begun(daemons, name), WITHIN, **options)  # type: ignore[arg-type]


def test_it_is_found_with_its_facts_by_whoever_comes_next(daemons: Daemons) -> None:
    started = start(daemons, "one", title="First", facts={"url": "http://127.0.0.1:1"})
    found = Daemons(daemons.folder).find("one")
    assert found == started
    assert found.ready
    assert found.facts == {"url": "http://127.0.0.1:1"}
    assert found.tail() == ["begun"]


def test_it_outlives_its_starter_in_a_session_of_its_own(daemons: Daemons) -> None:
    script = """
import sys
from pathlib import Path
from flinklab.local.daemon import Daemons
daemons = Daemons(Path(sys.argv[1]))
print(daemons.start("one", ["sleep", "300"], lambda: True, 60).id.pid)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(daemons.folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=WITHIN,
    )
    found = daemons.find("one")
    assert found is not None
    assert found.id.pid == int(done.stdout)
    assert os.getsid(found.id.pid) != os.getsid(0)


def test_an_ended_one_is_not_found(daemons: Daemons) -> None:
    pid = start(daemons, "one").id.pid
    assert daemons.end("one") == [pid]
    assert daemons.find("one") is None
    assert daemons.end("one") == []


def test_another_process_of_that_pid_is_never_taken_for_it(daemons: Daemons) -> None:
    daemon = start(daemons, "one")
    stranger = subprocess.Popen(["sleep", "300"])
    try:
        taken = msgspec.structs.replace(
            daemon,
            name="two",
            id=msgspec.structs.replace(daemon.id, pid=stranger.pid, created=daemon.id.created - 60),
        )
        (daemons.folder / "two.json").write_bytes(msgspec.json.encode(taken))
        assert daemons.find("two") is None
        assert daemons.end("two") == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_ends_with_it_and_one_that_clings_is_killed(daemons: Daemons, tmp_path: Path) -> None:
    note = tmp_path / "child"
    stubborn = f"trap '' TERM; sleep 301 & echo $! > '{note}'; echo begun; while :; do sleep 0.1; done"
    daemon = daemons.start("one", ["/bin/sh", "-c", stubborn], has_begun(daemons, "one"), WITHIN)
    ended = daemons.end("one", grace=0.2)
    assert {daemon.id.pid, int(note.read_text())} <= set(ended)


def test_one_whose_state_file_was_never_written_is_ended_all_the_same(daemons: Daemons) -> None:
    lost, other = start(daemons, "one"), start(daemons, "other")
    (daemons.folder / "one.json").unlink()
    assert daemons.find("one") is None
    assert daemons.end("one") == [lost.id.pid]
    assert daemons.find("other") == other
    (daemons.folder / "other.json").unlink()
    assert Daemons(daemons.folder.parent).end_all() == []
    assert daemons.end_all() == [other.id.pid]


def test_a_second_start_takes_the_place_of_the_first(daemons: Daemons) -> None:
    first, second = start(daemons, "one"), start(daemons, "one")
    assert first.id != second.id
    assert not first.is_alive
    assert daemons.find("one") == second
    assert (daemons.folder / "log" / "one.out.previous").read_text() == "begun\n"


def test_one_that_ends_while_it_starts_says_why(daemons: Daemons) -> None:
    dies = ["/bin/sh", "-c", "echo 'Caused by: java.net.BindException: Address in use'; exit 1"]
    with pytest.raises(StartFailedError, match="the First ended while it was starting") as caught:
        daemons.start("one", dies, lambda: False, WITHIN, title="First")
    assert caught.value.message.endswith(": java.net.BindException: Address in use")
    assert caught.value.report()[-1].startswith("  | ")
    assert daemons.find("one") is None


def test_a_command_that_is_not_there_says_so(daemons: Daemons) -> None:
    with pytest.raises(StartFailedError, match="ended while it was starting") as caught:
        daemons.start("one", ["/no/such/command"], lambda: False, WITHIN)
    assert "/no/such/command" in (caught.value.details or "")


def test_one_that_never_serves_is_ended(daemons: Daemons) -> None:
    with pytest.raises(StartFailedError, match=r"the one did not serve in 0 s"):
        daemons.start("one", SLEEPS, lambda: False, 0.0)
    assert daemons.all() == []


def test_an_interrupt_leaves_nothing_behind(daemons: Daemons) -> None:
    seen = []

    def interrupt() -> bool:
        seen.extend(daemons.all())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        daemons.start("one", SLEEPS, interrupt, WITHIN)
    assert [daemon.name for daemon in seen] == ["one"]
    assert daemons.all() == []
    assert not seen[0].is_alive


def test_the_environment_is_laid_over_our_own_without_flinks(
    daemons: Daemons, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLINK_HOME", "/elsewhere")
    monkeypatch.setenv("KEPT", "yes")
    daemon = start(daemons, "one", environment={"GIVEN": "too"})
    environment = psutil.Process(daemon.id.pid).environ()
    assert environment.get("FLINK_HOME") is None
    assert (environment["KEPT"], environment["GIVEN"]) == ("yes", "too")


def test_all_are_told_in_the_order_of_their_start_and_ended_together(daemons: Daemons) -> None:
    pids = [start(daemons, name).id.pid for name in ("b", "a")]
    assert [daemon.name for daemon in daemons.all()] == ["b", "a"]
    assert daemons.end_all() == sorted(pids)


def test_a_state_file_that_is_none_is_no_daemon(daemons: Daemons) -> None:
    (daemons.folder / "one.json").write_text("{")
    assert daemons.find("one") is None
    assert daemons.all() == []


def test_two_at_once_wait_for_each_other(daemons: Daemons) -> None:
    waited = []
    with (
        pytest.raises(StartFailedError, match="another process has been starting or ending what runs in"),
        Daemons(daemons.folder).locked(0.0, lambda: waited.append(True)),
    ):
        pytest.fail("two had the lock")
    assert waited == [True]
