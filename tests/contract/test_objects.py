"""What a gateway session makes, lists, drops and says is missing: the fake objects against real Flinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.objects import FakeObjects, Rows
from flinklab.domain.errors import StatementError
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.session.connection import Connection
from flinklab.session.journal import Journal
from real.versions_support import OLDER

Run = Callable[[str], Rows]
WITH = "WITH ('connector'='datagen')"


@pytest.fixture(params=["fake", "real", OLDER])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    if request.param == "fake":
        yield FakeObjects().run
        return
    flink = request.getfixturevalue("older" if request.param == OLDER else "embedded")
    gateway = RestGateway(Access(flink.gateway_url))
    connection = Connection(gateway, {}, Journal(), notice=print)
    yield connection.ask
    connection.close()
    gateway.close()


def names(run: Run, show: str) -> set[str]:
    return {str(row[0]) for row in run(show)}


def refused(run: Run, sql: str) -> StatementError:
    with pytest.raises(StatementError) as error:
        run(sql)
    return error.value


def test_a_session_begins_in_the_built_in_catalog(run: Run) -> None:
    assert run("SHOW CURRENT CATALOG") == [("default_catalog",)]
    assert run("SHOW CURRENT DATABASE") == [("default_database",)]
    assert names(run, "SHOW CATALOGS") == {"default_catalog"}


def test_temporary_objects_need_no_database_and_are_listed_with_one(run: Run) -> None:
    run(f"CREATE TEMPORARY TABLE `default_catalog`.`dw`.`t` (id BIGINT) {WITH}")
    refused(run, "SHOW TABLES FROM `default_catalog`.`dw`")
    run("CREATE DATABASE IF NOT EXISTS `default_catalog`.`dw`")
    run("CREATE DATABASE IF NOT EXISTS `default_catalog`.`dw`")
    run("CREATE TEMPORARY VIEW dw.v AS SELECT * FROM dw.t")
    run(f"CREATE TABLE dw.own (id BIGINT) {WITH}")
    assert names(run, "SHOW TABLES FROM `default_catalog`.`dw`") == {"t", "v", "own"}
    assert names(run, "SHOW TABLES FROM `default_catalog`.`default_database`") == set()
    run("USE dw")
    assert run("SHOW CURRENT DATABASE") == [("dw",)]
    run("EXPLAIN SELECT * FROM t JOIN v ON TRUE")


def test_functions_fold_their_case(run: Run) -> None:
    run("CREATE FUNCTION `Own` AS 'com.example.Own'")
    assert names(run, "SHOW USER FUNCTIONS FROM `default_catalog`.`default_database`") == {"own"}


def test_temporary_models_are_listed_nowhere_and_taken(run: Run, request: pytest.FixtureRequest) -> None:
    model = "MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='x')"
    if f"[{OLDER}]" in request.node.name:
        assert refused(run, f"CREATE TEMPORARY {model}").hint == "this version of Flink has no models"
        return
    run(f"CREATE TEMPORARY {model}")
    assert names(run, "SHOW MODELS FROM `default_catalog`.`default_database`") == set()
    assert "already exists" in refused(run, f"CREATE TEMPORARY {model}").message
    run("DROP TEMPORARY MODEL IF EXISTS `default_catalog`.`default_database`.`m`")
    run(f"CREATE {model}")
    assert names(run, "SHOW MODELS FROM `default_catalog`.`default_database`") == {"m"}


def test_a_name_that_is_taken_is_told(run: Run) -> None:
    run(f"CREATE TEMPORARY TABLE t (id BIGINT) {WITH}")
    for again in (f"CREATE TEMPORARY TABLE t (id BIGINT) {WITH}", "CREATE TEMPORARY VIEW t AS SELECT 1"):
        error = refused(run, again)
        assert error.message == "Temporary table '`default_catalog`.`default_database`.`t`' already exists"
    run(f"CREATE TABLE t (id BIGINT) {WITH}")  # beside it, and hidden by it
    run("DROP TEMPORARY TABLE IF EXISTS t")
    assert names(run, "SHOW TABLES FROM `default_catalog`.`default_database`") == {"t"}


@pytest.mark.parametrize(
    ("sql", "message", "column"),
    [
        ("SELECT * FROM nix", "Object 'nix' not found", 15),
        ("SELECT * FROM dw.nix", "Object 'dw' not found", 15),
        ("SELECT * FROM there.nix", "Object 'nix' not found within 'default_catalog.there'", 15),
        ("SELECT * FROM nocat.d.nix", "Object 'nocat' not found", 15),
        ("INSERT INTO nix SELECT 1", "Cannot find table '`default_catalog`.`default_database`.`nix`' in any", None),
        ("INSERT INTO dw.nix SELECT 1", "Cannot find table '`default_catalog`.`dw`.`nix`' in any", None),
        ("SELECT nf(1)", "No match found for function signature nf(<NUMERIC>)", 8),
        ("DESCRIBE dw.nix", "Tables or views with the identifier 'default_catalog.dw.nix' doesn't exist", None),
        ("USE dw", "A database with name [dw] does not exist in the catalog: [default_catalog]", None),
        ("USE CATALOG c", "A catalog with name [c] does not exist", None),
        ("SHOW TABLES FROM dw", "Database 'default_catalog'.'dw' doesn't exist", None),
        (f"CREATE TABLE dw.x (id INT) {WITH}", "Database dw does not exist in Catalog default_catalog", None),
        (
            "DROP TEMPORARY TABLE t",
            "Temporary table or view with identifier 'default_catalog.default_database.t'",
            None,
        ),
        (
            "CREATE TABLE x LIKE dw.nix",
            "Source table '`default_catalog`.`dw`.`nix`' of the LIKE clause not found",
            None,
        ),
    ],
)
def test_what_is_missing_is_told(run: Run, sql: str, message: str, column: int | None) -> None:
    run("CREATE DATABASE IF NOT EXISTS there")
    error = refused(run, sql)
    assert error.message.startswith(message)
    if column is not None:
        assert error.position is not None
        assert error.position.column == column


def test_a_table_beside_temporary_ones_without_a_database_is_told_by_the_database(run: Run) -> None:
    run(f"CREATE TEMPORARY TABLE dw.t (id BIGINT) {WITH}")
    error = refused(run, "SELECT * FROM dw.nix")
    assert error.message.startswith("Database dw does not exist")
    assert error.position is None


def test_the_current_catalog_cannot_be_dropped(run: Run) -> None:
    run("CREATE CATALOG IF NOT EXISTS mem WITH ('type'='generic_in_memory')")
    run("USE CATALOG mem")
    assert "currently in use" in refused(run, "DROP CATALOG IF EXISTS `mem`").message
    run("USE CATALOG default_catalog")
    run("DROP CATALOG IF EXISTS `mem`")
    assert names(run, "SHOW CATALOGS") == {"default_catalog"}
