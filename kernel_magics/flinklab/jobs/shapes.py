"""Whether the state of one plan can be taken over by another, said of their shapes.

A shape is `<what is computed>~<Flink>~<time to live>`: a hash of what the plan computes, the minor version of the
Flink that made the state (of a plan that was not carried out: that compiled it), and a hash of which of its state
expires. Shapes that were recorded without the last two are known by the first alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flinklab.domain.flink_versions import differences, is_older, line_of

DIGITS = 40
"""Hexadecimal ones of a hash in a shape: a shape is at most 64 characters."""

_BETWEEN = "~"  # it stands in the job's own parameters as it is


@dataclass(frozen=True, slots=True)
class _Shape:
    computes: str
    flink: str = ""
    expires: str = ""

    def __str__(self) -> str:
        return _BETWEEN.join((self.computes[:DIGITS], self.flink, self.expires))


def written(computes: str, flink_version: str, expires: str) -> str:
    return str(_Shape(computes, line_of(flink_version), expires))


def carried_out_by(shape: str, flink_version: str) -> str:
    """The shape of the state that a plan makes there, whatever Flink compiled it."""
    return str(replace(_read(shape), flink=line_of(flink_version)))


def of_the_newer(state: str, plan: str) -> str:
    """The shape of `plan` where it is carried out by the newer one of the Flinks that the two are of."""
    made, compiled = _read(state).flink, _read(plan).flink
    return carried_out_by(plan, made) if is_older(compiled, made) else plan


def misfit(state: str | None, plan: str) -> str:
    """Why it is not known that state of one shape fits a plan of another, as `it ...`; empty when it is known.

    `state` is None, or empty, where it is not known what made it. Measured on 1.20.3 and 2.3.0: state goes on in
    the same operators of a newer Flink, and an older one does not read it.
    """
    if not state:
        return "was made by a plan that is not known"
    old, new = _read(state), _read(plan)
    if not plan or old.computes[:DIGITS] != new.computes[:DIGITS]:
        is_same_flink = not old.flink or not new.flink or old.flink == new.flink
        return "was made by another query" if is_same_flink else f"was made by another plan, of Flink {old.flink}"
    if is_older(new.flink, old.flink):
        return f"was made by Flink {old.flink}, and Flink {new.flink} is older"
    if new.flink and old.expires != new.expires and not differences(new.flink).migrates_to_ttl:
        return f"was made with another time to live: Flink {new.flink} does not switch it on or off for state"
    return ""


def _read(shape: str) -> _Shape:
    return _Shape(*shape.split(_BETWEEN, 2))
