"""`%flink doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.errors import NotFoundError, QueryCancelledError, UsageError
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.api.diagnosis import Say
    from flinklab.notebook.workbench import Workbench
    from flinklab.telemetry.doctor.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True)
class Doctor:
    """A job, a variable with a result, a cluster; without any the one that the notebook's queries run on."""

    name: str = ""
    cluster: str | None = None
    environment: str | None = None
    output: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.notebook.doctor_view import DiagnosisView

        view = DiagnosisView(self.cluster or self.name or "the cluster")
        try:
            diagnosis = self._diagnosis(bench, view.say)
        except BaseException as error:
            view.end()
            if isinstance(error, KeyboardInterrupt):
                raise QueryCancelledError("interrupted: nothing was judged") from None
            raise
        if self.output is not None:
            bench.assign(self.output, diagnosis)
        view.show(diagnosis)

    def _diagnosis(self, bench: Workbench, say: Say) -> Diagnosis:
        from flinklab.api import diagnosis

        if self.cluster is not None:
            return diagnosis.diagnose_cluster(self.cluster, bench.catalog(), say=say)
        if not self.name:
            return diagnosis.diagnose_session_cluster(bench.session(), say)
        result = bench.result_of(self.name)
        if result is not None and self.environment is None:
            return diagnosis.diagnose_result(result, say=say)
        try:
            return diagnosis.diagnose_job(self.name, self.environment, bench.catalog(), say=say)
        except NotFoundError as error:
            if self.environment is not None:
                raise
            try:
                return diagnosis.diagnose_cluster(self.name, bench.catalog(), say=say)
            except NotFoundError:
                raise error from None


def _read(parser: LineParser, words: list[str]) -> Runnable:
    output = parser.variable("--output")
    what = Doctor(words[0] if words else "", parser.one("--cluster"), parser.one("--env"), output)
    if what.name and what.cluster:
        raise UsageError("one thing is looked at: a NAME or --cluster, not both")
    if what.environment and not what.name:
        raise UsageError("--env goes with the NAME of a job")
    return what


DOCTOR_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "doctor": Subcommand(
        "[JOB|VARIABLE|CLUSTER]",
        1,
        "what is wrong, where, since when, and what to do; without a name of the notebook's cluster",
        _read,
        (
            Flag(("-c", "--cluster"), "a registered cluster: its processes, slots and memory", "NAME"),
            Flag(("--env",), "the job of this environment (default: the notebook's)", "NAME"),
            Flag(("-o", "--output"), "the diagnosis goes into a variable: its findings as data", "VAR"),
        ),
        (
            ("%flink doctor orders_dwd", "two looks at a job, 11 s apart, and what they show"),
            ("%flink doctor top", "the query whose result is in the variable `top`"),
        ),
    ),
}
