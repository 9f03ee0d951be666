"""What the threads of a cluster's processes, or of those that a job runs on, do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.api.looking import Subject, subject_of
from flinklab.api.processes import ask_all, processes_of
from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.text import count
from flinklab.telemetry.logs import pattern_of
from flinklab.telemetry.threads import ThreadGroup, grouped_threads, of_other_jobs

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.catalog.catalog import Catalog
    from flinklab.session.result import Result
    from flinklab.session.session import Session

COLUMNS = ("threads", "state", "task", "names", "owner", "stack")


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of tasks first. `notes`: what is left out, in lines for people."""

    groups: Sequence[ThreadGroup]
    notes: tuple[str, ...] = ()


def threads(
    target: str | Result | None = None,
    *,
    process: str | None = None,
    grep: str | None = None,
    environment: str | None = None,
    session: Session | None = None,
    catalog: Catalog | None = None,
) -> pd.DataFrame:
    """The threads of the processes that a job runs on, or of all of a cluster, a row per stack.

    `target` as for `flinklab.logs`; `grep`: a regular expression for names and stacks. Columns `threads` (how
    many), `state`, `task` (whether tasks run in them), `names` (process and name of each), `owner` (who holds what
    they wait for) and `stack`. Raises `NotFoundError`, `UsageError`, `ConnectionFailedError`.
    """
    import pandas as pd

    with subject_of(target, environment, catalog, session) as subject:
        found = read_threads(subject, process, grep)
    rows = [
        (len(each.threads), each.state, each.is_task, each.threads, each.owner, each.stack) for each in found.groups
    ]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame


def read_threads(subject: Subject, process: str | None = None, grep: str | None = None) -> Threads:
    """Raises `UsageError`, `ConnectionFailedError`."""
    processes = processes_of(subject, process, command="threads")
    dumps, silent = ask_all(processes.names, subject.monitoring.threads)
    vertices = _vertices(subject)
    foreign = {name: of_other_jobs(found, vertices) if vertices else frozenset() for name, found in dumps.items()}
    mine = {name: [each for each in found if each.name not in foreign[name]] for name, found in dumps.items()}
    others = sum(map(len, foreign.values()))
    note = [f"{count(others, 'thread')} of other jobs' tasks left out"] if others else []
    groups = grouped_threads(mine, pattern_of(grep) if grep else None)
    return Threads(groups, (*note, *processes.notes, *silent))


def _vertices(subject: Subject) -> frozenset[str]:
    """Names of a job's vertices; none where they are not known, and for a cluster."""
    if subject.flink_id is None:
        return frozenset()
    try:
        look = subject.monitoring.look(subject.flink_id)
    except ConnectionFailedError:
        return frozenset()
    return frozenset(each.name for each in look.graph.vertices) if look is not None else frozenset()
