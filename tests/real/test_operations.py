"""The doctor and the records on a real Flink: jobs that are sick, jobs that are not, and what a supervisor kept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flinklab import api
from flinklab.api.diagnosis import diagnose_result
from flinklab.api.looking import subject_of_job
from flinklab.api.plotting import Plots
from flinklab.api.report import report
from flinklab.api.supervising import embedded_cluster
from flinklab.catalog import lifecycle
from flinklab.domain.series import Frame, SeriesKey
from flinklab.local import LocalFlink
from flinklab.session.options import RunOptions
from flinklab.session.result import Result
from flinklab.settings import Settings
from flinklab.telemetry.doctor.diagnosis import Diagnosis
from real.conftest import call
from real.jobs_support import SLOW, Counting, Lab, done, kill, until
from real.sick import (
    Patient,
    healthy,
    idle_source,
    lose,
    lost_storage,
    restart_loop,
    skewed_key,
    slow_checkpoints,
    slow_sink,
    unbounded_join,
    unbounded_state,
)

pytestmark = pytest.mark.timeout(1200)

_OLD_ENOUGH = 12  # checkpoints, after which a healthy job has shown that it is
_EARLY = 4  # of one that fails later
_HELD_UP = 10_000  # ms for which a sub-task could not hand rows on
_FAILURES = 4
_LOOKS = 8
HEALTHY = tuple(each.name for each in healthy())
SICK = (
    slow_sink,
    skewed_key,
    slow_checkpoints,
    idle_source,
    lost_storage,
    unbounded_state,
    unbounded_join,
    restart_loop,
)


def why_not(patient: Patient, found: Diagnosis) -> str:
    """What is wrong with a diagnosis; empty when it is what the patient has."""
    if not patient.cause or not found.findings:
        return "" if found.is_healthy and not patient.cause else f"{patient.name} is not what it was found to be"
    first, *others = found.findings
    if (first.rule, first.follows) != (patient.cause, ""):
        return f"the cause is {patient.cause}"
    if patient.clause not in (first.clause.text if first.clause is not None else ""):
        return f"the clause is {patient.clause}"
    if not all(each.follows for each in others):
        return "all else follows from it"
    missing = patient.follows - {each.rule for each in others}
    return f"{missing} follow from it" if missing else ""


@dataclass
class Ward:
    """Where patients run and are looked at, each in a session of its own."""

    flink: LocalFlink
    settings: Settings
    folder: Path
    sessions: ExitStack = field(default_factory=ExitStack)

    def admit(self, patient: Patient) -> Result:
        session = self.sessions.enter_context(api.connect(settings=self.settings, catalog=False))
        for statement in filter(str.strip, patient.tables.split(";")):
            session.sql(statement)
        (result,) = session.run(patient.insert, RunOptions(config=patient.options))
        return result

    def asked(self, result: Result, path: str = "") -> dict[str, Any]:
        return call("GET", f"{self.flink.jobmanager_url}/jobs/{result.job_id}{path}")

    def checkpoints(self, result: Result, state: str = "completed") -> int:
        return int(self.asked(result, "/checkpoints")["counts"][state])

    def failures(self, result: Result) -> int:
        return len(self.asked(result, "/exceptions?maxExceptions=20")["exceptionHistory"]["entries"])

    def is_held_up(self, result: Result) -> bool:
        vertices = self.asked(result)["vertices"]
        spent = "accumulated-backpressured-time"
        return any(each["metrics"][spent] > _HELD_UP * each["parallelism"] for each in vertices)

    def await_symptoms(self, patient: Patient, result: Result) -> None:
        """Until there is something to see; of a healthy one, until there would be."""
        if patient.heavy:
            until(lambda: self.is_held_up(result), f"back-pressure of {patient.name}")
        elif patient.name == "restart_loop":
            until(lambda: self.failures(result) >= _FAILURES, "restarts")
        elif patient.name == "lost_storage":
            until(lambda: self.checkpoints(result) >= _EARLY, "checkpoints")
            lose(self.folder / patient.name)
            until(lambda: self.checkpoints(result, "failed") >= _FAILURES, "failed checkpoints")
        else:
            until(lambda: self.checkpoints(result) >= _OLD_ENOUGH, f"checkpoints of {patient.name}")

    def examine(self, patient: Patient) -> Diagnosis:
        """On a busy machine a look can fall into a bad moment: what it tells must come true within some looks."""
        result = self.admit(patient)
        try:
            self.await_symptoms(patient, result)
            for _ in range(_LOOKS):
                found = diagnose_result(result)
                if not why_not(patient, found):
                    break
            return found
        finally:
            result.cancel()


@pytest.fixture(scope="module")
def ward(embedded: LocalFlink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    ward = Ward(embedded, Settings(state_dir=embedded.state_dir), tmp_path_factory.mktemp("ward"))
    with ward.sessions:
        yield ward


@pytest.fixture(scope="module")
def diagnoses(ward: Ward) -> dict[str, Diagnosis]:
    """Of the healthy ones, which run, and are looked at, at once."""
    patients = healthy()
    with ThreadPoolExecutor(len(patients)) as pool:
        return dict(zip((each.name for each in patients), pool.map(ward.examine, patients), strict=True))


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_job_gets_no_finding(diagnoses: dict[str, Diagnosis], name: str) -> None:
    assert diagnoses[name].is_healthy, str(diagnoses[name])


@pytest.mark.parametrize("make", SICK, ids=lambda each: each.__name__)
def test_the_first_finding_is_the_cause_and_not_what_follows(ward: Ward, make: Callable[[Path], Patient]) -> None:
    """One sick job at a time: many of them would make the TaskManager sick."""
    patient = make(ward.folder)
    found = ward.examine(patient)
    assert not why_not(patient, found), f"{why_not(patient, found)}, and it is said:\n{found}"


@pytest.fixture(scope="module")
def lab(
    embedded: LocalFlink, tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]
) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    given = {"state_dir": embedded.state_dir, "catalog_url": f"sqlite:///{folder}/catalog.db", **local_jars}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    environment = {**kept, **{f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items() if value}}
    settings = Settings(**given)
    lifecycle.init(given["catalog_url"])
    with api.open_catalog(settings) as catalog, api.connect(settings=settings, catalog=catalog) as session:
        embedded_cluster(catalog)
        lab = Lab(embedded, settings, catalog, session, folder, environment)
        try:
            yield lab
        finally:
            lab.close()


@dataclass
class Recorded:
    """A job under the eyes of a supervisor, and what is kept of it."""

    work: Counting
    begun: datetime

    def frame(self, *names: str) -> Frame:
        with subject_of_job(self.work.name, None, self.work.lab.catalog, self.work.lab.settings) as subject:
            assert subject.reader is not None and subject.owner is not None
            now = datetime.now(timezone.utc)
            return subject.reader.frame(subject.owner, self.begun, now, names=names or None)

    def rates(self, name: str = "source_records") -> Any:
        """Of its source, without what is not known."""
        frame = self.frame(name)
        (values,) = [values for key, values in frame.values.items() if key.name == name] or [np.array([])]
        return values[~np.isnan(values)]

    def await_rates(self, more: int) -> None:
        """So many more than there are now."""
        before = len(self.rates())
        until(lambda: len(self.rates()) >= before + more, f"{more} more records")


@pytest.fixture(scope="module")
def recorded(lab: Lab) -> Iterator[Recorded]:
    begun = datetime.now(timezone.utc) - timedelta(seconds=1)
    lab.the_supervisor()
    work = Counting(lab, "recorded").prepare()
    try:
        work.started()
        recorded = Recorded(work, begun)
        recorded.await_rates(3)
        yield recorded
    finally:
        work.end()


def test_rates_are_what_flink_counts(recorded: Recorded) -> None:
    lab = recorded.work.lab
    cluster = recorded.work.job.managed.job.cluster
    with subject_of_job(recorded.work.name, None, lab.catalog, lab.settings) as subject:
        assert cluster == "embedded" and subject.flink_id is not None
        source = next(
            each.id for each in subject.monitoring.look(subject.flink_id).graph.vertices if each.is_source
        )
        subject.monitoring.refresh()
        first = subject.monitoring.look(subject.flink_id)
    recorded.await_rates(4)
    with subject_of_job(recorded.work.name, None, lab.catalog, lab.settings) as subject:
        subject.monitoring.refresh()
        second = subject.monitoring.look(subject.flink_id)
    counted = second.counters[source].records_out - first.counters[source].records_out
    seconds = (second.at - first.at).total_seconds()
    frame = recorded.frame("records_out")
    inside = (frame.times >= first.at.timestamp()) & (frame.times <= second.at.timestamp())
    told = frame.values[SeriesKey(source, "records_out")][inside]
    assert np.nanmean(told) == pytest.approx(counted / seconds, rel=0.35)
    assert np.nanmean(recorded.rates()) == pytest.approx(SLOW, rel=0.35)


def test_a_restart_gives_no_negative_rate_and_counts_go_on_from_nothing(recorded: Recorded) -> None:
    before = recorded.work.job.attempts()[0].flink_id
    done(recorded.work.job.restart())
    recorded.work.goes_on()
    assert recorded.work.job.attempts()[0].flink_id != before
    recorded.await_rates(3)
    frame = recorded.frame()
    assert all((values[~np.isnan(values)] >= 0).all() for values in frame.values.values())
    assert recorded.rates().max() < 3 * SLOW, "the rows of one attempt are none of the next one's"


def test_the_time_without_a_supervisor_is_a_gap(recorded: Recorded) -> None:
    lab = recorded.work.lab
    supervisor = lab.the_supervisor()
    kill(supervisor.pid)
    supervisor.wait()
    killed = datetime.now(timezone.utc).timestamp()
    gone = time.monotonic()
    until(lambda: time.monotonic() - gone > 45, "a pause that is longer than two samples are apart", 60)
    lab.supervise()
    recorded.await_rates(3)
    frame = recorded.frame("source_records")
    (values,) = frame.values.values()
    before, after = frame.times < killed, frame.times > killed + 40
    assert np.isfinite(values[before]).any() and np.isfinite(values[after]).any()
    between = frame.times[~before & ~after]
    assert len(between) and np.isnan(values[np.isin(frame.times, between)]).any(), "no line is drawn over it"


def test_plots_and_a_report_are_of_what_was_recorded(
    attached: LocalFlink, recorded: Recorded, tmp_path: Path
) -> None:
    work = recorded.work
    plots: Plots = work.job.plot
    for kind in ("checkpoints", "metrics", "timeline", "graph", "backpressure", "lag", "skew"):
        plot = getattr(plots, kind)()
        if kind == "lag":  # it has no watermarks, and its source tells nothing of rows that wait
            assert "nothing to tell" in plot.note
            continue
        assert len(plot.data), kind
        assert len(plot.figure.data), kind
    checkpoints = plots.checkpoints().data
    assert len(checkpoints) >= len(work.job.points())
    file = report(work.name, "1h", tmp_path / "report.html", catalog=work.lab.catalog)
    text = file.read_text("utf-8")
    for heading in ("Findings", "Timeline", "Checkpoints", "Backpressure", "Exceptions", "Orders", "Versions"):
        assert text.count(f">{heading}<"), heading  # the text is five megabytes: no message may hold it
    assert not text.lower().count("could not be had")
