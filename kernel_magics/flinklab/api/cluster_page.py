"""What a page about one registered cluster shows, as plain data: slots, memory, and which job uses what.

Moments are milliseconds since 1970 (UTC), sizes bytes, shares from 0 to 1.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from flinklab.api.diagnosis import diagnose_cluster
from flinklab.api.job_page import Document
from flinklab.api.watching import watch_cluster
from flinklab.domain.text import epoch_ms

if TYPE_CHECKING:
    from flinklab.api.watching_cluster import ClusterJob, ClusterPicture, Process
    from flinklab.catalog.catalog import Catalog
    from flinklab.settings import Settings

_WAIT = 8.0  # s for a cluster to answer
_JOBS, _PROCESSES = 500, 200
_MEMORY = ("heap", "metaspace", "managed")
"""Kinds of memory with a bound."""


def overview(name: str, catalog: Catalog, settings: Settings | None = None, *, wait: float = _WAIT) -> Document:
    """The cluster as it tells of itself within `wait` seconds; `trouble` says in a line why it does not.

    `settings`: with which it is asked (default: those of this process). `at` is null while it has not answered,
    and then there is no more than its `title`. `more_jobs` and `more_processes` are left out of the lists;
    `unasked`: TaskManagers whose memory was not asked for. Raises `NotFoundError`.
    """
    with closing(watch_cluster(name, catalog, settings)) as watch:
        heard = threading.Event()
        watch.news = heard.set
        picture, until = watch.look(), time.monotonic() + wait
        while picture.waits and (left := until - time.monotonic()) > 0:
            heard.wait(left)
            heard.clear()
            picture = watch.look()
    return _document(picture)


def _document(picture: ClusterPicture) -> Document:
    slow = "it has not answered yet: a cluster that is busy or far away takes longer" if picture.waits else ""
    names = {each.job.id: _name(each) for each in picture.jobs}
    return {
        "title": picture.title,
        "at": epoch_ms(picture.at),
        "trouble": picture.trouble or slow,
        "slots": {
            "total": sum(each.slots for each in picture.machines),
            "free": sum(each.free_slots for each in picture.machines),
        },
        "taskmanagers": len(picture.machines),
        "jobs": [_job(each) for each in picture.jobs[:_JOBS]],
        "more_jobs": max(len(picture.jobs) - _JOBS, 0),
        "ended": picture.ended,
        "processes": [_process(each, names) for each in picture.processes[:_PROCESSES]],
        "more_processes": max(len(picture.processes) - _PROCESSES, 0),
        "unasked": picture.unasked,
    }


def _job(each: ClusterJob) -> Document:
    """`whose`: of a job that is not in this catalog, what it tells of itself; `key`: of one that is."""
    managed = each.managed
    return {
        "flink_id": each.job.id,
        "name": _name(each),
        "state": each.job.state.value.lower(),
        "since": epoch_ms(each.job.start),
        "slots": each.slots,
        "whose": managed.job.owner if managed is not None else each.whose,
        "key": dict(managed.job.key._asdict()) if managed is not None else None,
    }


def _process(each: Process, names: dict[Any, str]) -> Document:
    """`memory`: by kind, what is used and the most there is, null where that is not known."""
    machine, values = each.machine, each.values
    in_slots = machine.jobs if machine is not None else ()
    return {
        "id": each.id,
        "host": each.host,
        "slots": {"total": machine.slots, "free": machine.free_slots} if machine is not None else None,
        "memory": {
            kind: {"used": values.get(f"{kind}_used"), "most": _bound(values.get(f"{kind}_max"))}
            for kind in _MEMORY
            if values.get(f"{kind}_used") is not None
        },
        "direct": values.get("direct_used"),
        "cpu": values.get("cpu"),
        "gc": values.get("gc"),
        "threads": values.get("threads"),
        "growth": each.metaspace.hourly if each.metaspace is not None else None,
        "leaks": each.metaspace is not None and each.metaspace.leaks,
        "jobs": [
            {"name": names.get(job, str(job)[:8]), "slots": in_slots.count(job)} for job in dict.fromkeys(in_slots)
        ],
    }


def _bound(most: float | None) -> float | None:
    """Java says -1 where there is none."""
    return most if most is not None and most > 0 else None


def _name(each: ClusterJob) -> str:
    return str(each.managed.job.key) if each.managed is not None else each.job.name


def doctor(name: str, catalog: Catalog, settings: Settings | None = None) -> Document:
    """As `flinklab.diagnose_cluster` found it, with its `headline`. Takes some 12 s. Raises as that."""
    found = diagnose_cluster(name, catalog, settings)
    return {**found.document(), "at": epoch_ms(found.at), "headline": found.headline}
