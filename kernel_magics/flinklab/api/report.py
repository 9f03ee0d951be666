"""`flinklab.report("orders", since="24h")`: how a job was and is, in one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flinklab.api.command_handle import in_words
from flinklab.api.diagnosis import diagnose_job
from flinklab.api.exceptions import Exceptions, read_exceptions
from flinklab.api.hiding import veil
from flinklab.api.jobs import job, opened
from flinklab.api.looking import subject_of_job
from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.domain.text import one_line
from flinklab.plots.page import Fold, Section, Table, page
from flinklab.sql.sensitive import without_secrets
from flinklab.sql.variables import mask
from flinklab.telemetry.failures import FailureGroup, row_values, without_values
from flinklab.telemetry.span import span

if TYPE_CHECKING:
    from flinklab.api.job_handle import JobHandle
    from flinklab.catalog.catalog import Catalog
    from flinklab.plots.plot import Plot
    from flinklab.telemetry.doctor.diagnosis import Diagnosis

_PLOTS = ("timeline", "checkpoints", "backpressure", "lag", "metrics")
_RECENT = 20
_LINE = 300

Say = Callable[[str], None]


def _silent(line: str) -> None:
    pass


def report(
    name: str,
    since: str | timedelta | datetime = "24h",
    output: str | Path | None = None,
    *,
    environment: str | None = None,
    catalog: Catalog | None = None,
    doctor: bool = True,
    say: Say = _silent,
) -> Path:
    """Write how a job was and is to an HTML file that needs nothing else: `NAME.html` where `output` says no other.

    What is in it: state, what the doctor finds (which takes some 12 s; `doctor=False` leaves it out), plots of the
    time, exceptions by root cause, orders and versions. A part that could not be had says why. A report is handed
    on: secrets are hidden, and the values of rows that exceptions repeat. `say` is told in a line what is done.

    Raises `NotFoundError` for a job that there is not, `UsageError` for a place that cannot be written to.
    """
    shared = opened(catalog)
    handle = job(name, environment, shared)
    place = Path(output) if output is not None else Path(f"{handle.key.name.replace('/', '_')}.html")
    chosen = span(since, datetime.now().astimezone())
    with subject_of_job(f"{handle.key.team}.{handle.key.name}", handle.key.environment, shared) as subject:
        hide = veil(subject, shared)
        failures = _had(lambda: read_exceptions(subject, hide, since, shared))
    values = row_values(failures.failures) if isinstance(failures, Exceptions) else frozenset()

    def shown(text: str) -> str:
        return mask(hide(text), values)

    sections = [_head(handle, chosen.since)]
    if doctor:
        say("looking at the job")
        sections.append(_findings(_had(lambda: diagnose_job(name, handle.key.environment, shared))))
    for kind in _PLOTS:
        say(f"drawing {kind}")
        sections.append(_plot(kind, _had(lambda kind=kind: getattr(handle.plot, kind)(since=since))))  # type: ignore[misc]
    sections += [_exceptions(failures), _orders(handle), _versions(handle)]
    text = page(f"{handle.key}: report", sections, hide=shown)
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror or error}") from error
    return place


def _had(read: Callable[[], object]) -> object:
    """What it gives, or why it gives nothing."""
    try:
        return read()
    except FlinklabError as error:
        return error


def _head(handle: JobHandle, since: datetime) -> Section:
    managed = handle.managed
    status, attempt, now = managed.status, managed.attempt, datetime.now().astimezone()
    facts = [
        ("state", status.state.value + (f": {status.reason}" if status.reason else "")),
        ("since", _moment(status.since)),
        ("version", str(managed.job.number)),
        ("cluster", managed.job.cluster),
        ("Flink job", attempt.flink_id if attempt is not None else ""),
        ("owner", managed.job.owner),
        ("description", managed.job.description),
        ("time", f"{_moment(since)} to {_moment(now)} {now:%Z}"),
    ]
    return Section("", [Table(("", ""), [fact for fact in facts if fact[1]])])


def _findings(found: object) -> Section:
    from flinklab.telemetry.doctor.diagnosis import Diagnosis

    if not isinstance(found, Diagnosis):
        return Section("Findings", [_why(found)])
    return Section("Findings", [found.headline, *_finding_parts(found)])


def _finding_parts(found: Diagnosis) -> Iterator[Fold | str]:
    for each in found.findings:
        follows = f" (follows from {each.follows})" if each.follows else ""
        lines = [f"· {line}" for line in each.evidence] + [f"→ {line}" for line in each.advice]
        if each.clause is not None:
            lines.insert(0, f"in the SQL: {each.clause.text}")
        yield Fold(f"{each.severity.name.lower()}: {each.title}{follows}", "\n".join(lines))
    if found.missing:
        yield f"Could not be had: {', '.join(found.missing)}"


def _plot(kind: str, found: object) -> Section:
    from flinklab.plots.plot import Plot

    return Section(kind.capitalize(), [found if isinstance(found, Plot) else _why(found)])


def _exceptions(found: object) -> Section:
    if not isinstance(found, Exceptions):
        return Section("Exceptions", [_why(found)])
    if not found.groups:
        return Section("Exceptions", ["There was none in that time.", *found.notes])
    parts: list[Plot | Table | Fold | str] = [Table(_CAUSES, [_cause(each) for each in found.groups])]
    parts += [Fold(each.pattern, without_values(each.newest.details, each.newest)) for each in found.groups]
    return Section("Exceptions", [*parts, *found.notes])


_CAUSES = ("root cause", "times", "first", "last", "vertices", "TaskManagers", "versions")


def _cause(group: FailureGroup) -> tuple[str, ...]:
    return (
        group.pattern,
        f"{group.count:,}",
        _moment(group.first),
        _moment(group.last),
        ", ".join(group.vertices),
        ", ".join(group.taskmanagers),
        ", ".join(map(str, group.versions)),
    )


def _orders(handle: JobHandle) -> Section:
    rows = [
        (_moment(each.asked_at), each.kind.value, each.asked_by, one_line(in_words(each), _LINE), each.why)
        for each in (command.look() for command in handle.commands()[:_RECENT])
    ]
    return Section("Orders", [Table(("asked", "order", "by", "how it stands", "why"), rows) if rows else "None."])


def _versions(handle: JobHandle) -> Section:
    versions = handle.versions()[:_RECENT]
    rows = [(str(each.number), _moment(each.made_at), each.made_by, each.note) for each in versions]
    texts = [Fold(f"version {each.number}", without_secrets(each.script.statement)) for each in versions[:1]]
    return Section("Versions", [Table(("version", "made", "by", "note"), rows), *texts])


def _why(error: object) -> str:
    return f"It could not be had: {error}"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at is not None else ""
