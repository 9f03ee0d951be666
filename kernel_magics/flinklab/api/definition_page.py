"""All about one definition of the shared catalog, and the SQL to use it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flinklab.domain.definitions import Definition, DefinitionKind, Name, Use
from flinklab.sql.identifiers import quote
from flinklab.sql.sensitive import without_secrets

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_READABLE = (DefinitionKind.TABLE, DefinitionKind.VIEW)


@dataclass(frozen=True, slots=True)
class DefinitionPage:
    """`definition`: as it is now, values of secret options masked in its text. `versions`: the newest first.

    `insert`: its name as SQL has it; `select`: a SELECT of its columns, empty for what cannot be read from.
    """

    definition: Definition
    versions: tuple[Definition, ...]
    uses: tuple[Use, ...]
    insert: str
    select: str


def definition_page(catalog: Catalog, name: str, team: str | None = None) -> DefinitionPage:
    """Of a team, or of the first team of the search path that has it. Raises `NotFoundError`, `CatalogError`."""
    found = _find(catalog, name, team)
    hidden = replace(found, ddl=without_secrets(found.ddl))
    return DefinitionPage(
        hidden,
        tuple(catalog.definitions.versions(found.name)),
        tuple(catalog.usage.users_of(found.name)),
        sql_name(found.name, catalog.teams),
        _select(found, catalog.teams),
    )


def sql_name(name: Name, teams: Sequence[str]) -> str:
    """The name as a statement has it: quoted, with its team where a bare name would mean something else."""
    return quote(name.name) if name.team in teams[:1] else quote(name)


def _find(catalog: Catalog, name: str, team: str | None) -> Definition:
    if team is not None:
        return catalog.definitions.get(Name(team, name))
    meant = [Name(each, name) for each in catalog.teams]
    found = catalog.definitions.find(meant)
    first = next((found[each] for each in meant if each in found), None)
    return first if first is not None else catalog.definitions.get(meant[0])


def _select(definition: Definition, teams: Sequence[str]) -> str:
    if definition.kind not in _READABLE:
        return ""
    columns = ",\n  ".join(quote(each.name) for each in definition.facts.columns) or "*"
    return f"SELECT\n  {columns}\nFROM {sql_name(definition.name, teams)}"
