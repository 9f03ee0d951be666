"""One download through jgo, as a process: `python -m flinklab.local.fetching G:A:V FOLDER [MIRROR]`.

Prints a `Fetched` as JSON.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from flinklab.local.coordinates import Coordinates


class Fetched(msgspec.Struct, frozen=True):
    """`jar` and the `sha1` that the repository states (empty when it states none), or a `problem`."""

    jar: str = ""
    sha1: str = ""
    problem: str = ""
    details: str = ""


def fetch(wanted: Coordinates, folder: Path, mirror: str | None) -> Fetched:
    """Into `folder`, from `mirror` or else from jgo's own default repository."""
    import jgo
    import requests

    context = jgo.MavenContext(repo_cache=folder, remote_repos={"mirror": mirror.rstrip("/")} if mirror else None)
    component = context.project(wanted.group, wanted.artifact).at_version(wanted.version)
    where = f"at {mirror}" if mirror else "in the default Maven repository"
    try:
        jar = component.artifact().resolve()
    except requests.RequestException as error:
        return Fetched(problem=f"could not be downloaded: {_reason(error)} {where}", details=str(error))
    except RuntimeError as error:  # what jgo raises when no repository answers with 200
        return Fetched(problem=f"was not found {where}", details=str(error))
    try:
        stated = component.artifact(packaging="jar.sha1").resolve().read_text(encoding="ascii").split()
    except (requests.RequestException, RuntimeError, UnicodeDecodeError):
        stated = []
    return Fetched(jar=str(jar), sha1=stated[0].lower() if stated else "")


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate was not trusted"
    if isinstance(error, requests.Timeout):
        return "no answer"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke in the middle"
    return "no connection"


if __name__ == "__main__":
    outcome = fetch(Coordinates.parse(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
    sys.stdout.write(msgspec.json.encode(outcome).decode())
