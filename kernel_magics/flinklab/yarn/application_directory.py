"""Where the JobManagers of a registered cluster's applications are: one for each attempt of a job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from flinklab.domain.errors import ClusterEndedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.records import ClusterAddress
from flinklab.domain.yarn import Application
from flinklab.yarn.application_tags import flink_id_of, foremost
from flinklab.yarn.meant import ending


class KeptAddresses(Protocol):
    """What outlives this process. Every method may raise a `CatalogError`."""

    def all(self) -> Mapping[JobId, ClusterAddress]: ...

    def put(self, flink_id: JobId, url: str, application: str) -> ClusterAddress: ...

    def forget(self, flink_id: JobId) -> None: ...


class Directory:
    """May be used from several threads.

    `applications`: what the ResourceManager says there is with the cluster's tag, which may be some seconds old.
    It is asked for an attempt of which no address is kept, and when a JobManager does not answer. Raises what that
    raises, and what `kept` does.
    """

    def __init__(self, applications: Callable[[], Sequence[Application]], kept: KeptAddresses) -> None:
        self._applications = applications
        self._kept = kept
        self._lock = threading.Lock()
        self._known: dict[JobId, ClusterAddress] | None = None

    def known(self) -> Mapping[JobId, ClusterAddress]:
        """The addresses that are kept."""
        with self._lock:
            if self._known is None:
                self._known = dict(self._kept.all())
            return dict(self._known)

    def find(self, flink_id: JobId) -> ClusterAddress | None:
        """None: no application was ever submitted for it, as far as YARN and the catalog know.

        Raises `ClusterEndedError` when its application is over, and `UnreachableError` when it has no JobManager.
        """
        kept = self.known().get(flink_id)
        if kept is not None:
            return kept
        found = self._application(flink_id)
        return self._found(flink_id, found) if found is not None else None

    def again(self, flink_id: JobId, failed_url: str) -> ClusterAddress:
        """After a request to `failed_url` failed. Raises as `find` does, also for one that YARN does not know."""
        known = self.known().get(flink_id)
        if known is not None and known.url != failed_url:
            return known
        found = self._application(flink_id, known.application if known is not None else "")
        if found is None:
            which = known.application if known is not None else "its application"
            raise UnreachableError(
                f"YARN does not know {which} (any more), so nothing says that it ended",
                url=failed_url,
                hint="if it is over, `%flink move` with --lost starts the job elsewhere",
            )
        return self._found(flink_id, found)

    def keep(self, flink_id: JobId, url: str, application: str) -> ClusterAddress:
        kept = self._kept.put(flink_id, url, application)
        with self._lock:
            if self._known is not None:
                self._known[flink_id] = kept
        return kept

    def forget(self, flink_id: JobId) -> None:
        self._kept.forget(flink_id)
        with self._lock:
            if self._known is not None:
                self._known.pop(flink_id, None)

    def strangers(self, needed: Collection[JobId]) -> Sequence[Application]:
        """Applications that live, are for none of those jobs, and of which no address is kept."""
        known = {each.application for each in self.known().values()}
        living = [each for each in self._applications() if not each.state.is_over]
        return [each for each in living if each.id not in known and flink_id_of(each) not in needed]

    def _application(self, flink_id: JobId, known: str = "") -> Application | None:
        """The `known` one where there is one: another may have come later and found nothing to do."""
        its = [each for each in self._applications() if flink_id_of(each) == flink_id]
        return next((each for each in its if each.id == known), None) if known else foremost(its)

    def _found(self, flink_id: JobId, found: Application) -> ClusterAddress:
        if found.is_over:
            raise ClusterEndedError(f"its application ended: {ending(found)}", application=found.id)
        if found.jobmanager_url is None:
            raise UnreachableError(
                f"{found.id} has no JobManager now, it is {found.state.value}", url=found.tracking_url
            )
        known = self.known().get(flink_id)
        if known is not None and (known.url, known.application) == (found.jobmanager_url, found.id):
            return known
        return self.keep(flink_id, found.jobmanager_url, found.id)
