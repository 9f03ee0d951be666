"""From what a person types to a name in the catalog."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.definitions import Name
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.notebook import finding

_parts = st.text("ab.", min_size=1, max_size=6)


def catalog(*teams: str) -> Any:
    return cast(Any, SimpleNamespace(teams=teams, team=teams[0], people=SimpleNamespace(teams=list)))


@given(_parts, _parts)
def test_a_full_name_is_among_what_may_be_meant(team: str, name: str) -> None:
    assert Name(team, name) in finding.names_meant(catalog("mine"), f"{team}.{name}")


@given(_parts)
def test_the_search_path_comes_first_and_no_part_is_empty(text: str) -> None:
    meant = list(finding.names_meant(catalog("one", "two"), text))
    assert meant[:2] == [Name("one", text), Name("two", text)]
    assert all(name.team and name.name for name in meant)


def test_of_several_the_first_on_the_path_is_taken() -> None:
    there = {Name("two", "x"): 2, Name("three", "x"): 3}

    def get(name: Name) -> int:
        if name in there:
            return there[name]
        raise NotFoundError(f"no {name}")

    assert finding.find(catalog("one", "two", "three"), "x", get) == 2


def test_the_error_is_the_one_that_knows_what_was_meant() -> None:
    def get(name: Name) -> int:
        raise NotFoundError(f"no {name}", hint="did you mean y?" if name.team == "two" else None)

    with pytest.raises(NotFoundError, match=r"no two\.x"):
        finding.find(catalog("one", "two"), "x", get)


def test_putting_goes_over_what_somebody_else_made_a_moment_before() -> None:
    versions = [1]
    seen: list[int | None] = []

    def save(before: int | None) -> int:
        seen.append(before)
        if len(seen) == 1:
            versions.append(2)
            raise ConflictError("moved on")
        return 3

    assert finding.put(lambda: versions[-1], save) == 3
    assert seen == [1, 2]


def test_putting_gives_up_when_it_is_outrun_twice() -> None:
    def save(before: int | None) -> int:
        raise ConflictError("moved on")

    with pytest.raises(ConflictError):
        finding.put(lambda: 1, save)
