"""Snippets; and, as they are the simplest rows with a name and a version, the rule for all of those."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.catalog.snippets import Snippets
from flinklab.domain.errors import ConflictError, NotFoundError, UsageError
from flinklab.domain.records import Snippet
from teams import make_team

LATE = Snippet("my", "late orders", "SELECT *\nFROM orders\nWHERE late", "what came late")


@pytest.fixture
def snippets(database: Database) -> Snippets:
    return Snippets(database)


def how_many(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.snippet)).scalar_one()


def test_what_is_saved_is_what_is_got(snippets: Snippets, database: Database) -> None:
    saved = snippets.save(LATE, expected=None)
    assert (saved.version, saved.changed_by) == (1, database.person)
    assert saved.changed_at is not None
    assert abs(saved.changed_at - datetime.now(timezone.utc)) < timedelta(minutes=5)
    assert replace(saved, version=0, changed_by="", changed_at=None) == LATE
    assert snippets.get("my", "late orders") == saved


def test_each_change_counts_the_version_up(snippets: Snippets) -> None:
    first = snippets.save(LATE, expected=None)
    second = snippets.save(replace(first, text="SELECT 1"), expected=first.version)
    assert (second.version, second.text) == (2, "SELECT 1")
    assert snippets.get("my", "late orders") == second


def test_the_second_of_two_people_sees_the_change_of_the_first(snippets: Snippets, database: Database) -> None:
    seen = snippets.save(LATE, expected=None)
    first = snippets.save(replace(seen, text="SELECT *\nFROM orders\nWHERE very_late"), expected=1)
    with pytest.raises(ConflictError) as caught:
        snippets.save(replace(seen, text="SELECT id\nFROM orders\nWHERE late"), expected=seen.version)
    message = caught.value.message
    assert message.startswith(f"{database.person} changed snippet late orders of team my in the meantime")
    assert "you saw version 1 of 2" in message
    assert "\n" not in message
    details = (caught.value.details or "").splitlines()
    assert "-SELECT *" in details
    assert "+SELECT id" in details
    assert "-WHERE very_late" in details
    assert not any(line.startswith("description") for line in details), "what is the same is no difference"
    assert snippets.get("my", "late orders") == first


def test_a_new_one_does_not_replace_another(snippets: Snippets) -> None:
    first = snippets.save(LATE, expected=None)
    with pytest.raises(ConflictError, match="there is already a snippet late orders of team my") as caught:
        snippets.save(replace(LATE, text="SELECT 2"), expected=None)
    assert "+SELECT 2" in (caught.value.details or "")
    assert snippets.get("my", "late orders") == first


def test_a_change_of_what_was_deleted_is_a_conflict(snippets: Snippets, database: Database) -> None:
    seen = snippets.save(LATE, expected=None)
    snippets.delete("my", "late orders", expected=1)
    with pytest.raises(ConflictError, match="snippet late orders of team my was deleted in the meantime"):
        snippets.save(seen, expected=1)
    assert how_many(database) == 0


def test_only_what_was_seen_is_deleted(snippets: Snippets) -> None:
    snippets.save(LATE, expected=None)
    second = snippets.save(replace(LATE, text="SELECT 1"), expected=1)
    with pytest.raises(ConflictError, match="you saw version 1 of 2"):
        snippets.delete("my", "late orders", expected=1)
    assert snippets.get("my", "late orders") == second
    snippets.delete("my", "late orders", expected=2)
    with pytest.raises(NotFoundError):
        snippets.delete("my", "late orders", expected=2)


def test_an_unknown_name_or_team_is_said_with_what_was_meant(snippets: Snippets, database: Database) -> None:
    snippets.save(LATE, expected=None)
    with pytest.raises(NotFoundError, match="no snippet in team my called 'late order'") as caught:
        snippets.get("my", "late order")
    assert caught.value.hint == "did you mean late orders?"
    for attempt in (
        lambda: snippets.get("sales", "x"),
        lambda: snippets.save(replace(LATE, team="sales"), expected=None),
        lambda: snippets.save(replace(LATE, team="sales"), expected=1),
        lambda: snippets.delete("sales", "x", expected=1),
        lambda: snippets.list(["my", "sales"]),
    ):
        with pytest.raises(NotFoundError, match="no team called 'sales'"):
            attempt()
    assert how_many(database) == 1


def test_a_list_is_in_the_order_of_the_teams(snippets: Snippets, database: Database) -> None:
    make_team(database, "a-team")
    for team, name in (("my", "b"), ("a-team", "c"), ("my", "a")):
        snippets.save(Snippet(team, name, "SELECT 1"), expected=None)
    assert [(each.team, each.name) for each in snippets.list(["my", "a-team"])] == [
        ("my", "a"),
        ("my", "b"),
        ("a-team", "c"),
    ]
    assert [each.team for each in snippets.list(["a-team"])] == ["a-team"]
    assert snippets.list([]) == []


def test_a_text_is_looked_for_in_name_description_and_text(snippets: Snippets) -> None:
    snippets.save(LATE, expected=None)
    snippets.save(Snippet("my", "größe", "SELECT 100%_"), expected=None)
    names = {
        text: [each.name for each in snippets.list(["my"], text)]
        for text in ("LATE O", "came LATE", "where late", "GRÖSSE", "%", "_", "nothing")
    }
    assert names == {
        "LATE O": ["late orders"],
        "came LATE": ["late orders"],
        "where late": ["late orders"],
        "GRÖSSE": ["größe"],
        "%": ["größe"],
        "_": ["größe"],
        "nothing": [],
    }


def test_a_name_that_is_none_is_refused(snippets: Snippets, database: Database) -> None:
    for name in ("", "a\nb", "x" * 256, " a"):
        with pytest.raises(UsageError):
            snippets.save(replace(LATE, name=name), expected=None)
    assert how_many(database) == 0


_NAMES = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=255).filter(
    lambda name: name == name.strip()
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(name=_NAMES, text=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")))
def test_names_and_texts_are_data(snippets: Snippets, name: str, text: str) -> None:
    saved = snippets.save(Snippet("my", name, text, text), expected=None)
    assert (saved.name, saved.text, saved.description) == (name, text, text)
    assert snippets.get("my", name) == saved
    snippets.delete("my", name, expected=1)


@pytest.mark.parametrize("team", ["o'brien", 'a"b', "x; DROP TABLE snippet; --", "日本"])
def test_a_team_may_be_called_anything(snippets: Snippets, database: Database, team: str) -> None:
    make_team(database, team)
    saved = snippets.save(replace(LATE, team=team), expected=None)
    assert snippets.list([team]) == [saved]
