"""Series, graphs and failures as a supervisor writes them, under its lease."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BindParameter, Connection, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog.definition_writes import chunks as portions
from flinklab.catalog.job_rows import as_told, fetch_one, to_row
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import job_failure, job_graph, series_sample
from flinklab.catalog.schema import series_subject as subjects
from flinklab.catalog.series_blocks import of_sample
from flinklab.catalog.series_codec import pack
from flinklab.catalog.series_tidy import Tidy
from flinklab.domain.series import Retention, Sample
from flinklab.ports.series import RecordedFailure, RecordedGraph

if TYPE_CHECKING:
    from flinklab.catalog.ledger import Held

Holding = Callable[[], "AbstractContextManager[Held]"]


class SeriesLedger:
    """Fulfils `ports.series.SeriesWriter`. Safe to use from several threads.

    `holding`: a transaction in which the lease on `cluster` (a name) is held. What is told of a job that is not on
    the cluster any more is left out: it was measured before it went.
    """

    def __init__(self, cluster: str, holding: Holding) -> None:
        self._cluster = cluster
        self._holding = holding
        self._tidy = Tidy(cluster)

    def append(self, samples: Sequence[Sample]) -> None:
        packed = [(each.owner.job_id, round(each.at * 1000), pack(of_sample(each))) for each in samples]
        if not packed:
            return
        with self._holding() as held:
            subject = self._subjects(held, {job_id for job_id, _, _ in packed})
            rows = [
                {"subject_id": subject[job_id], "at": at, "team_id": held.team_id, "data": data}
                for job_id, at, data in packed
                if job_id in subject
            ]
            _add(held.connection, series_sample, rows)

    def graph(self, graph: RecordedGraph) -> None:
        document = msgspec.json.decode(msgspec.json.encode(graph.graph))  # as it is read again
        newest = (
            select(job_graph.c.document, job_graph.c.version)
            .where(job_graph.c.job_id == graph.job_id)
            .order_by(job_graph.c.at.desc(), job_graph.c.id.desc())
            .limit(1)
        )
        with self._holding() as held:
            known = fetch_one(held.connection, newest)
            if known == {"document": document, "version": graph.version}:
                return
            if graph.job_id in self._here(held, {graph.job_id}):
                row = {name: value for name, value in graph._asdict().items() if name != "graph"}
                held.connection.execute(
                    insert(job_graph).values(row | {"document": document, "team_id": held.team_id})
                )

    def failures(self, failures: Sequence[RecordedFailure]) -> None:
        if not failures:
            return
        with self._holding() as held:
            here = self._here(held, {each.job_id for each in failures})
            rows = [_failure_row(each, held.team_id) for each in failures if each.job_id in here]
            _add(held.connection, job_failure, rows)

    def tidy(self, retention: Retention) -> bool:
        with self._holding() as held:
            return self._tidy.portion(held, retention)

    def _here(self, held: Held, job_ids: set[int]) -> set[int]:
        asked = {"team": held.team_id, "cluster": self._cluster}
        return {
            job_id
            for some in portions(list(job_ids))
            for job_id in held.connection.execute(_JOBS, asked | {"ids": some}).scalars()
        }

    def _subjects(self, held: Held, job_ids: set[int]) -> dict[int, int]:
        """Ids of subjects by those of jobs, 0 for the cluster itself; they are made where they are missing."""
        here = self._here(held, job_ids - {0})
        found = self._known(held, here)
        missing: list[dict[str, Any]] = [
            {"team_id": held.team_id, "cluster": "", "job_id": job_id} for job_id in here - found.keys()
        ]
        if 0 in job_ids and 0 not in found:
            missing.append({"team_id": held.team_id, "cluster": self._cluster, "job_id": None})
        if missing:
            held.connection.execute(insert(subjects), missing)
            found = self._known(held, here)
        return found

    def _known(self, held: Held, job_ids: set[int]) -> dict[int, int]:
        of = {"team": held.team_id, "cluster": self._cluster}
        number = held.connection.execute(_CLUSTER, of).scalar()
        found = {} if number is None else {0: number}
        for some in portions(list(job_ids)):
            found.update((row.job_id, row.id) for row in held.connection.execute(_SUBJECTS, {"ids": some}))
        return found


def _failure_row(told: RecordedFailure, team_id: int) -> dict[str, Any]:
    failure = told.failure
    digest = blake2b(f"{failure.task}\0{failure.message}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    ids = {"job_id": told.job_id, "attempt": told.attempt, "flink_id": told.flink_id, "team_id": team_id}
    return as_told(to_row(failure, job_failure)) | ids | {"digest": digest}


def _add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Those that are not there yet."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_JOBS = select(jobs.c.id).where(
    jobs.c.id.in_(_IDS), jobs.c.team_id == bindparam("team"), jobs.c.cluster == bindparam("cluster")
)
_SUBJECTS = select(subjects.c.id, subjects.c.job_id).where(subjects.c.job_id.in_(_IDS))
_CLUSTER = select(subjects.c.id).where(
    subjects.c.team_id == bindparam("team"),
    subjects.c.cluster == bindparam("cluster"),
    subjects.c.job_id.is_(None),
)
