"""Looking at a cluster on which each job has a JobManager of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.jobs import Managed
from flinklab.jobs.hiding import Hide
from flinklab.jobs.situation import Situation
from flinklab.ports.jobs import CheckpointHistory, JobControl, Storage
from flinklab.supervisor.observe import Observer, View, unseen


class ApartObserver(Observer):
    """A JobManager that is silent, or that has ended, is the matter of its job and of no other.

    There is room for another try here, so that nobody needs a refuge.
    """

    def __init__(self, control: JobControl, storage: Storage, hide: Hide) -> None:
        super().__init__(control, storage, hide)
        self._unseen: dict[int, View] = {}

    def situation(
        self, managed: Managed, view: View, now: datetime, history: CheckpointHistory | None = None
    ) -> Situation:
        try:
            found = super().situation(managed, view, now, history)
        except ConnectionFailedError as error:
            since = replace(unseen(now, self._unseen.get(managed.job.id), error), incarnation=view.incarnation)
            self._unseen[managed.job.id] = since
            return self.blind(managed, since, now)
        self._unseen.pop(managed.job.id, None)
        return found
