"""Shapes of plans that Flink 1.20.3 and 2.3.0 compiled of the same queries, in `plans_by_version/`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.jobs.plans import shape
from flinklab.jobs.shapes import carried_out_by, misfit, of_the_newer, written

PLANS = Path(__file__).with_name("plans_by_version")
LEGACY = "0123456789abcdef" * 4
"""As shapes were recorded once: a whole SHA-256, and nothing of Flink."""

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
lines = st.sampled_from(["1.18", "1.20", "2.0", "2.1", "2.2", "2.3", "9.9"])
expires = st.text("0123456789abcdef", min_size=8, max_size=8)


def of(flink: str, query: str, **changed: str) -> str:
    document = (PLANS / flink / f"{query}.json").read_text()
    for old, new in changed.items():
        assert f'"{old}"' in document
        document = document.replace(f'"{old}"', f'"{new}"')
    return shape(document)


def expiring(flink: str, query: str, time: str) -> str:
    return of(flink, query, **{"0 ms": time})


@pytest.mark.parametrize("query", ["group", "window", "join"])
def test_state_goes_on_in_a_newer_flink_and_never_in_an_older_one(query: str) -> None:
    old, new = of("1.20", query), of("2.3", query)
    assert old != new
    assert misfit(old, old) == misfit(new, new) == misfit(old, new) == ""
    assert misfit(new, old) == "was made by Flink 2.3, and Flink 1.20 is older"


def test_what_another_flink_computes_in_another_way_is_not_known_to_fit() -> None:
    assert misfit(of("1.20", "over"), of("2.3", "over")) == "was made by another plan, of Flink 1.20"
    assert misfit(of("1.20", "over"), of("1.20", "group")) == "was made by another query"


def test_a_sink_with_state_is_not_known_to_be_the_same_in_another_version() -> None:
    def with_state(flink: str) -> str:
        plan = json.loads((PLANS / flink / "group.json").read_text())
        state = {"index": 0, "ttl": "0 ms", "name": "sinkMaterializeState"}
        plan["nodes"][-1] |= {"requireUpsertMaterialize": True, "state": [state]}
        return shape(json.dumps(plan))

    assert misfit(with_state("1.20"), with_state("1.20")) == misfit(with_state("2.3"), with_state("2.3")) == ""
    assert misfit(with_state("1.20"), with_state("2.3")) != ""


def test_before_2_2_state_does_not_begin_or_cease_to_expire() -> None:
    for query in ("group", "join"):
        never, hour, day = of("1.20", query), expiring("1.20", query, "3600000 ms"), expiring("1.20", query, "1 d")
        assert misfit(hour, day) == misfit(day, hour) == ""
        assert misfit(never, hour) == misfit(hour, never)
        assert "another time to live: Flink 1.20 does not switch it on or off" in misfit(never, hour)
        newer = expiring("2.3", query, "1 h")
        assert misfit(never, newer) == misfit(hour, of("2.3", query)) == misfit(newer, of("2.3", query)) == ""


@given(hashes, hashes, lines, lines, expires, expires)
def test_a_shape_is_kept_in_the_catalog(
    one: str, other: str, flink: str, later: str, lives: str, lives_else: str
) -> None:
    made = written(one, f"{flink}.1", lives)
    assert len(made) <= 64
    assert misfit(made, made) == misfit(made, carried_out_by(made, made.split("~")[1])) == ""
    assert carried_out_by(carried_out_by(made, later), flink) == made
    moved = written(other, later, lives_else)
    assert (misfit(made, moved) == "") <= (one[:40] == other[:40])
    assert not (misfit(made, moved) == "" == misfit(moved, made)) or flink == later


@given(hashes, lines, lines, expires)
def test_a_plan_runs_where_the_newer_flink_is(computes: str, made: str, compiled: str, lives: str) -> None:
    state, plan = written(computes, made, lives), written(computes, compiled, lives)
    assert misfit(state, of_the_newer(state, plan)) == ""


def test_what_was_recorded_without_a_version_is_known_by_what_it_computes() -> None:
    assert misfit(LEGACY, LEGACY) == misfit(LEGACY, written(LEGACY, "2.3.0", "0" * 8)) == ""
    assert misfit(LEGACY, written("f" * 64, "2.3.0", "0" * 8)) == "was made by another query"
    assert misfit(carried_out_by(LEGACY, "2.3.0"), carried_out_by(LEGACY, "1.20.3")) != ""


@pytest.mark.parametrize("state", [None, ""])
def test_what_is_not_known_fits_nothing(state: str | None) -> None:
    assert misfit(state, LEGACY) == "was made by a plan that is not known"
    assert misfit(LEGACY, "") != ""
