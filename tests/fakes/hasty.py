"""Whether a gateway that is given little time has answered in it."""

from __future__ import annotations

from flinklab.domain.errors import ConnectionFailedError
from flinklab.flink.gateway import RestGateway


def answers(gateway: RestGateway) -> bool:
    """Then it knows the version that they speak, and asks for it no more."""
    try:
        gateway.info()
    except ConnectionFailedError:
        return False
    return True
