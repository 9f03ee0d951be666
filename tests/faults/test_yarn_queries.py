"""Queries on sessions of a YARN: found by name, followed to where they move, and said when they end or wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.answers import Feed, query, table
from fakes.errors import job_error
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.resourcemanager import FakeResourceManager
from fakes.yarn import FakeApplication
from flinklab import api
from flinklab.api import gateway_choice, gateways, locating
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.catalog.registry import Registry
from flinklab.domain.errors import (
    ClusterEndedError,
    ConnectionFailedError,
    NoApplicationError,
    NotFoundError,
    NotPermittedError,
    StatementFailedError,
    UnreachableError,
    UnsupportedGatewayError,
    UsageError,
)
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredYarn
from flinklab.session import lookout
from flinklab.session.session import Session
from flinklab.settings import Settings

ROWS = "SELECT id FROM t"
APPS = "/ws/v1/cluster/apps"


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


class World:
    """A YARN `prod` with a session `etl-1`, a gateway of the team, and a catalog that knows both."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'catalog.db'}"
        lifecycle.init(url)
        self.catalog = Catalog(Database(url), folder / "key", team="my", environment="dev")
        self.settings = Settings(state_dir=folder / "state")
        self.manager = FakeResourceManager()
        self.gateway = FakeGateway()
        self.notices: list[str] = []
        self.jobmanagers: list[FakeJobManager] = []
        self.sessions: list[Session] = []

    def __enter__(self) -> World:
        self.manager.start()
        self.gateway.start()
        registry = self.catalog.registry
        registry.save_yarn(RegisteredYarn("my", "prod", (self.manager.url,)), expected=None)
        registry.save_gateway(RegisteredGateway("my", "g", self.gateway.url), expected=None)
        self.etl = self.begin("etl-1", tags=("orders",), queue="root.etl")
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions:
            session.close()
        self.catalog.close()
        for server in (self.gateway, self.manager, *self.jobmanagers):
            server.stop()

    def begin(self, name: str, *, flink_version: str = "2.3.0", **fields: Any) -> FakeApplication:
        """A session cluster, running."""
        application = self.manager.yarn.add(name, **fields)
        application.jobmanager = self.jobmanager(application, flink_version).url
        return application

    def jobmanager(self, application: FakeApplication, flink_version: str = "2.3.0") -> FakeJobManager:
        made = FakeJobManager(flink_version=flink_version)
        made.configuration["high-availability.cluster-id"] = application.id
        made.start()
        self.gateway.submitting.clusters[made.port] = made
        self.jobmanagers.append(made)
        return made

    def connect(self, name: str = "etl-1", **options: Any) -> Session:
        session = api.connect_to(name, self.catalog, settings=self.settings, notice=self.notices.append, **options)
        self.sessions.append(session)
        return session

    def configs(self, beginning: str) -> list[dict[str, str]]:
        """With what the statements that begin so were sent."""
        return [each.config for each in self.gateway.submitted if each.statement.startswith(beginning)]

    @property
    def asked(self) -> int:
        """How often the ResourceManager was asked for anything."""
        return self.manager.asked.total()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        made.gateway.on(ROWS, query("id BIGINT", [[1], [2]]))
        made.gateway.on("SHOW CURRENT CATALOG", table("catalog STRING", [["default_catalog"]]))
        made.gateway.on("SHOW CATALOGS", table("catalog name STRING", [["default_catalog"]]))
        yield made


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person has 10 s until a silence is explained, tests have not."""
    for name in ("FIRST_LOOK", "LATER_LOOK"):
        monkeypatch.setattr(lookout, name, 0.05)
    monkeypatch.setattr("flinklab.session.job.FIRST_LOOK", 0.05)
    monkeypatch.setattr(locating, "EVERY", 0.0)
    monkeypatch.setattr("flinklab.api.cluster_places._LOOK_UP_EVERY", 0.0)


def port_of(application: FakeApplication) -> str:
    return str(application.jobmanager).rpartition(":")[2]


def target_of(application: FakeApplication) -> dict[str, str]:
    return {"execution.target": "remote", "rest.address": "127.0.0.1", "rest.port": port_of(application)}


@pytest.mark.parametrize("wanted", ["etl-1", "orders", "ORDERS", "id"])
def test_a_session_is_found_by_name_tag_and_id(wanted: str, world: World) -> None:
    session = world.connect(world.etl.id if wanted == "id" else wanted)
    assert session.sql(ROWS).wait().rows == [(1,), (2,)]
    [config] = world.configs(ROWS)
    assert target_of(world.etl).items() <= config.items()
    registered = world.catalog.registry.cluster("my", "etl-1")
    assert (registered.kind, registered.yarn, registered.application) == ("yarn", "prod", "")
    assert world.notices == [f"registered {world.etl.id} of YARN prod as cluster etl-1: `-c etl-1` finds it"]


def test_the_target_goes_with_what_needs_a_cluster_and_stays_nowhere(world: World) -> None:
    session = world.connect()
    for text in ("CREATE TABLE t (id BIGINT)", "SHOW TABLES", "SHOW JOBS", "INSERT INTO t SELECT 1", ROWS):
        session.sql(text)
    aimed = {each.statement for each in world.gateway.submitted if "rest.port" in each.config}
    assert aimed == {"SHOW JOBS", "INSERT INTO t SELECT 1", ROWS}
    assert not any(key.startswith(("rest.", "execution.target")) for key in session.configuration())


def test_what_is_said_for_one_statement_comes_before_the_target(world: World) -> None:
    world.connect().sql(ROWS, config={"rest.port": "4711"}).wait()
    assert [config["rest.port"] for config in world.configs(ROWS)] == ["4711"]


def test_a_known_session_needs_no_resourcemanager(world: World) -> None:
    world.connect()
    world.manager.stop()
    asked = world.asked
    session = world.connect()
    assert session.sql(ROWS).wait().rows == [(1,), (2,)]
    assert world.asked == asked


def test_queries_ask_no_resourcemanager(world: World) -> None:
    session = world.connect()
    asked = world.asked
    for _ in range(3):
        session.sql(ROWS).wait()
    assert world.asked == asked


def test_an_unknown_name_while_the_resourcemanager_is_down(world: World) -> None:
    world.manager.stop()
    with pytest.raises(UnreachableError, match="no session etl-1 is known here, and YARN could not be asked"):
        world.connect()


def test_two_of_one_name(world: World) -> None:
    other = world.begin("etl-1")
    with pytest.raises(NoApplicationError, match=f"2 Flink applications fit etl-1: {world.etl.id} .*{other.id} "):
        world.connect()
    world.connect(other.id)
    assert world.catalog.registry.cluster("my", "etl-1").application == other.id


@pytest.mark.parametrize("by_id", [True, False])
def test_one_that_is_over(by_id: bool, world: World) -> None:
    world.manager.yarn.end(world.etl, "KILLED", diagnostics="killed by user bob")
    wanted = world.etl.id if by_id else "etl-1"
    with pytest.raises(
        NoApplicationError, match=rf"{world.etl.id} \(etl-1\) is over: KILLED/KILLED at 20\d\d-.*bob"
    ):
        world.connect(wanted)


@pytest.mark.parametrize("by_id", [True, False])
def test_an_application_that_is_no_flink(by_id: bool, world: World) -> None:
    spark = world.manager.yarn.add("report", type="SPARK")
    with pytest.raises(NoApplicationError, match=f"there is an application .*{spark.id}, of type SPARK, not Flink"):
        world.connect(spark.id if by_id else "report")


def test_one_that_has_no_jobmanager_yet(world: World) -> None:
    waits = world.manager.yarn.add("etl-2", state="ACCEPTED", diagnostics="waiting for resources")
    with pytest.raises(NoApplicationError, match=f"{waits.id} .* is ACCEPTED, it has no JobManager yet: waiting"):
        world.connect("etl-2")


def test_a_name_that_nobody_has(world: World) -> None:
    with pytest.raises(NoApplicationError) as caught:
        world.connect("elt-1")
    assert str(caught.value) == ("no Flink application has the id, the name or the tag elt-1 (did you mean etl-1?)")


def test_without_a_yarn_a_name_is_a_clusters(world: World) -> None:
    world.catalog.registry.delete_yarn("my", "prod", expected=1)
    with pytest.raises(NotFoundError, match="etl-1"):
        world.connect()


def test_a_viewer_gets_a_session_and_registers_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise NotPermittedError("you are a viewer")

    with monkeypatch.context() as patched:
        patched.setattr(Registry, "save_cluster", refuse)
        session = world.connect()
    assert world.catalog.registry.clusters(["my"]) == []
    assert world.catalog.addresses.all("my") == {}
    moved = world.jobmanager(world.etl)
    world.jobmanagers[0].stop()
    world.manager.yarn.move(world.etl, moved.url)
    assert session.sql(ROWS).wait().rows == [(1,), (2,)]
    assert world.configs(ROWS)[-1]["rest.port"] == str(moved.port)
    moved.stop()
    world.manager.yarn.end(world.etl, "KILLED")
    with pytest.raises(ClusterEndedError, match="session etl-1 ended: KILLED/KILLED"):
        session.sql(ROWS)


def test_a_yarn_that_is_named_by_its_address(world: World) -> None:
    with FakeResourceManager() as elsewhere:
        other = elsewhere.yarn.add("adhoc")
        other.jobmanager = world.jobmanager(other).url
        session = world.connect("adhoc", yarn=elsewhere.url)
        assert session.sql(ROWS).wait().rows == [(1,), (2,)]
        assert world.configs(ROWS)[-1]["rest.port"] == port_of(other)
    assert world.catalog.registry.clusters(["my"]) == []


def test_a_statement_goes_to_where_the_jobmanager_is_now(world: World) -> None:
    session = world.connect()
    moved = world.jobmanager(world.etl)
    world.jobmanagers[0].stop()
    world.manager.yarn.move(world.etl, moved.url)
    assert session.sql(ROWS).wait().rows == [(1,), (2,)]
    assert world.configs(ROWS)[-1]["rest.port"] == str(moved.port)
    kept = world.catalog.addresses.get("my", "etl-1")
    assert kept is not None
    assert kept.url == moved.url


def test_nothing_is_sent_to_a_session_that_has_ended(world: World) -> None:
    session = world.connect()
    world.jobmanagers[0].stop()
    world.manager.yarn.end(world.etl, "KILLED", diagnostics="killed by user bob")
    with pytest.raises(ClusterEndedError, match=r"session etl-1 ended: .*KILLED/KILLED: killed by user bob"):
        session.sql(ROWS)
    assert world.configs(ROWS) == []


def test_nothing_is_sent_to_another_flink_in_the_place_of_a_session(world: World) -> None:
    session = world.connect()
    world.jobmanagers[0].stop()
    world.manager.yarn.end(world.etl, "KILLED")
    world.begin("etl-1", flink_version="1.20.3")
    with pytest.raises(UnsupportedGatewayError, match=r"session etl-1 is Flink 1\.20 now, and was 2\.3"):
        session.sql(ROWS)
    assert world.configs(ROWS) == []


def test_a_query_whose_session_is_killed_says_so(world: World) -> None:
    feed = Feed()
    feed.push([1])
    world.gateway.on(ROWS, query("id BIGINT", feed))
    result = world.connect().sql(ROWS)
    eventually(lambda: result.rows_seen == 1)
    world.jobmanagers[0].stop()
    world.manager.yarn.end(world.etl, "KILLED", diagnostics="killed by user bob")
    with pytest.raises(ClusterEndedError, match=r"session etl-1 ended: .*KILLED/KILLED"):
        result.wait(60)
    assert result.kept.num_rows == 1
    assert str(result.message).endswith("; 1 row kept")  # and nothing of a job that may still run


def test_a_query_whose_jobmanager_moved_is_ended_there(world: World) -> None:
    world.gateway.on(ROWS, query("id BIGINT", Feed()))
    session = world.connect()
    result = session.sql(ROWS)
    moved = world.jobmanager(world.etl)
    moved.add_job("query", job_id=result.job_id)  # recovered with high availability
    world.jobmanagers[0].stop()
    world.manager.yarn.move(world.etl, moved.url)
    with pytest.raises(ConnectionFailedError, match=r"moved to .*its rows do not come through"):
        result.wait(60)
    assert moved.running() == []
    assert "is CANCELED" in str(result.message)
    opened = dict(world.gateway.sessions)
    session.close()
    assert world.gateway.open_operations() != []  # to close it, or its session, would block the gateway
    assert world.gateway.sessions == opened


def test_of_a_query_that_the_gateway_gave_up_while_its_jobmanager_is_away(world: World) -> None:
    feed = Feed()
    world.gateway.on(ROWS, query("id BIGINT", feed))
    result = world.connect().sql(ROWS)
    feed.push([1])
    eventually(lambda: result.rows_seen == 1)
    world.jobmanagers[0].stop()
    feed.fail(job_error("java.lang.RuntimeException: Failed to fetch job execution result"))
    with pytest.raises(StatementFailedError, match="Failed to fetch job execution result"):
        result.wait(60)
    assert f"; job {str(result.job_id)[:8]} may still run: cannot reach " in str(result.message)


def test_a_query_whose_jobmanager_is_away_goes_on_and_says_so(world: World) -> None:
    feed = Feed()
    world.gateway.on(ROWS, query("id BIGINT", feed))
    result = world.connect().sql(ROWS)
    world.jobmanagers[0].stop()
    world.manager.stop()
    eventually(lambda: "no news of its job" in str(result.message))
    feed.push([1])
    eventually(lambda: result.rows_seen == 1 and result.message is None)
    feed.end()
    result.wait(60)
    assert result.rows == [(1,)]


def test_a_query_without_a_slot_says_so_with_the_queues_numbers(world: World) -> None:
    [etl] = [each for each in world.manager.yarn.queues if each.name == "etl"]
    etl.memory_used, etl.memory_max, etl.used = 4096, 4096, 100.0
    jobmanager = world.jobmanagers[0]
    jobmanager.new_task_state, jobmanager.slots = "SCHEDULED", 0
    feed = Feed()
    world.gateway.on(ROWS, query("id BIGINT", feed))
    result = world.connect().sql(ROWS)
    eventually(lambda: result.message is not None)
    assert str(result.message).startswith("waits for slots: etl-1 has no TaskManager yet; queue etl uses 4 GiB of")
    assert result.snapshot(1).message == result.message
    asked = world.asked
    time.sleep(0.5)  # ten looks: the queue is asked for every 10 s
    assert world.asked == asked
    feed.push([1])
    eventually(lambda: result.rows_seen == 1)
    assert result.message is None
    feed.end()
    assert result.wait(60).rows == [(1,)]


def test_a_query_that_ends_without_a_slot_says_so(world: World) -> None:
    world.jobmanagers[0].new_task_state, world.jobmanagers[0].slots = "SCHEDULED", 0
    world.gateway.on(ROWS, query("id BIGINT", Feed()))
    result = world.connect().sql(ROWS)
    eventually(lambda: result.message is not None)
    world.jobmanagers[0].set_state(str(result.job_id), "CANCELED")
    result.cancel("stopped")
    assert "it waits for slots: etl-1 has no" in str(result.message)


def test_the_queue_of_a_resourcemanager_that_is_down(world: World) -> None:
    session = world.connect()
    world.jobmanagers[0].new_task_state = "SCHEDULED"
    world.manager.stop()
    result = session.sql("INSERT INTO t SELECT 1")
    eventually(lambda: "waits for slots" in str(result.message))
    assert "; its queue could not be asked for: " in str(result.message)


def test_an_insert_without_a_slot_says_so_until_it_has_one(world: World) -> None:
    jobmanager = world.jobmanagers[0]
    jobmanager.new_task_state = "SCHEDULED"
    result = world.connect().sql("INSERT INTO t SELECT 1")
    told: list[str | None] = []
    result.on_change(lambda: told.append(result.message))
    eventually(lambda: "waits for slots: etl-1 has too few free slots" in str(result.message))
    jobmanager.jobs_by_id[str(result.job_id)].task_state = "RUNNING"
    eventually(lambda: result.message is None)
    assert told[-1] is None


def test_who_waits_for_an_insert_without_a_slot_hears_why(world: World) -> None:
    world.jobmanagers[0].new_task_state = "SCHEDULED"
    result = world.connect().sql("INSERT INTO t SELECT 1").wait(0.1)
    assert "; it goes on; it waits for slots: etl-1 has too few free slots" in str(result.message)


def test_the_gateway_is_the_one_of_the_clusters_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeGateway(flink_version="1.20.3") as old:
        old.on(ROWS, query("id BIGINT", [[7]]))
        session_of = world.begin("old", flink_version="1.20.3")
        old.submitting.clusters.update(world.gateway.submitting.clusters)
        monkeypatch.setattr(gateway_choice, "gateway_for", lambda *_, **__: pytest.fail("the team has one"))
        world.catalog.registry.save_gateway(RegisteredGateway("my", "h", old.url), expected=None)
        session = world.connect("old")
        assert session.gateway.url == old.url
        assert session.sql(ROWS).wait().rows == [(7,)]
        assert old.submitted[-1].config["rest.port"] == port_of(session_of)
        session.close()


def test_without_a_fitting_gateway_one_of_this_machine_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeGateway(flink_version="1.20.3") as kept:

        def start(version: str, *_: Any, **options: Any) -> str:
            options["progress"](f"started one of {version}")
            return kept.url

        monkeypatch.setattr(gateway_choice, "gateway_for", start)
        monkeypatch.setattr(gateways, "gateway_for", start)
        world.begin("old", flink_version="1.20.3")
        said: list[str] = []
        session = world.connect("old", progress=said.append)
        assert session.gateway.url == kept.url
        assert "started one of 1.20.3" in said
        session.close()
        cluster = world.catalog.registry.cluster("my", "old")
        wrong = RegisteredCluster("my", "wrong", "yarn", gateway="g", yarn="prod", application=cluster.application)
        world.begin("wrong", flink_version="1.20.3")
        world.catalog.registry.save_cluster(wrong, expected=None)
        said.clear()
        session = world.connect("wrong", progress=said.append)
        assert said[-1].startswith(
            "the gateway is Flink 2.3, the cluster wrong is Flink 1.20: statements go through"
        )
        assert session.gateway.url == kept.url
        session.close()
        assert world.gateway.submitted == []


def test_a_gateway_and_a_cluster_that_do_not_fit_are_refused_before_anything_is_sent(world: World) -> None:
    old = world.jobmanager(world.etl, "1.20.3")
    with pytest.raises(UnsupportedGatewayError) as caught:
        api.connect(world.gateway.url, jobmanager_url=old.url, settings=world.settings, catalog=False)
    assert str(caught.value).startswith(
        f"the gateway {world.gateway.url} is Flink 2.3, the cluster {old.url} is Flink 1.20: it cannot submit there"
    )
    assert world.gateway.sessions == {}


def test_a_standalone_cluster_needs_no_gateway_of_its_own(world: World) -> None:
    with FakeJobManager() as jobmanager:
        world.gateway.submitting.clusters[jobmanager.port] = jobmanager
        cluster = RegisteredCluster("my", "alone", "standalone", jobmanager_url=jobmanager.url)
        world.catalog.registry.save_cluster(cluster, expected=None)
        session = world.connect("alone")
        assert session.sql(ROWS).wait().rows == [(1,), (2,)]
        assert world.configs(ROWS)[-1]["rest.port"] == str(jobmanager.port)
        session.close()
    assert world.asked == 0


def test_a_cluster_of_applications_takes_no_queries(world: World) -> None:
    cluster = RegisteredCluster("my", "apps", "yarn-application", yarn="prod")
    world.catalog.registry.save_cluster(cluster, expected=None)
    with pytest.raises(UsageError, match="an application of its own"):
        world.connect("apps")
