"""Who may look at which UI, a cluster's or a YARN's: what stands in for the login of a page that must not have it.

The pages of a JobManager or a ResourceManager are somebody else's program. In Jupyter's origin they could do all
that the person can, kernels included; so a browser gets them in a sandbox, with an origin of their own
(`handlers.ui_granted`), and from there it sends no cookie. A random word in their address says instead who looks,
and opens nothing but that one place, for reading.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_LIFE = 12 * 3600.0  # s
_MOST = 500


@dataclass(frozen=True, slots=True)
class Grant:
    """`user`: Jupyter's, as the person was logged in; `person`: whose catalog knows the cluster or YARN `name`."""

    user: Any
    person: str
    team: str
    name: str


class Grants:
    """In memory alone: they end with the server and after half a day; of too many the oldest goes. For the loop's
    own thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Grant]] = {}

    def give(self, grant: Grant) -> str:
        """The word for it, safe in a path."""
        while len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        word = secrets.token_urlsafe(24)
        self._kept[word] = (self._clock() + _LIFE, grant)
        return word

    def find(self, word: str, team: str, name: str) -> Grant | None:
        """What was given, if it is for this one and still holds."""
        until, grant = self._kept.get(word, (0.0, None))
        if grant is None or (grant.team, grant.name) != (team, name):
            return None
        if self._clock() >= until:
            del self._kept[word]
            return None
        return grant
