"""Names are data: what may be one, and what an unknown one says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select

from flinklab.catalog import schema
from flinklab.catalog.names import check_name, not_found, require_row, require_team, team_id
from flinklab.domain.errors import FlinklabError, NotFoundError, UsageError


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    with engine.begin() as connection:
        schema.METADATA.create_all(connection)
        connection.execute(insert(schema.team), [{"name": "orders"}, {"name": "o'brien; DROP TABLE team"}])
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    "name", ["orders", "ods.orders", "o'brien", 'a "b"', "订单", "a b", "--", "x" * 255, "%", "🙂"]
)
def test_what_a_person_may_write_is_a_name(name: str) -> None:
    assert check_name(name, "team") == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "cannot be empty"),
        ("x" * 256, "256 characters; 255 at most"),
        ("a\nb", "control character"),
        ("a\x00b", "control character"),
        ("a\x1b[2J", "control character"),
        ("a\u2028b", "line end"),
        ("a\ud800b", "half a character"),
        (" a", "begins or ends with a space"),
        ("a ", "begins or ends with a space"),
        ("\u3000a", "begins or ends with a space"),
    ],
)
def test_what_cannot_be_a_name_is_refused_in_one_line(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        check_name(name, "team")
    assert "team" in caught.value.message
    assert caught.value.message.isprintable()


@given(st.text())
def test_a_text_is_a_printable_name_or_an_error_of_ours(text: str) -> None:
    try:
        name = check_name(text, "team")
    except UsageError as error:
        assert error.message.splitlines() == [error.message]
    else:
        assert name == text
        assert name.splitlines() == [name] and name.encode()


def test_the_team_of_a_name_is_looked_up_in_the_statement_itself(connection: Connection) -> None:
    name = "o'brien; DROP TABLE team"
    number = connection.execute(select(team_id(name))).scalar_one()
    assert number == require_team(connection, name)
    assert connection.execute(select(team_id("nobody's"))).scalar_one() is None


def test_an_unknown_team_says_which_was_meant(connection: Connection) -> None:
    with pytest.raises(NotFoundError) as caught:
        require_team(connection, "order")
    assert str(caught.value) == "there is no team called 'order' (did you mean orders?)"


def test_a_missing_row_tells_whether_the_team_is_missing(connection: Connection) -> None:
    assert require_row(connection, 7, "orders", "snippet", "top") == 7
    with pytest.raises(NotFoundError, match="there is no snippet in team orders called 'top'"):
        require_row(connection, None, "orders", "snippet", "top")
    with pytest.raises(NotFoundError, match="there is no team called 'nobody'"):
        require_row(connection, None, "nobody", "snippet", "top")


def test_a_long_name_does_not_flood_the_line() -> None:
    error: FlinklabError = not_found("team", "x" * 10_000)
    assert len(error.message) < 120
