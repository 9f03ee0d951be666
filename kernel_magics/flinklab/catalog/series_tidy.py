"""Packs the hours that are over, and deletes what is older than is kept: a portion at a time.

Each portion is one transaction, which reads samples, writes their chunks and deletes the samples: of a supervisor
that is killed between two of them nothing is missing and nothing is there twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import series_sweep
from flinklab.catalog.job_rows import fetch
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import series_chunk as chunks
from flinklab.catalog.schema import series_sample as samples
from flinklab.catalog.schema import series_subject as subjects
from flinklab.catalog.series_blocks import is_sparse, joined, rolled
from flinklab.catalog.series_codec import Block, pack, unpack
from flinklab.catalog.series_plan import DAY, HOUR
from flinklab.domain.series import Retention, Tier

if TYPE_CHECKING:
    from flinklab.catalog.ledger import Held

GRACE = 600.0
"""s for which the samples of an hour that is over wait: for late ones, and for whoever asks for the newest ones."""

_AT_ONCE = 10  # hours of subjects: the lease cannot be renewed meanwhile


@dataclass(slots=True)
class Tidy:
    """`swept`: the hour in which all that is too old was last deleted. Once an hour is often enough for that."""

    cluster: str
    swept: int = 0

    def portion(self, held: Held, retention: Retention) -> bool:
        """True: there may be more to do."""
        over = int((held.now.timestamp() - GRACE) // HOUR) * HOUR
        of = {"team": held.team_id, "cluster": self.cluster}
        ours = list(held.connection.execute(_SUBJECTS, of).scalars())
        asked = {"subjects": ours, "over": over * 1000, "most": _AT_ONCE}
        oldest = held.connection.execute(_OLDEST, asked).all() if ours else []
        for subject, at in oldest:
            _pack_hour(held, subject, at // 1000 // HOUR * HOUR)
        if oldest:
            return True
        if self.swept == over:
            return False
        if series_sweep.sweep(held.connection, ours, _job_ids(held.connection, of), held.now, retention):
            return True
        self.swept = over
        return False


def _job_ids(connection: Connection, of: dict[str, Any]) -> list[int]:
    return list(connection.execute(_JOBS, of).scalars())


def _pack_hour(held: Held, subject: int, hour: int) -> None:
    """Into the chunks of the hour and of its day, which may be there already: some samples came late."""
    connection = held.connection
    day = hour - hour % DAY
    of = {"subject": subject, "hour": hour, "day": day, "begin": hour * 1000, "end": (hour + HOUR) * 1000}
    known = {row["tier"]: row for row in fetch(connection, _CHUNKS, of)}
    new = [unpack(data) for data in connection.execute(_SAMPLES, of).scalars()]
    minute = known.get(Tier.MINUTE.value)
    raw = minute if minute is not None and minute["as_sampled"] else known.get(Tier.RAW.value)
    rows: list[tuple[Tier, int, bool, Block]] = []
    if raw is None and minute is not None:
        # The samples that the minutes were made of are not kept any more.
        minutes = rolled(joined([rolled(joined(new), Tier.MINUTE.step), unpack(minute["data"])]), Tier.MINUTE.step)
        whole = minutes
        rows.append((Tier.MINUTE, hour, False, minutes))
    else:
        whole = joined([unpack(raw["data"]), *new] if raw is not None else new)
        if is_sparse(whole, Tier.MINUTE.step):
            rows.append((Tier.MINUTE, hour, True, whole))
        else:
            rows.append((Tier.RAW, hour, False, whole))
            rows.append((Tier.MINUTE, hour, False, rolled(whole, Tier.MINUTE.step)))
    hours = [rolled(whole, Tier.HOUR.step)]
    if (of_day := known.get(Tier.HOUR.value)) is not None:
        hours.insert(0, unpack(of_day["data"]))
    rows.append((Tier.HOUR, day, False, joined(hours)))
    _keep(held, subject, rows)
    connection.execute(_PACKED, of)


def _keep(held: Held, subject: int, rows: list[tuple[Tier, int, bool, Block]]) -> None:
    dialect = postgresql if held.connection.dialect.name == "postgresql" else sqlite
    added = dialect.insert(chunks)
    new = added.excluded
    upserting = added.on_conflict_do_update(
        index_elements=["subject_id", "tier", "start"],
        set_={"times": new.times, "as_sampled": new.as_sampled, "data": new.data},
    )
    values = [
        {
            "subject_id": subject,
            "tier": tier.value,
            "start": start,
            "team_id": held.team_id,
            "times": len(block.times),
            "as_sampled": as_sampled,
            "data": pack(block),
        }
        for tier, start, as_sampled, block in rows
    ]
    held.connection.execute(upserting, values)


_SUBJECT: BindParameter[Any] = bindparam("subject")
_HERE = and_(jobs.c.team_id == bindparam("team"), jobs.c.cluster == bindparam("cluster"))
_JOBS = select(jobs.c.id).where(_HERE)
_SUBJECTS = select(subjects.c.id).where(
    subjects.c.team_id == bindparam("team"),
    or_(
        subjects.c.job_id.in_(_JOBS),
        and_(subjects.c.job_id.is_(None), subjects.c.cluster == bindparam("cluster")),
    ),
)
_FIRST = (
    select(
        subjects.c.id,
        select(func.min(samples.c.at))
        .where(samples.c.subject_id == subjects.c.id)
        .correlate(subjects)
        .scalar_subquery()
        .label("at"),
    )
    .where(subjects.c.id.in_(bindparam("subjects", expanding=True)))
    .subquery()
)
_OLDEST = (
    select(_FIRST.c.id, _FIRST.c.at)
    .where(_FIRST.c.at < bindparam("over"))
    .order_by(_FIRST.c.at)
    .limit(bindparam("most"))
)
_CHUNKS = select(chunks).where(
    chunks.c.subject_id == _SUBJECT,
    or_(
        and_(chunks.c.tier.in_([Tier.RAW.value, Tier.MINUTE.value]), chunks.c.start == bindparam("hour")),
        and_(chunks.c.tier == Tier.HOUR.value, chunks.c.start == bindparam("day")),
    ),
)
_OF_HOUR = and_(
    samples.c.subject_id == _SUBJECT, samples.c.at >= bindparam("begin"), samples.c.at < bindparam("end")
)
_SAMPLES = select(samples.c.data).where(_OF_HOUR).order_by(samples.c.at)
_PACKED = delete(samples).where(_OF_HOUR)
