from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import errors
from fakes.answers import Answer, fails, insert, ok, table
from fakes.compiling import CompilingGateway
from fakes.definitions import a_table
from fakes.versions import MemoryDefinitions, MemoryVariables
from flinklab.domain.errors import (
    ConnectionFailedError,
    Position,
    SessionExpiredError,
    StatementInvalidError,
    UnreachableError,
)
from flinklab.domain.jobs import JobScript
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.jobs.plans import canonical
from flinklab.jobs.sending import Lost
from flinklab.jobs.workspace import JOB_ID, Workspace
from flinklab.local.storage import FileStorage

PLAN = json.loads(Path(__file__).with_name("plans").joinpath("group_by.json").read_text())
ID = "0123456789abcdef0123456789abcdef"
SCRIPT = JobScript(
    "INSERT INTO totals SELECT k, COUNT(*)\nFROM orders WHERE k > ${least} GROUP BY k",
    setup=(
        "ADD JAR 'g:a:1'",
        "CREATE TEMPORARY TABLE totals (k INT, n BIGINT) WITH ('password' = '${pw}')",
    ),
    config={"table.exec.state.ttl": "${ttl}"},
    teams=("my",),
)
VALUES = {"least": "3", "pw": "hunter2", "ttl": "1 h"}


@pytest.fixture
def gateway() -> Iterator[CompilingGateway]:
    with CompilingGateway(PLAN) as gateway:
        yield gateway


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(f"file://{tmp_path}")


@pytest.fixture
def opened(gateway: CompilingGateway) -> Iterator[Callable[..., Workspace]]:
    client = RestGateway(Access(gateway.url), pause=lambda seconds: None)

    def open_(script: JobScript = SCRIPT, values: dict[str, str] = VALUES, **more: Any) -> Workspace:
        definitions = more.pop("definitions", None) or MemoryDefinitions(a_table("orders", columns=("k",)))
        return Workspace(
            client,
            client.open_session({}),
            script,
            definitions=definitions,
            variables=MemoryVariables(values, secret=["pw"]),
            environment="dev",
            add_jar=lambda text: text.replace("g:a:1", "/jars/a.jar"),
            **more,
        )

    yield open_
    client.close()


def test_a_plan_is_compiled_in_a_session_that_has_all_that_the_text_names(
    gateway: CompilingGateway, opened: Callable[..., Workspace], storage: FileStorage, tmp_path: Path
) -> None:
    workspace = opened()
    assert workspace.compile(storage) == canonical(json.dumps(PLAN))
    *before, compiling = gateway.submitted
    made = [each.statement for each in before if each.statement.startswith(("ADD", "CREATE TEMPORARY"))]
    assert made[0] == "ADD JAR '/jars/a.jar'"
    assert made[1].startswith("CREATE TEMPORARY TABLE totals") and "'password' = 'hunter2'" in made[1]
    assert made[2].startswith("CREATE TEMPORARY TABLE `default_catalog`.`default_database`.`orders`")
    assert compiling.statement.endswith(
        " FOR\nINSERT INTO totals SELECT k, COUNT(*)\nFROM orders WHERE k > 3 GROUP BY k"
    )
    assert compiling.config == {
        "table.exec.state.ttl": "1 h",
        "table.plan.compile.catalog-objects": "SCHEMA",
    }
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    workspace.close()
    assert not gateway.sessions


def test_the_same_text_has_one_plan_and_one_hash(opened: Callable[..., Workspace], storage: FileStorage) -> None:
    first, second = opened(), opened()
    assert first.compile(storage) == second.compile(storage)
    assert first.text_hash() == second.text_hash() == first.text_hash()
    assert first.resolved() == "INSERT INTO totals SELECT k, COUNT(*)\nFROM orders WHERE k > 3 GROUP BY k"


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [
        ({"values": {**VALUES, "least": "4"}}, True),
        ({"values": {**VALUES, "ttl": "2 h"}}, True),
        ({"values": {**VALUES, "pw": "changed"}}, False),
        ({"config": {"table.exec.state.ttl": "1 h", "parallelism.default": "7"}}, False),
        ({"config": {"table.exec.state.ttl": "1 h", "table.exec.mini-batch.enabled": "true"}}, True),
        ({"definitions": MemoryDefinitions(a_table("orders", columns=("k", "v")))}, True),
    ],
)
def test_the_hash_is_of_what_a_plan_is_compiled_from(
    opened: Callable[..., Workspace], changed: dict[str, Any], is_other: bool
) -> None:
    assert (opened().text_hash() != opened(**changed).text_hash()) == is_other


@pytest.mark.parametrize(
    ("statement", "judged"),
    [
        ("INSERT INTO t SELECT 1", "INSERT INTO t SELECT 1"),
        (
            "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END",
            "        STATEMENT SET BEGIN INSERT INTO t SELECT 1; END",
        ),
        ("/* of mine */ execute statement set begin end", "/* of mine */         statement set begin end"),
    ],
)
def test_flink_explains_a_statement_without_its_execute(
    gateway: CompilingGateway, opened: Callable[..., Workspace], statement: str, judged: str
) -> None:
    gateway.on(re.compile("^EXPLAIN"), table("result STRING", [["== a plan =="]]))
    assert opened(JobScript(statement)).explain() == "== a plan =="
    assert gateway.statements[-1] == f"EXPLAIN\n{judged}"


def test_an_error_is_about_the_text_that_a_person_wrote_and_hides_secrets(
    gateway: CompilingGateway, opened: Callable[..., Workspace]
) -> None:
    gateway.on(re.compile("^EXPLAIN"), fails(errors.column_not_found("hunter2", 3, 29)))
    with pytest.raises(StatementInvalidError) as caught:
        opened().explain()
    behind = len("${least}") - len("3")
    assert caught.value.position == Position(2, 29 + behind, 2, 35 + behind)
    assert "hunter2" not in f"{caught.value}{caught.value.details}"


@pytest.mark.parametrize("place", ["setup", "statement"])
def test_a_hint_whose_options_would_be_lost_is_refused(
    gateway: CompilingGateway, opened: Callable[..., Workspace], storage: FileStorage, place: str
) -> None:
    hinted = "SELECT k FROM b /*+ OPTIONS('number-of-rows' = '7') */"
    setup = (f"CREATE TEMPORARY VIEW v AS {hinted}",) if place == "setup" else ()
    script = JobScript("INSERT INTO o SELECT * FROM v" if setup else f"INSERT INTO o {hinted}", setup)
    with pytest.raises(StatementInvalidError, match="OPTIONS hint"):
        opened(script).compile(storage)
    assert not any(text.startswith("COMPILE") for text in gateway.statements)


def test_other_hints_and_options_in_comments_are_fine(
    opened: Callable[..., Workspace], storage: FileStorage
) -> None:
    text = "INSERT INTO o SELECT /*+ STATE_TTL('b' = '1d') */ k FROM b /* OPTIONS('a' = 'b') */"
    assert opened(JobScript(text)).compile(storage)


def test_options_that_a_view_of_flinks_own_catalogs_hides_are_seen_in_the_plan(
    gateway: CompilingGateway, opened: Callable[..., Workspace], storage: FileStorage, tmp_path: Path
) -> None:
    node, *others = PLAN["nodes"]
    told = {**node, "description": "TableSourceScan(fields=[k], hints=[[[OPTIONS options:{number-of-rows=7}]]])"}
    gateway.plan = {**PLAN, "nodes": [told, *others]}
    with pytest.raises(StatementInvalidError, match="OPTIONS hint"):
        opened().compile(storage)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_plan_is_started_under_the_id_that_was_minted(
    gateway: CompilingGateway, opened: Callable[..., Workspace]
) -> None:
    assert opened().execute("file:///it's/plan.json", {JOB_ID: ID, "a": "b"}) == ID
    assert gateway.executed[-1].statement == "EXECUTE PLAN 'file:///it''s/plan.json'"
    assert gateway.executed[-1].config == {JOB_ID: ID, "a": "b"}


@pytest.mark.parametrize(
    ("route", "fault", "times"),
    [("submit", "drop reply", 1), ("submit", "500", 1), ("fetch", "500", 9), ("fetch", "drop reply", 9)],
)
def test_once_it_was_sent_a_broken_reply_says_nothing(
    gateway: CompilingGateway, opened: Callable[..., Workspace], route: str, fault: str, times: int
) -> None:
    workspace = opened()
    workspace.resolved()
    gateway.faults.add(route, fault, times)
    assert isinstance(workspace.execute("/plan.json", {JOB_ID: ID}), Lost)
    assert len(gateway.executed) <= 1  # never twice


def test_a_session_that_ends_while_it_is_on_its_way_leaves_it_unknown(
    gateway: CompilingGateway, opened: Callable[..., Workspace]
) -> None:
    workspace = opened()
    workspace.resolved()
    arrived = threading.Event()

    def answer(_: str) -> Answer:
        arrived.set()
        return insert(not_ready=10**6)

    gateway.on(re.compile("^EXECUTE PLAN"), answer)
    ending = threading.Thread(target=lambda: arrived.wait(60) and gateway.expire_sessions())
    ending.start()
    assert isinstance(workspace.execute("/plan.json", {JOB_ID: ID}), Lost)
    ending.join()


def test_what_was_never_sent_is_said_to_be_so(gateway: CompilingGateway, opened: Callable[..., Workspace]) -> None:
    workspace, other = opened(), opened()
    workspace.resolved()
    other.resolved()
    gateway.expire_sessions()
    with pytest.raises(SessionExpiredError):
        workspace.execute("/plan.json", {JOB_ID: ID})
    gateway.stop()
    with pytest.raises(UnreachableError):
        other.execute("/plan.json", {JOB_ID: ID})


def test_waiting_for_a_reply_ends(gateway: CompilingGateway, opened: Callable[..., Workspace]) -> None:
    gateway.on(re.compile("^EXECUTE PLAN"), insert(not_ready=10**6))
    lost = opened(patience=0.2).execute("/plan.json", {JOB_ID: ID})
    assert isinstance(lost, Lost) and "0.2 s" in lost.reason
    gateway.on(re.compile("^EXPLAIN"), ok(not_ready=10**6))
    with pytest.raises(ConnectionFailedError, match=r"within 0\.2 s"):
        opened(patience=0.2).explain()
