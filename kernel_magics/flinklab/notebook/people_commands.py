"""`%flink team|catalog`: who works here, and where what they share is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.people import Change
from flinklab.domain.text import count, one_line
from flinklab.notebook.shown import moment
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Team:
    """The teams of the person, or who is in one."""

    name: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        people = catalog.people
        if self.name is not None:
            rows = [(each.person, each.role.name.lower()) for each in people.members(self.name)]
            show_table(("person", "role"), rows)
            return
        roles = people.roles()
        known = [
            (
                "●" if team.name == catalog.team else "",
                team.name,
                roles[team.name].name.lower() if team.name in roles else "",
                str(catalog.teams.index(team.name) + 1) if team.name in catalog.teams else "",
                team.description,
            )
            for team in people.teams()
        ]
        show_table(("", "team", "your role", "search path", "description"), known)


@dataclass(frozen=True, slots=True)
class Where:
    """Where the catalog is, and who one is in it."""

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        people = catalog.people
        role = people.role(catalog.team)
        number = sum(catalog.definitions.counts().values())
        lines = [
            ("catalog", catalog.database.shown_url),
            ("person", catalog.person + (f", {role.name.lower()} of {catalog.team}" if role is not None else "")),
            ("teams", f"new things go to {catalog.team}; names are looked up in {', '.join(catalog.teams)}"),
            ("environment", catalog.environment),
            ("holds", count(number, "definition")),
            ("isolation", "the database keeps teams apart" if people.isolates else _OPEN),
        ]
        print("\n".join(f"{name:<12} {text}" for name, text in lines))


_OPEN = "none: SQLite is one person's, whoever can read the file reads all of it"


@dataclass(frozen=True, slots=True)
class Tree:
    """The catalog and the session's own catalogs, to click through."""

    def run(self, bench: Workbench) -> None:
        from flinklab.notebook.tree import show_tree

        show_tree(bench)


def show_changes(changes: Sequence[Change]) -> None:
    """Lines of the audit, the newest first."""
    if not changes:
        print("no change is recorded")
        return
    rows = [
        (moment(each.at), each.person, each.action, each.table, each.key, _difference(each)) for each in changes
    ]
    show_table(("at", "person", "action", "what", "name", "difference"), rows)


def _difference(change: Change) -> str:
    before, after = change.before or {}, change.after or {}
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return ", ".join(f"{key}: {one_line(str(after.get(key, before.get(key))), 40)}" for key in keys[:6])


PEOPLE_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "team": Subcommand("[NAME]", 1, "your teams, or who is in one", lambda _p, w: Team(w[0] if w else None)),
    "catalog": Subcommand("", 0, "where the shared catalog is, who you are in it", lambda _p, _w: Where()),
    "tree": Subcommand("", 0, "browse what is shared and what the session has", lambda _p, _w: Tree()),
}
