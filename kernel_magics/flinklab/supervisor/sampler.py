"""Recording what jobs and processes of one cluster measure: burst after burst, beside the worker's rounds."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, LeaseLostError, NotFoundError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Attempt, Checkpoint, Managed
from flinklab.domain.series import Retention, Sample, SeriesKey, SeriesOwner
from flinklab.jobs.hiding import Hide
from flinklab.ports.jobs import Ledger
from flinklab.ports.monitoring import Measured, Scraped
from flinklab.ports.series import RecordedGraph
from flinklab.supervisor.budget import Budget
from flinklab.supervisor.detailing import Detailing, detailed
from flinklab.supervisor.failing import FailureWatch
from flinklab.supervisor.processes import ProcessReader
from flinklab.supervisor.reading import JobReader
from flinklab.supervisor.tally import Tally
from flinklab.telemetry.masking import hidden_graph
from flinklab.telemetry.sampling import Reading, is_newer, job_values

_LONGEST = 60.0  # s of a burst, and until the next one after an error of ours
_SHARE = 0.5  # of the time that bursts may take, when the cluster is slow
_FRESH = 10.0  # s for which the JobManager tells what it has collected
_DEAF = 3  # questions in a row without an answer: it is not about one job
_PAUSE, _LONGEST_PAUSE = 10.0, 300.0  # s, while nobody answers; doubled each time
_TIDY_EVERY, _PORTIONS = 60.0, 20
_DETAILS = 100  # checkpoints in a burst

log = logging.getLogger("flinklab.supervisor")


@dataclass(frozen=True, slots=True)
class Sight:
    """A way to look at a cluster, and what hides the secrets of its jobs."""

    monitoring: Measured
    hide: Hide


@dataclass(frozen=True, slots=True)
class Sampling:
    """`every`: seconds from burst to burst, None for as often as the number of requests allows."""

    every: float | None = None
    retention: Retention = field(default_factory=Retention)


class Sampler:
    """`jobs`: those of the cluster as the worker knows them; `completed`: checkpoints that were just recorded,
    which are taken out of it. `budget`: what it shares with those of other clusters. `newest`: what was measured
    last, by job.

    One thread uses it, with a connection of its own. A cluster that does not answer is asked less and less often;
    nothing is made up for the time.
    """

    def __init__(
        self,
        ledger: Ledger,
        reach: Callable[[], Sight],
        jobs: Callable[[], Sequence[Managed]],
        completed: deque[Checkpoint],
        sampling: Sampling,
        tally: Tally | None = None,
        budget: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._reach = reach
        self._jobs = jobs
        self._completed = completed
        self._sampling = sampling
        self._tally = tally if tally is not None else Tally()
        self._budget = budget if budget is not None else Budget()
        self._clock = clock
        self._sight: Sight | None = None
        self._reader: JobReader | None = None
        self._failing = FailureWatch()
        self._detailing = Detailing()
        self._before: dict[JobId, Reading] = {}
        self._processes = ProcessReader(clock)
        self._looked: dict[JobId, float] = {}
        self._known: dict[JobId, Managed] = {}
        self._graphs: dict[JobId, tuple[tuple[str, int], ...]] = {}
        self._tidy_at = clock()
        self._silent = 0
        self.newest: Mapping[int, Mapping[SeriesKey, float]] = {}

    def run(self, ended: threading.Event) -> None:
        """Until it is told to end, or the lease is lost."""
        try:
            while not ended.is_set():
                try:
                    pause = self.burst(ended)
                    pause -= self._tidy(ended)
                except LeaseLostError:
                    return  # the worker says so
                except FlinklabError as error:
                    self._tally.burst_errors += 1
                    log.warning("could not record", extra={"action": "sample", "why": error.message})
                    pause = _PAUSE
                except Exception:
                    self._tally.burst_errors += 1
                    log.exception("could not record", extra={"action": "sample"})
                    pause = _LONGEST
                ended.wait(max(pause, 0.0))
        finally:
            self.close()

    def close(self) -> None:
        self._budget.leave(self)
        sight, self._sight, self._reader = self._sight, None, None
        if sight is not None:
            sight.monitoring.close()

    def burst(self, ended: threading.Event) -> float:
        """Read everything once and record it; how long to wait before the next one, in seconds.

        Raises `LeaseLostError` and `CatalogError`.
        """
        begun, asked = self._clock(), self._tally.requests
        try:
            sight = self._connected()
            sight.monitoring.refresh()
            self._record(sight, ended, begun)
        except ConnectionFailedError as error:
            return self._unanswered(error)
        if self._silent:
            log.info("its metrics are recorded again", extra={"action": "sample"})
        self._silent = 0
        took = self._clock() - begun
        self._tally.bursts += 1
        self._tally.burst_seconds += took
        self._tally.answers_at = self._ledger.now().timestamp()
        return self._interval(self._tally.requests - asked, took) - took

    def _interval(self, requests: int, took: float) -> float:
        if self._sampling.every is not None:
            return self._sampling.every
        return max(self._budget.interval(self, requests), took / _SHARE)

    def _unanswered(self, error: FlinklabError) -> float:
        self.close()
        if not self._silent:
            log.warning("its metrics cannot be read", extra={"action": "sample", "why": error.message})
        self._silent += 1
        self._tally.burst_errors += 1
        self.newest = {}
        return float(min(_PAUSE * 2 ** (self._silent - 1), _LONGEST_PAUSE))

    def _connected(self) -> Sight:
        """A cluster that answers again may be another one at another address."""
        if self._sight is None:
            self._sight = self._reach()
        if self._reader is None:
            self._reader = JobReader(self._sight.monitoring)
        return self._sight

    def _record(self, sight: Sight, ended: threading.Event, begun: float) -> None:
        at, collected = self._ledger.now().timestamp(), self._clock()
        live = {each.flink_id: managed for managed, each in self._live()}
        scraped = self._processes.scraped(sight.monitoring)
        samples = [Sample(self._owner(), at, self._processes.read(sight.monitoring, scraped))]
        newest = {}
        for managed, reading in self._readings(sight, live, scraped, ended, begun):
            late = self._clock() - collected
            flink_id = reading.look.job_id
            before = self._before.get(flink_id)
            values = job_values(before, reading)
            if before is None or is_newer(before, reading):
                self._before[flink_id] = reading
            # A long burst outlives what was collected when it began.
            samples.append(Sample(self._owner(managed.job.id), at + (late if late > _FRESH else 0.0), values))
            newest[managed.job.id] = values
            self._note_graph(sight, managed, reading, at)
        if ended.is_set():
            return
        self._ledger.series.append(samples)
        self._tally.samples += len(samples)
        self.newest = newest
        self._last_words(sight, live)
        self._detail(sight, ended)
        self._known = live
        self._forget(live)

    def _live(self) -> Iterator[tuple[Managed, Attempt]]:
        for managed in self._jobs():
            attempt = managed.attempt
            if attempt is not None and attempt.state.is_live and attempt.running_at is not None:
                yield managed, attempt

    def _readings(
        self,
        sight: Sight,
        live: Mapping[JobId, Managed],
        scraped: Scraped | None,
        ended: threading.Event,
        begun: float,
    ) -> Iterator[tuple[Managed, Reading]]:
        """Those that were looked at longest ago come first: a burst that takes too long is broken off."""
        reader, deaf = self._reader, 0
        assert reader is not None
        for flink_id in sorted(live, key=lambda each: self._looked.get(each, 0.0)):
            if ended.is_set() or self._clock() - begun > _LONGEST:
                return
            try:
                reading = reader.read(flink_id, scraped)
                self._looked[flink_id] = self._clock()
                deaf = 0
                if reading is not None:
                    if self._failing.is_due(reading):
                        self._note_failures(sight, live[flink_id], flink_id)
                    yield live[flink_id], reading
            except ConnectionFailedError as error:
                deaf += 1
                self._tally.burst_errors += 1
                log.warning(
                    "a job was not read", extra={"action": "sample", "flink": flink_id, "why": error.message}
                )
                if deaf >= _DEAF:
                    raise

    def _note_graph(self, sight: Sight, managed: Managed, reading: Reading, at: float) -> None:
        graph, attempt, flink_id = reading.look.graph, managed.attempt, reading.look.job_id
        shape = tuple((vertex.id, vertex.parallelism) for vertex in graph.vertices)
        if not shape or attempt is None or self._graphs.get(flink_id) == shape:
            return
        moment = datetime.fromtimestamp(at, timezone.utc)
        shown = hidden_graph(graph, lambda text: sight.hide(managed, text))
        self._ledger.series.graph(RecordedGraph(managed.job.id, attempt.id, moment, shown, attempt.version))
        self._graphs[flink_id] = shape

    def _note_failures(self, sight: Sight, managed: Managed, flink_id: JobId) -> None:
        failures = sight.monitoring.failures(flink_id)
        new = self._failing.new(managed, failures, sight.hide)
        if new:
            self._ledger.series.failures(new)
        self._failing.remember(flink_id, failures)

    def _last_words(self, sight: Sight, live: Mapping[JobId, Managed]) -> None:
        """Why jobs ended that ran the last time."""
        for flink_id in self._known.keys() - live.keys():
            self._note_failures(sight, self._known[flink_id], flink_id)

    def _detail(self, sight: Sight, ended: threading.Event) -> None:
        completed = [self._completed.popleft() for _ in range(len(self._completed))]
        kept = []
        for each in self._detailing.chosen(completed, self._clock(), _DETAILS):
            if ended.is_set():
                return
            tasks = sight.monitoring.checkpoint_tasks(each.flink_id, each.checkpoint_id)
            if tasks:
                kept.append(detailed(each, tasks))
        try:
            self._ledger.keep(*kept)
        except NotFoundError as error:  # one of the jobs was moved or deleted meanwhile
            log.info("checkpoints are left without details", extra={"action": "sample", "why": error.message})

    def _tidy(self, ended: threading.Event) -> float:
        """Pack and delete what is over, a portion at a time; the seconds that it took."""
        begun = self._clock()
        if begun >= self._tidy_at:
            self._tidy_at = begun + _TIDY_EVERY
            for _ in range(_PORTIONS):
                if ended.is_set() or not self._ledger.series.tidy(self._sampling.retention):
                    break
        return self._clock() - begun

    def _forget(self, live: Mapping[JobId, Managed]) -> None:
        for kept in (self._before, self._looked, self._graphs):
            for gone in kept.keys() - live.keys():
                del kept[gone]
        self._failing.forget(live.keys())
        self._detailing.forget(live.keys())
        if self._reader is not None:
            self._reader.forget(live.keys())

    def _owner(self, job_id: int = 0) -> SeriesOwner:
        return SeriesOwner(self._ledger.lease.cluster.team, self._ledger.lease.cluster.name, job_id)
