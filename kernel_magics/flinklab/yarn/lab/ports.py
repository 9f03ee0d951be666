"""Free ports for a lab, the same as the last time where they are still free."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from flinklab.local.config import LOOPBACK


def choose_ports(names: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """A port for each name; `before`: those of the last time, which registered addresses still name."""
    with ExitStack() as stack:
        chosen: dict[str, int] = {}
        for name in names:
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java: one in TIME_WAIT is free
            try:
                taken.bind((LOOPBACK, before.get(name, 0)))
            except OSError:
                taken.bind((LOOPBACK, 0))
            chosen[name] = taken.getsockname()[1]
        return chosen
