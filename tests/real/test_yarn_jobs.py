"""Managed jobs on sessions of a real YARN: watched without it, moved, and recovered when a session ends.

The tests go on from each other, on three sessions with many small jobs and one that counts (`Counting`).
"""

from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flinklab import api
from flinklab.api.gateways import end_gateway, gateway_for, kept_gateways
from flinklab.api.job_handle import JobHandle
from flinklab.api.pools import save_pool
from flinklab.api.yarn_sessions import create_session
from flinklab.catalog import lifecycle
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.jobs import Attempt, AttemptState, ManagedState
from flinklab.domain.records import ClusterAddress, RegisteredYarn
from flinklab.domain.yarn import ApplicationState, SessionSpec
from flinklab.flink.access import Access
from flinklab.flink.jobmanager import RestJobManager
from flinklab.jobs.promoting import Promotion
from flinklab.local import LocalFlink
from flinklab.settings import Settings
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.jobs_support import Counting, Lab, assert_none_twice, done, kill, until
from real.yarn_support import end_application, jobmanager_of, manager_of, pids_of, requests_to, without

pytestmark = pytest.mark.timeout(3600)  # of a busy machine

ONE, TWO, HIGHLY_AVAILABLE = "jobs-1", "jobs-2", "jobs-3"
# More of them, where somebody has the time: YARN_SESSIONS=10 YARN_JOBS=30 and `-k without_a_request`.
SESSIONS = tuple(f"jobs-{number + 1}" for number in range(int(os.environ.get("YARN_SESSIONS", "3"))))
EACH = int(os.environ.get("YARN_JOBS", "20"))
POOL = "jobs"
POOLED, SLOTS = 5, EACH + 8
ROUNDS, FEW = 10, 3
TABLES = (
    "CREATE TABLE ticks (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')",
    "CREATE TABLE ticked (id BIGINT) WITH ('connector' = 'blackhole')",
)
TEXT = """SET 'execution.checkpointing.interval' = '10 s';
INSERT INTO ticked SELECT id FROM ticks"""
SMALL = {
    "taskmanager.memory.managed.fraction": "0.1",  # jobs whose state is in the heap need none
    "env.java.opts.taskmanager": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "pekko.ask.timeout": "2 min",  # twenty jobs at once keep a TaskManager busy that has little of a CPU
}
HA = {"high-availability.type": "zookeeper"}


def spec(name: str) -> SessionSpec:
    config = {**SMALL, **(HA if name == HIGHLY_AVAILABLE else {})}
    return SessionSpec(name, slots=SLOTS, taskmanager_memory=1152, config=config)


@dataclass
class Sessions(Lab):
    """With `each` small jobs on each session; of the first session's, `POOLED` are in the pool."""

    metrics_port: int = 0
    each: int = EACH

    def promote(self, text: str, name: str) -> Promotion:
        return self.promote_to(ONE, text, name)

    def promote_to(self, cluster: str, text: str, name: str, pool: str | None = None) -> Promotion:
        where = {"cluster": cluster, "pool": pool}
        return api.promote(self.session, text, name, catalog=self.catalog, settings=self.settings, **where)

    def the_supervisor(self) -> Any:
        alive = [each for each in self.supervisors if each.poll() is None]
        return alive[0] if alive else self.supervise("--metrics-port", str(self.metrics_port))

    def create(self, name: str) -> None:
        labels = [POOL] if name != HIGHLY_AVAILABLE else []
        create_session(
            "lab", spec(name), catalog=self.catalog, labels=labels, storage=f"file://{self.folder}/storage"
        )

    def address(self, name: str) -> ClusterAddress:
        kept = self.catalog.addresses.get(self.catalog.team, name)
        assert kept is not None
        return kept

    def many(self, session: str) -> Sequence[JobHandle]:
        return [self.job(f"{session}-{number:02}") for number in range(self.each)]

    def thin_out(self, each: int) -> None:
        """Cancel all but `each` jobs of a session: to bring back many at once is Flink's part, and slow."""
        over = [job for name in SESSIONS for job in self.many(name)[each:]]
        for command in [job.cancel() for job in over]:
            done(command)
        self.each = each

    @property
    def all_jobs(self) -> Sequence[JobHandle]:
        return [job for name in SESSIONS for job in self.many(name)]

    def rounds(self) -> dict[str, float]:
        """How often each session's jobs were looked at and decided about."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30) as reply:
            families = text_string_to_metric_families(reply.read().decode())
        samples = [sample for family in families for sample in family.samples]
        return {
            sample.labels["cluster"]: sample.value
            for sample in samples
            if sample.name == "flinklab_supervisor_rounds_total"
        }

    def watch(self, times: int = ROUNDS) -> None:
        """Until each session was watched so often, from beginning to end."""
        begin = self.rounds()
        assert set(begin) == set(SESSIONS)
        until(lambda: all(now > begin[name] + times for name, now in self.rounds().items()), "rounds")

    def all_are(self, jobs: Sequence[JobHandle], state: ManagedState) -> None:
        until(lambda: all(job.status is state for job in jobs), f"all are {state.value}", 900)

    def running(self, session: str) -> Sequence[str]:
        """The ids of the Flink jobs that run there."""
        jobmanager = RestJobManager(Access(self.address(session).url))
        try:
            return sorted(job.id for job in jobmanager.jobs() if job.state is JobState.RUNNING)
        finally:
            jobmanager.close()


@pytest.fixture(scope="module")
def lab(
    yarn_lab: YarnLab, tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]
) -> Iterator[Sessions]:
    """A catalog in which the YARN is registered, three sessions on it, and a gateway that is kept for them."""
    folder = tmp_path_factory.mktemp("yarn-jobs")
    given = {"state_dir": folder / "state", "catalog_url": f"sqlite:///{folder}/catalog.db", **local_jars}
    others = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    environment = {**others, **{f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items() if value}}
    settings = Settings(**given)
    lifecycle.init(given["catalog_url"])
    patch = pytest.MonkeyPatch()
    patch.setenv("HADOOP_CLASSPATH", yarn_lab.hadoop_classpath)
    with api.open_catalog(settings) as catalog:
        conf, defaults = str(yarn_lab.conf_dir), dict(yarn_lab.flink_defaults)
        known = RegisteredYarn(catalog.team, "lab", yarn_lab.urls, hadoop_conf=conf, defaults=defaults)
        catalog.registry.save_yarn(known, expected=None)
        save_pool(POOL, [POOL], catalog=catalog)
        with api.connect(gateway_for("2.3", settings), settings=settings, catalog=catalog) as session:
            [gateway] = kept_gateways(settings)
            nowhere = LocalFlink(gateway.url, "", gateway.version, folder, {}, {}, gateway.started_at)
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            made = Sessions(nowhere, settings, catalog, session, folder, environment, metrics_port=port)
            try:
                for name in SESSIONS:
                    made.create(name)
                yield made
            finally:
                made.close()
                _end_sessions(yarn_lab)
        end_gateway("2.3", settings)
    patch.undo()


@pytest.fixture(scope="module")
def counting(lab: Sessions) -> Counting:
    """On the first session, at first."""
    return Counting(lab, "counts", rows=100_000)


def test_many_jobs_are_watched_without_a_request_to_yarn(
    lab: Sessions, counting: Counting, yarn_lab: YarnLab, resource_manager: RestResourceManager
) -> None:
    for text in TABLES:
        lab.share(text)
    for session in SESSIONS:
        for number in range(EACH):
            pool = POOL if session == ONE and number < POOLED else None
            lab.promote_to(session, TEXT, f"{session}-{number:02}", pool)
    lab.the_supervisor()
    counting.prepare()
    for job in lab.all_jobs:
        job.start()
    counting.started()
    lab.all_are(lab.all_jobs, ManagedState.RUNNING)
    before = len(requests_to(yarn_lab))
    lab.watch()
    marked = "application_1_0060"
    resource_manager.attempts(marked)
    until(lambda: marked in requests_to(yarn_lab)[-1], "the log")
    assert len(requests_to(yarn_lab)) == before + 1
    running = {name: len(lab.running(name)) for name in SESSIONS}
    assert running == {name: EACH + (name == ONE) for name in SESSIONS}


def test_without_a_resourcemanager_watching_goes_on(lab: Sessions, counting: Counting, yarn_lab: YarnLab) -> None:
    with without(yarn_lab, "resourcemanager"):
        lab.watch(FEW)
        savepoint = done(counting.job.savepoint()).savepoint
        assert Path(urlsplit(savepoint).path, "_metadata").is_file()
        assert {job.status for job in lab.all_jobs} == {ManagedState.RUNNING}
        counting.goes_on()
    until(lambda: _running(yarn_lab) == set(SESSIONS), "the ResourceManager knows them again")


def test_of_a_nodemanager_that_died_nothing_is_concluded(
    lab: Sessions, counting: Counting, yarn_lab: YarnLab
) -> None:
    kill(pids_of(yarn_lab)["nodemanager"])
    with without(yarn_lab, "nodemanager"):
        lab.watch(FEW)
        counting.goes_on()
    lab.watch(FEW)
    counting.goes_on()
    everybody = (*lab.all_jobs, counting.job)
    assert {job.status for job in everybody} == {ManagedState.RUNNING}
    assert {len(job.attempts()) for job in everybody} == {1}


def test_a_move_takes_the_state_along(lab: Sessions, counting: Counting) -> None:
    lab.thin_out(POOLED + 2)
    moved = done(counting.job.move(HIGHLY_AVAILABLE))
    newest, before = counting.job.attempts()
    assert counting.job.managed.job.cluster == HIGHLY_AVAILABLE
    assert newest.restored_from == moved.savepoint != ""
    assert newest.flink_id in lab.running(HIGHLY_AVAILABLE)
    assert before.flink_id not in lab.running(ONE)
    counting.goes_on()
    assert_none_twice(counting.counted())


def test_a_jobmanager_that_comes_back_has_its_jobs(lab: Sessions, counting: Counting) -> None:
    before = lab.address(HIGHLY_AVAILABLE)
    attempts = {job.key: job.attempts()[0].id for job in (*lab.many(HIGHLY_AVAILABLE), counting.job)}
    jobmanager_of(before.application).kill()
    until(lambda: lab.address(HIGHLY_AVAILABLE).url != before.url, "another address")
    lab.all_are((*lab.many(HIGHLY_AVAILABLE), counting.job), ManagedState.RUNNING)
    lab.watch(FEW)
    counting.goes_on()
    assert lab.address(HIGHLY_AVAILABLE).application == before.application
    assert {job.key: job.attempts()[0].id for job in (*lab.many(HIGHLY_AVAILABLE), counting.job)} == attempts
    counting.run_out()
    counting.assert_exactly_once()


def test_jobs_of_a_killed_session_go_on_elsewhere_or_wait_for_it(
    lab: Sessions, resource_manager: RestResourceManager
) -> None:
    pooled, others = lab.many(ONE)[:POOLED], lab.many(ONE)[POOLED:]
    until(lambda: all(job.points() for job in lab.many(ONE)), "checkpoints of all")
    killed = lab.address(ONE).application
    end_application(resource_manager, killed)
    proof = f"{killed} is KILLED/KILLED"

    until(lambda: {job.managed.job.cluster for job in pooled} == {TWO}, "the pool has room")
    lab.all_are(pooled, ManagedState.RUNNING)
    lab.all_are(others, ManagedState.RESTARTING)
    for job in others:
        [ended] = job.attempts()
        assert _why(ended).count(proof) == 1
        assert f"it starts again when {ONE} is back" in job.managed.status.reason
    for job in pooled:
        _recovered_once(job, proof)
    there = lab.running(TWO)
    assert len(there) == lab.each + POOLED
    assert {str(job.attempts()[0].flink_id) for job in pooled} < set(there)

    lab.create(ONE)
    lab.all_are(others, ManagedState.RUNNING)
    assert lab.address(ONE).application != killed
    for job in others:
        _recovered_once(job, proof)
    assert lab.running(ONE) == sorted(str(job.attempts()[0].flink_id) for job in others)
    assert {job.managed.job.cluster for job in pooled} == {TWO}


def _recovered_once(job: JobHandle, proof: str) -> None:
    again, ended = job.attempts()
    assert ended.state is AttemptState.GONE
    assert proof in _why(ended)
    assert again.restored_from in {point.path for point in job.points() if point.flink_id == ended.flink_id}


def _why(attempt: Attempt) -> str:
    return attempt.cause.message if attempt.cause is not None else ""


def _running(yarn_lab: YarnLab) -> set[str]:
    """The names of this module's sessions that run, as far as the ResourceManager knows."""
    manager = manager_of(yarn_lab)
    try:
        found = {each.name for each in manager.applications(states=[ApplicationState.RUNNING])}
    except ConnectionFailedError:
        found = set()
    finally:
        manager.close()
    return found & set(SESSIONS)


def _end_sessions(yarn_lab: YarnLab) -> None:
    manager = manager_of(yarn_lab)
    for each in manager.applications():
        if each.name in SESSIONS and not each.is_over:
            end_application(manager, each.id)
    manager.close()
