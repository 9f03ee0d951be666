from __future__ import annotations

import threading
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.local.backoff import Backoff
from flinklab.local.roles import Role
from flinklab.local.state import Member, Phase, ProcessId, State, forget_state, read_state, write_state

STATE = State(
    phase=Phase.RUNNING,
    keeper=ProcessId(10, 1.5),
    members={Role.GATEWAY: Member(ProcessId(11, 2.5), ready=True, restarts=3)},
    rest_port=1,
    gateway_port=2,
    flink_version="2.3.0",
    started_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert STATE.gateway_url == "http://127.0.0.1:2"
    assert STATE.jobmanager_url == "http://127.0.0.1:1"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"phase": "running"}', b"\xff"])
def test_what_is_no_state_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert read_state(tmp_path) is None


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    assert read_state(tmp_path / "none") is None
    forget_state(tmp_path)
    write_state(tmp_path, STATE)
    forget_state(tmp_path)
    assert read_state(tmp_path) is None


def test_a_reader_never_sees_half_a_state(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    done = threading.Event()
    seen: list[State | None] = []

    def read() -> None:
        while not done.is_set():
            seen.append(read_state(tmp_path))

    reader = threading.Thread(target=read)
    reader.start()
    for count in range(300):
        write_state(tmp_path, msgspec.structs.replace(STATE, cause="x" * count * 10))
    done.set()
    reader.join()
    assert seen
    assert None not in seen


@given(st.lists(st.floats(0, 59.9), min_size=1, max_size=20))
def test_who_dies_again_and_again_waits_longer_and_longer(lives: list[float]) -> None:
    backoff = Backoff()
    waits = [backoff.after(lived) for lived in lives]
    assert waits[0] == backoff.first
    assert all(later == min(backoff.most, 2 * earlier) for earlier, later in pairwise(waits))


def test_who_lived_long_waits_little() -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.after(0)
    assert backoff.after(0) == backoff.most
    assert backoff.after(backoff.calm) == backoff.first
    assert backoff.after(0) == 2 * backoff.first
