"""`%flink report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.text import size
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class WriteReport:
    name: str
    since: str = "24h"
    output: str | None = None
    environment: str | None = None
    doctor: bool = True

    def run(self, bench: Workbench) -> None:
        from IPython.display import FileLink, display

        from flinklab.api.report import report

        place = report(
            self.name,
            self.since,
            self.output,
            environment=self.environment,
            catalog=bench.catalog(),
            doctor=self.doctor,
        )
        display(FileLink(str(place), result_html_suffix=f" ({size(place.stat().st_size)})"))


def _report(parser: LineParser, words: list[str]) -> Runnable:
    return WriteReport(
        words[0],
        parser.one("--since") or "24h",
        parser.one("--output"),
        parser.one("--env"),
        not parser.has("--no-doctor"),
    )


REPORT_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "report": Subcommand(
        "JOB",
        1,
        "how a job was and is, as one HTML file that needs nothing else",
        _report,
        (
            Flag(("--since",), "how long ago, or when, it begins (default: 24h)", "TIME"),
            Flag(("-o", "--output"), "the file (default: the job's name with .html)", "FILE"),
            Flag(("--no-doctor",), "without its findings, which take some 12 s"),
            Flag(("--env",), "the job of this environment (default: the notebook's)", "NAME"),
        ),
        (("%flink report orders_dwd --since 24h -o orders.html", "to hand on, or to keep"),),
        least=1,
    ),
}
