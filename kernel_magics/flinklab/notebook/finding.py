"""From what a person types to what is in the catalog: `name` along the search path, or `team.name`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.domain.records import NamedSession, Snippet
from flinklab.domain.variables import Variable

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

T = TypeVar("T")


def names_meant(catalog: Catalog, text: str) -> Iterator[Name]:
    """What `text` may mean, the likeliest first: a name may hold dots itself."""
    for team in catalog.teams:
        yield Name(team, text)
    for at, character in enumerate(text):
        if character == "." and text[:at] and text[at + 1 :]:
            yield Name(text[:at], text[at + 1 :])


def find(catalog: Catalog, text: str, get: Callable[[Name], T]) -> T:
    """The first that `get` finds. Raises the `NotFoundError` that knows best what may have been meant."""
    errors: list[NotFoundError] = []
    for name in names_meant(catalog, text):
        try:
            return get(name)
        except NotFoundError as error:
            errors.append(error)
    raise next((error for error in errors if error.hint), errors[0])


def definition(catalog: Catalog, text: str) -> Definition:
    found = catalog.definitions.find(list(names_meant(catalog, text)))
    for name in names_meant(catalog, text):
        if name in found:
            return found[name]
    return find(catalog, text, catalog.definitions.get)


def newest_version(catalog: Catalog, text: str) -> Definition:
    """Also of what was dropped."""
    return find(catalog, text, lambda name: catalog.definitions.versions(name)[0])


def variable(catalog: Catalog, text: str) -> Variable:
    return find(catalog, text, lambda name: catalog.variables.get(*name))


def snippet(catalog: Catalog, text: str) -> Snippet:
    return find(catalog, text, lambda name: catalog.snippets.get(*name))


def saved_session(catalog: Catalog, text: str) -> NamedSession:
    return find(catalog, text, lambda name: catalog.sessions.get(*name))


def place_for(catalog: Catalog, text: str) -> Name:
    """Where something new goes: to `team.name` when there is a team of that name, else to the person's own."""
    team, dot, name = text.partition(".")
    if dot and name and team in (each.name for each in catalog.people.teams()):
        return Name(team, name)
    return Name(catalog.team, text)


def put(get: Callable[[], T], save: Callable[[T | None], T]) -> T:
    """Save as a new one, or over the one that is there now, whoever made it; once more when somebody was faster."""
    for last in (False, True):
        try:
            before: T | None = get()
        except NotFoundError:
            before = None
        try:
            return save(before)
        except ConflictError:
            if last:
                raise
    raise AssertionError("the last try returns or raises")
