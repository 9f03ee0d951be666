"""Downloads through jgo, as a process: `python -m flinklab.local.fetching G:A:V[,G:A:V...] FOLDER [MIRROR]`.

Prints a `Fetched` as JSON for each, as they come, a line each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

from flinklab.local.coordinates import Coordinates

_AT_ONCE = 8


class Fetched(msgspec.Struct, frozen=True):
    """`jar` and the `sha1` that the repository states (empty when it states none), or a `problem`."""

    coordinates: str = ""
    jar: str = ""
    sha1: str = ""
    problem: str = ""
    details: str = ""


def fetch_all(wanted: Sequence[Coordinates], folder: Path, mirror: str | None) -> Iterator[Fetched]:
    """In whichever order they come."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        coming = {pool.submit(fetch, each, folder / str(n), mirror): each for n, each in enumerate(wanted)}
        for done in as_completed(coming):
            yield msgspec.structs.replace(done.result(), coordinates=str(coming[done]))


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
    named = [Coordinates.parse(each) for each in sys.argv[1].split(",")]
    for outcome in fetch_all(named, Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None):
        sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
        sys.stdout.flush()
