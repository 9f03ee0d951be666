"""What jobs measure that have an application each, told as if they were on one cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flinklab.domain.errors import ConnectionFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import CheckpointTask, Failure, JobLook, Machine, Spread
from flinklab.domain.records import ClusterAddress
from flinklab.ports.monitoring import JOBMANAGER, Measured, Scraped

_AT_ONCE = 16
_OF_ITSELF = "Status."  # of a process, and not of what it counts
T = TypeVar("T")


class ApplicationsMeasured:
    """Fulfils `ports.monitoring.Measured`, for one thread, which begins each time with `refresh`.

    `kept`: where the JobManagers are, as those who look after the jobs keep it: no ResourceManager is asked. One
    that does not answer at `refresh`, or does not know its job, is left out until the next one: what is asked of
    its job gives nothing. `JOBMANAGER` is what all of them count, added up.
    """

    def __init__(
        self,
        url: str,
        kept: Callable[[], Mapping[JobId, ClusterAddress]],
        connect: Callable[[ClusterAddress], Measured],
    ) -> None:
        self._url = url
        self._kept = kept
        self._connect = connect
        self._there: dict[JobId, tuple[ClusterAddress, Measured]] = {}
        self._answering: dict[JobId, Measured] = {}
        self._processes: dict[str, Measured] = {}
        self._asking = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="flinklab-measuring")

    def refresh(self) -> None:
        """Raises `UnreachableError` when there are applications and none of them answers."""
        self._follow(self._kept())
        there = {flink_id: measured for flink_id, (_, measured) in self._there.items()}
        answers = self._asking.map(_answers, there, there.values())
        self._answering = {each: there[each] for each, does in zip(there, answers, strict=True) if does}
        if there and not self._answering:
            raise UnreachableError("none of its applications answers", url=self._url)

    def look(self, job_id: JobId) -> JobLook | None:
        there = self._answering.get(job_id)
        return there.look(job_id) if there is not None else None

    def vertex(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, Spread]:
        there = self._answering.get(job_id)
        return there.vertex(job_id, vertex, names) if there is not None else {}

    def metric_names(self, job_id: JobId, vertex: str) -> frozenset[str]:
        there = self._answering.get(job_id)
        return there.metric_names(job_id, vertex) if there is not None else frozenset()

    def job(self, job_id: JobId, names: Collection[str]) -> Mapping[str, float]:
        there = self._answering.get(job_id)
        return there.job(job_id, names) if there is not None else {}

    def machines(self) -> Sequence[Machine]:
        found = [(machine, there) for there, told in self._asked(lambda each: each.machines()) for machine in told]
        self._processes = {machine.id: there for machine, there in found}
        return [machine for machine, _ in found]

    def process(self, process: str, names: Collection[str] = ()) -> Mapping[str, float]:
        if process != JOBMANAGER:
            there = self._processes.get(process)
            return there.process(process, names) if there is not None else {}
        counts = [name for name in names if not name.startswith(_OF_ITSELF)]
        told = [each for _, each in self._asked(lambda each: each.process(JOBMANAGER, counts))]
        return {name: sum(each.get(name, 0.0) for each in told) for name in counts if any(name in e for e in told)}

    def scrape(self, names: Collection[str] = ()) -> Scraped | None:
        """None: each is asked by itself."""
        return None

    def checkpoint_tasks(self, job_id: JobId, checkpoint_id: int) -> Sequence[CheckpointTask]:
        there = self._answering.get(job_id)
        return there.checkpoint_tasks(job_id, checkpoint_id) if there is not None else ()

    def failures(self, job_id: JobId, most: int = 20) -> Sequence[Failure]:
        there = self._answering.get(job_id)
        return there.failures(job_id, most) if there is not None else ()

    def close(self) -> None:
        self._follow({})
        self._asking.shutdown(wait=True)

    def _follow(self, kept: Mapping[JobId, ClusterAddress]) -> None:
        for flink_id, (address, measured) in list(self._there.items()):
            if kept.get(flink_id) != address:
                del self._there[flink_id]
                self._answering.pop(flink_id, None)
                measured.close()
        for flink_id, address in kept.items():
            if flink_id not in self._there:
                self._there[flink_id] = address, self._connect(address)

    def _asked(self, ask: Callable[[Measured], T]) -> list[tuple[Measured, T]]:
        """All that answer, at once."""

        def one(there: Measured) -> tuple[Measured, T] | None:
            try:
                return there, ask(there)
            except ConnectionFailedError:
                return None

        return [told for told in self._asking.map(one, self._answering.values()) if told is not None]


def _answers(flink_id: JobId, measured: Measured) -> bool:
    """Who answers may have taken over the address: then it does not know the job."""
    try:
        if measured.look(flink_id) is None:
            return False
        measured.refresh()
    except ConnectionFailedError:
        return False
    return True
