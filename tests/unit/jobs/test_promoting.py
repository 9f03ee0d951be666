"""A text becomes a version, and nothing else happens; on a gateway without Flink. `tests/real` has Flink."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from fakes import errors
from fakes.answers import Answer, fails, ok, table
from fakes.gateway import FakeGateway
from fakes.objects import FakeObjects
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.definitions import Definition, DefinitionKind, How, Name
from flinklab.domain.errors import (
    CatalogUnavailableError,
    ConnectionFailedError,
    NotFoundError,
    PromotionRefusedError,
    StatementInvalidError,
    StorageError,
)
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Cell, Job, JobKey, JobScript, ManagedState, Pinned
from flinklab.domain.variables import ANYWHERE, Variable
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.jobs.findings import Level
from flinklab.jobs.judging import Proposal
from flinklab.jobs.promoting import Place, Promoter
from flinklab.jobs.script import CellText
from flinklab.local.storage import FileStorage
from flinklab.session.session import Session
from flinklab.sharing.sharing import Belonging, Sharing
from flinklab.sql.ddl import read_ddl

EXPLAIN = """== Abstract Syntax Tree ==
LogicalSink(table=[default_catalog.my.sink], fields=[k, EXPR$1])

== Optimized Physical Plan ==
Sink(table=[default_catalog.my.sink], fields=[k, EXPR$1])
+- GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS EXPR$1])
   +- Exchange(distribution=[hash[k]])
      +- TableSourceScan(table=[[default_catalog, my, orders]], fields=[k])
"""
ORDERS = "CREATE TABLE orders (k INT) WITH ('connector' = 'kafka', 'topic' = '${topic}')"
SINK = "CREATE TABLE sink (k INT, n BIGINT) WITH ('connector' = 'kafka')"
TEXT = "INSERT INTO sink SELECT k, COUNT(*) FROM orders GROUP BY k"
INTERVAL = "execution.checkpointing.interval"


class Flink:
    """What a gateway makes of statements: objects for each of its sessions, and plans whose ids go on counting."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.ids = itertools.count(900)
        self.compiled = 0
        self._objects: dict[str, FakeObjects] = {}
        gateway.on(re.compile(""), self._answer)

    @property
    def ran(self) -> list[str]:
        return self.gateway.statements

    def _answer(self, statement: str) -> Answer:
        objects = self._objects.setdefault(self.gateway.submitted[-1].session, FakeObjects())
        verb, _, rest = statement.partition("\n")
        is_about_job = verb == "EXPLAIN" or verb.startswith("COMPILE PLAN")
        try:
            rows = objects.run(rest if is_about_job else statement)
        except StatementInvalidError as error:
            return fails(self._error(error))
        if verb == "EXPLAIN":
            return table("result STRING", [[EXPLAIN]])
        if is_about_job:
            self._compile(verb, rest)
            return ok()
        return table("name STRING", [list(row[:1]) for row in rows]) if statement.startswith("SHOW") else ok()

    def _compile(self, verb: str, statement: str) -> None:
        self.compiled += 1
        scan, sink = next(self.ids), next(self.ids)
        nodes = [{"id": scan, "type": "scan"}, {"id": sink, "type": "sink", "what": statement}]
        plan = {"flinkVersion": "2.3", "nodes": nodes, "edges": [{"source": scan, "target": sink}]}
        Path(verb.split("'")[1]).write_text(json.dumps(plan))

    def _error(self, error: StatementInvalidError) -> dict[str, Any]:
        name = error.message.split("'")[1].replace("`", "").split(".")[-1]
        if error.position is None:
            return errors.sink_not_found(name)
        return errors.object_not_found(name, error.position.line, error.position.column)


@dataclass
class Bench:
    """A person's place, with a catalog and a gateway."""

    catalog: Catalog
    flink: Flink
    place: Place
    own: set[str] = field(default_factory=set)

    def has_own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        return ".".join(path) in self.own

    @property
    def promoter(self) -> Promoter:
        catalog = self.catalog
        who = Belonging(catalog.person, catalog.team, catalog.teams)
        sharing = Sharing(catalog.definitions, catalog.usage, catalog.variables, lambda use: [], who)
        return Promoter(cast(Session, self), sharing, catalog.job_versions, catalog.jobs, self.place)

    def share(self, ddl: str) -> Definition:
        read = read_ddl(ddl)
        name = Name("my", read.path[-1])
        before = self.catalog.definitions.find([name]).get(name)
        definition = Definition(name, read.kind, ddl, read.facts)
        return self.catalog.definitions.save(definition, expected=before.version if before else None)

    def records(self) -> list[tuple[str, int]]:
        """How much there is of all that a promotion could leave behind."""
        with self.catalog.database.engine.connect() as connection:
            names = ("job_version", "job_plan", "job", "job_status", "command", "definition", "usage")
            counts = [connection.exec_driver_sql(f'SELECT COUNT(*) FROM "{name}"').scalar_one() for name in names]
        return list(zip(names, counts, strict=True))


@pytest.fixture
def bench(sqlite_url: str, tmp_path: Path) -> Iterator[Bench]:
    with (
        FakeGateway() as fake,
        Catalog(Database(sqlite_url), tmp_path / "key", team="my", environment="dev") as catalog,
    ):
        fake.configuration = {INTERVAL: "1 min"}
        gateway = RestGateway(Access(fake.url))
        made = Bench(catalog, Flink(fake), Place(gateway, FileStorage(str(tmp_path / "storage"))))
        catalog.variables.save(Variable("my", "topic", values={ANYWHERE: "t"}), expected=None)
        made.share(ORDERS)
        made.share(SINK)
        yield made
        gateway.close()


def a_job(name: str = "j", environment: str = "dev", **more: Any) -> Job:
    return Job(JobKey("my", name, environment), "local", 0, **more)


def test_a_cell_becomes_a_version_a_plan_and_a_job(bench: Bench) -> None:
    deployment = Deployment(parallelism=2)
    job = a_job(deployment=deployment, tags=("dwd",), priority=3)
    done = bench.promoter.promote(
        Proposal.of(f"SET 'table.exec.state.ttl' = '1 d';\n{TEXT}", flags={"a": "x"}),
        job,
        note="first",
        origin=Cell("a.ipynb", "c1", "abc"),
    )
    version = bench.catalog.job_versions.version("my", "j", 1)
    assert done.version == version
    assert version.script == JobScript(TEXT, (), {"table.exec.state.ttl": "1 d", "a": "x"}, ("my",))
    assert version.definitions == (Pinned("my", "orders", 1), Pinned("my", "sink", 1))
    assert (version.variables, version.flink_version, version.note) == (("topic",), "2.3.0", "first")
    assert version.origin == Cell("a.ipynb", "c1", "abc")
    assert (done.is_new, done.is_new_job, done.findings) == (True, True, ())
    assert [node["id"] for node in json.loads(done.plan.document)["nodes"]] == [1, 2]
    assert bench.catalog.job_versions.plan("my", "j", 1, "dev", done.plan.text_hash) == done.plan
    kept = bench.catalog.jobs.find(job.key)
    assert kept is not None
    assert kept.job == done.job
    assert (kept.job.number, kept.job.deployment, kept.job.tags, kept.job.priority) == (1, deployment, ("dwd",), 3)
    assert (kept.job.wanted, kept.status.state) == (False, ManagedState.DRAFT)


def test_promoting_runs_no_job_and_leaves_no_session_and_no_file(bench: Bench, tmp_path: Path) -> None:
    bench.promoter.promote(Proposal.of(TEXT), a_job())
    verbs = {statement.split()[0] for statement in bench.flink.ran}
    assert verbs <= {"SHOW", "CREATE", "EXPLAIN", "COMPILE"}
    assert bench.flink.gateway.sessions == {}
    assert [path for path in (tmp_path / "storage").rglob("*") if path.is_file()] == []


def test_a_check_leaves_nothing_behind(bench: Bench, tmp_path: Path) -> None:
    before = bench.records()
    judgement = bench.promoter.check(Proposal.of(f"CREATE TEMPORARY VIEW v AS SELECT k FROM orders; {TEXT}"))
    assert judgement.ok
    assert judgement.explain == EXPLAIN
    assert [each.rule for each in judgement.warnings] == ["no-state-ttl"]
    assert bench.records() == before
    assert bench.flink.gateway.sessions == {}
    assert not (tmp_path / "storage").exists()
    created = [statement for statement in bench.flink.ran if statement.startswith("CREATE")]
    assert created
    assert all(re.match("CREATE (TEMPORARY|DATABASE IF NOT EXISTS `default_catalog`)", each) for each in created)


def test_unchanged_text_makes_no_version_and_compiles_nothing(bench: Bench) -> None:
    first = bench.promoter.promote(Proposal.of(TEXT), a_job())
    before = bench.records()
    again = bench.promoter.promote(Proposal.of(TEXT), a_job(), note="other", origin=Cell("b.ipynb"))
    assert (again.version, again.is_new, again.plan, again.is_new_job) == (first.version, False, first.plan, False)
    assert bench.flink.compiled == 1
    assert bench.records() == before


@pytest.mark.parametrize(
    "text", [TEXT.replace("COUNT(*)", "COUNT(k)"), f"SET 'a' = 'x'; {TEXT}", f"ADD JAR '/j.jar'; {TEXT}"]
)
def test_changed_text_makes_a_version_and_leaves_the_job_at_what_it_wants(bench: Bench, text: str) -> None:
    bench.promoter.promote(Proposal.of(TEXT), a_job())
    done = bench.promoter.promote(Proposal.of(text), a_job(priority=9))
    assert (done.version.number, done.is_new, done.is_new_job) == (2, True, False)
    assert (done.job.number, done.job.priority) == (1, 0)


def test_a_definition_that_was_changed_makes_a_version(bench: Bench) -> None:
    bench.promoter.promote(Proposal.of(TEXT), a_job())
    bench.share(ORDERS.replace("k INT", "k INT, more INT"))
    done = bench.promoter.promote(Proposal.of(TEXT), a_job())
    assert done.version.number == 2
    assert Pinned("my", "orders", 2) in done.version.definitions


def test_another_environment_gets_a_plan_and_a_job_of_the_same_version(bench: Bench) -> None:
    first = bench.promoter.promote(Proposal.of(TEXT), a_job())
    topic = {each.name: each for each in bench.catalog.variables.list("my")}["topic"]
    bench.catalog.variables.save(replace(topic, values={ANYWHERE: "t", "prod": "p"}), expected=topic.version)
    done = bench.promoter.promote(Proposal.of(TEXT), a_job(environment="prod"))
    assert (done.version, done.is_new, done.is_new_job) == (first.version, False, True)
    assert done.plan.environment == "prod"
    assert done.plan.text_hash != first.plan.text_hash
    assert done.plan.shape == first.plan.shape


def test_a_version_is_carried_into_another_environment_with_what_it_pins(bench: Bench) -> None:
    view = "CREATE TEMPORARY VIEW v AS SELECT k FROM orders"
    text = f"{view};\nSET 'a' = 'x;y';\nINSERT INTO sink SELECT k, COUNT(*) FROM v GROUP BY k"
    first = bench.promoter.promote(Proposal.of(text), a_job())
    bench.share(ORDERS.replace("'kafka'", "'${broken}'"))
    done = bench.promoter.carry(1, a_job(environment="prod", priority=2))
    assert (done.version, done.is_new, done.is_new_job) == (first.version, False, True)
    assert (done.job.key.environment, done.job.number, done.job.priority) == ("prod", 1, 2)
    assert bench.catalog.job_versions.plan("my", "j", 1, "prod", done.plan.text_hash) == done.plan
    assert done.plan.shape == first.plan.shape
    compiled = bench.flink.compiled
    assert bench.promoter.carry(1, a_job(environment="prod")).plan == done.plan
    assert bench.promoter.carry(1, a_job()).plan == first.plan
    assert bench.flink.compiled == compiled


def test_a_version_is_not_carried_to_where_a_variable_has_no_value(bench: Bench) -> None:
    bench.catalog.variables.save(Variable("my", "only_dev", values={"dev": "x"}), expected=None)
    bench.promoter.promote(Proposal.of(TEXT.replace("COUNT(*)", "COUNT('${only_dev}')")), a_job())
    before = bench.records()
    with pytest.raises(PromotionRefusedError) as error:
        bench.promoter.carry(1, a_job(environment="prod"))
    assert [line.split(":")[0] for line in error.value.findings] == ["unknown-variable"]
    with pytest.raises(NotFoundError, match="no version 7"):
        bench.promoter.carry(7, a_job(environment="prod"))
    assert bench.records() == before


def test_who_uses_what_is_recorded(bench: Bench) -> None:
    bench.promoter.promote(Proposal.of(TEXT), a_job())
    [read] = bench.catalog.usage.users_of(Name("my", "orders"))
    [write] = bench.catalog.usage.users_of(Name("my", "sink"))
    assert [(use.user_kind, use.user, use.how) for use in (read, write)] == [
        ("job", "my.j", How.READS),
        ("job", "my.j", How.WRITES),
    ]
    assert bench.catalog.usage.users_of(Name("my", "topic"), target_kind="variable")
    other = TEXT.replace("orders", "sink")
    bench.promoter.promote(Proposal.of(other), a_job())
    assert bench.catalog.usage.users_of(Name("my", "orders")) == []


REFUSED = [
    ("SELECT 1", "nothing-to-run"),
    (f"{TEXT}; {TEXT}", "one-job-only"),
    (TEXT.replace("orders", "`${table}`"), "unknown-variable"),
    (TEXT.replace("sink", "nosink"), "sink-not-shared"),
    (TEXT.replace("orders", "nothere"), "source-not-shared"),
    (TEXT.replace("orders", "my.nothere"), "source-not-shared"),
    (TEXT.replace("orders", "nocat.db.nothere"), "source-not-shared"),
    (f"CREATE TABLE t (a INT); {TEXT}", "permanent-object"),
    (f"SET '{INTERVAL}' = '0'; {TEXT}", "checkpointing-off"),
]


@pytest.mark.parametrize(("text", "rule"), REFUSED)
def test_what_a_rule_refuses_is_not_recorded(bench: Bench, text: str, rule: str) -> None:
    before = bench.records()
    with pytest.raises(PromotionRefusedError) as error:
        bench.promoter.promote(Proposal.of(text), a_job())
    assert any(line.startswith(f"{rule}: ") for line in error.value.findings)
    assert not any(line.startswith("Flink: ") for line in error.value.findings)
    assert bench.records() == before
    assert bench.flink.compiled == 0


def test_nothing_runs_while_a_variable_has_no_value(bench: Bench) -> None:
    judgement = bench.promoter.check(Proposal.of(TEXT.replace("orders", "`${table}`")))
    assert not judgement.ok
    assert bench.flink.ran == []


def test_what_only_the_session_has_is_said_to_be_so(bench: Bench) -> None:
    bench.own = {"mine"}
    judgement = bench.promoter.check(Proposal.of(TEXT.replace("orders", "mine")))
    assert [each.message for each in judgement.errors] == ["mine is only in your session"]


def test_what_flink_refuses_is_told_at_its_place_in_the_cell(bench: Bench) -> None:
    bench.flink.gateway.on(re.compile("^EXPLAIN"), fails(errors.column_not_found("nope", 3, 8)))
    cell = CellText("INSERT INTO sink\n SELECT nope, 1 FROM orders", first_line=2)
    with pytest.raises(StatementInvalidError, match="Column 'nope' not found") as error:
        bench.promoter.promote(Proposal((cell,)), a_job())
    position = error.value.position
    assert position is not None
    assert (position.line, position.column) == (3, 8)
    assert "SELECT nope" in str(error.value.excerpt)


def test_what_flink_refuses_is_told_with_what_the_rules_refuse(bench: Bench) -> None:
    bench.flink.gateway.on(re.compile("^EXPLAIN"), fails(errors.column_not_found("nope", 2, 1)))
    with pytest.raises(PromotionRefusedError) as error:
        bench.promoter.promote(Proposal.of(f"SELECT 1; {TEXT}"), a_job())
    assert [line.split(":")[0] for line in error.value.findings] == ["no-query-for-a-person", "Flink"]


def test_a_setup_statement_that_fails_is_told_at_its_place(bench: Bench) -> None:
    judgement = bench.promoter.check(Proposal.of(f"\nCREATE TEMPORARY VIEW v AS SELECT k FROM nix;\n{TEXT}"))
    assert [(each.rule, each.position and each.position.line) for each in judgement.errors] == [
        ("source-not-shared", 2)
    ]


def test_a_rule_that_is_switched_off_refuses_nothing(bench: Bench) -> None:
    proposal = Proposal.of(f"SET '{INTERVAL}' = '0'; {TEXT}")
    loose = replace(proposal, ignore=frozenset({"checkpointing-off"}))
    assert bench.promoter.promote(loose, a_job()).is_new
    strict = replace(Proposal.of(TEXT), levels={"no-state-ttl": Level.ERROR})
    with pytest.raises(PromotionRefusedError, match=r"my\.j \(dev\) was not promoted: 1 finding"):
        bench.promoter.promote(strict, a_job())


def test_the_clusters_settings_and_slots_count(bench: Bench) -> None:
    bench.flink.gateway.configuration = {}
    bench.place = replace(bench.place, slots=2)
    proposal = Proposal.of(TEXT)
    rules = [each.rule for each in bench.promoter.check(proposal, deployment=Deployment(parallelism=3)).errors]
    assert rules == ["checkpointing-off", "parallelism-over-slots"]
    bench.place = replace(bench.place, defaults={INTERVAL: "1 min"})
    assert bench.promoter.check(proposal, deployment=Deployment(parallelism=2)).ok
    assert not bench.promoter.check(Proposal.of(f"SET 'parallelism.default' = '3'; {TEXT}")).ok


def test_a_notebook_becomes_a_job_without_what_is_for_people(bench: Bench) -> None:
    cells = (CellText("SET 'a' = 'x'", "1"), CellText("SELECT 1", "2"), CellText(TEXT, "3"))
    done = bench.promoter.promote(Proposal(cells, is_notebook=True), a_job())
    assert done.version.script.config == {"a": "x"}
    assert [(each.rule, each.cell) for each in done.findings] == [
        ("no-query-for-a-person", "2"),
        ("no-state-ttl", ""),
    ]


def test_what_a_lost_catalog_left_half_done_is_done_by_the_same_call_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(job: Job) -> Job:
        raise CatalogUnavailableError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(bench.catalog.jobs, "add", gone)
        with pytest.raises(CatalogUnavailableError):
            bench.promoter.promote(Proposal.of(TEXT), a_job())
    done = bench.promoter.promote(Proposal.of(TEXT), a_job())
    assert (done.version.number, done.is_new, done.is_new_job, done.job.number) == (1, False, True, 1)
    assert bench.flink.compiled == 1


def test_of_two_who_make_the_job_at_once_one_does(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.promoter.promote(Proposal.of(TEXT), a_job(priority=1))
    found = iter([None])
    find = bench.catalog.jobs.find
    monkeypatch.setattr(bench.catalog.jobs, "find", lambda key: next(found, find(key)))
    done = bench.promoter.promote(Proposal.of(TEXT), a_job(priority=2))
    assert (done.is_new_job, done.job) == (False, first.job)


@pytest.mark.parametrize("breaks", ["gateway", "storage", "team"])
def test_what_cannot_be_reached_leaves_nothing_recorded(bench: Bench, breaks: str, tmp_path: Path) -> None:
    before = bench.records()
    job = a_job()
    if breaks == "gateway":
        bench.flink.gateway.stop()
        expected: Any = ConnectionFailedError
    elif breaks == "storage":
        (tmp_path / "storage").write_text("a file")
        expected = StorageError
    else:
        job = replace(job, key=JobKey("nobody", "j", "dev"))
        expected = (NotFoundError, PromotionRefusedError)
    with pytest.raises(expected):
        bench.promoter.promote(Proposal.of(TEXT), job)
    assert bench.records() == before
