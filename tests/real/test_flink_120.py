"""Flink 1.20 end to end: queries, managed jobs with their state, what is drawn and found of them, and up to 2.3."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from flinklab import api
from flinklab.api.diagnosis import diagnose_result
from flinklab.api.job_handle import JobHandle
from flinklab.api.supervising import embedded_cluster
from flinklab.catalog import lifecycle
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import CommandFailedError, CommandRefusedError, StatementInvalidError
from flinklab.domain.jobs import ManagedState
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage
from flinklab.local import LocalFlink
from flinklab.session.options import RunOptions
from flinklab.settings import Settings
from real.jobs_support import Counting, Lab, done, until
from real.sick import restart_loop
from real.versions_support import OLDER

pytestmark = pytest.mark.timeout(1200)

ENDLESS = "CREATE TEMPORARY TABLE ticks (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20')"
UPDATING = "SELECT name, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t (name) GROUP BY name"


@pytest.fixture(scope="module")
def lab(older: LocalFlink, tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]) -> Iterator[Lab]:
    """A catalog of its own in which the older Flink is the embedded one."""
    folder = tmp_path_factory.mktemp("lab")
    given = {"state_dir": older.state_dir, "catalog_url": f"sqlite:///{folder}/catalog.db", **local_jars}
    homes = given.pop("flink_homes", None)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    environment |= {f"FLINKLAB_{name.upper()}": str(value) for name, value in given.items() if value}
    if homes:
        environment["FLINKLAB_FLINK_HOMES"] = ",".join(f"{version}={home}" for version, home in homes.items())
    settings = Settings(**given, flink_homes=homes)
    lifecycle.init(given["catalog_url"])
    with api.open_catalog(settings) as catalog, api.connect(settings=settings, catalog=catalog) as session:
        embedded_cluster(catalog)
        lab = Lab(older, settings, catalog, session, folder, environment)
        try:
            yield lab
        finally:
            lab.close()


@pytest.fixture
def counting(lab: Lab) -> Iterator[Callable[[str], Counting]]:
    """`counting(name)`: a job that runs, under the eyes of a supervisor. It is ended with the test."""
    made: list[Counting] = []

    def make(name: str) -> Counting:
        lab.the_supervisor()
        made.append(Counting(lab, name).prepare())
        return made[-1].started()

    yield make
    for each in made:
        each.end()


def drawn(job: JobHandle, kind: str) -> int:
    return len(getattr(job.plot, kind)().data)


def register(lab: Lab, name: str, jobmanager: LocalFlink, gateway: LocalFlink) -> None:
    registry, team = lab.catalog.registry, lab.catalog.team
    storage = RegisteredStorage(team, f"{name}_files", f"file://{lab.folder}/{name}-exchange")
    registry.save_storage(storage, expected=None)
    registry.save_gateway(RegisteredGateway(team, f"{name}_gateway", gateway.gateway_url), expected=None)
    registry.save_cluster(
        RegisteredCluster(team, name, "standalone", jobmanager.jobmanager_url, f"{name}_gateway", f"{name}_files"),
        expected=None,
    )


def test_it_is_that_version(lab: Lab) -> None:
    info = lab.session.gateway.info()
    assert lab.session.jobs is not None
    assert info.version == lab.session.jobs.overview().flink_version == lab.flink.flink_version
    assert info.version.startswith(f"{OLDER}.")


def test_rows_come_and_an_updating_query_takes_them_back(lab: Lab) -> None:
    appended = lab.session.sql("SELECT id, name FROM (VALUES (1, 'a'), (2, 'b')) AS t (id, name)").wait(120)
    assert sorted(appended.rows) == [(1, "a"), (2, "b")]
    updated = lab.session.sql(UPDATING).wait(120)
    assert sorted(updated.rows) == [("a", 2), ("b", 1)]


def test_a_query_ends_with_its_job(lab: Lab) -> None:
    assert lab.session.jobs is not None
    lab.session.sql(ENDLESS)
    live = lab.session.sql("SELECT * FROM ticks")
    until(lambda: live.rows_seen > 5, "rows")
    live.cancel()
    live.wait(120)
    assert live.job_id is not None and live.rows
    until(lambda: lab.session.jobs.state(live.job_id) is JobState.CANCELED, "the job's end")


def test_a_mistake_has_its_place(lab: Lab) -> None:
    lab.session.sql(ENDLESS.replace("ticks", "placed"))
    with pytest.raises(StatementInvalidError, match="'nope' not found") as mistake:
        lab.session.sql("SELECT id,\n  nope FROM placed")
    assert mistake.value.position is not None
    assert (mistake.value.position.line, mistake.value.position.column) == (2, 3)


def test_statements_are_judged_and_explained(lab: Lab) -> None:
    """A set is explained as 1.20 wants it, and a mistake in it is at its place in the cell."""
    table = "CREATE TEMPORARY TABLE {} (id BIGINT) WITH ('connector' = 'blackhole');\n"
    text = f"{ENDLESS.replace('ticks', 'judged')};\n{table.format('sink_a')}{table.format('sink_b')}"
    text += "BEGIN STATEMENT SET;\nINSERT INTO sink_a SELECT id FROM judged;\n"
    text += "INSERT INTO sink_b SELECT {} FROM judged;\nEND"
    *_, verdict = lab.session.check(text.format("id"))
    assert verdict.error is None and verdict.plan is not None
    assert "Sink(table=[default_catalog.default_database.sink_b]" in verdict.plan
    *_, verdict = lab.session.check(text.format("nope"))
    assert verdict.error is not None and verdict.error.position is not None
    place = verdict.error.position
    assert text.format("nope").splitlines()[place.line - 1][place.column - 1 :].startswith("nope FROM judged")


def test_a_jobs_life_with_its_state(counting: Callable[[str], Counting]) -> None:
    life = counting("life")
    job = life.job
    savepoint = done(job.savepoint())
    assert savepoint.savepoint in [point.path for point in job.points()]

    assert life.lab.promote(life.text.replace("'1 s'", "'2 s'"), life.name).is_new
    upgraded = done(job.upgrade())
    assert upgraded.savepoint in job.attempts()[0].restored_from
    life.goes_on()

    stopped = done(job.stop())
    assert job.status is ManagedState.STOPPED
    done(job.start())
    assert job.attempts()[0].restored_from == stopped.savepoint
    life.goes_on()

    for kind in ("checkpoints", "metrics", "timeline", "graph", "backpressure"):
        until(partial(drawn, job, kind), f"something to draw: {kind}")

    life.run_out()
    life.assert_exactly_once()


def test_state_that_is_to_expire_from_now_on_needs_a_persons_word(lab: Lab) -> None:
    """1.20 would restart such a job for ever (`StateMigrationException`)."""
    lab.the_supervisor()
    lab.share("CREATE TABLE expiring_in (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')")
    lab.share("CREATE TABLE expiring_out (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
    text = "SET 'execution.checkpointing.interval' = '1 s';\n"
    insert = "INSERT INTO expiring_out SELECT id % 5, COUNT(*) FROM expiring_in GROUP BY id % 5"
    lab.promote(text + insert, "expiring")
    job = lab.job("expiring")
    try:
        done(job.start())
        number = lab.promote(f"{text}SET 'table.exec.state.ttl' = '1 h';\n{insert}", "expiring").version.number
        with pytest.raises(CommandRefusedError, match=r"another time to live: Flink 1\.20 does not switch it on"):
            job.upgrade(number)
        done(job.upgrade(number, state="drop"))
        assert job.attempts()[0].restored_from == ""
    finally:
        done(job.cancel())


def test_a_job_moves_up_to_a_newer_flink_with_its_state_and_not_back(
    counting: Callable[[str], Counting], embedded: LocalFlink
) -> None:
    up = counting("up")
    job, lab = up.job, up.lab
    register(lab, "newer", embedded, embedded)
    moved = done(job.move("newer"))
    attempt = job.attempts()[0]
    assert (attempt.restored_from, attempt.shape.split("~")[1]) == (moved.savepoint, "2.3")
    up.goes_on()
    with pytest.raises(CommandFailedError, match=r"was made by Flink 2\.3, and Flink 1\.20 is older"):
        done(job.move("embedded"))


def test_a_gateway_of_another_version_is_not_used(
    lab: Lab, older: LocalFlink, embedded: LocalFlink, counting: Callable[[str], Counting]
) -> None:
    """Flink itself would refuse one way in words that nobody understands, and hang the other way."""
    register(lab, "crossed", older, embedded)
    told: list[str] = []
    with api.connect_to("crossed", lab.catalog, settings=lab.settings, notice=told.append) as session:
        assert session.gateway.url == older.gateway_url
        assert sorted(session.sql(UPDATING).wait(120).rows) == [("a", 2), ("b", 1)]
    assert any("the gateway is Flink 2.3, the cluster crossed is Flink 1.20" in line for line in told), told

    work = counting("crossing")
    with pytest.raises(CommandFailedError, match=r"is Flink 2\.3, the cluster is Flink 1\.20: it cannot"):
        done(work.job.move("crossed"))


def test_the_doctor_finds_what_is_wrong(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    patient = restart_loop(tmp_path_factory.mktemp("ward"))
    with api.connect(settings=lab.settings, catalog=False) as session:
        for statement in filter(str.strip, patient.tables.split(";")):
            session.sql(statement)
        (result,) = session.run(patient.insert, RunOptions(config=patient.options))
        try:
            found = until(lambda: diagnose_result(result).findings, "a finding")
            assert found[0].rule == patient.cause
            assert found[0].clause is not None and patient.clause in found[0].clause.text
        finally:
            result.cancel()
