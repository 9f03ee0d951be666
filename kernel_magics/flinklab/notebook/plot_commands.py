"""`%flink plot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.text import one_line
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.api.plotting import Plots
    from flinklab.notebook.workbench import Workbench

_WHAT = "?"

_SINCE = Flag(("--since",), "how long ago, or when, it begins: 6h, 2d, 2026-11-20T08:00 (default: 1 h)", "TIME")
_UNTIL = Flag(("--until",), "how long ago, or when, it ends (default: now)", "TIME")
_COMPARE = Flag(
    ("--compare",),
    "an earlier time beside it: that of a version, yesterday, or 6h earlier",
    "VERSION|yesterday|TIME",
)
_ENV = Flag(("--env",), "the job of this environment (default: the notebook's)", "NAME")
_OUTPUT = Flag(("-o", "--output"), "the plot goes into a variable: its figure, data and note", "VAR")
_TIMES = (_SINCE, _UNTIL)
_ALL = (_ENV, _OUTPUT)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`kind`: a method of `flinklab.api.plotting.Plots`, `words` and `arguments` what it takes."""

    kind: str
    target: str
    words: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: str | None = None
    output: str | None = None

    def run(self, bench: Workbench) -> None:
        from IPython.display import display

        plot = getattr(plots_of(bench, self.target, self.environment), self.kind)(*self.words, **self.arguments)
        if self.output is not None:
            bench.assign(self.output, plot)
        display(plot)
        if plot.note:
            print(plot.note)


@dataclass(frozen=True, slots=True)
class Listing:
    """The metrics that can be drawn."""

    target: str
    environment: str | None = None

    def run(self, bench: Workbench) -> None:
        found = plots_of(bench, self.target, self.environment).available()
        show_table(tuple(found.columns), [tuple(map(str, row)) for row in found.itertuples(index=False)])


def plots_of(bench: Workbench, name: str, environment: str | None) -> Plots:
    """Of a job, a cluster, or a variable that holds a result. Raises `NotFoundError`."""
    from flinklab.api.plotting import plot

    try:
        return plot(name, environment, catalog=bench.catalog())
    except NotFoundError:
        result = bench.result_of(name)
        if result is None:
            raise
        return plot(result)


def _reader(kind: str) -> Any:
    def read(parser: LineParser, words: list[str]) -> Runnable:
        arguments = {key: parser.one(f"--{key}") for key in ("since", "until", "compare") if parser.has(f"--{key}")}
        return Drawing(kind, words[0], (), arguments, parser.one("--env"), parser.variable("--output"))

    return read


def _metrics(parser: LineParser, words: list[str]) -> Runnable:
    names = parser.all("--metric")
    if _WHAT in names:
        if len(names) > 1 or parser.has("--output"):
            raise UsageError("--metric ? only lists what there is")
        return Listing(words[0], parser.one("--env"))
    drawing = _reader("metrics")(parser, words)
    return Drawing("metrics", words[0], tuple(names), drawing.arguments, drawing.environment, drawing.output)


def _flame(parser: LineParser, words: list[str]) -> Runnable:
    arguments: dict[str, Any] = {"kind": parser.one("--kind") or "full"}
    subtask = parser.one("--subtask")
    if subtask is not None:
        if not subtask.isascii() or not subtask.isdigit():
            raise UsageError(f"--subtask is a whole number from 0 on, not {one_line(subtask, 40)!r}")
        arguments["subtask"] = int(subtask)
    return Drawing("flame", words[0], (words[1],), arguments, parser.one("--env"), parser.variable("--output"))


def _plot(kind: str, words: str, meaning: str, flags: tuple[Flag, ...], *examples: tuple[str, str]) -> Any:
    return Subcommand(words, 1, meaning, _reader(kind), (*flags, *_ALL), examples, least=1)


PLOT_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "plot checkpoints": _plot(
        "checkpoints",
        "JOB|VARIABLE",
        "how long checkpoints took and how large they were, growth, failures, gaps",
        (*_TIMES, _COMPARE),
        ("%flink plot checkpoints orders_dwd --since 6h --compare yesterday", ""),
    ),
    "plot metrics": Subcommand(
        "JOB|CLUSTER|VARIABLE",
        1,
        "what was recorded over time, and any metric of Flink as it is now",
        _metrics,
        (
            Flag(
                ("--metric",),
                "a recorded measure, or a metric of Flink by a part of its name; ? lists them; can be repeated",
                "NAME",
                repeatable=True,
            ),
            *(*_TIMES, _COMPARE, *_ALL),
        ),
        (
            (
                "%flink plot metrics orders_dwd --metric busy_max --metric records_out --compare 3",
                "beside version 3",
            ),
            ("%flink plot metrics orders_dwd --metric rocksdb", "all of Flink's that have it in their names"),
            ("%flink plot metrics orders_dwd --metric ?", "what there is"),
        ),
        least=1,
    ),
    "plot timeline": _plot("timeline", "JOB", "states, versions, attempts, failures, orders, incidents", _TIMES),
    "plot lag": _plot(
        "lag", "JOB|CLUSTER|VARIABLE", "rows that wait, their age, watermarks behind", (*_TIMES, _COMPARE)
    ),
    "plot skew": _plot("skew", "JOB|VARIABLE", "rows and work over the sub-tasks", (*_TIMES, _COMPARE)),
    "plot graph": _plot(
        "graph", "JOB|VARIABLE", "the job's graph, with what its vertices do and the rows between", ()
    ),
    "plot backpressure": _plot(
        "backpressure", "JOB|VARIABLE", "who waits and who is waited for, now and over time", _TIMES
    ),
    "plot flame": Subcommand(
        "JOB|VARIABLE VERTEX",
        2,
        "what the threads of a vertex do (the cluster must have rest.flamegraph.enabled)",
        _flame,
        (
            Flag(("--kind",), "of all threads, or only of those that run, or wait", "full|on_cpu|off_cpu"),
            Flag(("--subtask",), "only of this one, from 0 on", "N"),
            *_ALL,
        ),
        (("%flink plot flame orders_dwd GroupAggregate --kind on_cpu", "what uses the processor"),),
        least=2,
    ),
}
