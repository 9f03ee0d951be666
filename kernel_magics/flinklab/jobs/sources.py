"""A version's text, for those who run it again or look at what a change of a definition does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flinklab.domain.definitions import DefinitionKind, Use
from flinklab.domain.errors import StatementParseError
from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.sql.ddl import Ddl, read_ddl
from flinklab.sql.names import named

Newest = Callable[[str, str], JobVersion | None]
"""The newest version of a job, by team and name."""


def text_of(script: JobScript) -> str:
    """All that a version runs, as one text: its setup, then the statement."""
    return ";\n".join((*script.setup, script.statement))


def sources_of_job(use: Use, newest: Newest) -> Sequence[str]:
    """The statements by which a job uses definitions, each of which can be explained by itself.

    `use.user` is `team.name`; its newest version counts. The queries of its temporary views stand for themselves,
    and what names such a view is left out. None when the job has no version (any more).
    """
    team, _, name = use.user.partition(".")
    version = newest(team, name)
    return list(_alone(version.script)) if version is not None else []


def _alone(script: JobScript) -> Iterator[str]:
    made = [ddl for text in script.setup if (ddl := _ddl(text)) is not None]
    own = {ddl.path[-1].lower() for ddl in made}
    for text in (*(ddl.body for ddl in made if ddl.kind is DefinitionKind.VIEW), script.statement):
        found = named(text)
        paths = (*(table.parts for table in found.tables), *found.functions, *found.models)
        if own.isdisjoint(path[-1].lower() for path in paths):
            yield text


def _ddl(text: str) -> Ddl | None:
    try:
        return read_ddl(text)
    except StatementParseError:  # no CREATE
        return None
