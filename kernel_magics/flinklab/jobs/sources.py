"""A version's text, for those who run it again or look at what a change of a definition does to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flinklab.domain.definitions import Use
from flinklab.domain.jobs import JobScript, JobVersion

Newest = Callable[[str, str], JobVersion | None]
"""The newest version of a job, by team and name."""


def text_of(script: JobScript) -> str:
    """All that a version runs, as one text: its setup, then the statement."""
    return "\n;\n".join((*script.setup, script.statement))


def sources_of_job(use: Use, newest: Newest) -> Sequence[str]:
    """The text of the newest version of the job that a use is about (`use.user` is `team.name`).

    None when the job has no version (any more).
    """
    team, _, name = use.user.partition(".")
    version = newest(team, name)
    return [text_of(version.script)] if version is not None else []
