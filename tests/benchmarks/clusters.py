"""Fake clusters on real sockets, in a process of their own, so that what they use is not counted as a supervisor's.

with Clusters(20) as clusters:
    clusters.add(0, ["5e20...", ...])
    clusters.change(0, "5e20...", "RESTARTING")
    clusters.requests()     # {"jobs": 200, "checkpoints": 1000}: since they were asked for last

Orders go to the process as lines of JSON, and each is answered by one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fakes.jobmanager import FakeJobManager
from fakes.server import Reply, Request

_FAILURE = "java.io.IOException: the source broke off\n\tat org.example.Source.read(Source.java:1)"


class _Counting(FakeJobManager):
    """Counts what it is asked, and does not keep it: hours of it would fill the memory."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def handle(self, request: Request) -> tuple[Reply, str | None]:
        answer = super().handle(request)
        with self.lock:
            self.asked[request.name] += 1
            self.requests.clear()
        return answer


class _Fleet:
    """`age`: seconds that an answer may be old; `every`: seconds between the checkpoints of a job."""

    def __init__(self, count: int, age: float, every: float) -> None:
        self.clusters = [_Counting() for _ in range(count)]
        for each in self.clusters:
            each.checkpointing.every = every
            each.job_list.age = each.checkpointing.cache.age = age

    def urls(self) -> list[str]:
        return [each.url for each in self.clusters]

    def belongs(self, cluster: int, application: str) -> None:
        self.clusters[cluster].configuration["high-availability.cluster-id"] = application

    def add(self, cluster: int, flink_ids: Sequence[str]) -> None:
        for flink_id in flink_ids:
            self.clusters[cluster].add_job("a job", job_id=flink_id)

    def change(self, cluster: int, flink_id: str, state: str) -> None:
        there = self.clusters[cluster]
        if state == "RESTARTING":
            there.restart_job(flink_id, _FAILURE, task="Source")
        elif state == "RUNNING":
            there.resume(flink_id)
        else:
            there.set_state(flink_id, state)

    def advance(self, seconds: float) -> None:
        for each in self.clusters:
            each.clock.advance(seconds)

    def requests(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for each in self.clusters:
            with each.lock:
                total += each.asked
                each.asked.clear()
        return total


def main() -> None:
    with ExitStack() as running:
        fleet = _Fleet(**json.loads(sys.stdin.readline()))
        for each in fleet.clusters:
            running.enter_context(each)
        for line in sys.stdin:
            name, arguments = json.loads(line)
            print(json.dumps(getattr(fleet, name)(*arguments)), flush=True)


class Clusters:
    """The process. It ends with the block, and with this process. Safe to use from several threads."""

    def __init__(self, count: int, *, age: float = 3.0, every: float = 10.0) -> None:
        self._lock = threading.Lock()
        search = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from benchmarks.clusters import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": search},
        )
        self._write({"count": count, "age": age, "every": every})
        self.urls: list[str] = self._ask("urls")

    def __enter__(self) -> Clusters:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def belongs(self, cluster: int, application: str) -> None:
        """It is a session on YARN, in that application."""
        self._ask("belongs", cluster, application)

    def add(self, cluster: int, flink_ids: Sequence[str]) -> None:
        """Jobs that run."""
        self._ask("add", cluster, list(flink_ids))

    def change(self, cluster: int, flink_id: str, state: str) -> None:
        """`RESTARTING`, and then `RUNNING` from its newest checkpoint; or a state that it ends in."""
        self._ask("change", cluster, flink_id, state)

    def advance(self, seconds: float) -> None:
        """Let time pass for all of them."""
        self._ask("advance", seconds)

    def requests(self) -> dict[str, int]:
        """How many there were since this was asked last, by what was asked for."""
        found: dict[str, int] = self._ask("requests")
        return found

    def _ask(self, what: str, *given: Any) -> Any:
        stdout = self._process.stdout
        assert stdout is not None
        with self._lock:
            self._write([what, given])
            answer = stdout.readline()
        assert answer, f"the process of the fake clusters has ended ({self._process.poll()})"
        return json.loads(answer)

    def _write(self, order: Any) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
