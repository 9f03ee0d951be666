"""Attempts that get applications of their own: one for each, whatever is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fakes.compiling import CompilingGateway
from fakes.definitions import a_table
from fakes.versions import MemoryDefinitions, MemoryVariables, MemoryVersions
from flinklab.domain.errors import UnreachableError, YarnError, YarnRefusedError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, AttemptState, Job, JobKey, JobScript, JobVersion, Pinned
from flinklab.domain.yarn import Application, ApplicationOrder, ApplicationState, FinalStatus
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.jobs.deploying import ApplicationLauncher, plans_of
from flinklab.jobs.sending import Arrived, Lost, Refused, Sent
from flinklab.jobs.workspace import JOB_ID
from flinklab.local.storage import FileStorage

DOCUMENT = json.loads(Path(__file__).with_name("plans").joinpath("group_by.json").read_text())
JOB = Job(JobKey("my", "orders", "prod"), "apps", 1)
VERSION = JobVersion(
    "my",
    "orders",
    1,
    JobScript(
        "INSERT INTO totals SELECT k, COUNT(*) FROM orders GROUP BY k",
        setup=("CREATE TEMPORARY TABLE totals (k INT, n BIGINT) WITH ('password' = '${pw}')",),
        config={"table.exec.state.ttl": "1 h", "s3.secret-key": "${pw}"},
        teams=("my",),
    ),
    definitions=(Pinned("my", "orders", 1),),
)
ATTEMPT = Attempt(
    AttemptId("a" * 32), 1, 1, JobId("b" * 32), 1, AttemptState.SUBMITTING, Deployment(), session=None
)
RUNS = Application("application_1_0001", "orders", ApplicationState.RUNNING)
KILLED = replace(RUNS, state=ApplicationState.KILLED, final_status=FinalStatus.KILLED)


@dataclass
class Yarn:
    """Fulfils `Applications`. `deploys` is what happens when an application is ordered; `plans`: what lay there."""

    folder: Path
    there: list[Application] = field(default_factory=list)
    orders: list[ApplicationOrder] = field(default_factory=list)
    plans: list[list[Path]] = field(default_factory=list)
    silent: int = 0
    deploys: Callable[[], Application] = lambda: RUNS
    on_look: Callable[[], None] = lambda: None

    def tagged(self, attempt: AttemptId) -> Application | None:
        self.on_look()
        if self.silent and len(self.orders) >= self.silent:
            raise UnreachableError("the ResourceManager does not answer")
        return self.there[0] if self.there else None

    def deploy(self, order: ApplicationOrder) -> Application:
        self.orders.append(order)
        self.plans.append(self.files)
        found = self.deploys()
        self.there.append(found)
        return found

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.folder / "applications").rglob("*.json") if path.is_file()]


@pytest.fixture
def yarn(tmp_path: Path) -> Yarn:
    return Yarn(tmp_path)


@pytest.fixture
def launcher(yarn: Yarn) -> Iterator[ApplicationLauncher]:
    with (
        CompilingGateway(DOCUMENT) as fake,
        closing(RestGateway(Access(fake.url), pause=lambda seconds: None)) as gateway,
    ):
        yield ApplicationLauncher(
            gateway,
            MemoryVersions(VERSION),
            MemoryDefinitions(a_table("orders", columns=("k",))),
            MemoryVariables({"pw": "hunter2"}, secret=["pw"]),
            FileStorage(f"file://{yarn.folder}"),
            yarn,
            defaults={"state.backend.type": "hashmap"},
            patience=5.0,
        )


def send(launcher: ApplicationLauncher, attempt: Attempt = ATTEMPT) -> Sent:
    return launcher.send(JOB, attempt, launcher.open())


def test_it_is_ordered_with_a_plan_of_its_own_and_all_that_the_plan_needs(
    launcher: ApplicationLauncher, yarn: Yarn
) -> None:
    sent = send(launcher, replace(ATTEMPT, restored_from="file:///sp-1", forced=True))
    assert isinstance(sent, Arrived)
    [order] = yarn.orders
    [[plan]] = yarn.plans
    assert (order.name, order.attempt, order.flink_id) == (str(JOB.key), ATTEMPT.id, ATTEMPT.flink_id)
    assert order.config[JOB_ID] == ATTEMPT.flink_id
    assert order.config["execution.state-recovery.path"] == "file:///sp-1"
    assert order.config["execution.shutdown-on-application-finish"] == "false"
    assert order.config["execution.submit-failed-job-on-application-error"] == "true"
    assert "execution.target" not in order.config
    assert plan.parent == yarn.folder / plans_of(ATTEMPT.flink_id)
    kinds = [statement.split()[0] for statement in order.statements]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("SET", "EXECUTE", {"CREATE"})
    assert order.statements[-1] == f"EXECUTE PLAN 'file://{plan}'"
    assert any("orders" in each for each in order.statements[1:-1])
    assert yarn.files == [plan]  # its JobManager may read it again


def test_secrets_are_in_the_script_alone(launcher: ApplicationLauncher, yarn: Yarn) -> None:
    send(launcher)
    [order] = yarn.orders
    assert "SET 's3.secret-key' = 'hunter2'" in order.statements
    assert any("'password' = 'hunter2'" in each for each in order.statements)
    assert "hunter2" not in repr(order) and "hunter2" not in str(order.config)


@pytest.mark.parametrize("there", [RUNS, KILLED])
def test_there_is_never_a_second_one_for_an_attempt(
    launcher: ApplicationLauncher, yarn: Yarn, there: Application
) -> None:
    yarn.there.append(there)
    sent = send(launcher)
    assert isinstance(sent, Lost) and there.id in sent.reason
    assert not yarn.orders


def test_what_comes_between_two_looks_is_no_reason_for_a_second_one(
    launcher: ApplicationLauncher, yarn: Yarn
) -> None:
    looks: list[None] = []

    def late() -> None:
        looks.append(None)
        if len(looks) == 2:
            yarn.there.append(RUNS)

    yarn.on_look = late
    assert isinstance(send(launcher), Lost)
    assert not yarn.orders


def test_a_plan_that_was_left_is_deleted_before_a_new_one_is_ordered(
    launcher: ApplicationLauncher, yarn: Yarn
) -> None:
    """A supervisor was killed while the client ran: what that still submits finds nothing to do."""
    left = yarn.folder / plans_of(ATTEMPT.flink_id) / "earlier.json"
    left.parent.mkdir(parents=True)
    left.touch()
    assert isinstance(send(launcher), Arrived)
    assert yarn.plans == [yarn.files] and left not in yarn.files


@pytest.mark.parametrize("left", [[], [KILLED]])
def test_a_submission_that_failed_is_refused_in_words_for_a_person(
    launcher: ApplicationLauncher, yarn: Yarn, left: list[Application]
) -> None:
    def refuses() -> Application:
        yarn.there.extend(left)
        raise YarnRefusedError("there is no queue etll, hunter2", hint="it has etl", details="password hunter2")

    yarn.deploys = refuses
    sent = send(launcher)
    assert isinstance(sent, Refused)
    assert sent.cause.message.startswith("there is no queue etll") and sent.cause.message.endswith("it has etl")
    assert "hunter2" not in sent.cause.message + sent.cause.details
    assert not yarn.files


def test_a_submission_that_failed_and_left_something_is_lost(launcher: ApplicationLauncher, yarn: Yarn) -> None:
    def leaves() -> Application:
        yarn.there.append(RUNS)
        raise YarnError("no application after 5 min")

    yarn.deploys = leaves
    sent = send(launcher)
    assert isinstance(sent, Lost) and RUNS.id in sent.reason and sent.shape


def test_a_submission_that_failed_while_nobody_can_be_asked_is_lost(
    launcher: ApplicationLauncher, yarn: Yarn
) -> None:
    def fails() -> Application:
        yarn.silent = 1
        raise YarnError("the client was lost")

    yarn.deploys = fails
    assert isinstance(send(launcher), Lost)


def test_a_fence_takes_the_plan_away_and_holds_when_nothing_had_begun(
    launcher: ApplicationLauncher, yarn: Yarn
) -> None:
    def fails() -> Application:
        yarn.silent = 1
        raise YarnError("the client was lost")

    yarn.deploys = fails
    send(launcher)
    yarn.silent = 0
    assert launcher.fence(ATTEMPT, launcher.open())
    assert not yarn.files
    yarn.there.append(RUNS)
    assert not launcher.fence(ATTEMPT, launcher.open())
