"""Which of YARN's applications a person means. Pure: what the ResourceManagers list goes in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flinklab.domain.errors import NoApplicationError
from flinklab.domain.records import RegisteredYarn
from flinklab.domain.text import count, one_line, suggest
from flinklab.domain.yarn import Application, ApplicationState

_ID = re.compile(r"application_\d+_\d+\Z")
_MOST_LISTED = 8
_DIAGNOSTICS = 160  # characters that are shown of them


@dataclass(frozen=True, slots=True)
class Found:
    """An application, and the YARN that it is on."""

    yarn: RegisteredYarn
    application: Application


def is_application_id(text: str) -> bool:
    """`application_1700000000000_0001`."""
    return _ID.match(text) is not None


def choose(wanted: str, found: Sequence[Found]) -> Found:
    """The one running Flink application whose id, name or tag is `wanted`; an id comes before a name, and a name
    before a tag.

    `found` may be all applications, or only Flink's: then nothing can be said of others. Raises
    `NoApplicationError`, whose one line says what fits instead.
    """
    for fitting in (_by_id(wanted, found), _by_name(wanted, found), _by_tag(wanted, found)):
        if fitting:
            return _running(wanted, fitting)
    names = {each.application.name for each in found if _is_session(each.application)}
    close = suggest(wanted, names)
    hint = f"did you mean {close}?" if close else "`%flink clusters --yarn NAME` lists what runs"
    raise NoApplicationError(f"no Flink application has the id, the name or the tag {wanted}", hint=hint)


def _by_id(wanted: str, found: Sequence[Found]) -> list[Found]:
    return [each for each in found if each.application.id == wanted]


def _by_name(wanted: str, found: Sequence[Found]) -> list[Found]:
    return [each for each in found if each.application.name == wanted]


def _by_tag(wanted: str, found: Sequence[Found]) -> list[Found]:
    tag = wanted.lower()  # YARN keeps them so
    return [each for each in found if tag in map(str.lower, each.application.tags)]


def _running(wanted: str, fitting: Sequence[Found]) -> Found:
    flink = [each for each in fitting if each.application.is_flink]
    running = [each for each in flink if _is_session(each.application)]
    if len(running) == 1:
        return running[0]
    if running:
        raise NoApplicationError(
            f"{count(len(running), 'Flink application')} fit {wanted}: {_listed(running)}",
            hint="connect by the id of one",
        )
    if not flink:
        last = fitting[-1].application
        raise NoApplicationError(
            f"there is an application {_called(wanted, last)}, of type {last.type}, not Flink",
            hint="`%flink clusters --yarn NAME` lists the sessions that run",
        )
    waiting = [each for each in flink if not each.application.state.is_over]
    if waiting:
        raise NoApplicationError(_not_up(waiting[-1].application), hint="try again when it runs")
    ended = max((each.application for each in flink), key=_age)
    raise NoApplicationError(
        f"{_named(ended)} is over: {over(ended)}", hint="`%flink clusters --yarn NAME` lists the sessions that run"
    )


def over(application: Application) -> str:
    """`FINISHED/KILLED at 2026-11-21 23:02:11: killed by ann`."""
    at = f" at {application.ended_at.astimezone():%Y-%m-%d %H:%M:%S}" if application.ended_at else ""
    why = one_line(application.diagnostics, _DIAGNOSTICS) if application.diagnostics.strip() else ""
    return f"{application.state.value}/{application.final_status.value}{at}" + (f": {why}" if why else "")


def _is_session(application: Application) -> bool:
    is_up = application.state is ApplicationState.RUNNING and application.jobmanager_url is not None
    return application.is_flink and is_up


def _not_up(application: Application) -> str:
    why = f": {one_line(application.diagnostics, _DIAGNOSTICS)}" if application.diagnostics.strip() else ""
    state = application.state.value
    if application.state is ApplicationState.RUNNING:
        return f"{_named(application)} is {state}, but YARN tells this user no address of its JobManager{why}"
    return f"{_named(application)} is {state}, it has no JobManager yet{why}"


def _listed(found: Sequence[Found]) -> str:
    listed = [
        f"{each.application.id} ({each.application.name}, {each.application.state.value}, YARN {each.yarn.name})"
        for each in sorted(found, key=lambda each: _age(each.application))
    ]
    more = f" and {len(listed) - _MOST_LISTED} more" if len(listed) > _MOST_LISTED else ""
    return ", ".join(listed[:_MOST_LISTED]) + more


def _named(application: Application) -> str:
    return f"{application.id} ({application.name})"


def _called(wanted: str, application: Application) -> str:
    return application.id if wanted == application.id else f"called {application.name}, {application.id}"


def _age(application: Application) -> tuple[int, ...]:
    """Ids count up: by the start of the ResourceManager, and then by the submission."""
    return tuple(int(part) for part in re.findall(r"\d+", application.id))
