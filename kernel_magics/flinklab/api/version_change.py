"""What taking another version means for a job: what runs and what will, what is different, and with which state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.api.job_page import Document
from flinklab.domain.errors import CommandRefusedError
from flinklab.domain.jobs import AttemptState, CommandKind, Managed, ManagedState, Restore
from flinklab.jobs.asking import DROP, KEEP, order
from flinklab.jobs.restoring import From, Hold, candidates, choose
from flinklab.jobs.wanting import in_the_end

if TYPE_CHECKING:
    from flinklab.api.job_handle import JobHandle
    from flinklab.catalog.catalog import Catalog

_WITHOUT = "without state: what it has counted and remembered so far is left behind"


def version_change(handle: JobHandle, catalog: Catalog, number: int) -> Document:
    """Before an upgrade or a rollback to version `number` is asked for. Nothing is recorded.

    `from`: the version that runs, else the one that is wanted. `changed`: the parts that are different (text,
    settings, ...). `states`: what can be chosen, the best first, each with what it means: `state` is what `upgrade`
    and `rollback` take (`""` is None). `refused`: why nothing can; empty: it can.

    Raises `NotFoundError` for a job or a version that there is not, `CatalogError`.
    """
    from flinklab.api.job_versions import difference

    managed = handle.managed
    wanted, live = in_the_end(managed), _is_live(managed)
    before = managed.attempt.version if live and managed.attempt is not None else wanted.number
    kind = CommandKind.UPGRADE if number > wanted.number else CommandKind.ROLLBACK
    found = difference(catalog, managed, before, number)
    states = _states(managed, handle.misfit(number, managed))
    return {
        "kind": kind.value,
        "from": before,
        "to": number,
        "runs": live,
        "starts": wanted.wanted,
        "changed": [each.title for each in found.sections if each.is_changed],
        "states": [{"state": state, "words": words} for state, words in states],
        "refused": _refused(managed, kind, number),
    }


def _is_live(managed: Managed) -> bool:
    return managed.attempt is not None and managed.attempt.state.is_live


def _refused(managed: Managed, kind: CommandKind, number: int) -> str:
    try:
        order(managed, kind, {"number": number})
    except CommandRefusedError as error:
        return error.message
    return ""


def _states(managed: Managed, misfit: str) -> list[tuple[str, str]]:
    """`misfit`: why it is not known that the state fits the version."""
    source = _source(managed)
    if not source:
        return [(DROP, _WITHOUT)]
    if source == _NOTHING:
        return [("", source)]
    if misfit:
        return [(KEEP, f"{source}, as far as it fits: it {misfit}"), (DROP, _WITHOUT)]
    return [("", source), (DROP, _WITHOUT)]


_NOTHING = "without state: it has none yet"


def _source(managed: Managed) -> str:
    """Where the next start takes its state from, in words; empty where it must not begin by itself."""
    if _is_live(managed):
        can_save = managed.attempt is not None and managed.attempt.state is AttemptState.RUNNING
        if can_save and managed.status.state is ManagedState.RUNNING:
            return "with its state, from the savepoint that it stops with"
        return "with its state, from its newest restore point: it cannot take a savepoint now"
    as_usual = replace(managed, job=replace(managed.job, restore=Restore()))
    choice = choose(as_usual, dict.fromkeys(candidates(as_usual), True))
    if isinstance(choice, Hold):
        return ""
    if not isinstance(choice, From) or not choice.path:
        return _NOTHING
    point = next((each for each in managed.points if each.path == choice.path), None)
    which = "savepoint" if point is not None and point.is_savepoint else "checkpoint"
    return f"with its state, from its newest {which}"
