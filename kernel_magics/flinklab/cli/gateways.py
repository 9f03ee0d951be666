"""`flinklab gateway list|up|down`: SQL Gateways that are kept on this machine for clusters elsewhere."""

from __future__ import annotations

import argparse

from flinklab.cli.commands import OK, Commands, say


def add_commands(commands: Commands) -> None:
    group = commands.group("gateway", "Keep SQL Gateways on this machine for clusters elsewhere.")
    group.add("list", _list, "Print the gateways that are kept here, a line for each.")
    up = group.add("up", _up, "Start a gateway of a version of Flink, or find the one that runs.")
    up.add_argument("version", metavar="VERSION", help="of Flink: 2.3 or 1.20.3")
    down = group.add("down", _down, "End the gateways of a version of Flink; jobs go on.")
    down.add_argument("version", metavar="VERSION", help="of Flink: 1.20.3, or 1.20 for all of that minor version")


def _list(_options: argparse.Namespace) -> int:
    from flinklab.api.gateways import kept_gateways

    for each in kept_gateways():
        since = f"{each.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
        print(f"{each.url}  Flink {each.version}  since {since}  pid {each.pid}  {each.log}")
    return OK


def _up(options: argparse.Namespace) -> int:
    from flinklab.api.gateways import start_gateway

    print(start_gateway(options.version, progress=say).url)
    return OK


def _down(options: argparse.Namespace) -> int:
    from flinklab.api.gateways import end_gateway

    if not end_gateway(options.version, progress=say):
        say(f"no gateway of Flink {options.version} is kept here")
    return OK
