"""The command `flinklab`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from flinklab.cli import clusters, db, doctor, gateways, jobs, lab, local, people, pools, supervise, yarn_lab
from flinklab.cli.commands import FAILED, INTERRUPTED, TERMINATED, USAGE, Commands, say
from flinklab.domain.errors import FlinklabError, UsageError

# In the order in which the help shows them.
_ROOMS = (local, lab, gateways, yarn_lab, clusters, db, people, pools, jobs, doctor, supervise)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done, 1: an error, which is on stderr, 2: wrong usage, 130: Ctrl-C."""
    own, extra = _split_at_dashes(list(sys.argv[1:] if arguments is None else arguments))
    parser = _parser()
    options = parser.parse_args(own)
    if extra and not options.takes_extra:
        parser.error("only `lab` takes arguments after --")
    options.extra = extra
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        return int(options.run(options))
    except FlinklabError as error:
        say("\n".join(error.report()))
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED


def _on_terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    # As an exception, so that what was started is ended on the way out.
    raise SystemExit(TERMINATED)


def _split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="flinklab",
        description="A Jupyter workbench for Apache Flink.",
        epilog="Settings come from FLINKLAB_* in the environment and [tool.flinklab] in pyproject.toml.",
    )
    parser.set_defaults(takes_extra=False)
    commands = Commands(parser)
    for room in _ROOMS:
        room.add_commands(commands)
    return parser
