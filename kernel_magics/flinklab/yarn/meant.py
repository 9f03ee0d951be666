"""Which of YARN's applications a registered session is. Pure: the ResourceManager's list goes in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flinklab.domain.errors import ClusterEndedError, NoApplicationError
from flinklab.domain.text import one_line
from flinklab.domain.yarn import Application, ApplicationState

_ID = re.compile(r"application_(\d+)_(\d+)\Z")
_DIAGNOSTICS = 160  # characters that are shown of them


def meant(applications: Sequence[Application], name: str, *, pinned: str = "", known: str = "") -> Application:
    """The Flink application of that name that lives, or the `pinned` one; it may still wait for its JobManager.

    `known`: the id of the one in which the session's jobs were, empty when nothing of it runs as far as is known.
    It stays meant while it lives. When it is over, one of its name that was submitted after it takes its place, as
    soon as that runs.

    Raises `ClusterEndedError` when the known or the pinned one is over and none takes its place, and
    `NoApplicationError` when nothing is proven: none or several fit, or the ResourceManager does not know it.
    """
    flink = {each.id: each for each in applications if each.is_flink}
    if pinned:
        return _pinned(flink, applications, pinned)
    named = [each for each in flink.values() if each.name == name]
    last = flink.get(known)
    if last is not None and not last.is_over:
        return last
    living = [each for each in named if not each.state.is_over]
    if known:
        if last is None:
            raise _unknown(name, known, living)
        living = [each for each in living if _age(each.id) > _age(known)]
    running = [each for each in living if each.state is ApplicationState.RUNNING]
    if last is None:
        running = running or living
    if len(running) > 1:
        ids = ", ".join(sorted((each.id for each in running), key=_age))
        raise NoApplicationError(
            f"{len(running)} applications are called {name}: {ids}", hint="name one of them by its id"
        )
    if running:
        return running[0]
    if last is not None:
        comes = f"; {living[0].id} takes its place when it runs" if living else ""
        raise ClusterEndedError(f"session {name} ended: {ending(last)}{comes}", application=last.id)
    raise _none(name, named)


def ending(application: Application) -> str:
    """How an application ended, in a line."""
    how = f"{application.id} is {application.state.value}/{application.final_status.value}"
    told = one_line(application.diagnostics, _DIAGNOSTICS) if application.diagnostics.strip() else ""
    return f"{how}: {told}" if told else how


def _pinned(flink: dict[str, Application], applications: Sequence[Application], pinned: str) -> Application:
    found = flink.get(pinned)
    if found is None:
        if any(each.id == pinned for each in applications):
            raise NoApplicationError(f"{pinned} is no Flink application", hint="name one of Flink's")
        raise NoApplicationError(
            f"the ResourceManager does not know {pinned} (any more), which says nothing of how it is",
            hint="is it another YARN's? else name the session that takes its place",
        )
    if found.is_over:
        raise ClusterEndedError(f"session {found.name} ended: {ending(found)}", application=found.id)
    return found


def _unknown(name: str, known: str, living: Sequence[Application]) -> NoApplicationError:
    """Another YARN may answer, or one that forgot: what ran there may go on."""
    also = f"; {living[0].id} is called {name} now" if len(living) == 1 else ""
    hint = "if it is over, move its jobs with --lost"
    if also:
        hint = f"if it is over, name {living[0].id} as the cluster's application, or move its jobs with --lost"
    return NoApplicationError(
        f"the ResourceManager does not know {known} (any more), so nothing says that it ended{also}", hint=hint
    )


def _none(name: str, named: Sequence[Application]) -> NoApplicationError:
    over = [each for each in named if each.is_over]
    if over:
        last = max(over, key=lambda each: _age(each.id))
        return NoApplicationError(f"no application called {name} runs; the last one ended: {ending(last)}")
    return NoApplicationError(f"no Flink application is called {name}", hint="is its name right, and its YARN?")


def _age(application: str) -> tuple[int, int]:
    """Ids count up: by the start of the ResourceManager, and then by the submission."""
    parts = _ID.match(application)
    return (int(parts[1]), int(parts[2])) if parts is not None else (0, 0)
