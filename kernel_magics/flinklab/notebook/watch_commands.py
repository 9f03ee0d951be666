"""`%flink watch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.api.watching import Watch
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Watching:
    """A job, a variable with a query's result, a cluster, a team; without any the teams of the search path."""

    name: str = ""
    cluster: str | None = None
    team: str | None = None
    here: bool = False
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.notebook.watching import show_watch

        show_watch(bench, self._watch(bench))

    def _watch(self, bench: Workbench) -> Watch:
        from flinklab.api import watching

        if self.here:
            return watching.watch_session(bench.session(), bench.catalog())
        if self.cluster is not None:
            return watching.watch_cluster(self.cluster, bench.catalog())
        if not self.name:
            return watching.watch_team(self.team, self.environment, bench.catalog())
        try:
            return watching.watch(self.name, self.environment, bench.catalog())
        except NotFoundError:
            result = bench.result_of(self.name)
            if result is None:
                raise
            return watching.watch_result(result)


def _read(parser: LineParser, words: list[str]) -> Runnable:
    what = Watching(
        words[0] if words else "",
        parser.one("--cluster"),
        parser.one("--team"),
        parser.has("--here"),
        parser.one("--env"),
    )
    if sum(map(bool, (what.name, what.cluster, what.team, what.here))) > 1:
        raise UsageError("one thing is watched at a time: a NAME, --cluster, --team or --here")
    if what.environment and (what.cluster or what.here):
        raise UsageError("a cluster is in no environment: leave --env out")
    return what


WATCH_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "watch": Subcommand(
        "[JOB|CLUSTER|TEAM|VARIABLE]",
        1,
        "a live view of a job, a cluster or a team; without a name of all jobs of the search path",
        _read,
        (
            Flag(("-c", "--cluster"), "a registered cluster: its jobs, slots and memory", "NAME"),
            Flag(("--team",), "all jobs of a team, problems first", "NAME"),
            Flag(("--here",), "the cluster on which this notebook's queries run"),
            Flag(("--env",), "the job, or the jobs, of this environment", "NAME"),
        ),
        (
            ("%flink watch orders_dwd", "a job: its graph, rates, checkpoints and exceptions, with buttons"),
            ("%flink watch --team dw", "hundreds of jobs, sorted by a click"),
            ("%flink watch top", "the query whose result is in the variable `top`"),
        ),
    ),
}
