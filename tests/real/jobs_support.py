"""Managed jobs on a real Flink: a lab of one cluster, one catalog and supervisors that are processes.

The text that most tests run counts the rows of a sequence by three keys, and writes each row with its count:
in the sink's rows it shows whether any was lost, any came twice, and whether the counts went on from the state.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flinklab import api
from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import Command, ManagedState
from flinklab.domain.variables import Variable, VariableType
from flinklab.jobs.promoting import Promotion
from flinklab.local import LocalFlink
from flinklab.session.session import Session
from flinklab.settings import Settings

PATIENCE = 300.0
SLOW = 20  # rows/s
AT_ONCE = 1_000_000  # rows/s
T = TypeVar("T")

_NUMBERS = """CREATE TABLE {name}_numbers (id BIGINT) WITH ('connector' = 'datagen',
  'rows-per-second' = '${{{name}_rate}}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}')"""
_COUNTED = """CREATE TABLE {name}_counted (id BIGINT, k BIGINT, n BIGINT) WITH ('connector' = 'filesystem',
  'path' = '{uri}', 'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s', 'sink.rolling-policy.check-interval' = '1 s')"""
_TEXT = """SET 'execution.checkpointing.interval' = '1 s';
INSERT INTO {name}_counted
SELECT id, k, COUNT(*) OVER (PARTITION BY k ORDER BY moment ROWS UNBOUNDED PRECEDING)
FROM (SELECT id, id % 3 AS k, PROCTIME() AS moment FROM {name}_numbers)"""


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """What `condition` gives as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)
    return found


def done(command: CommandHandle) -> Command:
    return command.wait(PATIENCE)


@dataclass
class Lab:
    """`environment`: with what processes find the cluster and the catalog."""

    flink: LocalFlink
    settings: Settings
    catalog: Catalog
    session: Session
    folder: Path
    environment: Mapping[str, str]
    supervisors: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def supervise(self, *options: str) -> subprocess.Popen[bytes]:
        """A supervisor of its own process, once it has signed in."""
        log = (self.folder / f"supervisor-{len(self.supervisors)}.log").open("wb")
        command = [sys.executable, "-m", "flinklab.cli", "supervise", *options]
        with log:
            process = subprocess.Popen(command, env=dict(self.environment), stderr=log)
        self.supervisors.append(process)
        until(lambda: process.pid in {each.pid for each in self.catalog.jobs.supervisors()}, "a supervisor")
        return process

    def the_supervisor(self) -> subprocess.Popen[bytes]:
        """The one that lives, or a new one."""
        alive = [each for each in self.supervisors if each.poll() is None]
        return alive[0] if alive else self.supervise()

    def close(self) -> None:
        for each in self.supervisors:
            if each.poll() is None:
                each.send_signal(signal.SIGTERM)
        for each in self.supervisors:
            each.wait(PATIENCE)

    def said(self) -> str:
        """What the supervisors logged."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("supervisor-*.log")))

    def share(self, text: str) -> None:
        api.share(self.session, text, force=True)

    def promote(self, text: str, name: str) -> Promotion:
        return api.promote(self.session, text, name, catalog=self.catalog, settings=self.settings)

    def job(self, name: str) -> JobHandle:
        return api.job(name, catalog=self.catalog)

    def is_(self, job: JobHandle, *states: ManagedState) -> None:
        api.wait_for_state(job, states, PATIENCE)


@dataclass(frozen=True)
class Counting:
    """A job that counts `rows` numbers, `SLOW` of them in a second."""

    lab: Lab
    name: str
    rows: int = 20_000

    def prepare(self) -> Counting:
        variable = Variable(self.lab.catalog.team, self._rate, VariableType.INT, values={"dev": str(SLOW)})
        self.lab.catalog.variables.save(variable, expected=None)
        uri = f"file://{self.folder}"
        self.lab.share(_NUMBERS.format(name=self.name, rows=self.rows))
        self.lab.share(_COUNTED.format(name=self.name, uri=uri))
        self.lab.promote(self.text, self.name)
        return self

    @property
    def _rate(self) -> str:
        return f"{self.name}_rate"

    @property
    def folder(self) -> Path:
        return self.lab.folder / f"{self.name}-rows"

    @property
    def text(self) -> str:
        return _TEXT.format(name=self.name)

    @property
    def job(self) -> JobHandle:
        return self.lab.job(self.name)

    def sink_at(self, uri: str) -> None:
        """Write elsewhere, from the next version on."""
        self.lab.share(_COUNTED.format(name=self.name, uri=uri))

    def at_rate(self, rows_per_second: int) -> None:
        """From the next start on."""
        self.lab.catalog.variables.set(self.lab.catalog.team, self._rate, "dev", str(rows_per_second))

    def started(self) -> Counting:
        done(self.job.start())
        self.goes_on()
        return self

    def counted(self) -> list[tuple[int, int, int]]:
        """The rows (id, key, count) that are in the sink for good."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
        lines = [line for file in files for line in file.read_text().split()]
        return [tuple(map(int, line.split(","))) for line in lines]  # type: ignore[misc]

    def goes_on(self) -> int:
        """Wait until more rows came than there are now."""
        before = len(self.counted())
        return until(lambda: len(now) if len(now := self.counted()) > before else 0, f"more rows of {self.name}")

    def run_out(self) -> None:
        """Let it come to its end quickly: then all that it wrote is in the sink."""
        self.at_rate(AT_ONCE)
        done(self.job.restart())
        self.lab.is_(self.job, ManagedState.FINISHED)

    def end(self) -> None:
        """Whatever became of it, nothing of it runs afterwards."""
        found = [each for each in api.managed_jobs(self.lab.catalog) if each.job.key.name == self.name]
        if found and (found[0].job.wanted or found[0].commands):
            self.lab.the_supervisor()
            done(self.job.cancel())

    def assert_exactly_once(self) -> None:
        """None lost, none twice, and of each key the counts are 1, 2, 3, ... with no gap."""
        rows = self.counted()
        assert_none_twice(rows)
        assert sorted(id_ for id_, _, _ in rows) == list(range(1, self.rows + 1))
        for key in range(3):
            counts = sorted(n for _, k, n in rows if k == key)
            assert counts == list(range(1, len(counts) + 1)), key


def assert_none_twice(rows: Sequence[tuple[int, int, int]]) -> None:
    assert len({id_ for id_, _, _ in rows}) == len(rows)
    assert len({(key, n) for _, key, n in rows}) == len(rows)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def told(lab: Lab, job: JobHandle) -> dict[str, Any]:
    """What was recorded, for the message of a test that fails."""
    return {
        "events": [f"{event.at} {event.kind} {event.text}" for event in job.events()[:30]],
        "supervisors": lab.said()[-3000:],
    }
