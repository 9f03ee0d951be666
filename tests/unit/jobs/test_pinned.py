from __future__ import annotations

import pytest

from fakes.definitions import a_table
from fakes.versions import MemoryDefinitions
from flinklab.domain.definitions import Name
from flinklab.domain.errors import NotFoundError, NotPermittedError
from flinklab.domain.jobs import Pinned
from flinklab.jobs.pinned import PinnedDefinitions

ORDERS, USERS = Name("my", "orders"), Name("my", "users")


@pytest.fixture
def catalog() -> MemoryDefinitions:
    return MemoryDefinitions(a_table("orders"), a_table("orders", columns=("order_id",)), a_table("users"))


def test_a_definition_is_what_it_was_whatever_becomes_of_it(catalog: MemoryDefinitions) -> None:
    pinned = PinnedDefinitions(catalog, [Pinned("my", "orders", 1)])
    before = catalog.version(ORDERS, 1)
    catalog.drop(ORDERS, expected=2)
    assert pinned.find([ORDERS]) == {ORDERS: before}
    assert pinned.get(ORDERS) == pinned.version(ORDERS, 1) == before


def test_what_is_not_pinned_is_not_there(catalog: MemoryDefinitions) -> None:
    pinned = PinnedDefinitions(catalog, [Pinned("my", "orders", 1)])
    assert pinned.find([USERS]) == {}
    with pytest.raises(NotFoundError, match=r"does not use my\.users"):
        pinned.get(USERS)
    with pytest.raises(NotFoundError, match=r"uses version 1 of my\.orders, not 2"):
        pinned.version(ORDERS, 2)


def test_a_version_that_the_catalog_does_not_have_is_said_at_once(catalog: MemoryDefinitions) -> None:
    with pytest.raises(NotFoundError):
        PinnedDefinitions(catalog, [Pinned("my", "orders", 3)])


def test_nothing_can_be_written(catalog: MemoryDefinitions) -> None:
    pinned = PinnedDefinitions(catalog, [Pinned("my", "orders", 1)])
    with pytest.raises(NotPermittedError):
        pinned.save(a_table("orders"), expected=1)
    with pytest.raises(NotPermittedError):
        pinned.drop(ORDERS, expected=1)
    assert catalog.get(ORDERS).version == 2
