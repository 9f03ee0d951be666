"""Versions of jobs and their plans, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from flinklab.catalog.database import Database
from flinklab.catalog.job_versions import JobVersions
from flinklab.domain.errors import CatalogError, NotFoundError, UsageError
from flinklab.domain.jobs import Cell, JobScript, JobVersion, Pinned, Plan
from teams import make_team

ORDERS = JobVersion(
    "my",
    "orders",
    0,
    JobScript("INSERT INTO s SELECT * FROM ${src}", ("USE dw",), {"parallelism.default": "2"}, ("my", "dw")),
    definitions=(Pinned("my", "s", 3),),
    variables=("src",),
    flink_version="2.3.0",
    origin=Cell("a.ipynb", "c1", "abc"),
    note="first",
    fingerprint="f1",
)
PLAN = Plan("my", "orders", 1, "dev", "hash", '{"flinkVersion": "2.3"}', "shape", "2.3.0")


@pytest.fixture
def versions(database: Database) -> JobVersions:
    return JobVersions(database)


def test_a_version_is_kept_as_it_is_under_the_next_number(versions: JobVersions, database: Database) -> None:
    first, is_new = versions.save(ORDERS)
    assert is_new
    assert first == replace(ORDERS, number=1, made_by=database.person, made_at=first.made_at)
    assert first.made_at is not None
    second, is_new = versions.save(replace(ORDERS, fingerprint="f2", number=9))
    assert (second.number, is_new) == (2, True)
    assert versions.version("my", "orders", 1) == first
    assert versions.newest("my", "orders") == second
    assert versions.list("my", "orders") == [second, first]
    assert versions.newest("my", "other") is None


def test_the_same_as_the_newest_makes_no_version(versions: JobVersions) -> None:
    first, _ = versions.save(ORDERS)
    assert versions.save(replace(ORDERS, note="again")) == (first, False)
    versions.save(replace(ORDERS, fingerprint="f2"))
    again, is_new = versions.save(ORDERS)  # as an older one: it is wanted now, and the newest is another
    assert (again.number, is_new) == (3, True)


def test_numbers_count_within_team_and_name(versions: JobVersions, database: Database) -> None:
    make_team(database, "dw")
    kept = [versions.save(replace(ORDERS, team=team, name=name))[0] for team in ("my", "dw") for name in ("a", "b")]
    assert [version.number for version in kept] == [1, 1, 1, 1]
    assert list(versions.names(["my", "dw"])) == ["a", "b"]
    assert list(versions.names([])) == []


@pytest.mark.parametrize("same", [False, True])
def test_of_many_who_save_at_once_none_is_lost(
    versions: JobVersions, database: Database, open_catalog: Callable[[str], Database], same: bool
) -> None:
    url = database.url.render_as_string(hide_password=False)
    stores = [JobVersions(open_catalog(url)) for _ in range(6)]

    def save(number: int) -> tuple[JobVersion, bool]:
        fingerprint = "same" if same else str(number)
        return stores[number].save(replace(ORDERS, fingerprint=fingerprint))

    with ThreadPoolExecutor(len(stores)) as pool:
        kept = list(pool.map(save, range(len(stores))))
    numbers = sorted(version.number for version, _ in kept)
    assert numbers == ([1] * 6 if same else [1, 2, 3, 4, 5, 6])
    assert sum(is_new for _, is_new in kept) == (1 if same else 6)
    assert len(versions.list("my", "orders")) == (1 if same else 6)


def test_what_is_not_there_is_said_with_what_there_is(versions: JobVersions) -> None:
    versions.save(ORDERS)
    with pytest.raises(NotFoundError, match="job orders of team my has no version 2") as caught:
        versions.version("my", "orders", 2)
    assert caught.value.hint == "there is 1"
    versions.save(replace(ORDERS, fingerprint="f2"))
    with pytest.raises(NotFoundError) as caught:
        versions.version("my", "orders", 3)
    assert caught.value.hint == "there are 1 to 2"
    with pytest.raises(NotFoundError, match="'order'") as caught:
        versions.version("my", "order", 1)
    assert caught.value.hint == "did you mean orders?"
    with pytest.raises(NotFoundError, match="no team called 'nobodys'"):
        versions.save(replace(ORDERS, team="nobodys"))
    with pytest.raises(UsageError, match="cannot be empty"):
        versions.save(replace(ORDERS, name=""))


_TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.builds(
        JobScript,
        _TEXT,
        st.lists(_TEXT, max_size=3).map(tuple),
        st.dictionaries(_TEXT, _TEXT, max_size=3),
        st.lists(_TEXT, max_size=3).map(tuple),
    ),
    _TEXT,
)
def test_texts_are_data(versions: JobVersions, script: JobScript, note: str) -> None:
    kept, _ = versions.save(replace(ORDERS, script=script, note=note, fingerprint=str(hash((str(script), note)))))
    assert (kept.script, kept.note) == (script, note)


def change_document(database: Database, change: str) -> None:
    """Write what another flinklab might have written."""
    with database.writing() as connection:
        columns = "team_id, name, definitions, variables, origin, fingerprint, made_by, made_at"
        connection.execute(
            text(
                f"INSERT INTO job_version ({columns}, number, script)"
                f" SELECT {columns}, 2, '{change}' FROM job_version"
            )
        )


def test_what_a_newer_flinklab_added_to_a_document_is_passed_over(
    versions: JobVersions, database: Database
) -> None:
    versions.save(ORDERS)
    change_document(database, '{"statement": "INSERT", "hints": ["new"], "config": {"a": "b"}}')
    assert versions.version("my", "orders", 2).script == JobScript("INSERT", config={"a": "b"})


def test_a_document_that_cannot_be_read_is_said_in_a_line(versions: JobVersions, database: Database) -> None:
    versions.save(ORDERS)
    change_document(database, '{"statement": ["INSERT"]}')
    with pytest.raises(CatalogError, match="cannot be read: Expected `str`, got `array`") as caught:
        versions.newest("my", "orders")
    assert "newer flinklab" in (caught.value.hint or "")


def test_a_plan_is_kept_once_for_a_version_an_environment_and_a_text(versions: JobVersions) -> None:
    kept = versions.save_plan(PLAN)
    assert kept == replace(PLAN, made_at=kept.made_at)
    assert versions.save_plan(replace(PLAN, document="{}", shape="other")) == kept
    assert versions.plan("my", "orders", 1, "dev", "hash") == kept
    assert versions.plan("my", "orders", 1, "prod", "hash") is None
    other = versions.save_plan(replace(PLAN, text_hash="other"))
    assert versions.plan("my", "orders", 1, "dev", "other") == other
    assert versions.newest_plan("my", "orders", 1, "dev") == other
    assert versions.newest_plan("my", "orders", 2, "dev") is None


def test_of_two_who_compile_at_once_one_plan_holds(
    database: Database, open_catalog: Callable[[str], Database]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    stores = [JobVersions(open_catalog(url)) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as pool:
        kept = list(pool.map(lambda n: stores[n].save_plan(replace(PLAN, document=str(n))), range(len(stores))))
    assert len({plan.document for plan in kept}) == 1
