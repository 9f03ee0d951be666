"""A job's text for those who look at what a change of a definition does to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flinklab.domain.definitions import Use
from flinklab.domain.jobs import JobVersion

Newest = Callable[[str, str], JobVersion | None]
"""The newest version of a job, by team and name."""


def texts_of(version: JobVersion) -> list[str]:
    """What a version runs, as one text: its setup, then the statement."""
    return [";\n".join((*version.script.setup, version.script.statement))]


def sources_of_job(use: Use, newest: Newest) -> Sequence[str]:
    """The texts of the newest version of the job that a use is about (`user` is `team.name`).

    None when it has no version (any more).
    """
    team, _, name = use.user.partition(".")
    version = newest(team, name)
    return texts_of(version) if version is not None else []
