"""A watched cluster as parts of a page, and as text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from flinklab.api.watching_cluster import ClusterJob, ClusterPicture, Process
from flinklab.domain.ids import JobId
from flinklab.domain.text import count, duration, epoch_ms
from flinklab.notebook.watch_html import amount, bar, clock, line, link, section, table, when
from flinklab.notebook.watch_moment import Moment
from flinklab.telemetry.health import until_full

_MOST_JOBS = 100
_SOON = 24.0  # hours


def cluster_moment(picture: ClusterPicture) -> Moment:
    """What a view of the cluster draws."""
    return Moment(
        "cluster",
        picture.title,
        {
            "state": "failed" if picture.at is None and picture.trouble else "finished",
            "as_of": epoch_ms(picture.at),
            "verbs": [],
            "key": None,
            "head": _head(picture),
            "note": "".join(f"<div>{line(text)}</div>" for text in _notes(picture)),
            "processes": _processes(picture),
            "jobs": _jobs(picture),
        },
    )


def cluster_text(picture: ClusterPicture) -> str:
    """The same in plain text, in a few lines."""
    lines = [f"cluster {picture.title}: {_slots(picture)}", *_notes(picture)]
    if picture.at is not None:
        lines.append(f"as of {clock(picture.at)}")
    for process in picture.processes:
        heap = f"{amount(process.values.get('heap_used'), 'B')} of {amount(process.values.get('heap_max'), 'B')}"
        lines.append(f"{process.host}: heap {heap}, GC {amount(process.values.get('gc'), '%')}")
    lines += [
        f"{_name(each)}: {each.job.state.value.lower()}, {_whose(each)}" for each in picture.jobs[:_MOST_JOBS]
    ]
    return "\n".join(lines)


def _head(picture: ClusterPicture) -> str:
    return "".join(
        (
            f'<span class="fl-state">{escape(picture.title)}</span>',
            f"<span>{escape(_slots(picture))}</span>" if picture.at is not None else "",
            link(picture.url, "Flink UI"),
        )
    )


def _slots(picture: ClusterPicture) -> str:
    if picture.at is None:
        return "it has not answered yet"
    slots = sum(each.slots for each in picture.machines)
    free = sum(each.free_slots for each in picture.machines)
    machines = count(len(picture.machines), "TaskManager")
    return f"{count(len(picture.jobs), 'job')}, {slots - free:,} of {slots:,} slots in use, {machines}"


def _notes(picture: ClusterPicture) -> list[str]:
    found = [picture.trouble] if picture.trouble else []
    for each in picture.processes:
        if each.metaspace is None or not each.metaspace.leaks:
            continue
        used, most = each.values.get("metaspace_used", 0.0), each.values.get("metaspace_max", 0.0)
        left = until_full(used, most, each.metaspace.hourly)
        full = f", full in about {duration(left * 3600)}" if left is not None else ""
        found.append(
            f"the metaspace of {each.host} grows by {amount(each.metaspace.hourly, 'B')} an hour{full}: classes of "
            "jobs that ended are still held. Put connectors and drivers into Flink's lib folder, and restart the "
            "process before it is full"
        )
    if picture.unasked:
        found.append(f"the memory of {count(picture.unasked, 'more TaskManager')} is not asked for")
    return found


def _processes(picture: ClusterPicture) -> str:
    columns = (
        "process",
        "slots",
        "heap",
        "metaspace",
        "grows",
        "managed",
        "direct",
        "CPU",
        "GC",
        "threads",
        "jobs",
    )
    names = {each.job.id: _name(each) for each in picture.jobs}
    rows = []
    for each in picture.processes:
        machine, values = each.machine, each.values
        rows.append(
            (
                f'<span title="{escape(each.id)}">{escape(each.host)}</span>',
                f"{machine.slots - machine.free_slots} of {machine.slots}" if machine is not None else "",
                line(_in_slots(each, names)),
                _of(values.get("heap_used"), values.get("heap_max")),
                _of(values.get("metaspace_used"), values.get("metaspace_max")),
                _grows(each),
                _of(values.get("managed_used"), values.get("managed_max")),
                escape(amount(values.get("direct_used"), "B")),
                escape(amount(values.get("cpu"), "%")),
                escape(amount(values.get("gc"), "%")),
                escape(amount(values.get("threads"), "")),
            )
        )
    return section("Processes", table(columns, rows, numbers=(1, 7, 8, 9, 10)))


def _of(used: float | None, most: float | None) -> str:
    if used is None:
        return "–"
    if not most or most < 0:
        return escape(amount(used, "B"))
    said = f"{amount(used, 'B')} of {amount(most, 'B')}"
    return bar(used / most, said) + f' <span class="fl-soft">of {escape(amount(most, "B"))}</span>'


def _grows(process: Process) -> str:
    growth = process.metaspace
    if growth is None:
        return '<span class="fl-soft" title="it takes ten minutes of values to tell">–</span>'
    mark = ' class="fl-wrong"' if growth.leaks else ""
    sign = "+" if growth.hourly >= 0 else "−"
    return f"<span{mark}>{sign}{escape(amount(abs(growth.hourly), 'B'))}/h</span>"


def _in_slots(process: Process, names: Mapping[JobId, str]) -> str:
    """`orders ×4, other`: which job uses how many of its slots."""
    if process.machine is None:
        return ""
    of = {job: process.machine.jobs.count(job) for job in process.machine.jobs}
    return ", ".join(f"{names.get(job, job[:8])}{f' ×{n}' if n > 1 else ''}" for job, n in of.items())


def _jobs(picture: ClusterPicture) -> str:
    rows = [
        (
            f'<span title="{escape(each.job.id)}">{line(_name(each))}</span>',
            _state(each),
            when(each.job.start, ""),
            str(each.slots or ""),
            escape(_whose(each)),
            link(f"{picture.url}/#/job/running/{each.job.id}/overview", "Flink UI"),
        )
        for each in picture.jobs[:_MOST_JOBS]
    ]
    drawn = section("Jobs", table(("job", "state", "for", "slots", "whose", ""), rows, numbers=(3,)))
    more = max(len(picture.jobs) - _MOST_JOBS, 0)
    rest = [f"{more:,} more are not shown"] if more else []
    rest += [f"{count(picture.ended, 'job')} ended"] if picture.ended else []
    return drawn + (f'<div class="fl-note">{escape(" · ".join(rest))}</div>' if rest else "")


def _state(each: ClusterJob) -> str:
    state = each.job.state.value.lower()
    return f'<span class="fl-wrong">{state}</span>' if state in ("failing", "restarting") else escape(state)


def _name(each: ClusterJob) -> str:
    return str(each.managed.job.key) if each.managed is not None else each.job.name


def _whose(each: ClusterJob) -> str:
    if each.managed is not None:
        owner = each.managed.job.owner
        return f"managed, of {owner}" if owner else "managed"
    return each.whose or "not known"
