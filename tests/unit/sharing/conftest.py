"""A catalog, a gateway session without Flink, and what brings the one into the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from fakes.objects import FakeObjects
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.variables import ANYWHERE, Variable, VariableType
from flinklab.sharing.resolving import Resolver
from flinklab.sharing.stock import SharedStock
from flinklab.sql.ddl import read_ddl
from flinklab.sql.split import split


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """Teams `my` and `base`, in which names are looked for, on a file and on a server that keeps teams apart."""
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    with Catalog(database, tmp_path / "key", team="my", teams=("base",), environment="dev") as catalog:
        catalog.people.create_team("base")
        yield catalog


@pytest.fixture
def asked(catalog: Catalog) -> list[str]:
    """The SQL that the catalog's database was asked."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            statements.append(statement)

    event.listen(catalog.database.engine, "before_cursor_execute", note)
    return statements


@pytest.fixture
def share(catalog: Catalog) -> Callable[..., Definition]:
    """`share("CREATE TABLE orders ...", team="base")`: what the team has from now on."""

    def share_(ddl: str, team: str = "my") -> Definition:
        ddl = ddl.strip()
        read = read_ddl(split(ddl)[-1].text)
        name = Name(team, read.path[-1])
        before = catalog.definitions.find([name]).get(name)
        expected = before.version if before is not None else None
        return catalog.definitions.save(Definition(name, read.kind, ddl, read.facts), expected=expected)

    return share_


@pytest.fixture
def set_variable(catalog: Catalog) -> Callable[..., None]:
    """`set_variable("rate", "5")` or `set_variable("pw", secret=True, dev="env:PW")`."""

    def set_(name: str, value: str = "", *, team: str = "my", secret: bool = False, **values: str) -> None:
        known = {each.name: each for each in catalog.variables.list(team)}
        catalog.variables.save(
            Variable(team, name, VariableType.STRING, secret, values=values or {ANYWHERE: value}),
            expected=known[name].version if name in known else None,
        )

    return set_


@pytest.fixture
def objects() -> FakeObjects:
    return FakeObjects()


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def stock(catalog: Catalog, objects: FakeObjects, notices: list[str]) -> SharedStock:
    return SharedStock(
        objects.run,
        catalog.definitions,
        Resolver(catalog.variables, catalog.teams),
        catalog.teams,
        "dev",
        notice=notices.append,
    )
