"""All jobs as lines of a list, what may be asked of one, and the cells that they come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flinklab.api.command_handle import in_words
from flinklab.api.job_page import without_values
from flinklab.domain.errors import CommandRefusedError, UsageError
from flinklab.domain.job_lines import JobLine
from flinklab.domain.jobs import CommandKind, JobVersion, Managed
from flinklab.domain.variables import MASK
from flinklab.jobs.asking import order
from flinklab.jobs.wanting import in_the_end
from flinklab.sql.sensitive import written_out

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

BUTTONS = (
    CommandKind.START,
    CommandKind.STOP,
    CommandKind.CANCEL,
    CommandKind.SAVEPOINT,
    CommandKind.RESTART,
)
"""What can be asked of a job without saying more."""


@dataclass(frozen=True, slots=True)
class CellJob:
    """A cell that is a managed job. `version`: the newest that was promoted, whatever runs; without secrets."""

    line: JobLine
    version: JobVersion

    @property
    def text(self) -> str:
        """The version's statements as they were written, each with its semicolon."""
        script = self.version.script
        return "".join(f"{each};\n" for each in (*script.setup, script.statement) if each)


def job_lines(catalog: Catalog, teams: Sequence[str] | None = None) -> list[JobLine]:
    """The jobs of teams, or of those of the search path, by team, name and environment. Raises `CatalogError`."""
    from flinklab.catalog.job_lines import JobLines

    return JobLines(catalog.database).list(catalog.teams if teams is None else teams)


def lines_mark(catalog: Catalog) -> tuple[Any, ...]:
    """Another one as soon as a line is different, for a fraction of what reading them costs.

    Raises `CatalogError`.
    """
    from flinklab.catalog.job_lines import JobLines

    return JobLines(catalog.database).mark()


def cell_jobs(catalog: Catalog, notebooks: Collection[str], names: Collection[str] = ()) -> list[CellJob]:
    """The jobs whose wanted version comes from one of `notebooks`, and those that are called `name` or `team.name`.

    By its name a job is found also when its notebook was renamed, or has no lasting ids of cells.
    Raises `CatalogError`.
    """

    def is_meant(line: JobLine) -> bool:
        key = line.key
        return line.notebook in notebooks or key.name in names or f"{key.team}.{key.name}" in names

    found = []
    for line in filter(is_meant, job_lines(catalog)):
        newest = catalog.job_versions.newest(line.key.team, line.key.name)
        if newest is not None:
            found.append(CellJob(line, without_values(newest)))
    return found


def doing(line: JobLine) -> str:
    """The open command and how far it is, and how many wait behind it: `stop: stopping (+1)`; empty without one."""
    if not line.commands:
        return ""
    first, *waiting = line.commands
    return f"{first.kind.value}: {in_words(first)}" + (f" (+{len(waiting)})" if waiting else "")


def shown_config(config: Mapping[str, str]) -> dict[str, str]:
    """Flink configuration as everybody may read it: what is secret by its key is masked."""
    secret = written_out(dict(config))
    return {key: MASK if key in secret else value for key, value in config.items()}


def allowed(managed: Managed) -> Sequence[CommandKind]:
    """What can be asked of a job as it is now: of `BUTTONS`, and of what is told which version, or how many."""
    job = in_the_end(managed)
    another = {"number": job.number + 1}
    asked: dict[CommandKind, dict[str, int]] = {
        **{kind: {} for kind in BUTTONS},
        CommandKind.UPGRADE: another,
        CommandKind.ROLLBACK: another,
        CommandKind.SCALE: {"parallelism": 2 if job.deployment.parallelism == 1 else 1},
    }
    return [kind for kind, arguments in asked.items() if _is_allowed(managed, kind, arguments)]


def _is_allowed(managed: Managed, kind: CommandKind, arguments: Mapping[str, int]) -> bool:
    try:
        order(managed, kind, arguments)
    except (CommandRefusedError, UsageError):
        return False
    return True
