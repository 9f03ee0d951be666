from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flinklab.catalog.database import Database
from flinklab.catalog.sessions import NamedSessions
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.domain.records import NamedSession

PROD = NamedSession("my", "prod", ("SET 'a' = 'b'", "CREATE TABLE t (\n  id INT\n)"))


@pytest.fixture
def sessions(database: Database) -> NamedSessions:
    return NamedSessions(database)


def test_a_session_keeps_its_statements_in_their_order(sessions: NamedSessions, database: Database) -> None:
    saved = sessions.save(PROD, expected=None)
    assert (saved.statements, saved.version, saved.changed_by) == (PROD.statements, 1, database.person)
    assert sessions.get("my", "prod") == saved
    assert sessions.list(["my"]) == [saved]


def test_statements_are_put_behind_the_others(sessions: NamedSessions) -> None:
    sessions.save(PROD, expected=None)
    longer = sessions.append("my", "prod", ["USE CATALOG c", "USE d"], expected=1)
    assert longer.statements == (*PROD.statements, "USE CATALOG c", "USE d")
    assert longer.version == 2


def test_nothing_is_put_behind_what_one_has_not_seen(sessions: NamedSessions) -> None:
    sessions.save(PROD, expected=None)
    sessions.append("my", "prod", ["USE a"], expected=1)
    with pytest.raises(ConflictError) as caught:
        sessions.append("my", "prod", ["USE b"], expected=1)
    assert "+USE b" in (caught.value.details or "")
    assert sessions.get("my", "prod").statements == (*PROD.statements, "USE a")
    with pytest.raises(NotFoundError, match="no session in team my called 'pro'"):
        sessions.append("my", "pro", ["USE b"], expected=1)


def test_a_session_is_replaced_and_deleted(sessions: NamedSessions) -> None:
    sessions.save(PROD, expected=None)
    assert sessions.save(replace(PROD, statements=()), expected=1).statements == ()
    sessions.delete("my", "prod", expected=2)
    assert sessions.list(["my"]) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))))
def test_statements_are_data(sessions: NamedSessions, statements: list[str]) -> None:
    saved = sessions.save(NamedSession("my", "any", tuple(statements)), expected=None)
    assert saved.statements == tuple(statements)
    sessions.delete("my", "any", expected=1)
