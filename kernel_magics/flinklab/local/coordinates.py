"""Maven coordinates, as people write them: `group:artifact:version`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from flinklab.domain.errors import UsageError

# No part may lead out of its folder, or look like an option.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_MOVING = {"RELEASE", "LATEST", "MANAGED"}


@dataclass(frozen=True, slots=True)
class Coordinates:
    group: str
    artifact: str
    version: str

    @classmethod
    def parse(cls, text: str) -> Coordinates:
        """`UsageError` when it is not three parts, or the version is none that stays."""
        parts = text.strip().split(":")
        if len(parts) != 3 or not all(_PART.fullmatch(part) and ".." not in part for part in parts):
            raise UsageError(
                f"not Maven coordinates: {text!r}",
                hint="write group:artifact:version, as in org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
            )
        if parts[2].upper() in _MOVING or parts[2].endswith("-SNAPSHOT"):
            raise UsageError(f"{parts[2]} is a version that moves: {text!r}", hint="name a released version")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> PurePosixPath:
        """The jar's place in a Maven repository."""
        return PurePosixPath(*self.group.split("."), self.artifact, self.version, self.filename)
