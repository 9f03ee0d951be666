"""A watched team as rows of a table, problems first, and as text."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from flinklab.api.watching_team import TeamJob, TeamPicture
from flinklab.domain.job_lines import PROBLEMS
from flinklab.domain.jobs import ManagedState
from flinklab.domain.text import count, duration, epoch_ms, one_line
from flinklab.notebook import job_table
from flinklab.notebook.watch_html import amount, clock, table
from flinklab.notebook.watch_moment import Moment
from flinklab.telemetry.health import VITALS

COLUMNS = (
    ("job", "text"),
    ("env", "text"),
    ("state", "text"),
    ("since", "ago"),
    ("cluster", "text"),
    ("lag", "number"),
    ("waiting", "number"),
    ("back-pressure", "number"),
    ("checkpoint", "ago"),
    ("took", "number"),
    ("state size", "number"),
    ("restarts", "number"),
    ("now", "text"),
)
"""Name and kind. A cell is a text, a moment in ms (`ago`) or a text with the number by which it is sorted."""

_ALMOST = 0.5  # of back-pressure
_REASON = 160
_STILL = 60  # rows of the picture that stays


def team_moment(picture: TeamPicture) -> Moment:
    """What a view of the team draws: rows by key, and their order with problems first."""
    jobs = _sorted(picture)
    return Moment(
        "team",
        picture.title,
        {
            "state": "failed" if picture.trouble else "finished",
            "as_of": epoch_ms(picture.at),
            "verbs": [],
            "key": None,
            "head": _head(picture),
            "note": f"<div>{escape(picture.trouble)}</div>" if picture.trouble else "",
            "columns": [list(each) for each in COLUMNS],
            "states": [state.value for state in ManagedState],
            "order": [str(each.managed.job.id) for each in jobs],
        },
        {str(each.managed.job.id): _row(each) for each in jobs},
    )


def team_still(picture: TeamPicture) -> str:
    """The table as it stays in the saved notebook: what is worst, and how much is left out."""
    jobs = _sorted(picture)
    rows = []
    for each in jobs[:_STILL]:
        row = _row(each)
        cells = [
            escape(_cell_text(cell, kind, picture.at)) for cell, (_, kind) in zip(row["c"], COLUMNS, strict=True)
        ]
        if row["p"]:
            cells[2] = f'<span class="fl-wrong">{cells[2]}</span>'
        rows.append(cells)
    left = len(jobs) - _STILL
    more = f'<div class="fl-note">{left:,} more are not in this picture</div>' if left > 0 else ""
    numbers = [index for index, (_, kind) in enumerate(COLUMNS) if kind == "number"]
    return table([name for name, _ in COLUMNS], rows, numbers) + more


def team_text(picture: TeamPicture) -> str:
    jobs = _sorted(picture)
    lines = [f"{picture.title}: {_counts(picture)}", *filter(None, (picture.trouble,))]
    if picture.at is not None:
        lines.append(f"as of {clock(picture.at)}")
    for each in jobs[:_STILL]:
        cells = zip(_row(each)["c"], COLUMNS, strict=True)
        lines.append("  ".join(filter(None, (_cell_text(cell, kind, picture.at) for cell, (_, kind) in cells))))
    if len(jobs) > _STILL:
        lines.append(f"{len(jobs) - _STILL:,} more")
    return "\n".join(lines)


def _sorted(picture: TeamPicture) -> list[TeamJob]:
    """Problems first; of those that run, those that are held up most."""
    by_id = {each.managed.job.id: each for each in picture.jobs}
    ordered = [by_id[each.job.id] for each in job_table.problems_first([each.managed for each in picture.jobs])]
    return sorted(ordered, key=lambda each: (not _is_problem(each), not _is_held_up(each)))


def _is_problem(each: TeamJob) -> bool:
    return each.managed.status.state in PROBLEMS


def _is_held_up(each: TeamJob) -> bool:
    return each.vitals.get("backpressured", 0.0) >= _ALMOST


def _row(each: TeamJob) -> dict[str, Any]:
    managed, checkpoint = each.managed, each.checkpoint
    key, status = managed.job.key, managed.status
    doing = job_table.command_shown(managed)
    return {
        "p": _is_problem(each),
        "h": _is_held_up(each),
        "c": [
            f"{key.team}.{key.name}",
            key.environment,
            status.state.value,
            epoch_ms(status.since),
            managed.job.cluster,
            _number(each, "lag"),
            _number(each, "waiting"),
            _number(each, "backpressured"),
            epoch_ms(checkpoint.triggered_at) if checkpoint is not None else None,
            [duration(checkpoint.duration), checkpoint.duration] if checkpoint is not None else None,
            _sized(each),
            _number(each, "restarts"),
            one_line(" · ".join(filter(None, (doing, status.reason))), _REASON),
        ],
    }


def _number(each: TeamJob, name: str) -> list[Any] | None:
    value = each.vitals.get(name)
    return [amount(value, VITALS[name].unit), value] if value is not None else None


def _sized(each: TeamJob) -> list[Any] | None:
    checkpoint = each.checkpoint
    recorded = checkpoint.full_size or checkpoint.size if checkpoint is not None else None
    size = each.vitals.get("state", recorded)
    return [amount(size, "B"), size] if size is not None else None


def _cell_text(cell: Any, kind: str, at: datetime | None) -> str:
    if cell is None:
        return ""
    if kind == "number":
        return str(cell[0])
    if kind == "ago" and at is not None:
        return duration(max(at.timestamp() - cell / 1000, 0.0))
    return str(cell)


def _head(picture: TeamPicture) -> str:
    return f'<span class="fl-state">{escape(picture.title)}</span><span>{escape(_counts(picture))}</span>'


def _counts(picture: TeamPicture) -> str:
    of: dict[str, int] = {}
    for each in job_table.problems_first([job.managed for job in picture.jobs]):
        of[each.status.state.value] = of.get(each.status.state.value, 0) + 1
    told = ", ".join(f"{n:,} {state}" for state, n in of.items())
    return f"{count(len(picture.jobs), 'job')}: {told}" if told else "no managed jobs"
