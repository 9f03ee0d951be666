"""`flinklab yarn-lab up|down|status`: a YARN on this machine, to try things on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from flinklab.cli.commands import FAILED, OK, Commands, say

if TYPE_CHECKING:
    from flinklab.yarn.lab import LabOptions, YarnLab


def add_commands(commands: Commands) -> None:
    group = commands.group("yarn-lab", "Run a YARN on this machine, to try things on.")
    up = group.add("up", _up, "Start a ResourceManager and a NodeManager, or attach to those that run.")
    up.add_argument("--memory", metavar="SIZE", help="what the node offers (default: 6g)")
    up.add_argument(
        "--queues",
        metavar="NAME:PERCENT[:MOST],...",
        help="100 %% together (default: default:63,etl:36,full:1:1, of which the last has no room for anything)",
    )
    up.add_argument("--ha", action="store_true", help="two ResourceManagers, of which one is active")
    up.add_argument(
        "--zookeeper", action="store_true", help="a ZooKeeper beside it, for JobManagers in high availability"
    )
    up.add_argument(
        "--register",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="write it into the catalog as the YARN `lab` (default: when the catalog is your own)",
    )
    group.add("down", _down, "End it with every application that runs on it.")
    group.add("status", _status, "Say whether it serves, and where (exit code 1: it does not).")


def _up(options: argparse.Namespace) -> int:
    from flinklab.api.yarn_lab import NAME, yarn_lab_up

    lab = yarn_lab_up(_options(options), register=options.register, progress=say)
    _print(lab)
    say(f"next: export HADOOP_CONF_DIR={lab.conf_dir}")
    say(f"      %flink cluster create --yarn {NAME} --name my-session     (in a notebook)")
    return OK


def _down(_options: argparse.Namespace) -> int:
    from flinklab.api.yarn_lab import yarn_lab_down

    if not yarn_lab_down(progress=say):
        say("no yarn-lab runs")
    return OK


def _status(_options: argparse.Namespace) -> int:
    from flinklab.api.yarn_lab import find_yarn_lab

    lab = find_yarn_lab()
    if lab is None:
        print("no yarn-lab serves")
        return FAILED
    print(f"up since {lab.started_at.astimezone():%Y-%m-%d %H:%M:%S}")
    _print(lab)
    for name, pid in lab.pids.items():
        print(f"{name:<18} pid {pid}, {lab.logs[name]}")
    return OK


def _options(options: argparse.Namespace) -> LabOptions | None:
    """None when nothing was asked for: then one that runs is taken as it is."""
    from flinklab.domain.memory import parse_memory
    from flinklab.yarn.lab import LabOptions
    from flinklab.yarn.lab.options import parse_queues

    given: dict[str, object] = {}
    if options.memory is not None:
        given["memory"] = parse_memory(options.memory)
    if options.queues is not None:
        given["queues"] = parse_queues(options.queues)
    if options.ha:
        given["ha"] = True
    if options.zookeeper:
        given["zookeeper"] = True
    return LabOptions(**given) if given else None  # type: ignore[arg-type]


def _print(lab: YarnLab) -> None:
    for url in lab.urls:
        print(f"ResourceManager    {url}")
    print(f"HADOOP_CONF_DIR    {lab.conf_dir}")
    if lab.zookeeper is not None:
        print(f"ZooKeeper          {lab.zookeeper}")
    queues = ", ".join(f"{queue.name} {queue.capacity:g} %" for queue in lab.options.queues)
    print(f"queues             {queues}")
