"""Reading a cluster's own metrics: of its JobManager, of each TaskManager, of its slots."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.series import SeriesKey
from flinklab.ports.monitoring import JOBMANAGER, Measured, Scraped
from flinklab.telemetry.sampling import (
    ALL_METRICS,
    CLUSTER_METRICS,
    PROCESS_METRICS,
    cluster_values,
    process_values,
)

_SCRAPE_AGAIN = 600.0  # s after which it is looked again whether there are reporters

log = logging.getLogger("flinklab.supervisor")


class ProcessReader:
    """Of one cluster. It keeps in mind what each process told last, for what is a difference."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._before: dict[str, tuple[float, Mapping[str, float]]] = {}
        self._scrape_at = clock()

    def scraped(self, monitoring: Measured) -> Scraped | None:
        """What reporters tell of all jobs and processes at once, where there are any that can be read."""
        if self._clock() < self._scrape_at:
            return None
        try:
            found = monitoring.scrape(ALL_METRICS)
        except ConnectionFailedError as error:
            log.info("its reporters cannot be read", extra={"action": "sample", "why": error.message})
            found = None
        if found is None:
            self._scrape_at = self._clock() + _SCRAPE_AGAIN
        return found

    def read(self, monitoring: Measured, scraped: Scraped | None) -> dict[SeriesKey, float]:
        """The values of the cluster's own sample. Raises `ConnectionFailedError`."""
        machines = monitoring.machines()
        values: dict[SeriesKey, float] = {}
        told: dict[str, tuple[float, Mapping[str, float]]] = {}
        for process in (JOBMANAGER, *(each.id for each in machines)):
            metrics = scraped.processes.get(process) if scraped is not None else None
            if metrics is None:
                names = (*PROCESS_METRICS, *CLUSTER_METRICS) if process == JOBMANAGER else PROCESS_METRICS
                metrics = monitoring.process(process, names)
            now = self._clock()
            before_at, before = self._before.get(process, (now, {}))
            values |= process_values(process, before, metrics, now - before_at)
            told[process] = now, metrics
        self._before = told
        return values | cluster_values(told[JOBMANAGER][1], machines)
