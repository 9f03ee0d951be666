"""What a session does for shared tables when the gateway, its session or the catalog fails under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from fakes.answers import Answer, fails, ok, query, table
from fakes.errors import object_not_found
from fakes.gateway import FakeGateway
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import CatalogUnavailableError, StatementError
from flinklab.session.connection import TRIES, Connection
from flinklab.session.session import Session
from flinklab.sharing.reach import NEXT_TRY, Reach, ReachedDefinitions, ReachedUses, ReachedVariables
from flinklab.sharing.sharing import Belonging, Sharing

CREATES = re.compile("^CREATE TEMPORARY")
ORDERS = "CREATE TABLE orders (id BIGINT) WITH ('connector'='datagen')"
SELECT = "SELECT * FROM orders"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        catalog.definitions.save(Definition(Name("my", "orders"), DefinitionKind.TABLE, ORDERS), expected=None)
        yield catalog


class Now:
    """A clock, and a catalog that is down while `down` says why."""

    def __init__(self, catalog: Catalog) -> None:
        self.time = 0.0
        self.asked = 0
        self.down: str | None = None
        self._catalog = catalog
        self.definitions = self
        self.usage, self.variables = catalog.usage, catalog.variables

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        self.asked += 1
        if self.down is not None:
            raise CatalogUnavailableError(self.down)
        return self._catalog.definitions.find(names)


@pytest.fixture
def now(catalog: Catalog) -> Now:
    return Now(catalog)


@pytest.fixture
def sharing_session(
    fake: FakeGateway, make_session: Callable[..., Session], catalog: Catalog, now: Now, notices: list[str]
) -> Session:
    reach = Reach(lambda: now, clock=lambda: now.time)  # type: ignore[arg-type,return-value]
    sharing = Sharing(
        ReachedDefinitions(reach),
        ReachedUses(reach),
        ReachedVariables(reach),
        lambda use: [],
        Belonging("ann", "my", ()),
        notice=notices.append,
    )
    fake.on("SHOW CURRENT CATALOG", table("catalog STRING", [["default_catalog"]]))
    fake.on("SHOW CURRENT DATABASE", table("database STRING", [["default_database"]]))
    made: set[str] = set()

    def create(sql: str) -> Answer:
        made.add(fake.submitted[-1].session)
        return ok()

    def select(sql: str) -> Answer:
        there = fake.submitted[-1].session in made
        return query("id BIGINT", [[1]]) if there else fails(object_not_found("orders", 1, 15))

    fake.on(CREATES, create)
    fake.on(SELECT, select)
    return make_session(supply=sharing)


def created(fake: FakeGateway) -> int:
    return sum(bool(CREATES.search(sql)) for sql in fake.statements)


def test_a_second_run_sends_the_statement_and_nothing_else(sharing_session: Session, fake: FakeGateway) -> None:
    assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    before = len(fake.statements)
    assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    assert fake.statements[before:] == [SELECT]
    assert created(fake) == 1


def test_a_session_that_is_lost_between_two_statements_gets_its_tables_again(
    sharing_session: Session, fake: FakeGateway, notices: list[str]
) -> None:
    sharing_session.sql(SELECT).wait()
    fake.expire_sessions()
    assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    assert created(fake) == 2
    assert [line for line in notices if "made again" in line]


@pytest.mark.parametrize("lost_at", ["SHOW CURRENT CATALOG", "SHOW TABLES", "CREATE TEMPORARY"])
def test_a_session_that_is_lost_while_tables_are_brought_gets_them_again(
    sharing_session: Session, fake: FakeGateway, lost_at: str
) -> None:
    lost: list[str] = []
    answered = fake._answer

    def lose(sql: str) -> Answer:
        answer = answered(sql)
        if sql.startswith(lost_at) and not lost:
            lost.append(sql)
            fake.expire_sessions()
        return answer

    fake._answer = lose  # type: ignore[method-assign]
    assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    assert len(lost) == 1


def test_a_session_that_is_lost_before_the_statement_is_submitted_gets_them_again(
    sharing_session: Session, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new session does not know the table, and says so."""
    submit, lost = Connection.submit, []

    def lose(connection: Connection, statement: str, config: Mapping[str, str]) -> object:
        if not lost:
            lost.append(statement)
            fake.expire_sessions()
        return submit(connection, statement, config)

    monkeypatch.setattr(Connection, "submit", lose)
    assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    assert created(fake) == 2


def test_a_table_that_flink_never_finds_is_tried_a_bounded_number_of_times(
    sharing_session: Session, fake: FakeGateway
) -> None:
    fake.on(SELECT, fails(object_not_found("orders", 1, 15)))
    with pytest.raises(StatementError, match="Object 'orders' not found"):
        sharing_session.sql(SELECT)
    assert fake.statements.count(SELECT) == TRIES + 1


def test_without_its_catalog_a_session_goes_on_and_asks_again_after_a_while(
    sharing_session: Session, now: Now, fake: FakeGateway, notices: list[str]
) -> None:
    sharing_session.sql(SELECT).wait()
    now.down = "the catalog at db does not answer"
    before = now.asked
    for _ in range(3):
        assert sharing_session.sql(SELECT).wait().rows == [(1,)]
    assert now.asked == before + 1
    now.time += NEXT_TRY
    sharing_session.sql(SELECT).wait()
    assert now.asked == before + 2
    assert notices == ["the catalog at db does not answer; statements go on without the shared catalog"]
    now.down = None
    now.time += NEXT_TRY
    sharing_session.sql(SELECT).wait()
    sharing_session.sql(SELECT).wait()
    assert now.asked == before + 4
    assert created(fake) == 1
