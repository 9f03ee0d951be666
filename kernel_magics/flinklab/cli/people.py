"""`flinklab team|user|grant`: who is in the shared catalog, and what they may do."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wcwidth import wcswidth

from flinklab.cli.commands import OK, Commands, say
from flinklab.cli.database import add_url, opened
from flinklab.domain.errors import UsageError
from flinklab.domain.people import Role
from flinklab.domain.text import one_line, suggest

if TYPE_CHECKING:
    from flinklab.catalog.people import People

_ROLES = tuple(role.name.lower() for role in Role)


def add_commands(commands: Commands) -> None:
    team = commands.group("team", "Make, list and drop teams of the shared catalog.")
    create = team.add("create", _create, "Make a team; who makes it is its admin.")
    create.add_argument("team", metavar="TEAM")
    create.add_argument("--description", default="", metavar="TEXT")
    team_list = team.add("list", _teams, "List the teams that you are in, and your role in each.")
    drop = team.add("drop", _drop, "Drop a team with nothing in it; its history goes, its audit stays.")
    drop.add_argument("team", metavar="TEAM")
    members = team.add("members", _members, "List who is in a team, and their roles.")
    members.add_argument("team", metavar="TEAM")

    user = commands.group("user", "Let people into the shared catalog, and out of it.")
    add = user.add("add", _add, "Let a person in; on PostgreSQL a login is made for who has none.")
    add.add_argument("person", metavar="PERSON")
    add.add_argument(
        "--password",
        metavar="REFERENCE",
        help="of a new login: where its password is, env:NAME, file:PATH or keyring:SERVICE/NAME",
    )
    user_list = user.add("list", _people, "List the people in the catalog.")
    remove = user.add("remove", _remove, "Take a person out of all teams; a login stays, and sees nothing here.")
    remove.add_argument("person", metavar="PERSON")

    grant = commands.add("grant", _grant, "Give a person a role in a team (viewer, developer, admin), or none.")
    grant.usage = "flinklab grant [-h] [--url URL] (TEAM PERSON ROLE | --revoke TEAM PERSON)"
    grant.add_argument("team", metavar="TEAM")
    grant.add_argument("person", metavar="PERSON")
    grant.add_argument(
        "role",
        metavar="ROLE",
        nargs="?",
        help="viewer (sees the team's things), developer (changes them, sees where secrets are),"
        " admin (says who is in the team)",
    )
    grant.add_argument("--revoke", action="store_true", help="take the person out of the team")
    for parser in (create, team_list, drop, members, add, user_list, remove, grant):
        add_url(parser)


def _create(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        people.create_team(options.team, options.description)
        _note(people)
    print(f"made team {options.team}; you are its admin")
    return OK


def _teams(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        roles = people.roles()
        rows = [
            (team.name, roles[team.name].name.lower() if team.name in roles else "-", team.description)
            for team in people.teams()
        ]
        if not rows:
            say("you are in no team; make one with: flinklab team create TEAM")
    _print(rows)
    return OK


def _drop(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        people.drop_team(options.team)
    print(f"dropped team {options.team}")
    return OK


def _members(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        _print((member.person, member.role.name.lower()) for member in people.members(options.team))
        _note(people)
    return OK


def _add(options: argparse.Namespace) -> int:
    from flinklab.references import look_up

    password = None if options.password is None else look_up(options.password)
    with _people_of(options) as people:
        made = people.add_person(options.person, password=password)
        _note(people)
    print(f"{options.person} is in the catalog" + (", with a new login" if made else ""))
    if made and password is None:
        say("the login has no password: it gets in only where the server asks for none")
    say(f"next: flinklab grant TEAM {options.person} viewer|developer|admin")
    return OK


def _people(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        _print((person,) for person in people.people())
    return OK


def _remove(options: argparse.Namespace) -> int:
    with _people_of(options) as people:
        people.remove_person(options.person)
    print(f"{options.person} is no more in the catalog")
    return OK


def _grant(options: argparse.Namespace) -> int:
    if options.revoke == (options.role is not None):
        raise UsageError("give a role or --revoke", hint=f"the roles are {', '.join(_ROLES)}")
    role = None if options.revoke else _role(options.role)
    with _people_of(options) as people:
        if role is None:
            people.revoke(options.team, options.person)
            print(f"{options.person} is no more in team {options.team}")
        else:
            people.grant(options.team, options.person, role)
            print(f"{options.person} is {options.role} of team {options.team}")
        _note(people)
    return OK


def _role(word: str) -> Role:
    if word not in _ROLES:
        meant = suggest(word, _ROLES)
        hint = f"did you mean {meant}?" if meant else f"the roles are {', '.join(_ROLES)}"
        raise UsageError(f"there is no role {one_line(word, 40)!r}", hint=hint)
    return Role[word.upper()]


@contextmanager
def _people_of(options: argparse.Namespace) -> Iterator[People]:
    from flinklab.catalog.people import People

    with opened(options) as database:
        yield People(database)


def _note(people: People) -> None:
    if not people.isolates:
        say("this catalog is an SQLite file: teams and roles are kept in it, and nobody is held to them")


def _print(rows: Iterable[tuple[str, ...]]) -> None:
    """The rows in columns, as wide as they need on a terminal."""
    table = list(rows)
    widths = [max(map(wcswidth, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell + " " * (width - wcswidth(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
