"""Whether two versions run the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from flinklab.domain.jobs import JobVersion


def fingerprint(version: JobVersion) -> str:
    """A SHA-256 of what a version runs: its script (text, setup with its jars, settings, search path), the versions
    of the definitions and the names of the variables that it uses, in whatever order those were found.

    Who made it, when, from which cell, with which note and on which Flink does not count.
    """
    made_of = {
        "script": asdict(version.script),
        "definitions": sorted([each.team, each.name, each.version] for each in version.definitions),
        "variables": sorted(version.variables),
    }
    text = json.dumps(made_of, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
