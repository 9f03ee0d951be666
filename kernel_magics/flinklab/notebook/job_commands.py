"""`%flink jobs|start|stop|...`: managed jobs looked at, and asked for something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flinklab.domain.job_lines import PROBLEMS
from flinklab.domain.text import count
from flinklab.notebook import job_table
from flinklab.notebook.job_following import is_looked_after, wait_for
from flinklab.notebook.tables import show_table, show_text

if TYPE_CHECKING:
    from flinklab.api.command_handle import CommandHandle
    from flinklab.api.job_handle import JobHandle
    from flinklab.notebook.workbench import Workbench

_CELL = 300
_RECENT = 20


@dataclass(frozen=True, slots=True)
class Following:
    """How long a cell waits for what it asked for. `timeout` in seconds, None for the usual time."""

    wait: bool = True
    timeout: float | None = None

    def __call__(self, bench: Workbench, *handles: CommandHandle) -> None:
        if is_looked_after(bench, say) and self.wait:
            wait_for(handles, self.timeout)
            return
        for each in handles:
            print(f"{each.kind.value} of {each.key} is asked for")


@dataclass(frozen=True, slots=True)
class Jobs:
    """The managed jobs, those with a problem first."""

    team: str | None = None
    environment: str | None = None
    cluster: str | None = None
    tags: tuple[str, ...] = ()
    problems: bool = False
    pool: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        found = api.managed_jobs(
            bench.catalog(),
            team=self.team,
            environment=self.environment,
            cluster=self.cluster,
            pool=self.pool,
            tags=self.tags,
            states=tuple(PROBLEMS) if self.problems else (),
        )
        if found:
            shown = job_table.problems_first(found)
            show_table(job_table.COLUMNS, job_table.rows(shown, job_table.right_now()), cell=_CELL)
            if any(managed.commands or managed.job.wanted for managed in found):
                is_looked_after(bench, say)
        elif self == Jobs():
            print("there are no managed jobs: `%%flinksql --job NAME` makes a cell one")
        else:
            print("no job has a problem" if self.problems else "no job is like that")


@dataclass(frozen=True, slots=True)
class Others:
    """What runs on the session's cluster and is not of this catalog."""

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        found = api.other_jobs(bench.session(), bench.catalog())
        if found:
            rows = job_table.other_rows(found)
            show_table(job_table.OTHER_COLUMNS, rows, cell=_CELL)
            print("`%flink adopt FLINK_ID NAME` takes one over as it runs")
        else:
            print("nothing else runs there")


@dataclass(frozen=True, slots=True)
class Story:
    """All about one job."""

    name: str
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        job = handle_of(bench, self.name, self.environment)
        managed = job.managed
        show_table(("", str(job.key)), job_table.summary(managed), cell=_CELL)
        sections = (
            (job_table.VERSION_COLUMNS, job_table.version_rows(job.versions()[:_RECENT], managed.job.number)),
            (job_table.ATTEMPT_COLUMNS, job_table.attempt_rows(job.attempts()[:_RECENT])),
            (job_table.POINT_COLUMNS, job_table.point_rows(job.points()[:_RECENT])),
            (job_table.COMMAND_COLUMNS, job_table.command_rows([c.look() for c in job.commands()[:_RECENT]])),
            (job_table.EVENT_COLUMNS, job_table.event_rows(job.events()[:_RECENT])),
        )
        for columns, rows in sections:
            if rows:
                show_table(columns, rows, cell=_CELL)


@dataclass(frozen=True, slots=True)
class LiveJobs:
    """The list as a table that keeps itself up to date."""

    team: str | None = None
    environment: str | None = None
    cluster: str | None = None
    tags: tuple[str, ...] = ()
    pool: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.notebook.job_board import show_board

        show_board(bench, self.team, self.environment, self.cluster, self.tags, self.pool)


@dataclass(frozen=True, slots=True)
class Versions:
    name: str
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        job = handle_of(bench, self.name, self.environment)
        rows = job_table.version_rows(job.versions(), job.managed.job.number)
        show_table(job_table.VERSION_COLUMNS, rows, cell=_CELL)


@dataclass(frozen=True, slots=True)
class Diff:
    """Two versions side by side; without numbers, what is wanted now and the newest."""

    name: str
    a: int | None = None
    b: int | None = None
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.notebook.job_diff import show_difference

        show_difference(handle_of(bench, self.name, self.environment).diff(self.a, self.b))


@dataclass(frozen=True, slots=True)
class Ask:
    """An order to one job: `verb` is a method of `JobHandle`, `arguments` are its arguments."""

    verb: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: str | None = None
    following: Following = field(default_factory=Following)

    def run(self, bench: Workbench) -> None:
        job = handle_of(bench, self.name, self.environment)
        self.following(bench, getattr(job, self.verb)(**self.arguments))


@dataclass(frozen=True, slots=True)
class AskMany:
    """The same of all jobs of a team, of a cluster, or with tags."""

    verb: str
    team: str | None = None
    cluster: str | None = None
    tags: tuple[str, ...] = ()
    environment: str | None = None
    following: Following = field(default_factory=Following)

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        asked = api.batch(
            self.verb,
            team=self.team,
            cluster=self.cluster,
            tags=self.tags,
            environment=self.environment,
            catalog=bench.catalog(),
        )
        _say_and_follow(bench, asked, self.following)


@dataclass(frozen=True, slots=True)
class MoveMany:
    """All jobs of a cluster go to another one, or to a pool."""

    cluster: str
    to: str
    why: str = ""
    following: Following = field(default_factory=Following)

    def run(self, bench: Workbench) -> None:
        from flinklab.api.moving import move_jobs

        asked = move_jobs(self.cluster, self.to, why=self.why, catalog=bench.catalog())
        _say_and_follow(bench, asked, self.following)


@dataclass(frozen=True, slots=True)
class Recover:
    """What ran on a cluster that is lost goes on elsewhere."""

    cluster: str
    on: str
    following: Following = field(default_factory=Following)

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        _say_and_follow(bench, api.recover(self.cluster, on=self.on, catalog=bench.catalog()), self.following)


@dataclass(frozen=True, slots=True)
class Adopt:
    flink_id: str
    name: str
    cluster: str
    environment: str | None = None
    following: Following = field(default_factory=Following)

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        asked = api.adopt(
            self.flink_id,
            self.name,
            cluster=self.cluster,
            environment=self.environment,
            catalog=bench.catalog(),
        )
        self.following(bench, asked)


@dataclass(frozen=True, slots=True)
class Export:
    """A job as a file's text."""

    name: str
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        show_text(api.export_job(handle_of(bench, self.name, self.environment), bench.catalog()))


def say(line: str) -> None:
    print(f"note: {line}")


def handle_of(bench: Workbench, name: str, environment: str | None) -> JobHandle:
    """Raises `NotFoundError`, which knows what may have been meant."""
    from flinklab import api

    return api.job(name, environment, bench.catalog())


def _say_and_follow(bench: Workbench, asked: Any, following: Following) -> None:
    if not asked:
        print("no job is like that")
        return
    for each in asked:
        if each.command is None:
            print(f"passed over: {each.refused}")
    handles = [each.command for each in asked if each.command is not None]
    print(f"asked of {count(len(handles), 'job')}")
    following(bench, *handles)
