from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import errors
from fakes.answers import fails, insert
from fakes.compiling import CompilingGateway
from fakes.definitions import a_table
from fakes.versions import MemoryDefinitions, MemoryVariables, MemoryVersions
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import (
    CatalogUnavailableError,
    ConnectionFailedError,
    JarUnavailableError,
    StorageError,
)
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, AttemptState, Job, JobKey, JobScript, JobVersion, Pinned, Plan
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.jobs.launching import ATTEMPT_MARK, JOB_MARK, SHAPE_MARK, Launcher, run_config
from flinklab.jobs.plans import canonical, shape
from flinklab.jobs.sending import TOMBSTONE, Arrived, Lost, Refused, Sent
from flinklab.jobs.shapes import carried_out_by
from flinklab.jobs.workspace import JOB_ID
from flinklab.local.storage import FileStorage

DOCUMENT = json.loads(Path(__file__).with_name("plans").joinpath("group_by.json").read_text())
SHAPE = shape(json.dumps(DOCUMENT))
JOB = Job(JobKey("my", "orders", "prod"), "here", 1)
VERSION = JobVersion(
    "my",
    "orders",
    1,
    JobScript(
        "INSERT INTO totals SELECT k, COUNT(*) FROM orders GROUP BY k",
        setup=("CREATE TEMPORARY TABLE totals (k INT, n BIGINT) WITH ('password' = '${pw}')",),
        config={"table.exec.state.ttl": "1 h", "parallelism.default": "2", "rest.port": "6"},
        teams=("my",),
    ),
    definitions=(Pinned("my", "orders", 1),),
)
ATTEMPT = Attempt(
    AttemptId("a" * 32), 1, 1, JobId("b" * 32), 1, AttemptState.SUBMITTING, Deployment(), session=None
)
CLIENT = "org.apache.flink.runtime.client"
EXECUTE_PLAN = re.compile("^EXECUTE PLAN")
SUBMITTING = ("org.apache.flink.table.api.TableException: Failed to execute sql",)
DUPLICATE = (
    *SUBMITTING,
    f"{CLIENT}.DuplicateApplicationSubmissionException: Application has already been submitted.",
)
NOT_BEGUN = (
    *SUBMITTING,
    f"{CLIENT}.JobInitializationException: Could not start.",
    "java.io.IOException: not there",
)
NO_REPLY = (
    *SUBMITTING,
    f"{CLIENT}.JobSubmissionException: Failed.",
    "java.net.ConnectException: Connection refused",
)


class Bench:
    def __init__(self, gateway: CompilingGateway, folder: Path) -> None:
        self.fake = gateway
        self.folder = folder
        self.gateway = RestGateway(Access(gateway.url), pause=lambda seconds: None)
        self.versions = MemoryVersions(VERSION)
        self.definitions = MemoryDefinitions(a_table("orders", columns=("k",)))
        self.variables = MemoryVariables({"pw": "hunter2"}, secret=["pw"])

    def launcher(self, **options: Any) -> Launcher:
        given = {
            "gateway": self.gateway,
            "versions": self.versions,
            "definitions": self.definitions,
            "variables": self.variables,
            "storage": FileStorage(f"file://{self.folder}"),
            "target": {"rest.port": "8081"},
            "defaults": {"table.exec.state.ttl": "2 h", "state.backend.type": "hashmap"},
            "patience": 5.0,
            **options,
        }
        return Launcher(**given)

    def send(self, attempt: Attempt = ATTEMPT, shape: str | None = None, **options: Any) -> Sent:
        launcher = self.launcher(**options)
        return launcher.send(JOB, attempt, launcher.open(), shape)

    def fence(self) -> bool:
        launcher = self.launcher()
        return launcher.fence(ATTEMPT, launcher.open())

    @property
    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with CompilingGateway(DOCUMENT) as gateway:
        bench = Bench(gateway, tmp_path)
        yield bench
        bench.gateway.close()


def test_a_version_is_compiled_once_and_every_attempt_runs_that_plan(bench: Bench) -> None:
    read: list[str] = []

    def look(statement: str) -> Any:
        read.append(Path(statement.removeprefix("EXECUTE PLAN 'file://").removesuffix("'")).read_text())
        return insert()

    bench.fake.on(EXECUTE_PLAN, look)
    later = replace(ATTEMPT, id=AttemptId("c" * 32), flink_id=JobId("d" * 32))
    assert bench.send() == bench.send(later) == Arrived(SHAPE)
    assert read == [canonical(json.dumps(DOCUMENT))] * 2
    [kept] = bench.versions.plans
    assert kept == Plan("my", "orders", 1, "prod", kept.text_hash, read[0], SHAPE, "2.3.0")
    assert sum(text.startswith("COMPILE") for text in bench.fake.statements) == 1
    assert bench.files == []


def test_a_job_runs_as_its_attempt_says(bench: Bench) -> None:
    deployment = Deployment(
        8, {"pipeline.object-reuse": "true", "pipeline.global-job-parameters": "a:b"}, "rocksdb"
    )
    assert bench.send(replace(ATTEMPT, deployment=deployment)) == Arrived(SHAPE)
    [sent] = bench.fake.executed
    marks = sent.config.pop("pipeline.global-job-parameters").split(",")
    assert dict(mark.split(":") for mark in marks) == {
        "a": "b",
        JOB_MARK: "my.orders%20%28prod%29",
        ATTEMPT_MARK: ATTEMPT.id,
        SHAPE_MARK: SHAPE,
    }
    assert sent.config == {
        JOB_ID: ATTEMPT.flink_id,
        "pipeline.name": "my.orders (prod)",
        "pipeline.object-reuse": "true",
        "parallelism.default": "8",
        "state.backend.type": "rocksdb",
        "table.exec.state.ttl": "1 h",
        "table.dml-sync": "false",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "rest.port": "8081",
    }
    assert bench.fake.sessions[sent.session].properties == {"rest.port": "8081"}


@pytest.mark.parametrize("forced", [False, True])
def test_it_starts_from_its_state_and_takes_over_all_of_it_unless_forced(bench: Bench, forced: bool) -> None:
    attempt = replace(ATTEMPT, restored_from="file:///sp", forced=forced)
    assert bench.send(attempt, "another" if forced else SHAPE) == Arrived(SHAPE)
    recovery = {key: value for key, value in bench.fake.executed[0].config.items() if "recovery" in key}
    assert recovery == {
        "execution.state-recovery.path": "file:///sp",
        "execution.state-recovery.claim-mode": "NO_CLAIM",
        "execution.state-recovery.ignore-unclaimed-state": str(forced).lower(),
    }


@pytest.mark.parametrize(
    ("of_state", "says"), [("another", "another query"), (None, "not known"), ("", "not known")]
)
def test_state_that_may_not_fit_needs_a_persons_word(bench: Bench, of_state: str | None, says: str) -> None:
    refused = bench.send(replace(ATTEMPT, restored_from="file:///sp"), of_state)
    assert isinstance(refused, Refused)
    assert "file:///sp" in refused.cause.message and says in refused.cause.message
    assert bench.fake.executed == []


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "execution.state-recovery.path",
                "execution.state-recovery.ignore-unclaimed-state",
                "execution.savepoint.path",
                "execution.savepoint-restore-mode",
                "execution.checkpointing.externalized-checkpoint-retention",
                "pipeline.name",
                "table.dml-sync",
                JOB_ID,
            ]
        ),
        st.text(),
    )
)
def test_no_setting_of_a_cell_can_start_it_from_other_state_or_under_another_id(given: dict[str, str]) -> None:
    plan = Plan("my", "orders", 1, "prod", "", "", SHAPE, "2.3.0")
    assert run_config(JOB, ATTEMPT, plan, given) == run_config(JOB, ATTEMPT, plan, {})


@pytest.mark.parametrize(
    ("causes", "outcome"),
    [(DUPLICATE, Arrived), (NOT_BEGUN, Refused), (NO_REPLY, Lost)],
    ids=lambda each: str(each)[:9],
)
def test_what_flink_says_of_it_is_what_becomes_of_it(bench: Bench, causes: Sequence[str], outcome: type) -> None:
    bench.fake.on(EXECUTE_PLAN, fails(errors.statement_error(*causes)))
    sent = bench.send()
    assert type(sent) is outcome
    assert not isinstance(sent, Refused) or (sent.cause.message, "IOException" in sent.cause.details) == (
        "not there",
        True,
    )
    assert not isinstance(sent, Lost) or sent.shape == SHAPE
    # What may still be read is left.
    assert len(bench.files) == (1 if outcome is Lost else 0)


@pytest.mark.parametrize("fault", ["drop reply", "half a body", "garbage"])
def test_a_lost_reply_is_not_known(bench: Bench, fault: str) -> None:
    assert bench.send() == Arrived(SHAPE)
    before = len(bench.fake.submitted)
    bench.send()
    bench.fake.faults.add("submit", fault, after=len(bench.fake.submitted) - before - 1)
    lost = bench.send()
    assert isinstance(lost, Lost) and lost.shape == SHAPE
    assert len(bench.fake.executed) == 3


def test_a_plan_of_a_newer_flink_is_compiled_again_for_an_older_one(bench: Bench) -> None:
    bench.fake.flink_version = "2.4.0"
    assert bench.send() == Arrived(carried_out_by(SHAPE, "2.4"))
    bench.fake.flink_version = "2.3.0"
    assert bench.send() == bench.send() == Arrived(SHAPE)
    assert [plan.flink_version for plan in bench.versions.plans] == ["2.4.0", "2.3.0"]
    bench.fake.flink_version = "2.4.0"  # what an older one compiled serves, and what this one compiled comes first
    assert bench.send() == Arrived(carried_out_by(SHAPE, "2.4"))
    assert len(bench.versions.plans) == 2


def test_state_of_a_newer_flink_needs_a_word(bench: Bench) -> None:
    attempt = replace(ATTEMPT, restored_from="file:///savepoint-1")
    assert bench.send(attempt, carried_out_by(SHAPE, "1.20.3")) == Arrived(SHAPE)
    refused = bench.send(attempt, carried_out_by(SHAPE, "2.4.0"))
    assert isinstance(refused, Refused)
    assert "file:///savepoint-1 was made by Flink 2.4, and Flink 2.3 is older" in refused.cause.message
    assert bench.send(replace(attempt, forced=True), carried_out_by(SHAPE, "2.4.0")) == Arrived(SHAPE)


def test_nothing_is_sent_through_a_gateway_of_another_version(bench: Bench) -> None:
    refused = bench.send(cluster_version=lambda: "1.20.3")
    assert isinstance(refused, Refused)
    assert "is Flink 2.3, the cluster is Flink 1.20: it cannot submit there" in refused.cause.message
    assert not bench.fake.submitted
    assert bench.send(cluster_version=lambda: "2.3.7") == Arrived(SHAPE)


def test_a_secret_is_in_no_reason(bench: Bench) -> None:
    told = "org.apache.flink.table.api.ValidationException: cannot log in with hunter2"
    bench.fake.on(re.compile("^(COMPILE|EXECUTE) PLAN"), fails(errors.statement_error(told)))
    refused = bench.send()
    assert isinstance(refused, Refused) and refused.cause.message.startswith("cannot log in with ")
    assert "hunter2" not in repr(refused) and refused.cause.details


def gone(_: str) -> str:
    raise JarUnavailableError("g:a:1 is not there", hint="put it into the folder that jars_dir names")


@pytest.mark.parametrize(
    ("script", "options", "says"),
    [
        ({"statement": "INSERT INTO t SELECT ${lost}"}, {}, "${lost} has no value in prod"),
        ({"config": {"a": "${lost}"}}, {}, "${lost} has no value in prod"),
        ({"setup": ("ADD JAR 'g:a:1'",)}, {"add_jar": gone}, "g:a:1 is not there (put it into the folder"),
        ({}, {"versions": MemoryVersions()}, "my.orders has no version 1"),
        ({}, {"definitions": MemoryDefinitions()}, "there is no version 1 of my.orders"),
    ],
)
def test_what_is_the_jobs_own_fault_is_refused_in_a_line(
    bench: Bench, script: dict[str, Any], options: dict[str, Any], says: str
) -> None:
    changed = MemoryVersions(replace(VERSION, script=replace(VERSION.script, **script)))
    refused = bench.send(**{"versions": changed, **options})
    assert isinstance(refused, Refused) and refused.cause.message.startswith(says)
    assert bench.fake.executed == []


class _Away(MemoryDefinitions):
    def version(self, name: Name, number: int) -> Definition:
        raise CatalogUnavailableError("the catalog does not answer")


class _Silent(FileStorage):
    def write(self, name: str, content: bytes) -> str:
        raise StorageError("it did not answer")


def test_what_may_be_over_the_next_time_is_no_fault_of_the_job(bench: Bench) -> None:
    with pytest.raises(CatalogUnavailableError):
        bench.send(definitions=_Away())
    with pytest.raises(StorageError):
        bench.send(storage=_Silent(str(bench.folder)))
    launcher = bench.launcher()
    session = launcher.open()
    bench.fake.expire_sessions()
    with pytest.raises(ConnectionFailedError):
        launcher.send(JOB, ATTEMPT, session)
    assert bench.fake.executed == []


def test_a_closed_session_can_be_closed_again(bench: Bench) -> None:
    launcher = bench.launcher()
    session = launcher.open()
    launcher.close(session)
    launcher.close(session)
    assert not bench.fake.sessions


def test_an_id_is_used_up_by_a_job_that_cannot_begin(bench: Bench) -> None:
    bench.fake.on(re.compile("^INSERT"), fails(errors.statement_error(*NOT_BEGUN)))
    assert bench.fence()
    [sent] = bench.fake.executed
    assert sent.config[JOB_ID] == ATTEMPT.flink_id
    assert sent.config["execution.state-recovery.path"] == TOMBSTONE
    assert sent.config["rest.port"] == "8081"


def test_what_had_arrived_is_left_and_what_is_not_known_is_no_proof(bench: Bench) -> None:
    bench.fake.on(re.compile("^INSERT"), fails(errors.statement_error(*DUPLICATE)))
    assert not bench.fence()
    for causes in (NO_REPLY, ("org.apache.flink.table.api.ValidationException: no such connector",)):
        bench.fake.on(re.compile("^INSERT"), fails(errors.statement_error(*causes)))
        with pytest.raises(ConnectionFailedError):
            bench.fence()
    bench.fake.on(re.compile("^INSERT"), insert())
    bench.fake.faults.add("submit", "drop reply", after=2)
    with pytest.raises(ConnectionFailedError):
        bench.fence()
