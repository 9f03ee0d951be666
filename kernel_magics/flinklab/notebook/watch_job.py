"""A watched job as parts of a page, and as text."""

from __future__ import annotations

from html import escape

from flinklab.api.command_handle import in_words
from flinklab.api.watching_job import JobPicture
from flinklab.domain.job_lines import PROBLEMS
from flinklab.domain.jobs import Checkpoint, ManagedState
from flinklab.domain.monitoring import Failure
from flinklab.domain.text import duration, epoch_ms
from flinklab.notebook import job_table
from flinklab.notebook.watch_html import amount, clock, code, line, link, section, sparkline, table, when
from flinklab.notebook.watch_moment import Moment
from flinklab.plots.graph_svg import graph_svg
from flinklab.telemetry.graphs import flows, shares
from flinklab.telemetry.health import VITALS

_RUNS = (
    ManagedState.STARTING,
    ManagedState.RUNNING,
    ManagedState.RESTARTING,
    ManagedState.STOPPING,
    ManagedState.UNREACHABLE,
)
_WELL = ("running", "finished")
_BAD = ("failed", "failing", "restarting", "gone")
_TILES = ("rows_in", "rows_out", "backpressured", "busy", "waiting", "lag", "state", "restarts")
_LIVE_STATES = ("running", "restarting", "failing", "created", "initializing", "unreachable")


def job_moment(picture: JobPicture) -> Moment:
    """What a view of the job draws."""
    return Moment(
        "job",
        picture.title,
        {
            "state": _look(picture),
            "as_of": epoch_ms(picture.live_at) if picture.state in _LIVE_STATES else None,
            "verbs": _verbs(picture),
            "key": list(picture.managed.job.key) if picture.managed is not None else None,
            "head": _head(picture),
            "note": _note(picture),
            "vitals": _vitals(picture),
            "graph": _graph(picture),
            "commands": _commands(picture),
            "failures": _failures(picture.failures),
            "checkpoints": _checkpoints(picture.checkpoints),
        },
    )


def job_text(picture: JobPicture) -> str:
    """The same in plain text, in a few lines."""
    managed = picture.managed
    first = f"{picture.title}: {picture.state}"
    if picture.since is not None:
        first += f" since {clock(picture.since)}"
    if managed is not None:
        first += f", version {job_table.version_shown(managed)}"
    lines = [first, *filter(None, (managed.status.reason if managed is not None else "", picture.trouble))]
    if picture.live_at is not None:
        lines.append(f"as of {clock(picture.live_at)}")
    told = [f"{VITALS[name].label} {amount(value, VITALS[name].unit)}" for name, value in picture.vitals.items()]
    lines += [", ".join(told)] if told else []
    if picture.checkpoints:
        newest = picture.checkpoints[0]
        lines.append(f"last checkpoint: {newest.status}, {duration(newest.duration)}, {amount(_size(newest), 'B')}")
    if picture.failures:
        lines.append(f"last exception: {clock(picture.failures[0].at)} {picture.failures[0].message}")
    lines += [f"{each.kind.value}: {in_words(each)}" for each in (managed.commands if managed is not None else ())]
    return "\n".join(lines)


def _look(picture: JobPicture) -> str:
    if picture.managed is not None and picture.managed.status.state in PROBLEMS:
        return "failed"
    if picture.state in _BAD:
        return "failed"
    return "finished" if picture.state in _WELL else "stopped"


def _verbs(picture: JobPicture) -> list[str]:
    """What its buttons ask for. While a command is open, only what does not stand in its way."""
    managed = picture.managed
    if managed is None:
        return []
    if managed.status.state in _RUNS:
        return ["savepoint", "restart", "scale", "stop"]
    return ["start"]


def _head(picture: JobPicture) -> str:
    managed = picture.managed
    parts = [
        f'<span class="fl-state">{escape(picture.title)}</span>',
        f"<span><b>{escape(picture.state)}</b> {when(picture.since, '')}</span>",
    ]
    if managed is not None:
        parallelism = managed.job.deployment.parallelism
        parts.append(f"<span>version {escape(job_table.version_shown(managed))}</span>")
        parts.append(f'<span class="fl-soft">on {escape(managed.job.cluster)}</span>')
        if parallelism:
            parts.append(f'<span class="fl-soft">parallelism {parallelism}</span>')
    if picture.url and picture.flink_id:
        parts.append(link(f"{picture.url}/#/job/running/{picture.flink_id}/overview", "Flink UI"))
    if managed is not None:
        parts.append(code(f"%flink logs {managed.job.key.name}"))
    return "".join(parts)


def _note(picture: JobPicture) -> str:
    reason = picture.managed.status.reason if picture.managed is not None else ""
    return "".join(f"<div>{line(text)}</div>" for text in (reason, picture.trouble) if text)


def _vitals(picture: JobPicture) -> str:
    newest = picture.vitals
    tiles = []
    for name in _TILES:
        vital = VITALS[name]
        points = [(at, found[name]) for at, found in picture.history if name in found]
        if name not in newest and not points:
            continue
        drawn = sparkline(points, top=1.0 if vital.unit == "%" else None) if name != "restarts" else ""
        wrong = "fl-wrong" if name == "backpressured" and newest.get(name, 0) >= 0.5 else ""
        label = f'<span class="fl-soft">{escape(vital.label)}</span>'
        figure = f'<b class="{wrong}">{escape(amount(newest.get(name), vital.unit))}</b>'
        tiles.append(f'<div class="fl-tile" title="{escape(vital.meaning)}">{label}{figure}{drawn}</div>')
    return "".join(tiles)


def _graph(picture: JobPicture) -> str:
    if picture.graph is None:
        return ""
    return graph_svg(picture.graph, shares(picture.values), flows(picture.values), width=880)


def _commands(picture: JobPicture) -> str:
    commands = picture.managed.commands if picture.managed is not None else ()
    rows = [
        (escape(each.kind.value), line(in_words(each)), escape(each.asked_by), when(each.asked_at), line(each.why))
        for each in commands
    ]
    return section("Open commands", table(("command", "how it stands", "by", "asked", "why"), rows))


def _failures(failures: tuple[Failure, ...]) -> str:
    rows = [
        (when(each.at), f'<span class="fl-wrong">{line(each.message)}</span>', line(each.task), escape(each.host))
        for each in failures
    ]
    return section("Last exceptions", table(("at", "root cause", "task", "on"), rows))


def _checkpoints(checkpoints: tuple[Checkpoint, ...]) -> str:
    rows = [
        (
            when(each.triggered_at),
            f"savepoint {each.checkpoint_id}" if each.is_savepoint else f"checkpoint {each.checkpoint_id}",
            escape(duration(each.duration)) if each.status != "gap" else "",
            escape(amount(_size(each), "B")) if each.status == "completed" else "",
            escape(amount(each.size, "B")) if each.status == "completed" else "",
            _ended(each),
        )
        for each in checkpoints
    ]
    columns = ("at", "", "took", "state", "written", "")
    return section("Last checkpoints", table(columns, rows, numbers=(2, 3, 4)))


def _ended(checkpoint: Checkpoint) -> str:
    if checkpoint.status == "completed":
        return ""
    if checkpoint.status == "gap":
        return f"{checkpoint.span} were not seen"
    return f'<span class="fl-wrong">failed{": " + line(checkpoint.failure) if checkpoint.failure else ""}</span>'


def _size(checkpoint: Checkpoint) -> int:
    return checkpoint.full_size or checkpoint.size
