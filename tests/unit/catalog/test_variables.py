from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from flinklab.catalog.database import Database
from flinklab.catalog.secrets import Vault
from flinklab.catalog.variables import Variables
from flinklab.domain.definitions import How, Use
from flinklab.domain.errors import (
    ConflictError,
    FlinklabError,
    NotFoundError,
    SecretError,
    UnknownVariableError,
    UsageError,
)
from flinklab.domain.variables import MASK, Environment, Resolved, Variable, VariableType
from flinklab.sql.variables import expand
from teams import make_team

SECRET = "s3ntinel-of-the-variables"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "keys" / "key")


@pytest.fixture
def variables(database: Database, vault: Vault) -> Variables:
    store = Variables(database, vault)
    store.remove_environment("my", "test")
    return store


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SELECT statements that the database is asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def add(variables: Variables, name: str, values: dict[str, str], team: str = "my", **more: object) -> Variable:
    return variables.save(Variable(team, name, values=values, **more), expected=None)  # type: ignore[arg-type]


# Environments


def test_environments_are_listed_by_name(variables: Variables) -> None:
    variables.add_environment("my", "a team's own", "for tests")
    assert variables.environments("my") == [
        Environment("my", "a team's own", "for tests"),
        Environment("my", "dev"),
        Environment("my", "prod"),
    ]


def test_an_environment_is_added_once(variables: Variables) -> None:
    with pytest.raises(ConflictError, match="team my already has an environment dev"):
        variables.add_environment("my", "dev")
    with pytest.raises(UsageError, match=r"\* stands for all environments"):
        variables.add_environment("my", "*")
    with pytest.raises(UsageError, match="cannot be empty"):
        variables.add_environment("my", "")
    with pytest.raises(NotFoundError, match="no team called 'sales'"):
        variables.add_environment("sales", "dev")
    assert [each.name for each in variables.environments("my")] == ["dev", "prod"]


def test_an_environment_with_values_stays(variables: Variables) -> None:
    add(variables, "host", {"dev": "a", "*": "b"})
    with pytest.raises(ConflictError, match="1 variable of team my have a value in dev: host"):
        variables.remove_environment("my", "dev")
    variables.set("my", "host", "dev", None)
    variables.remove_environment("my", "dev")
    with pytest.raises(NotFoundError, match="no environment in team my called 'dev'") as caught:
        variables.remove_environment("my", "dev")
    assert caught.value.hint == "there are prod"
    assert [each.name for each in variables.environments("my")] == ["prod"]


# Keeping


def test_what_is_saved_is_what_is_got(variables: Variables) -> None:
    variable = Variable("my", "port", VariableType.INT, False, "where", {"dev": "1", "prod": "2", "*": "3"})
    saved = variables.save(variable, expected=None)
    assert saved == replace(variable, version=1)
    assert variables.get("my", "port") == saved
    assert variables.list("my") == [saved]


def test_a_save_leaves_no_value_but_those_given(variables: Variables) -> None:
    first = add(variables, "host", {"dev": "a", "prod": "b"})
    second = variables.save(replace(first, values={"prod": "c"}, description="new"), expected=1)
    assert (second.values, second.description, second.version) == ({"prod": "c"}, "new", 2)


def test_the_second_of_two_people_sees_the_values_of_the_first(variables: Variables) -> None:
    seen = add(variables, "host", {"dev": "a", "prod": "b"})
    variables.set("my", "host", "dev", "c")
    with pytest.raises(ConflictError, match="changed variable host of team my in the meantime") as caught:
        variables.save(replace(seen, values={"dev": "d"}), expected=1)
    assert (caught.value.details or "").splitlines() == [
        "in dev: there now c, yours d",
        "in prod: there now b, yours no value",
    ]
    assert variables.get("my", "host").values == {"dev": "c", "prod": "b"}
    with pytest.raises(ConflictError, match="there is already a variable host"):
        variables.save(seen, expected=None)


def test_one_value_is_set_and_taken_away(variables: Variables) -> None:
    add(variables, "host", {"dev": "a"})
    assert variables.set("my", "host", "prod", "b").values == {"dev": "a", "prod": "b"}
    assert variables.set("my", "host", "dev").values == {"prod": "b"}
    assert variables.get("my", "host").version == 3
    with pytest.raises(NotFoundError, match="no variable in team my called 'hots'") as caught:
        variables.set("my", "hots", "dev", "c")
    assert caught.value.hint == "did you mean host?"


def test_a_value_is_of_an_environment_that_there_is(variables: Variables) -> None:
    host = add(variables, "host", {"dev": "a"})
    for attempt in (
        lambda: variables.set("my", "host", "prdo", "b"),
        lambda: variables.save(replace(host, values={"prdo": "b"}), expected=1),
        lambda: variables.save(Variable("my", "x", secret=True), expected=None, secret_values={"prdo": "b"}),
    ):
        with pytest.raises(NotFoundError, match="no environment in team my called 'prdo'") as caught:
            attempt()
        assert caught.value.hint == "did you mean prod? there are dev, prod"
    assert variables.list("my") == [host]


def test_a_value_is_of_the_type(variables: Variables) -> None:
    for attempt in (
        lambda: add(variables, "port", {"dev": "eighty"}, type=VariableType.INT),
        lambda: add(variables, "wait", {"dev": "1 week"}, type=VariableType.DURATION),
    ):
        with pytest.raises(UsageError, match=r"cannot be the value of \w+ in dev") as caught:
            attempt()
        assert "it is of type" in (caught.value.hint or "")
    assert variables.list("my") == []
    assert add(variables, "port", {"dev": "${base}1"}, type=VariableType.INT).values == {"dev": "${base}1"}


@pytest.mark.parametrize("name", ["", "a b", "1a", "a}", "${a}", "a--b", "ä" * 3 + "\n", "x" * 256])
def test_a_name_can_be_written_in_sql(variables: Variables, name: str) -> None:
    with pytest.raises(UsageError):
        add(variables, name, {"dev": "a"})
    assert variables.list("my") == []


def test_a_variable_in_use_is_not_deleted(variables: Variables) -> None:
    add(variables, "host", {"dev": "a"})
    users = [Use("definition", f"my.t{at}", "variable", "my", "host", How.USES) for at in range(5)]
    with pytest.raises(ConflictError, match=r"is used by definition my\.t0, .* and 2 more") as caught:
        variables.delete("my", "host", expected=1, users=users)
    assert (caught.value.details or "").splitlines()[-1] == "definition my.t4"
    with pytest.raises(ConflictError, match="you saw version 7 of 1"):
        variables.delete("my", "host", expected=7)
    variables.delete("my", "host", expected=1)
    assert variables.list("my") == []
    assert add(variables, "host", {}).values == {}, "its values went with it"


# Secrets


def test_an_encrypted_secret_is_shown_to_machines_only(variables: Variables) -> None:
    saved = variables.save(
        Variable("my", "password", secret=True, values={"prod": "env:DB_PASSWORD"}),
        expected=None,
        secret_values={"dev": SECRET},
    )
    assert saved.values == {"dev": MASK, "prod": "env:DB_PASSWORD"}
    found = variables.resolve(["my"], "dev", ["password"])["password"]
    assert (found.value, found.secret, found.shown) == (SECRET, True, MASK)
    assert SECRET not in repr(found) + str(found) + repr([found])


def test_a_reference_is_looked_up_when_it_is_resolved(
    variables: Variables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    add(variables, "password", {"dev": "env:DB_PASSWORD", "prod": f"file:{file}"}, secret=True)
    monkeypatch.setenv("DB_PASSWORD", "one")
    file.write_text("two\n", encoding="utf-8")
    assert variables.resolve(["my"], "dev", ["password"])["password"].value == "one"
    assert variables.resolve(["my"], "prod", ["password"])["password"].value == "two"
    monkeypatch.delenv("DB_PASSWORD")
    with pytest.raises(SecretError, match=r"password of team my for dev could not be had: .* DB_PASSWORD"):
        variables.resolve(["my"], "dev", ["password"])


def test_a_secret_is_kept_while_other_things_change(variables: Variables) -> None:
    first = variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET})
    second = variables.save(replace(first, description="of the database"), expected=1)
    third = variables.set("my", "password", "prod", secret_value="other")
    assert second.values == {"dev": MASK}
    assert third.values == {"dev": MASK, "prod": MASK}
    assert variables.resolve(["my"], "dev", ["password"])["password"].value == SECRET
    assert variables.resolve(["my"], "prod", ["password"])["password"].value == "other"
    with pytest.raises(SecretError, match=r"no encrypted value of password is kept for \*"):
        variables.save(replace(third, values={"*": MASK}), expected=3)


def test_a_secret_is_never_revealed_by_making_it_none(variables: Variables) -> None:
    secret = variables.save(
        Variable("my", "password", secret=True, values={"prod": "env:DB_PASSWORD"}),
        expected=None,
        secret_values={"dev": SECRET},
    )
    for values in (secret.values, {"dev": MASK}, {"prod": "env:DB_PASSWORD"}):
        with pytest.raises(SecretError, match="password was a secret: what it was in"):
            variables.save(replace(secret, secret=False, values=values), expected=1)
    assert variables.get("my", "password") == secret
    plain = variables.save(replace(secret, secret=False, values={"dev": "guest"}), expected=1)
    assert variables.resolve(["my"], "dev", ["password"])["password"] == Resolved("password", "guest", False, "my")
    back = variables.save(replace(plain, secret=True, values={}), expected=2)
    assert back.values == {}, "what was encrypted before did not survive"


def test_a_secret_is_not_written_where_it_could_be_read(variables: Variables) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: add(variables, "password", {"dev": SECRET}, secret=True),
        lambda: variables.save(Variable("my", "x"), expected=None, secret_values={"dev": SECRET}),
        lambda: variables.save(
            Variable("my", "x", VariableType.INT, True), expected=None, secret_values={"*": SECRET}
        ),
        lambda: variables.set("my", "known", "dev", SECRET),
        lambda: variables.set("my", "plain", "dev", secret_value=SECRET),
        lambda: variables.set("my", "known", "dev", "env:X", secret_value=SECRET),
    ]
    variables.save(Variable("my", "known", secret=True), expected=None)
    add(variables, "plain", {})
    for attempt in attempts:
        with pytest.raises((SecretError, UsageError)) as caught:
            attempt()
        assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert [(each.name, each.version) for each in variables.list("my")] == [("known", 1), ("plain", 1)]


def test_a_secret_behind_a_reference_is_of_the_type(variables: Variables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PORT", SECRET)
    add(variables, "port", {"dev": "env:A_PORT"}, type=VariableType.INT, secret=True)
    with pytest.raises(SecretError, match="the secret port of team my for dev is not a whole number") as caught:
        variables.resolve(["my"], "dev", ["port"])
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_with_another_key_a_secret_is_an_error_that_names_it(variables: Variables, database: Database) -> None:
    variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOTHER_KEY", Fernet.generate_key().decode())
        other = Variables(database, Vault("env:ANOTHER_KEY"))
        with pytest.raises(SecretError, match="the secret password of team my for dev could not be had") as caught:
            other.resolve(["my"], "dev", ["password"])
    assert "the one in env:ANOTHER_KEY" in caught.value.message


def test_keys_can_be_replaced(variables: Variables, database: Database, tmp_path: Path) -> None:
    variables.save(
        Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET, "prod": "b"}
    )
    add(variables, "reference", {"dev": "env:X"}, secret=True)
    file = tmp_path / "keys" / "key"
    old, new = file.read_text(encoding="utf-8"), Fernet.generate_key().decode()
    file.write_text(f"{new}\n{old}", encoding="utf-8")
    assert Variables(database, Vault(file)).rotate_secrets("my") == 2
    file.write_text(new, encoding="utf-8")
    found = Variables(database, Vault(file)).resolve(["my"], "dev", ["password"])
    assert found["password"].value == SECRET


def test_no_secret_is_in_anything_that_comes_out(
    variables: Variables,
    database: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    database.engine.echo = "debug"
    caplog.set_level(logging.DEBUG)
    out: list[object] = []
    first = variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET})
    out += [first, variables.set("my", "password", "prod", secret_value=SECRET), *variables.list("my")]
    found = variables.resolve(["my"], "dev", ["password"])
    assert found["password"].value == SECRET
    out += [found, found["password"], found["password"].shown]
    variables.delete("my", "password", expected=2)
    variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET})
    for attempt in (
        lambda: variables.save(replace(first, values={"dev": MASK}), expected=7, secret_values={"prod": SECRET}),
        lambda: variables.resolve(["my"], "dev", ["password", "nothing"]),
        lambda: variables.resolve(["my"], "nowhere", ["password"]),
    ):
        with pytest.raises(FlinklabError) as caught:
            attempt()
        out += [*traceback.format_exception(caught.value), caught.value.details, *caught.value.report()]
    database.engine.echo = False
    captured = capfd.readouterr()
    shown = "\n".join([*(f"{each!r} {each}" for each in out), caplog.text, captured.out, captured.err])
    assert "password" in shown
    assert SECRET not in shown
    if not database.is_shared:
        database.close()
        files = list(tmp_path.glob("catalog.db*"))
        assert files
        assert not any(SECRET.encode() in file.read_bytes() for file in files)
        assert any(b"password" in file.read_bytes() for file in files)


def test_a_resolved_secret_can_be_handed_on(variables: Variables) -> None:
    variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": SECRET})
    found = variables.resolve(["my"], "dev", ["password"])
    assert pickle.loads(pickle.dumps(found)) == found


# Resolving


def test_an_environment_has_its_own_value_or_that_of_anywhere(variables: Variables) -> None:
    add(variables, "host", {"dev": "a", "*": "b"})
    found = {each: variables.resolve(["my"], each, ["host"])["host"].value for each in ("dev", "prod", "*")}
    assert found == {"dev": "a", "prod": "b", "*": "b"}


def test_the_first_team_on_the_path_that_has_a_variable_has_the_say(
    variables: Variables, database: Database
) -> None:
    make_team(database, "o'brien")
    variables.add_environment("o'brien", "dev")
    add(variables, "host", {"dev": "mine"})
    add(variables, "host", {"*": "theirs"}, team="o'brien")
    add(variables, "port", {"dev": "80"}, team="o'brien")
    assert variables.resolve(["my", "o'brien"], "dev", ["host", "port"]) == {
        "host": Resolved("host", "mine", False, "my"),
        "port": Resolved("port", "80", False, "o'brien"),
    }
    assert variables.resolve(["o'brien", "my"], "dev", ["host"])["host"].value == "theirs"
    # An environment that only one team of the path has is good for all: the others have a value for anywhere.
    assert variables.resolve(["o'brien", "my"], "prod", ["host"])["host"].value == "theirs"
    with pytest.raises(UnknownVariableError, match=r"\$\{host\} has no value in environment prod"):
        variables.resolve(["my", "o'brien"], "prod", ["host"])


def test_what_a_value_mentions_comes_along_unexpanded(variables: Variables) -> None:
    add(variables, "url", {"dev": "jdbc://${host}:${port}/$${not_this}"})
    add(variables, "host", {"dev": "db.${domain}"})
    add(variables, "domain", {"*": "example"})
    add(variables, "port", {"*": "5432"}, type=VariableType.INT)
    add(variables, "unrelated", {"*": "${nothing}"})
    found = variables.resolve(["my"], "dev", ["url"])
    assert {name: each.value for name, each in found.items()} == {
        "url": "jdbc://${host}:${port}/$${not_this}",
        "host": "db.${domain}",
        "domain": "example",
        "port": "5432",
    }
    assert expand({name: each.value for name, each in found.items()})["url"] == "jdbc://db.example:5432/${not_this}"


def test_a_circle_is_resolved_for_others_to_judge(variables: Variables) -> None:
    add(variables, "a", {"dev": "${b}"})
    add(variables, "b", {"dev": "${a}"})
    assert set(variables.resolve(["my"], "dev", ["a"])) == {"a", "b"}


def test_a_secret_is_taken_as_it_is(variables: Variables) -> None:
    odd = "pa${x}ss$${y}$$${z}${ no }"
    variables.save(Variable("my", "password", secret=True), expected=None, secret_values={"dev": odd})
    found = variables.resolve(["my"], "dev", ["password"])
    assert expand({name: each.value for name, each in found.items()}) == {"password": odd}


def test_all_that_is_missing_is_said_at_once(variables: Variables) -> None:
    add(variables, "host", {"prod": "a"})
    add(variables, "port", {})
    add(variables, "url", {"dev": "${domain}"})
    with pytest.raises(UnknownVariableError) as caught:
        variables.resolve(["my"], "dev", ["hots", "host", "port", "url", "zzz"])
    assert caught.value.message == "${hots}, ${host}, ${port}, ${domain}, ${zzz} have no value in environment dev"
    assert (caught.value.hint or "").split("; ") == [
        "did you mean ${host}?",
        "host of team my has a value in prod",
        "port of team my has a value in no environment",
        "no team on the path has a variable domain (it stands in the value of url)",
        "no team on the path has a variable zzz",
    ]


def test_an_unknown_environment_or_team_is_said(variables: Variables) -> None:
    add(variables, "host", {"*": "a"})
    with pytest.raises(NotFoundError, match="no environment in team my called 'staging'") as caught:
        variables.resolve(["my"], "staging", ["host"])
    assert caught.value.hint == "there are dev, prod"
    with pytest.raises(NotFoundError, match="no team called 'sales'"):
        variables.resolve(["my", "sales"], "dev", ["host"])


def test_one_or_two_statements_are_enough_for_any_number_of_names(variables: Variables, database: Database) -> None:
    names = [f"v{at}" for at in range(120)]
    for name, follower in pairwise(names):
        add(variables, name, {"dev": "plain", "prod": f"${{{follower}}}"})
    add(variables, names[-1], {"*": "the last"})
    with statements(database) as asked:
        assert len(variables.resolve(["my"], "dev", names)) == 120
    assert len(asked) == 1
    with statements(database) as asked:
        assert len(variables.resolve(["my"], "prod", ["v0"])) == 120
    assert len(asked) == 2


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    value=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0$")),
    secret=st.text(st.one_of(st.sampled_from("${}ab"), st.characters())),
)
def test_values_are_data(variables: Variables, value: str, secret: str) -> None:
    plain = add(variables, "plain", {"dev": value})
    kept = variables.save(Variable("my", "secret", secret=True), expected=None, secret_values={"dev": secret})
    found = variables.resolve(["my"], "dev", ["plain", "secret"])
    assert expand({name: each.value for name, each in found.items()}) == {"plain": value, "secret": secret}
    for each in (plain, kept):
        variables.delete("my", each.name, expected=1)
