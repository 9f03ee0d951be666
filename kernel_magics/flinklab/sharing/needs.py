"""What definitions are made of, as uses: whom a change concerns is told by these."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.definitions import Definition, Use
from flinklab.ports import Definitions
from flinklab.sharing.wanted import Wanted, wanted
from flinklab.sql.split import split


def needs(of: Sequence[Definition], teams: Sequence[str], definitions: Definitions, person: str) -> list[Use]:
    """The definitions that those name, their own team's first, then along `teams`. One question for all."""
    names = {each.name: _names(each, teams) for each in of}
    asked = dict.fromkeys(name for found in names.values() for one in found for name in one.names)
    known = definitions.find(list(asked)) if asked else {}
    return [
        Use("definition", str(user), "definition", meant.name.team, meant.name.name, each.how, seen_by=person)
        for user, found in names.items()
        for each in found
        if (meant := each.means(known)) is not None and meant.name != user
    ]


def _names(definition: Definition, teams: Sequence[str]) -> list[Wanted]:
    name = definition.name
    along = (name.team, *(team for team in teams if team != name.team))
    return [each.but(name) for statement in split(definition.ddl)[-1:] for each in wanted(statement.text, along)]
