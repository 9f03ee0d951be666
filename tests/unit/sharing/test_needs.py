from __future__ import annotations

from collections.abc import Callable

from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition
from flinklab.sharing.needs import needs

TABLE = "CREATE TABLE {} (id INT) WITH ('connector'='datagen')"


def test_the_needs_of_many_are_one_question(
    catalog: Catalog, share: Callable[..., Definition], asked: list[str]
) -> None:
    share(TABLE.format("orders"))
    share(TABLE.format("orders"), team="base")
    share("CREATE FUNCTION clean AS 'x.Clean'", team="base")
    of = [
        share("CREATE VIEW v AS SELECT clean(id) FROM orders", team="base"),
        share("CREATE VIEW w AS SELECT clean(id), nix(id) FROM orders, base.orders"),
        share("ADD JAR 'x.jar'; CREATE TABLE wider LIKE orders"),
        share("CREATE VIEW clean AS SELECT 1 AS one", team="my"),
        share(TABLE.format("alone")),
    ]
    asked.clear()
    found = {
        (use.user, f"{use.team}.{use.target}", use.how.value)
        for use in needs(of, ("my",), catalog.definitions, "a")
    }
    assert found == {
        ("base.v", "base.clean", "uses"),
        ("base.v", "base.orders", "reads"),
        ("my.w", "my.orders", "reads"),
        ("my.w", "base.orders", "reads"),
        ("my.wider", "my.orders", "reads"),
    }
    assert len(asked) == 1


def test_what_names_nothing_asks_nobody(
    catalog: Catalog, share: Callable[..., Definition], asked: list[str]
) -> None:
    alone = share(TABLE.format("alone"))
    asked.clear()
    assert needs([alone], ("my",), catalog.definitions, "ann") == []
    assert asked == []


def test_a_definition_does_not_need_itself(catalog: Catalog, share: Callable[..., Definition]) -> None:
    base = share(TABLE.format("orders"), team="base")
    mine = share("CREATE VIEW orders AS SELECT * FROM orders JOIN my.orders")
    assert [use.team for use in needs([mine], ("my", "base"), catalog.definitions, "ann")] == [base.name.team]
