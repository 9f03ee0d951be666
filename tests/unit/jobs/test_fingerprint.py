"""What makes two versions one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.jobs import Cell, JobScript, JobVersion, Pinned
from flinklab.jobs.fingerprint import fingerprint

TEXTS = st.text(max_size=5)
SCRIPTS = st.builds(
    JobScript,
    statement=TEXTS,
    setup=st.lists(TEXTS, max_size=2).map(tuple),
    config=st.dictionaries(TEXTS, TEXTS, max_size=3),
    teams=st.lists(TEXTS, max_size=2).map(tuple),
)
VERSIONS = st.builds(
    JobVersion,
    team=st.just("my"),
    name=st.just("j"),
    number=st.integers(0, 5),
    script=SCRIPTS,
    definitions=st.lists(st.builds(Pinned, TEXTS, TEXTS, st.integers(1, 5)), max_size=3, unique=True).map(tuple),
    variables=st.lists(TEXTS, max_size=3, unique=True).map(tuple),
)
SCRIPT = JobScript("INSERT INTO s SELECT 1", ("USE dw",), {"a": "x", "b": "y"}, ("my",))
VERSION = JobVersion("my", "j", 1, SCRIPT, (Pinned("my", "s", 1), Pinned("my", "o", 2)), ("x", "y"))


@given(VERSIONS, VERSIONS)
def test_versions_have_one_fingerprint_only_when_they_run_the_same(a: JobVersion, b: JobVersion) -> None:
    same = (a.script, set(a.definitions), set(a.variables)) == (b.script, set(b.definitions), set(b.variables))
    assert (fingerprint(a) == fingerprint(b)) is same


@given(VERSIONS, st.randoms())
def test_the_order_in_which_things_were_found_does_not_count(version: JobVersion, chance: random.Random) -> None:
    def mixed(values: Any) -> Any:
        return chance.sample(list(values), len(values))

    script = replace(version.script, config=dict(mixed(version.script.config.items())))
    other = replace(
        version,
        script=script,
        definitions=tuple(mixed(version.definitions)),
        variables=tuple(mixed(version.variables)),
    )
    assert fingerprint(other) == fingerprint(version)


@pytest.mark.parametrize(
    "more",
    [
        {"number": 9},
        {"note": "why"},
        {"origin": Cell("a.ipynb", "c", "abc")},
        {"made_by": "ann"},
        {"made_at": datetime(2026, 1, 1, tzinfo=timezone.utc)},
        {"flink_version": "2.3.0"},
        {"fingerprint": "x"},
    ],
)
def test_where_it_came_from_does_not_count(more: dict[str, Any]) -> None:
    assert fingerprint(replace(VERSION, **more)) == fingerprint(VERSION)


@pytest.mark.parametrize(
    "other",
    [
        replace(VERSION, script=replace(SCRIPT, statement="INSERT INTO s SELECT 2")),
        replace(VERSION, script=replace(SCRIPT, setup=())),
        replace(VERSION, script=replace(SCRIPT, config={"a": "x"})),
        replace(VERSION, script=replace(SCRIPT, teams=("base",))),
        replace(VERSION, definitions=(Pinned("my", "s", 1), Pinned("my", "o", 3))),
        replace(VERSION, variables=("x",)),
    ],
)
def test_what_it_runs_counts(other: JobVersion) -> None:
    assert fingerprint(other) != fingerprint(VERSION)
