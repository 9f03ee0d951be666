from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import CatalogError, CatalogUnavailableError, NotFoundError, SchemaVersionError
from flinklab.sharing.reach import NEXT_TRY, Reach, ReachedDefinitions, ReachedUses, ReachedVariables

NAME = Name("my", "t")
TABLE = Definition(NAME, DefinitionKind.TABLE, "CREATE TABLE t (a INT)")


class Stores:
    """Notes what it is asked; `failure` is what each question meets with."""

    def __init__(self) -> None:
        self.failure: CatalogError | None = None
        self.asked: list[tuple[Any, ...]] = []
        self.opened = 0
        self.now = 100.0
        self.definitions = self.usage = self.variables = SimpleNamespace(
            **{
                name: self._answer(name)
                for name in ("find", "get", "save", "drop", "record", "replace", "users_of")
            },
            resolve=self._answer("resolve"),
        )

    def _answer(self, name: str) -> Any:
        def answer(*given: Any, **options: Any) -> str:
            self.asked.append((name, *given, *options.values()))
            if self.failure is not None:
                raise self.failure
            return name

        return answer

    def open(self) -> Any:
        self.opened += 1
        if self.failure is not None:
            raise self.failure
        return self

    def reach(self) -> Reach:
        return Reach(self.open, clock=lambda: self.now)


def test_it_is_opened_when_it_is_first_needed_and_once() -> None:
    stores = Stores()
    reach = stores.reach()
    assert stores.opened == 0
    definitions = ReachedDefinitions(reach)
    assert definitions.find([NAME]) == "find"
    assert definitions.get(NAME) == "get"
    assert definitions.save(TABLE, expected=3) == "save"
    assert definitions.drop(NAME, expected=3, note="n") == "drop"
    uses = ReachedUses(reach)
    uses.record([])
    uses.replace("notebook", "a", [])
    assert uses.users_of(NAME, target_kind="variable") == "users_of"
    assert ReachedVariables(reach).resolve(("my",), "dev", ["a"]) == "resolve"
    assert stores.opened == 1
    assert stores.asked == [
        ("find", [NAME]),
        ("get", NAME),
        ("save", TABLE, 3),
        ("drop", NAME, 3, "n"),
        ("record", []),
        ("replace", "notebook", "a", []),
        ("users_of", NAME, "variable"),
        ("resolve", ("my",), "dev", ["a"]),
    ]


@pytest.mark.parametrize(
    "failure", [CatalogUnavailableError("it is down"), SchemaVersionError("it is newer", hint="h")]
)
@pytest.mark.parametrize("was_open", [True, False])
def test_a_dead_catalog_is_asked_once_in_a_while(failure: CatalogError, was_open: bool) -> None:
    stores = Stores()
    definitions = ReachedDefinitions(stores.reach())
    if was_open:
        definitions.find([NAME])
    stores.failure = failure
    for begin in (stores.now, stores.now + NEXT_TRY):
        stores.now = begin
        before = stores.opened + len(stores.asked)
        for passed in (0.0, 1.0, NEXT_TRY - 0.1):
            stores.now = begin + passed
            with pytest.raises(CatalogUnavailableError) as error:
                definitions.find([NAME])
            assert (error.value.message, error.value.hint) == (failure.message, failure.hint)
        assert stores.opened + len(stores.asked) == before + 1
    stores.failure = None
    stores.now += NEXT_TRY
    assert definitions.find([NAME]) == "find"
    stores.now += 0.1
    assert definitions.find([NAME]) == "find"


def test_what_the_catalog_says_about_a_question_is_no_reason_to_leave_it_alone() -> None:
    stores = Stores()
    definitions = ReachedDefinitions(stores.reach())
    stores.definitions.get = lambda name: (_ for _ in ()).throw(NotFoundError("no t"))
    with pytest.raises(NotFoundError):
        definitions.get(NAME)
    assert definitions.find([NAME]) == "find"
