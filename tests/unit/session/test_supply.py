from __future__ import annotations

from typing import Any, cast

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import Position, StatementInvalidError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.session.supply import NoCatalog


def nobody(sql: str) -> list[tuple[object, ...]]:
    raise AssertionError(f"{sql} was run")


def test_without_a_catalog_statements_run_as_they_are_written() -> None:
    stock = NoCatalog().stock(nobody)
    prepared = stock.prepare(Statement("SELECT '${name}' FROM orders", StatementKind.QUERY))
    assert prepared.text == prepared.shown == "SELECT '${name}' FROM orders"
    assert prepared.uses == ()
    assert prepared.hide(b'["x"]') == b'["x"]'
    assert stock.hide("x") == "x"


def test_without_a_catalog_nothing_is_brought_and_no_error_is_touched() -> None:
    stock = NoCatalog().stock(nobody)
    prepared = stock.prepare(Statement("SELECT * FROM nix", StatementKind.QUERY))
    error = StatementInvalidError("Object 'nix' not found", position=Position(1, 15))
    assert stock.supply(prepared, error) is False
    prepared.restore(error)
    assert (error.message, error.position) == ("Object 'nix' not found", Position(1, 15))


def test_without_a_catalog_all_is_the_sessions_own() -> None:
    supply = NoCatalog()
    assert supply.stock(nobody).own(("orders",), DefinitionKind.TABLE)
    drop = Statement("DROP TABLE orders", StatementKind.DDL)
    assert supply.instead(drop, cast(Any, None), force=True) is None
    assert not supply.is_about_catalog(drop, cast(Any, None))
