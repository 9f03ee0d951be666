"""`flinklab team|user|grant`, on a catalog in a file and, where logins matter, on PostgreSQL."""

from __future__ import annotations

import getpass
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flinklab.catalog import lifecycle
from flinklab.cli import main
from postgres import Login, PostgresServer, running_server

Run = Callable[..., tuple[int, str, str]]
_NOT_HELD = "this catalog is an SQLite file: teams and roles are kept in it, and nobody is held to them\n"


@pytest.fixture
def me(monkeypatch: pytest.MonkeyPatch) -> str:
    return getpass.getuser()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("team", "list")`: exit code, stdout, stderr; the catalog is a new file unless `--url` is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("FLINKLAB_CATALOG_URL", "FLINKLAB_CATALOG_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as wrong_usage:
            code = int(str(wrong_usage.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


@pytest.mark.parametrize(
    "command",
    [
        ("team", "create"),
        ("team", "list"),
        ("team", "drop"),
        ("team", "members"),
        ("user", "add"),
        ("user", "list"),
        ("user", "remove"),
        ("grant",),
    ],
)
def test_every_command_has_help(run: Run, command: tuple[str, ...]) -> None:
    code, out, err = run(*command, "-h")
    assert (code, err) == (0, "")
    assert f"usage: flinklab {' '.join(command)}" in out and "--url URL" in out


@pytest.mark.parametrize("wrong", [("team",), ("team", "create"), ("user", "ad", "x"), ("grant",), ("grant", "my")])
def test_wrong_usage_is_2(run: Run, wrong: tuple[str, ...]) -> None:
    code, out, err = run(*wrong)
    assert (code, out) == (2, "")
    assert "usage: flinklab" in err


def test_a_team_from_its_making_to_its_end(run: Run, me: str) -> None:
    assert run("team", "create", "订单", "--description", 'it\'s "ours"') == (
        0,
        "made team 订单; you are its admin\n",
        _NOT_HELD,
    )
    assert run("user", "add", "ann") == (
        0,
        "ann is in the catalog\n",
        _NOT_HELD + "next: flinklab grant TEAM ann viewer|developer|admin\n",
    )
    assert run("user", "list")[1].split() == sorted(["ann", me])
    assert run("grant", "订单", "ann", "developer") == (0, "ann is developer of team 订单\n", _NOT_HELD)
    width = max(len(me), 3)
    assert run("team", "members", "订单")[1] == f"{me:{width}}  admin\n{'ann':{width}}  developer\n"
    assert run("team", "list")[1] == 'my    admin\n订单  admin  it\'s "ours"\n'
    assert run("grant", "--revoke", "订单", "ann") == (0, "ann is no more in team 订单\n", _NOT_HELD)
    assert run("team", "members", "订单")[1] == f"{me}  admin\n"
    assert run("team", "drop", "订单") == (0, "dropped team 订单\n", "")
    assert run("user", "remove", "ann") == (0, "ann is no more in the catalog\n", "")
    assert run("team", "list")[1] == "my  admin\n"
    assert run("user", "list")[1] == f"{me}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("team", "members", "mye"), 1, "NotFound: there is no team called 'mye'\n  → did you mean my?\n"),
        (("team", "drop", "mye"), 1, "NotFound: there is no team called 'mye'\n  → did you mean my?\n"),
        (("team", "create", " x"), 2, "Usage: ' x' cannot be the name of a team: it begins or ends with a space\n"),
        (("team", "create", ""), 2, "Usage: the name of a team cannot be empty\n"),
        (
            ("user", "add", "a\nb"),
            2,
            "Usage: 'a\\nb' cannot be the name of a person: it has a control character in it\n",
        ),
        (("grant", "my", "ann", "viewr"), 2, "Usage: there is no role 'viewr'\n  → did you mean viewer?\n"),
        (
            ("grant", "my", "ann", "7"),
            2,
            "Usage: there is no role '7'\n  → the roles are viewer, developer, admin\n",
        ),
        (
            ("grant", "my", "ann"),
            2,
            "Usage: give a role or --revoke\n  → the roles are viewer, developer, admin\n",
        ),
        (
            ("grant", "--revoke", "my", "ann", "viewer"),
            2,
            "Usage: give a role or --revoke\n  → the roles are viewer, developer, admin\n",
        ),
        (
            ("user", "add", "ann", "--password", "env:NOT_SET_ANYWHERE"),
            1,
            "Secret: the environment variable NOT_SET_ANYWHERE is not set\n  → it is to hold a credential\n",
        ),
    ],
)
def test_a_mistake_is_a_line_that_says_what_to_do(
    run: Run, arguments: tuple[str, ...], code: int, line: str
) -> None:
    assert run(*arguments) == (code, "", line)


def test_an_unknown_person_is_said_with_the_one_that_was_meant(run: Run, me: str) -> None:
    for arguments in (("grant", "my", me + "x", "viewer"), ("user", "remove", me + "x")):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert err == f"NotFound: there is no person in the catalog called '{me}x'\n  → did you mean {me}?\n"


def test_the_only_admin_stays(run: Run, me: str) -> None:
    code, out, err = run("grant", "--revoke", "my", me)
    assert (code, out) == (1, "")
    assert err == f"Conflict: {me} is the only admin of team my\n  → make somebody else one: flinklab grant\n"


def test_a_password_that_is_no_reference_is_refused_and_not_shown(run: Run) -> None:
    code, out, err = run("user", "add", "ann", "--password", "hunter2")
    assert (code, out) == (1, "")
    assert "hunter2" not in err and "env:NAME" in err


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> str:
    """A catalog on a server, as its owner connects to it."""
    owner: Login = server.create_login("owner")
    server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
    url = server.url(server.create_database(owner), owner)
    lifecycle.init(url)
    return url


def test_a_newcomer_on_a_server(
    run: Run, server: PostgresServer, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    name = "ann o'\"x"
    assert run("user", "add", name, "--password", f"file:{secret}", "--url", url) == (
        0,
        f"{name} is in the catalog, with a new login\n",
        f"next: flinklab grant TEAM {name} viewer|developer|admin\n",
    )
    assert run("team", "create", "orders", "--url", url)[0] == 0
    assert run("grant", "orders", name, "viewer", "--url", url) == (0, f"{name} is viewer of team orders\n", "")
    database = url.rpartition("/")[2]
    hers = server.url(database, Login(name, "hunter2"))
    assert run("team", "list", "--url", hers) == (0, "orders  viewer\n", "")
    code, out, err = run("grant", "orders", name, "admin", "--url", hers)
    assert (code, out) == (1, "")
    assert err.startswith("NotPermitted: for that you must be an admin of team orders; you are a viewer\n")
    assert "who can grant it: owner_" in err
    code, out, err = run("user", "add", "bob", "--url", hers)
    assert (code, out) == (1, "")
    assert err.startswith("NotPermitted: people are let in and out by the catalog's owner\n")
    assert run("user", "remove", name, "--url", url)[0] == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        look(server, database, name)
    code, out, err = run("team", "list", "--url", hers)
    assert (code, out) == (1, "")
    assert "Traceback" not in err


def look(server: PostgresServer, database: str, name: str) -> Any:
    with psycopg.connect(
        host=server.host, port=server.port, user=name, password="hunter2", dbname=database
    ) as connection:
        return connection.execute("SELECT * FROM team").fetchall()


def test_who_is_in_no_team_is_told_how_to_make_one(run: Run, url: str) -> None:
    code, out, err = run("team", "list", "--url", url)
    assert (code, out) == (0, "")
    assert err == "you are in no team; make one with: flinklab team create TEAM\n"


def test_a_login_without_a_password_is_said(run: Run, url: str) -> None:
    code, _, err = run("user", "add", "carol", "--url", url)
    assert code == 0
    assert err.startswith("the login has no password: it gets in only where the server asks for none\n")
