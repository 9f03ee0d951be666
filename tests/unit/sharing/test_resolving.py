from __future__ import annotations

from collections.abc import Callable

import pytest

from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import FlinklabError, Position, SecretError, StatementInvalidError, UnknownVariableError
from flinklab.sharing.resolving import Resolver

SetVariable = Callable[..., None]


@pytest.fixture
def resolver(catalog: Catalog) -> Resolver:
    return Resolver(catalog.variables, catalog.teams)


def test_a_text_without_variables_asks_nobody(resolver: Resolver, asked: list[str]) -> None:
    resolution = resolver.resolve("SELECT '$${a}' -- ${b}", "dev")
    assert resolution.text == "SELECT '${a}' -- ${b}"
    assert (resolution.variables, resolution.secrets, asked) == ((), frozenset(), [])


def test_values_are_of_the_environment_and_nested_ones_count(resolver: Resolver, set_variable: SetVariable) -> None:
    set_variable("host", dev="localhost", prod="db")
    set_variable("url", "jdbc:${host}/x")
    for environment, host in (("dev", "localhost"), ("prod", "db")):
        resolution = resolver.resolve("SELECT '${url}', '${url}'", environment)
        assert resolution.text == f"SELECT 'jdbc:{host}/x', 'jdbc:{host}/x'"
        assert {use.target for use in resolution.uses} == {"url", "host"}


def test_the_team_of_a_definition_comes_first(resolver: Resolver, set_variable: SetVariable) -> None:
    set_variable("a", "mine")
    set_variable("a", "theirs", team="base")
    assert resolver.resolve("${a}", "dev").text == "mine"
    resolution = resolver.resolve("${a}", "dev", team="base")
    assert resolution.text == "theirs"
    assert [(use.team, use.target_kind) for use in resolution.uses] == [("base", "variable")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT ${nix}", Position(1, 8, 1, 13)),
        ("SELECT ${a},\n  '${nix}'", Position(2, 4, 2, 9)),
        ("SELECT ${n},\n  ${nix}", Position(2, 3, 2, 8)),  # `n` is a part of the other's name
        ("SELECT ${a}, ${outer}", Position(1, 14, 1, 21)),  # it stands in the value of that one
        ("SELECT ${a}, ${circle}", Position(1, 14, 1, 22)),
    ],
)
def test_an_unknown_variable_is_told_at_its_place(
    resolver: Resolver, set_variable: SetVariable, text: str, place: Position
) -> None:
    for name, value in {
        "a": "1",
        "n": "1",
        "outer": "${inner}",
        "circle": "${round}",
        "round": "${circle}",
    }.items():
        set_variable(name, value)
    with pytest.raises(StatementInvalidError) as error:
        resolver.resolve(text, "dev")
    assert error.value.position == place


def test_what_contains_a_secret_is_one(
    resolver: Resolver, set_variable: SetVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "sentinel")
    set_variable("pw", secret=True, dev="env:PW")
    set_variable("url", "jdbc:x?p=${pw}")
    set_variable("outer", "-- ${url}")  # a value is no SQL: this is no comment
    for name in ("pw", "url", "outer"):
        with pytest.raises(SecretError, match=rf"\$\{{{name}\}} is a secret"):
            resolver.resolve(f"SELECT '${{{name}}}'", "dev")
        resolution = resolver.resolve(f"CREATE TABLE t WITH ('x'='${{{name}}}')", "dev")
        assert "sentinel" in resolution.text
        assert "sentinel" in resolution.secrets
        assert "sentinel" not in repr(resolution)


def test_errors_come_back_to_what_was_written(
    resolver: Resolver, set_variable: SetVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "senti\nnel")
    set_variable("pw", secret=True, dev="env:PW")
    resolution = resolver.resolve("SET 'a' = '${pw}' nix", "dev")
    error = StatementInvalidError(
        "at senti", hint="near nel", details="'senti\nnel'", position=Position(2, 6, 2, 8)
    )
    resolution.restore(error)
    assert error.position == Position(1, 19, 1, 21)
    assert (error.message, error.hint, error.details) == ("at ******", "near nel", "'******'")


def test_a_secret_that_cannot_be_had_is_told(resolver: Resolver, set_variable: SetVariable) -> None:
    set_variable("pw", secret=True, dev="env:FLINKLAB_TESTS_NOT_SET")
    with pytest.raises(FlinklabError, match="the secret pw of team my for dev could not be had"):
        resolver.resolve("SET 'a' = '${pw}'", "dev")


def test_a_settings_value_is_resolved_and_its_secrets_are_known(
    resolver: Resolver, set_variable: SetVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW_OF_A_TEST", "s3cr3t")
    set_variable("url", "${host}:5432")
    set_variable("host", dev="db", prod="db.live")
    set_variable("pw", "env:PW_OF_A_TEST", secret=True)
    assert resolver.value("jdbc://${url}/x?p=${pw}", "dev") == ("jdbc://db:5432/x?p=s3cr3t", frozenset({"s3cr3t"}))
    assert resolver.value("4", "dev") == ("4", frozenset())
    with pytest.raises(UnknownVariableError, match="nix"):
        resolver.value("${nix}", "dev")
