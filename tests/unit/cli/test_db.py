"""`flinklab db` as a person runs it: a process with an exit code."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from postgres import PostgresServer, running_server

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("init", ..., NAME=value)`: exit code, stdout, stderr of `flinklab db init ...` in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(*arguments: str, **settings: str) -> tuple[int, str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
        done = subprocess.run(
            [sys.executable, "-m", "flinklab.cli", "db", *arguments],
            env={**kept, "XDG_DATA_HOME": str(tmp_path / "data"), **settings},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="session")
def server() -> object:
    with running_server() as server:
        yield server


def test_every_command_has_help(run: Run) -> None:
    code, out, _ = run("-h")
    assert code == 0
    for name in ("init", "upgrade", "status", "backup"):
        assert name in out
        code, out_of_it, _ = run(name, "-h")
        assert (code, "--url URL" in out_of_it) == (0, True)


@pytest.mark.parametrize("wrong", [[], ["create"], ["init", "x"], ["backup", "--to"]])
def test_wrong_usage_is_2(run: Run, wrong: list[str]) -> None:
    code, out, err = run(*wrong)
    assert (code, out) == (2, "")
    assert "usage: flinklab" in err


def test_a_catalog_from_its_making_to_its_copy(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "data" / "flinklab" / "catalog.db"
    code, out, err = run("status")
    assert (code, out) == (1, "")
    assert err == f"SchemaVersion: there is no catalog in {path}\n  → make the catalog with: flinklab db init\n"
    assert run("init") == (0, f"made sqlite:///{path}\n", "")
    assert run("init") == (0, "", f"sqlite:///{path} is there already\n")
    code, out, err = run("status")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["catalog", "person", "schema", "teams", "rows"]
    assert "not kept apart: SQLite is one person's" in out
    code, out, err = run("upgrade")
    assert (code, out) == (0, "")
    assert err.endswith("already\n")
    code, out, err = run("backup")
    assert (code, err) == (0, "")
    copy = tmp_path / "work" / out.strip()
    assert copy.name.startswith("catalog-")
    code, out, err = run("backup", "--to", copy.name)
    assert (code, out) == (2, "")
    assert "add --force" in err
    assert run("backup", "--to", copy.name, "--force")[0] == 0
    assert run("status", "--url", f"sqlite:///{copy}")[0] == 0


def test_a_schema_of_another_version_says_what_to_do(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    assert run("init", FLINKLAB_CATALOG_URL=url)[0] == 0
    connection = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '9001'")
    connection.close()
    code, out, _ = run("status", "--url", url)
    assert code == 1
    assert 'to do     pip install --upgrade "flinklab"' in out
    for command in ("upgrade", "init"):
        code, _, err = run(command, "--url", url)
        assert code == 1
        assert "SchemaVersion: the catalog in" in err
        assert "of a newer flinklab" in err


def test_a_teams_catalog(run: Run, server: PostgresServer, tmp_path: Path) -> None:
    owner = server.create_login("owner")
    server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
    name = server.create_database(owner)
    url = f"postgresql://{owner.name}@{server.host}:{server.port}/{name}"
    secret = tmp_path / "password"
    secret.write_text(owner.password)
    settings = {"FLINKLAB_CATALOG_URL": url, "FLINKLAB_CATALOG_PASSWORD": f"file:{secret}"}

    code, out, _ = run("status", **settings)
    assert code == 1
    assert "to do     make the catalog with: flinklab db init" in out
    assert run("init", **settings) == (0, f"made {url}\n", "")
    code, out, _ = run("status", **settings)
    assert code == 0
    assert f"not kept apart: {owner.name} owns the tables" in out
    assert run("backup", "--to", "copy.dump", **settings) == (0, "copy.dump\n", "")

    everything = ""
    for settings in ({"PGPASSWORD": "hunter2"}, {"FLINKLAB_CATALOG_PASSWORD": "hunter2"}, {}):
        shown = url.replace("@", ":hunter2@") if not settings else url
        code, out, err = run("status", "--url", shown, **settings)
        assert code in (1, 2)
        everything += out + err
    assert "hunter2" not in everything
    assert "refused the password" in everything
    assert "FLINKLAB_CATALOG_PASSWORD must be a reference" in everything


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("mysql://ann:hunter2@host/x", 2, "a catalog cannot be kept in mysql"),
        ("postgresql://ann:hunter2@127.0.0.1:1/x", 1, "x at 127.0.0.1:1 does not answer"),
        ("postgresql://ann:hunter2@nowhere.invalid/x", 1, "x at nowhere.invalid:5432 does not answer"),
    ],
)
def test_a_database_that_cannot_be_had(run: Run, url: str, code: int, words: str) -> None:
    for command in ("init", "backup"):
        found, out, err = run(command, "--url", url)
        assert (found, out) == (code, "")
        assert words in err
        assert "hunter2" not in err
