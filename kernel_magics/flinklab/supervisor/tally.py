"""What a supervisor has done for one cluster, counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Since the process began. `round_seconds` and `burst_seconds` are sums; `answers_at`: when the cluster
    answered the sampler last, in seconds since 1970, 0 for never.

    Written by one thread each but for `requests`, of which one may be lost when two count at the same moment.
    """

    rounds: int = 0
    round_seconds: float = 0.0
    round_errors: int = 0
    bursts: int = 0
    burst_seconds: float = 0.0
    burst_errors: int = 0
    samples: int = 0
    requests: int = 0
    answers_at: float = 0.0

    def count_request(self) -> None:
        self.requests += 1
