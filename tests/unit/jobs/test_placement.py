"""Where a job goes: never more than fits, spread, and the same for the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.jobs.placement import Candidate, Growth, choose, emptiest

ETL = Growth("etl", 4096, 1024, 2)

TABLE = [
    ("there is none", 1, [], {}, "", None),
    ("where it fits", 2, [Candidate("a", 1), Candidate("b", 2)], {}, "", "b"),
    ("most room wins", 2, [Candidate("a", 3), Candidate("b", 8)], {}, "", "b"),
    ("then fewest jobs", 2, [Candidate("a", 4, jobs=2), Candidate("b", 4, jobs=1)], {}, "", "b"),
    ("then the name", 2, [Candidate("b", 4), Candidate("a", 4)], {}, "", "a"),
    ("what is promised is not free", 2, [Candidate("a", 4), Candidate("b", 3)], {"a": 2}, "", "b"),
    ("nor where it must leave", 2, [Candidate("a", 4), Candidate("b", 2)], {}, "a", "b"),
    ("it fits nowhere", 5, [Candidate("a", 4), Candidate("b", 4)], {}, "", None),
    ("what is free before what has to come", 1, [Candidate("a", 1), Candidate("b", 0, growth=ETL)], {}, "", "a"),
    ("what can come", 3, [Candidate("a", 2), Candidate("b", 0, growth=ETL)], {}, "", "b"),
    ("beside what is free there", 9, [Candidate("b", 1, growth=ETL)], {}, "", "b"),
    ("no more than the queue has", 9, [Candidate("b", 0, growth=ETL)], {}, "", None),
    (
        "a queue that two sessions share is promised once",
        4,
        [Candidate("a", 0, growth=ETL), Candidate("b", 0, growth=ETL)],
        {"a": 6},
        "",
        None,
    ),
    ("half a TaskManager is a whole one", 1, [Candidate("a", 0, growth=replace(ETL, headroom=1023))], {}, "", None),
    ("its other slot is there", 1, [Candidate("a", 0, growth=replace(ETL, headroom=1024))], {"a": 1}, "", "a"),
    (
        "no more than the queue has of vcores, where they count",
        3,
        [Candidate("a", 0, growth=replace(ETL, vcores=2, vcores_left=3))],
        {},
        "",
        None,
    ),
    (
        "which are promised once, too",
        1,
        [Candidate(name, 0, growth=replace(ETL, vcores=2, vcores_left=3)) for name in "ab"],
        {"a": 2},
        "",
        None,
    ),
    (
        "and of which there are enough",
        3,
        [Candidate("a", 0, growth=replace(ETL, vcores=2, vcores_left=4))],
        {},
        "",
        "a",
    ),
    (
        "a session that must be left still takes of its queue",
        2,
        [Candidate("a", 0, growth=ETL), Candidate("b", 0, growth=ETL)],
        {"a": 8},
        "a",
        None,
    ),
]


@pytest.mark.parametrize(("_what", "needed", "candidates", "reserved", "leaving", "goes"), TABLE)
def test_where_it_goes(
    _what: str, needed: int, candidates: list[Candidate], reserved: dict[str, int], leaving: str, goes: str | None
) -> None:
    assert choose(needed, candidates, reserved, leaving=leaving) == goes


def test_it_stays_where_it_fits_and_goes_where_slots_are_free_before_they_have_to_come_here() -> None:
    free = [Candidate("a", 2), Candidate("b", 8)]
    assert choose(2, free, staying="a") == "a" and choose(3, free, staying="a") == "b"
    growing = [Candidate("a", 0, growth=ETL), Candidate("b", 2), Candidate("c", 0, growth=replace(ETL, queue="c"))]
    assert choose(2, growing, staying="a") == "b" and choose(3, growing, staying="c") == "c"
    assert choose(9, growing, staying="a") is None


def test_who_fits_nowhere_waits_where_least_is_missing() -> None:
    assert emptiest([]) is None
    assert emptiest([Candidate("a", 1), Candidate("b", 3)], {"b": 4}) == "a"
    assert emptiest([Candidate("a", 1, jobs=4), Candidate("b", 1, jobs=3)]) == "b"


QUEUES = {"etl": 6000, "adhoc": 2500}


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True)):
        queue = draw(st.sampled_from([None, *QUEUES]))
        sizes = (draw(st.sampled_from([700, 1024, 3000])), draw(st.integers(1, 4)))
        growth = Growth(queue, QUEUES[queue], *sizes) if queue is not None else None
        found.append(Candidate(name, draw(st.integers(0, 6)), draw(st.integers(0, 3)), growth))
    return found


@given(pools(), st.lists(st.integers(1, 8), max_size=12), st.sampled_from(["", *"abcdef"]))
def test_no_more_is_placed_than_there_is_room_for(pool: list[Candidate], jobs: list[int], leaving: str) -> None:
    reserved: dict[str, int] = {}
    for needed in jobs:
        name = choose(needed, pool, reserved, leaving=leaving)
        alone = [each for each in pool if each.name != leaving and _fits(needed, each, pool, reserved)]
        assert (name is None) == (not alone), "it goes somewhere exactly when it fits somewhere"
        if name is not None:
            assert name in {each.name for each in alone}
            reserved[name] = reserved.get(name, 0) + needed
    assert leaving not in reserved
    for queue, headroom in QUEUES.items():
        assert _taken(queue, pool, reserved) <= headroom
    for each in pool:
        assert each.growth is not None or reserved.get(each.name, 0) <= each.free


@given(pools(), st.integers(1, 8), st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_told_does_not_matter(
    pool: list[Candidate], needed: int, random: object
) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(needed, pool) == choose(needed, shuffled)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 20))
def test_equal_jobs_are_spread_over_equal_clusters(clusters: int, needed: int, jobs: int) -> None:
    pool = [Candidate(f"c{number}", 100) for number in range(clusters)]
    reserved = dict.fromkeys((each.name for each in pool), 0)
    for _ in range(jobs):
        name = choose(needed, pool, reserved)
        assert name is not None
        reserved[name] += needed
    assert max(reserved.values()) - min(reserved.values()) <= needed


def _fits(needed: int, each: Candidate, pool: list[Candidate], reserved: dict[str, int]) -> bool:
    """By what would be taken in all, were it placed there."""
    if reserved.get(each.name, 0) + needed <= each.free:
        return True
    then = {**reserved, each.name: reserved.get(each.name, 0) + needed}
    growth = each.growth
    return growth is not None and _taken(growth.queue, pool, then) <= growth.headroom


def _taken(queue: str, pool: list[Candidate], reserved: dict[str, int]) -> int:
    """MiB of new TaskManagers."""
    total = 0
    for each in pool:
        if each.growth is not None and each.growth.queue == queue:
            missing = max(reserved.get(each.name, 0) - each.free, 0)
            total += -(-missing // each.growth.slots) * each.growth.memory
    return total
