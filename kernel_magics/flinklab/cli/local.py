"""`flinklab up|down|status|version|jar`: the embedded Flink."""

from __future__ import annotations

import argparse
import sys

from flinklab.cli.commands import FAILED, OK, Commands, say


def add_commands(commands: Commands) -> None:
    up = commands.add("up", _up, "Start the embedded Flink, or attach to the one that runs.")
    up.add_argument(
        "--flink", metavar="VERSION", help="of this version, as in 1.20 (default: the one pip installed)"
    )
    commands.add("down", _down, "End the embedded Flink with everything that it runs.")
    commands.add("status", _status, "Say whether the embedded Flink serves, and where (exit code 1: it does not).")
    commands.add("version", _version, "Print the versions of flinklab, Flink and Python.")
    jar = commands.add("jar", _jar, "Print the path of a jar, downloaded into the cache when it is not there.")
    jar.add_argument("coordinates", metavar="G:A:V", help="Maven coordinates: group:artifact:version")


def _up(options: argparse.Namespace) -> int:
    from flinklab import api

    flink = api.up(progress=say, flink_version=options.flink)
    print(f"SQL Gateway  {flink.gateway_url}\nFlink UI     {flink.jobmanager_url}")
    return OK


def _down(_options: argparse.Namespace) -> int:
    from flinklab import api

    if not api.down(progress=say):
        say("no embedded Flink runs")
    return OK


def _status(_options: argparse.Namespace) -> int:
    from flinklab import api

    seen = api.local_status()
    if seen.flink is None:
        print(f"the embedded Flink does not serve: {seen.problem}" if seen.problem else "no embedded Flink runs")
        return FAILED
    flink = seen.flink
    print(f"Flink {flink.flink_version}, up since {flink.started_at.astimezone():%Y-%m-%d %H:%M:%S}")
    print(f"SQL Gateway  {flink.gateway_url}\nFlink UI     {flink.jobmanager_url}\nstate        {flink.state_dir}")
    for name, pid in flink.pids.items():
        again = seen.restarts.get(name, 0)
        print(
            f"{name:<12} pid {pid}" + (f", started again {again} times" if again else "") + f", {flink.logs[name]}"
        )
    return OK


def _version(_options: argparse.Namespace) -> int:
    from importlib import metadata

    def version_of(distribution: str) -> str:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            return "not installed"

    print(f"flinklab {version_of('flinklab')}")
    print(f"apache-flink {version_of('apache-flink')}")
    print(f"Python {sys.version.split()[0]} ({sys.executable})")
    return OK


def _jar(options: argparse.Namespace) -> int:
    from flinklab import api

    print(api.resolve_jar(options.coordinates))
    return OK
