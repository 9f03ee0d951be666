"""JSON and plain values as what a class declares, by msgspec, in any thread.

msgspec (0.22) notes at a class what it reads of its fields before it has read them all, while other threads go on:
one that meets the class then reads by half a note, and the process ends with a segmentation fault. So a class is
met for the first time by one thread at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_meeting = threading.RLock()
_known: set[Any] = set()


def decode(body: bytes | str, of: type[T]) -> T:
    """What JSON says. Raises `msgspec.DecodeError` for what is no JSON, or not of this type."""
    return _met(of, lambda: msgspec.json.decode(body, type=of))


def convert(value: Any, of: type[T]) -> T:
    """A value of lists, dicts and the like as `of`. Raises `msgspec.ValidationError`."""
    return _met(of, lambda: msgspec.convert(value, of))


def _met(of: Any, read: Callable[[], T]) -> T:
    if of in _known:
        return read()
    with _meeting:
        found = read()
        _known.add(of)
        return found
