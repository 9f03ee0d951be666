"""Definitions: versions, conflicts between people, and what the hot statements read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fakes.definitions import a_table, many_tables
from fakes.plans import plans_of
from flinklab.catalog.database import Database
from flinklab.catalog.definitions import Definitions
from flinklab.catalog.people import People
from flinklab.domain.definitions import Definition, DefinitionKind, Entry, Facts, Name, TableColumn
from flinklab.domain.errors import CatalogError, ConflictError, NotFoundError, UsageError

ORDERS = Name("my", "orders")


@pytest.fixture
def definitions(database: Database) -> Definitions:
    return Definitions(database)


def changed(definition: Definition, comment: str = "other") -> Definition:
    return replace(definition, ddl=definition.ddl + f" -- {comment}")


def test_what_is_saved_is_found_as_it_was(definitions: Definitions, database: Database) -> None:
    facts = Facts(
        columns=(
            TableColumn("id", "BIGINT NOT NULL", comment="of the order"),
            TableColumn("total", computed="price * amount"),
            TableColumn("ts", "TIMESTAMP(3)", metadata="timestamp"),
        ),
        primary_key=("id",),
        partitioned_by=("day",),
        watermark="ts - INTERVAL '5' SECOND",
        options={"connector": "kafka", "topic": "${topic}"},
        comment="all orders, 订单",
    )
    given = Definition(ORDERS, DefinitionKind.TABLE, "CREATE TABLE ...", facts, owner="bob", tags=("ods", "订单"))
    saved = definitions.save(replace(given, note="first"), expected=None)
    assert (saved.version, saved.changed_by, saved.note) == (1, database.person, "first")
    assert saved.changed_at is not None and saved.changed_at.tzinfo is not None
    found = definitions.get(ORDERS)
    assert found == replace(saved, note="")
    assert replace(found, version=0, changed_by="", changed_at=None) == given


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
    deadline=None,
)
@given(
    columns=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)),
    options=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.just("v")
    ),
)
def test_facts_of_every_kind_come_back(
    definitions: Definitions, columns: list[str], options: dict[str, str]
) -> None:
    facts = Facts(columns=tuple(TableColumn(column) for column in columns), options=options)
    there = definitions.find([ORDERS])
    expected = there[ORDERS].version if there else None
    ddl = f"{columns!r} {options!r}"
    definitions.save(Definition(ORDERS, DefinitionKind.TABLE, ddl, facts), expected=expected)
    assert definitions.get(ORDERS).facts == facts


def test_find_leaves_out_what_is_not_there_and_what_was_not_asked_for(
    definitions: Definitions, database: Database
) -> None:
    People(database).create_team("other")
    for team, name in (("my", "a"), ("my", "b"), ("other", "a"), ("other", "b")):
        definitions.save(a_table(name, team=team), expected=None)
    definitions.drop(Name("my", "b"), expected=1)
    asked = [Name("my", "a"), Name("other", "b"), Name("my", "b"), Name("my", "A"), Name("nobody", "a")]
    assert set(definitions.find(asked)) == {Name("my", "a"), Name("other", "b")}
    assert definitions.find([]) == {}


def test_find_takes_any_number_of_names(definitions: Definitions) -> None:
    tables = many_tables(2_500)
    definitions.save_all(tables, replace=False)
    assert set(definitions.find([table.name for table in tables])) == {table.name for table in tables}


def test_an_unknown_name_is_told_what_may_have_been_meant(definitions: Definitions) -> None:
    definitions.save(a_table("ods_trade_orders"), expected=None)
    with pytest.raises(NotFoundError) as caught:
        definitions.get(Name("my", "ods_trade_oders"))
    assert caught.value.hint == "did you mean ods_trade_orders?"
    with pytest.raises(NotFoundError) as caught:
        definitions.get(Name("my", "%"))
    assert caught.value.hint is None
    with pytest.raises(NotFoundError, match="team"):
        definitions.get(Name("mine", "orders"))


def test_a_change_makes_a_version_and_the_same_again_none(definitions: Definitions) -> None:
    first = definitions.save(a_table(note="made"), expected=None)
    assert definitions.save(a_table(note="again"), expected=1).version == 1
    assert definitions.save(a_table(), expected=None).version == 1, "what is wanted is there already"
    tagged = definitions.save(a_table(tags=("gold",), note="tagged"), expected=1)
    owned = definitions.save(a_table(tags=("gold",), owner="bob"), expected=2)
    assert [version.note for version in definitions.versions(ORDERS)] == ["", "tagged", "made"]
    assert definitions.version(ORDERS, 2) == tagged
    assert definitions.version(ORDERS, 1) == first
    assert definitions.get(ORDERS) == replace(owned, note="")
    with pytest.raises(NotFoundError, match="no version 4"):
        definitions.version(ORDERS, 4)


def test_a_version_that_moved_on_is_a_conflict_with_the_difference(
    definitions: Definitions, database: Database
) -> None:
    definitions.save(a_table(columns=["a"]), expected=None)
    definitions.save(a_table(columns=["a", "theirs"]), expected=1)
    with pytest.raises(ConflictError) as caught:
        definitions.save(a_table(columns=["a", "mine"]), expected=1)
    assert f"version 2 by {database.person}" in caught.value.message
    assert "-  `theirs` STRING" in str(caught.value.details)
    assert "+  `mine` STRING" in str(caught.value.details)
    assert definitions.get(ORDERS).version == 2
    assert len(definitions.versions(ORDERS)) == 2


def test_a_taken_name_is_a_conflict_whatever_the_kind(definitions: Definitions) -> None:
    definitions.save(a_table(), expected=None)
    with pytest.raises(ConflictError, match=r"there is a table my\.orders already"):
        definitions.save(a_table(kind=DefinitionKind.VIEW), expected=None)


def test_saving_over_what_is_not_there_is_not_found(definitions: Definitions) -> None:
    with pytest.raises(NotFoundError):
        definitions.save(a_table(), expected=3)
    with pytest.raises(NotFoundError, match="team"):
        definitions.save(a_table(team="nobody's"), expected=None)
    with pytest.raises(UsageError):
        definitions.save(a_table("or\nders"), expected=None)


def test_a_dropped_one_is_not_found_and_can_be_brought_back(definitions: Definitions) -> None:
    definitions.save(a_table(), expected=None)
    gone = definitions.drop(ORDERS, expected=1, note="not used")
    assert (gone.dropped, gone.version, gone.note) == (True, 2, "not used")
    with pytest.raises(NotFoundError, match="is dropped: version 2 by"):
        definitions.get(ORDERS)
    assert definitions.page("my") == [] and definitions.counts() == {}
    with pytest.raises(UsageError, match="dropped"):
        definitions.revert(ORDERS, 2, expected=2)
    back = definitions.revert(ORDERS, 1, expected=2)
    assert (back.version, back.ddl, back.note) == (3, a_table().ddl, "version 1 again")
    assert [version.dropped for version in definitions.versions(ORDERS)] == [False, True, False]


def test_a_dropped_name_is_free_for_another_kind(definitions: Definitions) -> None:
    definitions.save(a_table(), expected=None)
    definitions.drop(ORDERS, expected=1)
    assert definitions.save(a_table(kind=DefinitionKind.VIEW), expected=None).version == 3
    assert definitions.get(ORDERS).kind is DefinitionKind.VIEW


def test_drop_and_revert_go_by_the_version_that_was_seen(definitions: Definitions) -> None:
    definitions.save(a_table(), expected=None)
    definitions.save(changed(a_table()), expected=1)
    with pytest.raises(ConflictError):
        definitions.drop(ORDERS, expected=1)
    with pytest.raises(ConflictError):
        definitions.revert(ORDERS, 1, expected=1)
    definitions.drop(ORDERS, expected=2)
    with pytest.raises(ConflictError, match="was dropped in the meantime"):
        definitions.save(changed(a_table(), "mine"), expected=2)
    with pytest.raises(NotFoundError, match="dropped already"):
        definitions.drop(ORDERS, expected=3)
    with pytest.raises(NotFoundError):
        definitions.drop(Name("my", "nothing"), expected=1)


def test_diff_is_of_the_text(definitions: Definitions) -> None:
    definitions.save(a_table(columns=["a"]), expected=None)
    definitions.save(a_table(columns=["a", "b"]), expected=1)
    definitions.drop(ORDERS, expected=2)
    lines = definitions.diff(ORDERS, 1, 2).splitlines()
    assert lines[0].startswith("--- my.orders version 1") and lines[1].startswith("+++ my.orders version 2")
    assert "+  `b` STRING" in lines
    assert definitions.diff(ORDERS, 1, 1) == ""
    assert all(line.startswith(("-", "@", "+++")) for line in definitions.diff(ORDERS, 2, 3).splitlines())


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("there", [False, True], ids=["both create", "both change"])
def test_of_two_at_the_same_moment_one_sees_the_other(
    there: bool, backend: str, request: pytest.FixtureRequest, open_catalog: Callable[[str], Database]
) -> None:
    url = request.getfixturevalue(f"{backend}_url")
    people = [Definitions(open_catalog(url)) for _ in range(2)]
    for round_ in range(10):
        name = f"orders_{round_}"
        if there:
            people[0].save(a_table(name), expected=None)
        together = threading.Barrier(2, timeout=60)

        def save(who: int, name: str = name, together: threading.Barrier = together) -> Definition | CatalogError:
            mine = changed(a_table(name), f"by {who}")
            together.wait()
            try:
                return people[who].save(mine, expected=1 if there else None)
            except CatalogError as error:
                return error

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(save, range(2)))
        (saved,) = (outcome for outcome in outcomes if isinstance(outcome, Definition))
        (refused,) = (outcome for outcome in outcomes if isinstance(outcome, ConflictError))
        versions = people[0].versions(Name("my", name))
        assert [version.version for version in versions] == ([2, 1] if there else [1])
        assert versions[0] == saved
        assert f"version {saved.version} by {saved.changed_by}" in refused.message
        assert f"-{saved.ddl.splitlines()[-1]}" in str(refused.details)


def test_an_import_keeps_order_and_notes(definitions: Definitions) -> None:
    tables = [a_table("b", note="from b.sql"), a_table("a", note="from a.sql")]
    saved = definitions.save_all(tables, replace=False)
    assert [(one.name.name, one.version, one.note) for one in saved] == [
        ("b", 1, "from b.sql"),
        ("a", 1, "from a.sql"),
    ]
    assert definitions.versions(Name("my", "a")) == [saved[1]]
    assert definitions.save_all([], replace=False) == []


def test_an_import_replaces_only_when_told_so_and_only_what_differs(definitions: Definitions) -> None:
    definitions.save_all([a_table("same"), a_table("other"), a_table("gone")], replace=False)
    definitions.drop(Name("my", "gone"), expected=1)
    again = [a_table("same"), changed(a_table("other")), a_table("gone"), a_table("new")]
    with pytest.raises(ConflictError) as caught:
        definitions.save_all(again, replace=False)
    assert caught.value.details == "my.other"
    assert Name("my", "new") not in definitions.find([Name("my", "new")])
    saved = definitions.save_all(again, replace=True)
    assert [one.version for one in saved] == [1, 2, 3, 1]
    assert definitions.get(Name("my", "other")).ddl == again[1].ddl


def test_an_import_is_all_or_nothing(definitions: Definitions) -> None:
    with pytest.raises(UsageError, match="twice"):
        definitions.save_all([a_table("a"), a_table("a")], replace=True)
    with pytest.raises(NotFoundError):
        definitions.save_all([a_table("a"), a_table("b", team="nobody's")], replace=True)
    assert definitions.page("my") == []


def test_a_tree_is_read_page_by_page(definitions: Definitions) -> None:
    tables = [a_table(name, comment=f"of {name}") for name in ("a", "c", "e", "B", "d")]
    views = [a_table(name, kind=DefinitionKind.VIEW) for name in ("v1", "v2")]
    definitions.save_all([*tables, *views], replace=False)
    names: list[str] = []
    while page := definitions.entries("my", after=names[-1] if names else "", limit=2):
        assert len(page) <= 2
        names += [entry.name.name for entry in page]
    assert sorted(names) == ["B", "a", "c", "d", "e", "v1", "v2"]
    assert definitions.entries("my", kind=DefinitionKind.VIEW, limit=1) == [
        Entry(Name("my", "v1"), DefinitionKind.VIEW, "kafka", "", 1)
    ]
    assert [one.ddl for one in definitions.page("my", after="d", limit=1)] == [a_table("e", comment="of e").ddl]
    assert definitions.counts() == {("my", DefinitionKind.TABLE): 5, ("my", DefinitionKind.VIEW): 2}
    with pytest.raises(NotFoundError):
        definitions.entries("nobody's")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_hot_statements_read_no_table_whole(
    backend: str, request: pytest.FixtureRequest, open_catalog: Callable[[str], Database]
) -> None:
    database = open_catalog(request.getfixturevalue(f"{backend}_url"))
    definitions = Definitions(database)
    definitions.save_all(many_tables(3_000), replace=False)
    analyze(backend, request)
    names = [Name("my", f"{('ods', 'dwd')[i % 2]}_{i:06}") for i in (7, 70, 700)]
    for action in (
        lambda: definitions.find(names),
        lambda: definitions.entries("my", after="dwd_000500", limit=50),
        lambda: definitions.entries("my", kind=DefinitionKind.TABLE, limit=50),
        lambda: definitions.page("my", limit=50),
    ):
        plan = plans_of(database, action)
        assert "Seq Scan definition" not in plan and "SCAN definition" not in plan, plan
        assert "Sort" not in plan and "TEMP B-TREE FOR ORDER BY" not in plan.replace("LAST TERM", ""), plan
    if backend == "sqlite":  # PostgreSQL reads the index alone as soon as it is much less than the table
        assert "COVERING INDEX" in plans_of(database, definitions.counts)


def analyze(backend: str, request: pytest.FixtureRequest) -> None:
    """Let the database know how much there is, as its own upkeep does sooner or later."""
    if backend == "sqlite":
        database = Database(request.getfixturevalue("sqlite_url"))
        with database.writing() as connection:
            connection.execute(text("ANALYZE"))
        database.close()
    else:
        server = request.getfixturevalue("postgres_server")
        server.execute("VACUUM ANALYZE", request.getfixturevalue("postgres_database"))
