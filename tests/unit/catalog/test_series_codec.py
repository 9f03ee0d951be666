"""Blocks of series in bytes: what comes back is what was put in, as exactly as is promised."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.series_codec import Block, pack, unpack
from flinklab.domain.errors import CatalogError
from flinklab.domain.series import SeriesKey

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.one_of(
    st.floats(min_value=1e-37, max_value=3e38),
    st.floats(min_value=-3e38, max_value=-1e-37),
    st.integers(-(2**24), 2**24).map(float),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    times = sorted(draw(st.sets(st.integers(0, 2**45), max_size=8)))
    keys = tuple(sorted(draw(st.sets(st.builds(SeriesKey, texts, texts), max_size=5))))
    size = len(keys) * len(times)

    def layer() -> np.ndarray:
        drawn = draw(st.lists(numbers, min_size=size, max_size=size))
        return np.array(drawn, np.float32).reshape(len(keys), len(times))

    layers = [layer() for _ in range(draw(st.sampled_from([1, 3])))]
    return Block(np.array(times, np.int64), keys, *layers)


@given(blocks())
def test_what_was_packed_comes_back(block: Block) -> None:
    found = unpack(pack(block))
    assert found.times.tolist() == block.times.tolist() and found.keys == block.keys
    for ours, theirs in ((found.values, block.values), (found.lows, block.lows), (found.highs, block.highs)):
        assert (ours is None) == (theirs is None)
        if ours is None or theirs is None:
            continue
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=0)
        is_whole = (np.abs(theirs) <= 2**24) & (theirs == np.rint(theirs))
        assert np.array_equal(ours[is_whole], theirs[is_whole])


@given(blocks())
def test_what_was_packed_twice_is_as_it_was_after_the_first_time(block: Block) -> None:
    once = pack(unpack(pack(block)))
    assert once == pack(unpack(once))


def test_a_usual_hour_takes_few_bytes() -> None:
    chance = np.random.default_rng(7)
    keys = tuple(sorted(SeriesKey(f"{v:032x}", f"name_{n}") for v in range(6) for n in range(8)))
    values = chance.lognormal(7, 2, (48, 60)).astype(np.float32)
    assert len(pack(Block(np.arange(60) * 60_000, keys, values))) < 2.6 * 48 * 60
    assert len(pack(Block(np.arange(60) * 60_000, keys, np.ones_like(values)))) < 300


def test_what_a_newer_flinklab_wrote_is_said_to_be_so() -> None:
    data = pack(Block(np.array([1]), (), np.empty((0, 1), np.float32)))
    with pytest.raises(CatalogError, match=r"does not know \(02\)") as caught:
        unpack(b"\x02" + data[1:])
    assert "pip install --upgrade" in str(caught.value.hint)
    with pytest.raises(CatalogError, match="does not know"):
        unpack(b"")


@given(st.binary(max_size=40), blocks(), st.integers(0, 200))
def test_what_is_damaged_is_an_error_in_words(some: bytes, block: Block, place: int) -> None:
    body = zlib.decompress(pack(block)[1:])
    for broken in (
        some,
        zlib.compress(some),
        pack(block)[1 : -1 - place % 8],
        zlib.compress(body[: place % len(body)]),
    ):
        with pytest.raises(CatalogError, match="damaged"):
            unpack(b"\x01" + broken)
