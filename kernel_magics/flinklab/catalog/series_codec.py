"""Many series on one axis of time in few bytes.

A block is a byte that says how it is written (`_VERSION`) and, compressed by zlib:

- three numbers of 4 bytes: times, bytes of the keys, and 1 or 3 values for each time and key
- the keys: JSON, `[[part, [name, ...]], ...]`
- the times in ms: the first one, then the differences, 8 bytes each
- the values as float32: the means (or samples), then the lows, then the highs; by key, then by time

Of differences and of values first all first bytes are written, then all second ones, and so on: neighbours are
alike in those that weigh most, and zlib finds that. A value that is no whole number up to 2**24 is rounded to 14
significant bits, which leaves zeros in its last byte. All is little-endian.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from flinklab.domain.errors import CatalogError
from flinklab.domain.series import SeriesKey
from flinklab.domain.typed import decode

_VERSION = 1
_HEAD = struct.Struct("<III")
_LEVEL = 6
_EXACT = 2.0**24  # whole numbers up to here are float32 values
_DROPPED = 10  # bits of float32's mantissa of 23
_FINITE, _HALF, _MASK = 0x7F800000, 1 << (_DROPPED - 1), 0xFFFFFFFF ^ ((1 << _DROPPED) - 1)

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Block:
    """`times` in ms since 1970, rising, shape (n,). `values` of k `keys`, shape (k, n), NaN where there is none;
    where several samples were rolled up, they are means, and `lows` and `highs` of the same shape are there."""

    times: NDArray[np.int64]
    keys: tuple[SeriesKey, ...]
    values: Numbers
    lows: Numbers | None = None
    highs: Numbers | None = None


def pack(block: Block) -> bytes:
    """The relative error of a value is below 1e-4; whole numbers up to 2**24 are exact. What float32 does not
    reach becomes infinite, what is nearer to 0 than 1e-37 may become 0."""
    keys = msgspec.json.encode(
        [(part, [key.name for key in some]) for part, some in groupby(block.keys, key=lambda key: key.part)]
    )
    layers = (
        [block.values] if block.lows is None or block.highs is None else [block.values, block.lows, block.highs]
    )
    steps = np.diff(block.times, prepend=0).astype("<i8")
    body = (
        _HEAD.pack(len(block.times), len(keys), len(layers)),
        keys,
        _shuffled(steps),
        *(_shuffled(_rounded(layer)) for layer in layers),
    )
    return bytes([_VERSION]) + zlib.compress(b"".join(body), _LEVEL)


def unpack(data: bytes) -> Block:
    """Raises `CatalogError` for what is no block, or one that this flinklab cannot read."""
    if not data or data[0] != _VERSION:
        raise CatalogError(
            f"recorded series are written in a way that this flinklab does not know ({data[:1].hex()})",
            hint='they may be of a newer flinklab: pip install --upgrade "flinklab"',
        )
    try:
        body = zlib.decompress(memoryview(data)[1:])
        count, length, layers = _HEAD.unpack_from(body)
        begin = _HEAD.size + length
        keys = _keys(body[_HEAD.size : begin])
        first, size = begin + 8 * count, 4 * count * len(keys)
        if layers not in (1, 3) or len(body) != first + size * layers:
            raise ValueError(f"{len(body)} bytes")
        times = np.cumsum(_unshuffled(body[begin:first], "<i8"), dtype=np.int64)
        numbers = [
            _unshuffled(body[first + size * layer : first + size * (layer + 1)], "<f4").reshape(len(keys), count)
            for layer in range(layers)
        ]
    except (zlib.error, struct.error, ValueError, msgspec.DecodeError) as error:
        raise CatalogError(f"recorded series are damaged: {error}") from error
    return Block(times, keys, *numbers)


@lru_cache(maxsize=4096)  # those of a job are the same in all its blocks
def _keys(text: bytes) -> tuple[SeriesKey, ...]:
    named = decode(text, list[tuple[str, list[str]]])
    return tuple(SeriesKey(part, name) for part, names in named for name in names)


def _rounded(values: Numbers) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(values, "<f4")
    bits = numbers.view("<u4")
    is_exact = (np.abs(numbers) <= _EXACT) & (numbers == np.rint(numbers))
    is_finite = (bits & _FINITE) != _FINITE
    rounded = (bits + _HALF) & _MASK  # a carry goes on into the exponent, as it shall
    short: NDArray[np.float32] = np.where(is_exact | ~is_finite, bits, rounded).astype("<u4").view("<f4")
    return short


def _shuffled(numbers: NDArray[Any]) -> bytes:
    return numbers.reshape(-1).view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes()


def _unshuffled(data: bytes, of: str) -> NDArray[Any]:
    size = np.dtype(of).itemsize
    planes = np.frombuffer(data, np.uint8).reshape(size, len(data) // size)
    return np.ascontiguousarray(planes.T).reshape(-1).view(of)
