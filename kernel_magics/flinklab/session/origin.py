"""Marks on a Flink job that say which notebook it came from, so that a forgotten one can be found.

They travel as `pipeline.global-job-parameters` and come back in the job's configuration. Flink splits that
option at commas and colons, so values are percent-encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

PARAMETERS = "pipeline.global-job-parameters"
_PREFIX = "flinklab."


@dataclass(frozen=True, slots=True)
class Origin:
    """Who runs statements, and from where. `kernel` tells two kernels of one person apart."""

    user: str
    host: str
    notebook: str
    kernel: str

    def mark(self, config: Mapping[str, str], kind: str) -> dict[str, str]:
        """`config` with the marks added to whatever job parameters it already has."""
        values = {
            "user": self.user,
            "host": self.host,
            "notebook": self.notebook,
            "kernel": self.kernel,
            "kind": kind,
        }
        marks = ",".join(f"{_PREFIX}{key}:{quote(value, safe='')}" for key, value in values.items() if value)
        own = config.get(PARAMETERS)
        return {**config, PARAMETERS: f"{own},{marks}" if own else marks}


def read_marks(parameters: Mapping[str, str]) -> dict[str, str] | None:
    """The marks of a job, or None for a job that was not started from a notebook."""
    marks = {key[len(_PREFIX) :]: unquote(value) for key, value in parameters.items() if key.startswith(_PREFIX)}
    return marks if "user" in marks and "kind" in marks else None
