"""What Flink says of a job is written down without the job's secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from fakes.situations import JOB, attempt
from fakes.versions import MemoryVariables, MemoryVersions
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.domain.jobs import JobScript, JobVersion, Managed, Pinned, Status
from flinklab.domain.variables import Resolved
from flinklab.jobs.hiding import Hiding

MANAGED = Managed(JOB, Status(JOB.id), attempt(version=1))
VERSION = JobVersion(
    *JOB.key[:2], 1, JobScript("INSERT INTO s SELECT 1", teams=("orders",)), variables=("password", "topic")
)
TOLD = "cannot log in with hunter2 at events"


def hiding(variables: MemoryVariables, version: JobVersion = VERSION) -> Hiding:
    return Hiding(MemoryVersions(version), variables)


def test_the_values_of_secrets_are_masked_and_others_are_not() -> None:
    values = MemoryVariables({"password": "hunter2", "topic": "events"}, secret=["password"])
    hidden = hiding(values)(MANAGED, TOLD)
    assert "hunter2" not in hidden
    assert hidden.startswith("cannot log in with ") and hidden.endswith(" at events")


def test_a_secret_in_the_value_of_another_variable_is_one_too() -> None:
    values = MemoryVariables({"password": "hunter2", "topic": "events?by=${password}"}, secret=["password"])
    assert "hunter2" not in hiding(values)(MANAGED, "no topic events?by=hunter2")


def test_of_a_definition_of_another_team_that_teams_secret_is_hidden() -> None:
    class ByTeam(MemoryVariables):
        def resolve(
            self, search_path: Sequence[str], environment: str, names: Sequence[str]
        ) -> Mapping[str, Resolved]:
            return {name: Resolved(name, f"hunter-{search_path[0]}", True) for name in names}

    version = replace(VERSION, definitions=(Pinned("platform", "users", 3),))
    told = hiding(ByTeam(), version)(MANAGED, "neither hunter-orders nor hunter-platform")
    assert "hunter" not in told


def test_what_cannot_be_told_from_a_secret_is_not_shown() -> None:
    told = hiding(MemoryVariables({"topic": "events"}))(MANAGED, TOLD)
    assert "hunter2" not in told and "${password} has no value" in told
    assert Hiding(MemoryVersions(), MemoryVariables())(MANAGED, TOLD).startswith("it is not shown")


def test_a_catalog_that_does_not_answer_is_no_answer() -> None:
    class Silent(MemoryVariables):
        def resolve(self, *_: object) -> Mapping[str, Resolved]:
            raise CatalogUnavailableError("the database does not answer")

    with pytest.raises(CatalogUnavailableError):
        hiding(Silent())(MANAGED, TOLD)
    assert hiding(Silent())(MANAGED, "") == ""


def test_for_many_texts_the_secrets_are_read_once_and_only_if_there_is_a_text() -> None:
    asked = []

    class Counting(MemoryVariables):
        def resolve(
            self, search_path: Sequence[str], environment: str, names: Sequence[str]
        ) -> Mapping[str, Resolved]:
            asked.append(names)
            return super().resolve(search_path, environment, names)

    hide = hiding(Counting({"password": "hunter2", "topic": "events"}, secret=["password"])).of(MANAGED)
    assert hide("") == "" and not asked
    once = hide(TOLD) and len(asked)
    assert "hunter2" not in hide(TOLD) and len(asked) == once
