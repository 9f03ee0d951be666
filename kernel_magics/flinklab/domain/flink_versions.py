"""Versions of Flink, and what differs between them for those who use it: here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flinklab.domain.errors import UsageError

# Vendors put something of their own behind it: 1.20.1-amzn-0, 1.17-vvr-8.0.9, 2.4-SNAPSHOT.
_VERSION = re.compile(r"(?P<major>\d{1,4})\.(?P<minor>\d{1,4})(?:\.(?P<patch>\d{1,4}))?(?P<vendor>[-+_.][\w.+-]*)?")


@dataclass(frozen=True, slots=True, order=True)
class FlinkVersion:
    """`patch` is -1 where none was said: before all that have one."""

    major: int
    minor: int
    patch: int = -1
    vendor: str = field(default="", compare=False)

    @property
    def line(self) -> str:
        """The minor version, `1.20`: a gateway and the clusters that it serves must be of one."""
        return f"{self.major}.{self.minor}"

    def __str__(self) -> str:
        return self.line + (f".{self.patch}" if self.patch >= 0 else "") + self.vendor


def parse_version(text: str) -> FlinkVersion:
    """`2.3`, `1.20.3`, `1.20.1-amzn-0`. Raises `UsageError`."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no version of Flink", hint="write it as 2.3 or 1.20.3")
    patch = found["patch"]
    return FlinkVersion(
        int(found["major"]), int(found["minor"]), -1 if patch is None else int(patch), found["vendor"] or ""
    )


def line_of(text: str) -> str:
    """The minor version of what a server, or a record, says its version is; empty where that is none."""
    try:
        return parse_version(text).line
    except UsageError:
        return ""


def is_meant(version: str, wanted: str) -> bool:
    """Whether a Flink of `version` is one that was asked for by `wanted`: by its minor version, or by all of it.

    Raises `UsageError` when `wanted` is no version.
    """
    asked = parse_version(wanted)
    return line_of(version) == asked.line and asked.patch in (-1, parse_version(version).patch)


def is_older(one: str, other: str) -> bool:
    """By their minor versions; False where one of the two is not known.

    An older Flink reads neither the compiled plans (`Unknown Flink version '2.3'`) nor the state (`Unrecognized
    checkpoint version number`) of a newer one.
    """
    if not line_of(one) or not line_of(other):
        return False
    first, second = parse_version(one), parse_version(other)
    return (first.major, first.minor) < (second.major, second.minor)


def fit(gateway: str, cluster: str) -> bool:
    """Whether a gateway of one version can submit to a cluster of the other.

    Between two minor versions it fails, in ways that do not tell why: 2.3 to 1.20 is refused (`The jobGraphFileName
    field must not be omitted`), a SELECT from 1.20 to 2.3 can wait for ever, and an INSERT restarts for ever. True
    when one of the two is not known: then there is nothing to hold against it.
    """
    lines = {line_of(gateway), line_of(cluster)}
    return "" in lines or len(lines) == 1


@dataclass(frozen=True, slots=True)
class Differences:
    """What a version does in a way of its own.

    `application_command`: the arguments of `flink` that begin a job in a YARN application of its own.
    `deploys_scripts`: the gateway has `/sessions/:id/scripts`, which does that for SQL.
    `migrates_to_ttl`: state goes on when the time to live of state (`table.exec.state.ttl`) is switched on or off;
    before 2.2 a restore fails then (`StateMigrationException`), while another time, once it is on, does not matter.
    """

    application_command: tuple[str, ...]
    deploys_scripts: bool
    migrates_to_ttl: bool


_RUN = ("run", "-t", "yarn-application")
_RUN_APPLICATION = ("run-application", "-t", "yarn-application")
_SINCE = (
    (FlinkVersion(2, 2), Differences(_RUN, deploys_scripts=True, migrates_to_ttl=True)),
    (FlinkVersion(2, 0), Differences(_RUN, deploys_scripts=True, migrates_to_ttl=False)),
    (FlinkVersion(0, 0), Differences(_RUN_APPLICATION, deploys_scripts=False, migrates_to_ttl=False)),
)


def differences(version: str) -> Differences:
    """Of the newest version that flinklab knows and that is not newer than this one. Raises `UsageError`."""
    wanted = parse_version(version)
    return next(known for since, known in _SINCE if since <= wanted)
