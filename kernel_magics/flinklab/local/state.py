"""The state file: what the keeper says of itself and of its processes."""

from __future__ import annotations

import os
from datetime import datetime
from enum import Enum
from pathlib import Path

import msgspec

from flinklab.domain.typed import decode
from flinklab.local.roles import Role

_STATE_FILE = "state.json"


class Phase(Enum):
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


class ProcessId(msgspec.Struct, frozen=True):
    """A pid alone can be another process by now: `created` (seconds since 1970) tells them apart."""

    pid: int
    created: float


class Member(msgspec.Struct, frozen=True):
    """One of the three. `ready`: it serves. `restarts`: how often it was started again."""

    id: ProcessId
    ready: bool = False
    restarts: int = 0


class State(msgspec.Struct, frozen=True):
    """`cause` and `culprit` say why the phase is FAILED (`culprit` None: none of the three)."""

    phase: Phase
    keeper: ProcessId
    members: dict[Role, Member]
    rest_port: int
    gateway_port: int
    flink_version: str
    started_at: datetime
    cause: str | None = None
    culprit: Role | None = None

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def jobmanager_url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"


def read_state(state_dir: Path) -> State | None:
    """None when there is none, or when it is not readable as one (a crash of the machine, another version)."""
    try:
        return decode((state_dir / _STATE_FILE).read_bytes(), State)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None


def write_state(state_dir: Path, state: State) -> None:
    """All or nothing: readers see the old file or the new one."""
    draft = state_dir / f"{_STATE_FILE}.{os.getpid()}"
    draft.write_bytes(msgspec.json.encode(state))
    draft.replace(state_dir / _STATE_FILE)


def forget_state(state_dir: Path) -> None:
    (state_dir / _STATE_FILE).unlink(missing_ok=True)
