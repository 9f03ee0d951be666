"""Plans on a real Flink: the same ids each time, state that goes on, and what it says of what cannot begin."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.versions import MemoryDefinitions, MemoryVariables, MemoryVersions
from flinklab.domain.cluster import JobState
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import StatementInvalidError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, AttemptState, Job, JobKey, JobScript, JobVersion, Pinned
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager
from flinklab.jobs.launching import ATTEMPT_MARK, JOB_MARK, SHAPE_MARK, Launcher
from flinklab.jobs.sending import Arrived, Lost, Refused
from flinklab.jobs.workspace import Workspace
from flinklab.local import LocalFlink
from flinklab.local.storage import FileStorage
from flinklab.session.origin import read_marks

KEY = JobKey("my", "orders", "dev")
ROWS = 400
COUNTING = JobScript(
    "EXECUTE STATEMENT SET BEGIN INSERT INTO counted "
    "SELECT id, k, COUNT(*) OVER (PARTITION BY k ORDER BY moment ROWS UNBOUNDED PRECEDING) "
    "FROM (SELECT id, id % 3 AS k, PROCTIME() AS moment FROM numbers); "
    "INSERT INTO away SELECT id % 5, COUNT(*) FROM numbers GROUP BY id % 5; END",
    setup=(
        "CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', "
        f"'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{ROWS}')",
        "CREATE TEMPORARY TABLE counted (id BIGINT, k BIGINT, n BIGINT) WITH ('connector' = 'filesystem', "
        "'format' = 'csv', 'path' = '${folder}')",
        "CREATE TEMPORARY TABLE away (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')",
    ),
    config={"execution.checkpointing.interval": "500 ms"},
)
ENDLESS = JobScript(
    "EXECUTE STATEMENT SET BEGIN INSERT INTO away SELECT x FROM numbers; "
    "INSERT INTO away SELECT MAX(x) FROM numbers; END",
    setup=(
        "CREATE TEMPORARY TABLE numbers (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')",
        "CREATE TEMPORARY TABLE away (x INT) WITH ('connector' = 'blackhole')",
    ),
)


class Bench:
    """Sends attempts of one version to the embedded Flink, which may forget the plans that were kept."""

    def __init__(self, flink: LocalFlink, folder: Path, script: JobScript, **options: Any) -> None:
        self.gateway = RestGateway(Access(flink.gateway_url))
        self.jobs = RestJobManager(Access(flink.jobmanager_url))
        self.storage = FileStorage(f"file://{folder}/exchange")
        pinned = options.pop("pinned", ())
        self.versions = MemoryVersions(JobVersion(KEY.team, KEY.name, 1, script, pinned))
        values = {"folder": f"file://{folder}/rows", "pw": "hunter2"}
        self.variables = MemoryVariables(values, secret=["pw"])
        self.launcher = Launcher(
            self.gateway,
            self.versions,
            options.pop("definitions", None) or MemoryDefinitions(),
            self.variables,
            self.storage,
            **{"target": {}, "defaults": {}, **options},
        )
        self.sent: list[JobId] = []

    def attempt(self, **given: Any) -> Attempt:
        fresh = JobId(uuid.uuid4().hex)
        self.sent.append(given.get("flink_id", fresh))
        values = {"id": AttemptId(uuid.uuid4().hex), "flink_id": fresh, "deployment": Deployment(), **given}
        return Attempt(job_id=1, number=1, version=1, state=AttemptState.SUBMITTING, **values)

    def send(self, attempt: Attempt, shape: str | None = None) -> Any:
        session = self.launcher.open()
        try:
            return self.launcher.send(Job(KEY, "here", 1), attempt, session, shape)
        finally:
            self.launcher.close(session)

    def close(self) -> None:
        for job_id in self.sent:
            state = self.jobs.state(job_id)
            if state is not None and not state.is_terminal:
                self.jobs.cancel(job_id)
        self.jobs.close()
        self.gateway.close()


@pytest.fixture
def bench(embedded: LocalFlink, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    opened: list[Bench] = []

    def open_(script: JobScript, **options: Any) -> Bench:
        opened.append(Bench(embedded, tmp_path, script, **options))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)
    return found


def test_state_goes_on_in_a_plan_that_was_compiled_anew(
    bench: Callable[..., Bench], embedded: LocalFlink, tmp_path: Path, ask: Callable[..., dict[str, Any]]
) -> None:
    work = bench(COUNTING)
    first = work.attempt(deployment=Deployment(parallelism=1))
    begun = work.send(first)
    assert isinstance(begun, Arrived), begun
    url = f"{embedded.jobmanager_url}/jobs/{first.flink_id}"
    until(lambda: ask("GET", f"{url}/checkpoints")["counts"]["completed"])
    trigger = uuid.uuid4().hex
    ask("POST", f"{url}/stop", {"targetDirectory": f"file://{tmp_path}/sp", "triggerId": trigger})
    asked = f"{url}/savepoints/{trigger}"
    savepoint = until(lambda: (ask("GET", asked).get("operation") or {}).get("location"))
    until(lambda: (state := work.jobs.state(first.flink_id)) is not None and state.is_terminal)

    [before] = work.versions.plans
    work.versions.plans.clear()
    # Settings of the planner that do not change what the state is.
    other = Deployment(parallelism=2, config={"table.exec.state.ttl": "1 h"}, backend="rocksdb")
    second = work.attempt(restored_from=savepoint, deployment=other)
    assert isinstance(work.send(second, begun.shape), Arrived)
    [after] = work.versions.plans
    assert '"ttl":"1 h"' in after.document
    assert after.document.replace('"1 h"', '"0 ms"') == before.document
    until(lambda: (state := work.jobs.state(second.flink_id)) is not None and state.is_terminal)
    assert work.jobs.state(second.flink_id) is JobState.FINISHED, work.jobs.root_cause(second.flink_id)

    lines = [line for file in (tmp_path / "rows").glob("[!.]*") for line in file.read_text().split()]
    rows = [tuple(map(int, line.split(","))) for line in lines]
    assert sorted(id_ for id_, _, _ in rows) == list(range(1, ROWS + 1))
    for k in range(3):
        counts = sorted(n for _, key, n in rows if key == k)
        assert counts == list(range(1, len(counts) + 1))


def test_the_job_says_whose_it_is_and_a_second_submission_is_the_first_one(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    work = bench(ENDLESS)
    attempt = work.attempt()
    begun = work.send(attempt)
    assert isinstance(begun, Arrived), begun
    detail = work.jobs.job(attempt.flink_id)
    assert detail is not None and detail.name == str(KEY)
    parameters = work.jobs.job_parameters(attempt.flink_id)
    told = {JOB_MARK: "my.orders%20%28dev%29", ATTEMPT_MARK: attempt.id, SHAPE_MARK: begun.shape}
    assert {key: parameters.get(key) for key in told} == told
    assert read_marks(parameters) is None  # not a notebook's
    assert work.send(attempt) == begun
    assert len([each for each in work.jobs.jobs() if each.id == attempt.flink_id]) == 1
    assert not [file for file in (tmp_path / "exchange").rglob("*") if file.is_file()]


def test_shared_tables_are_those_that_were_pinned_and_their_secrets_are_in_no_plan(
    bench: Callable[..., Bench],
) -> None:
    def shared(name: str, options: str) -> Definition:
        ddl = f"CREATE TABLE {name} (x INT) WITH ({options})"
        return Definition(Name(KEY.team, name), DefinitionKind.TABLE, ddl)

    numbers = shared("numbers", "'connector' = 'datagen', 'rows-per-second' = '1'")
    definitions = MemoryDefinitions(
        numbers, replace(numbers, ddl="CREATE TABLE numbers (y STRING) WITH ('connector' = 'gone')")
    )
    definitions.save(shared("away", "'connector' = 'print', 'print-identifier' = '${pw}'"), expected=None)
    pinned = (Pinned(KEY.team, "numbers", 1), Pinned(KEY.team, "away", 1))
    script = JobScript("INSERT INTO away SELECT x FROM numbers", teams=(KEY.team,))
    work = bench(script, definitions=definitions, pinned=pinned)
    begun = work.send(work.attempt())
    assert isinstance(begun, Arrived), begun
    assert "hunter2" not in work.versions.plans[0].document


def test_an_id_is_used_up_once_and_never_taken_from_what_arrived(bench: Callable[..., Bench]) -> None:
    work = bench(ENDLESS)
    late, running = work.attempt(), work.attempt()
    assert isinstance(work.send(running), Arrived)
    fenced = []
    for attempt in (late, running):
        session = work.launcher.open()
        fenced.append(work.launcher.fence(attempt, session))
        work.launcher.close(session)
    assert fenced == [True, False]
    state = work.jobs.state(running.flink_id)
    assert state is not None and not state.is_terminal
    work.send(late)  # what is still on its way
    state = work.jobs.state(late.flink_id)
    assert state is not None and state.is_terminal


def test_state_that_is_not_there_is_refused_with_flinks_words(bench: Callable[..., Bench], tmp_path: Path) -> None:
    work = bench(ENDLESS)
    gone = f"file://{tmp_path}/sp-gone"
    refused = work.send(work.attempt(restored_from=gone, forced=True))
    assert isinstance(refused, Refused), refused
    assert refused.cause.message.startswith(f"Cannot find checkpoint or savepoint file/directory '{gone}'")
    assert "JobInitializationException" in refused.cause.details


def test_a_job_whose_jar_is_gone_is_refused_in_a_line(bench: Callable[..., Bench]) -> None:
    jar = "/nowhere/udf.jar"
    work = bench(JobScript(ENDLESS.statement, (f"ADD JAR '{jar}'", *ENDLESS.setup)))
    refused = work.send(work.attempt())
    assert isinstance(refused, Refused), refused
    assert jar in refused.cause.message and "not found" in refused.cause.message
    assert "\n" not in refused.cause.message


def test_a_cluster_that_does_not_answer_the_gateway_leaves_it_unknown(bench: Callable[..., Bench]) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # a port at which nobody listens
        target = {
            "execution.target": "remote",
            "rest.address": "127.0.0.1",
            "rest.port": str(deaf.getsockname()[1]),
            "rest.retry.max-attempts": "1",
            "rest.retry.delay": "0 ms",
        }
        work = bench(ENDLESS, target=target)
        lost = work.send(work.attempt())
    assert isinstance(lost, Lost), lost
    assert lost.shape == work.versions.plans[0].shape


def test_options_of_a_hint_would_be_lost(bench: Callable[..., Bench]) -> None:
    work = bench(ENDLESS)
    hinted = JobScript(
        "INSERT INTO away SELECT x FROM numbers /*+ OPTIONS('number-of-rows' = '7') */", ENDLESS.setup
    )
    workspace = Workspace(
        work.gateway,
        work.gateway.open_session({}),
        hinted,
        definitions=MemoryDefinitions(),
        variables=work.variables,
        environment="dev",
    )
    try:
        assert "number-of-rows" in workspace.explain()
        with pytest.raises(StatementInvalidError, match="OPTIONS hint"):
            workspace.compile(work.storage)
    finally:
        workspace.close()
