"""`flinklab db init|upgrade|status|backup`: the shared catalog's database."""

from __future__ import annotations

import argparse
from pathlib import Path

from flinklab.cli.commands import FAILED, OK, Commands, Run, say
from flinklab.cli.database import add_url, asked, connected


def add_commands(commands: Commands) -> None:
    group = commands.group("db", "Make, look after and copy the shared catalog's database.")

    def command(name: str, run: Run, summary: str) -> argparse.ArgumentParser:
        added = group.add(name, run, summary)
        add_url(added)
        return added

    command("init", _init, "Make the catalog; a catalog that is there stays as it is.")
    command("upgrade", _upgrade, "Bring the catalog's schema up to date (SQLite: after a copy of the file).")
    command("status", _status, "Say where the catalog is and how it is (exit code 1: something is to be done).")
    backup = command("backup", _backup, "Copy the catalog while it is in use (PostgreSQL: with pg_dump).")
    backup.add_argument(
        "--to",
        metavar="FILE",
        type=Path,
        help="the copy (default: catalog- and the time, in the current folder)",
    )
    backup.add_argument("--force", action="store_true", help="replace a FILE that is there")


def _init(options: argparse.Namespace) -> int:
    from flinklab.catalog import lifecycle
    from flinklab.catalog.urls import default_url, masked, parse_url

    url, password = asked(options)
    shown = masked(parse_url(url or default_url()))
    if lifecycle.init(url or default_url(), password=password):
        print(f"made {shown}")
    else:
        say(f"{shown} is there already")
    return OK


def _upgrade(options: argparse.Namespace) -> int:
    from flinklab.catalog import lifecycle

    with connected(options) as database:
        done = lifecycle.upgrade(database)
        if done.before == done.after:
            say(f"{database.shown_url} has schema {done.after} already")
        else:
            print(f"{database.shown_url}: schema {done.before} to {done.after}")
        if done.copy is not None:
            print(f"as it was before: {done.copy}")
    return OK


def _status(options: argparse.Namespace) -> int:
    from flinklab.catalog.status import status

    with connected(options) as database:
        seen = status(database)
    print(f"catalog   {seen.url}\nperson    {seen.person}")
    print(f"schema    {seen.revision or 'none'}" + (f" (newest: {seen.newest})" if seen.to_do else ""))
    if seen.revision is not None:
        print("teams     " + (f"not kept apart: {seen.not_isolated}" if seen.not_isolated else "kept apart"))
    if seen.rows:
        print("rows      " + ", ".join(f"{table} {count:,}" for table, count in seen.rows.items() if count))
    if seen.to_do is not None:
        print(f"to do     {seen.to_do}")
        return FAILED
    return OK


def _backup(options: argparse.Namespace) -> int:
    from flinklab.catalog.backup import backup, backup_name

    with connected(options) as database:
        to = options.to or Path(backup_name(database))
        print(backup(database, to, force=options.force))
    return OK
