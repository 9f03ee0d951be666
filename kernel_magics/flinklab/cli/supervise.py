"""`flinklab supervise`: the process that keeps managed jobs as they are wanted."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from flinklab.cli.commands import OK, Commands
from flinklab.cli.database import add_url, asked
from flinklab.domain.errors import UsageError

if TYPE_CHECKING:
    from flinklab.supervisor.loop import Supervisor

_LOG_BYTES, _LOG_FILES = 5_000_000, 3
_LOOPBACK = "127.0.0.1"
_CONNECTIONS = 8  # to the catalog, for all clusters: to make one costs more than a round


def add_commands(commands: Commands) -> None:
    command = commands.add(
        "supervise",
        _supervise,
        "Keep managed jobs as they are wanted, until SIGTERM or Ctrl-C; run as many as you like on one catalog.",
    )
    add_url(command)
    command.add_argument("--name", help="a name that no other has (default: host, pid and a random part)")
    command.add_argument(
        "--idle-exit", metavar="SECONDS", type=float, help="end when there was nothing to look after for so long"
    )
    command.add_argument(
        "--at-once", metavar="N", type=int, default=4, help="submissions under way at a time per cluster (4)"
    )
    command.add_argument(
        "--background", action="store_true", help="go on as a process of its own, whose pid is printed"
    )
    command.add_argument(
        "--attached", action="store_true", help="end when the standard input ends, as it does with who started it"
    )
    command.add_argument(
        "--no-recording", action="store_true", help="keep jobs running, and record nothing of what they measure"
    )
    command.add_argument(
        "--metrics-port",
        metavar="PORT",
        type=int,
        help="serve metrics for Prometheus at /metrics (default: nowhere)",
    )
    command.add_argument("--metrics-host", metavar="HOST", help="the address to serve them at (127.0.0.1)")
    command.add_argument("--log", metavar="FILE", type=Path, help="where to log (default: stderr); 3 files of 5 MB")


def _supervise(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from flinklab.api.catalog import open_catalog
    from flinklab.api.supervising import supervisor
    from flinklab.settings import load_settings

    if options.background and options.attached:
        raise UsageError("--background and --attached contradict each other", hint="leave one of them out")
    if options.background and not _go_on_alone():
        return OK
    faulthandler.enable()  # of what a library crashes on there is no other line
    _log_to(options.log)
    url, password = asked(options)
    settings = replace(load_settings(), catalog_url=url, catalog_password=password)
    with open_catalog(settings, connections=_CONNECTIONS) as catalog:
        running = supervisor(
            catalog,
            settings,
            name=options.name,
            idle_exit=options.idle_exit,
            at_once=options.at_once,
            records=not options.no_recording,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: running.stop())
        if options.attached:
            threading.Thread(target=_at_the_end_of_input, args=[running.stop], daemon=True).start()
        with _serving(running, options):
            running.run()
    return OK


def _at_the_end_of_input(stop: Callable[[], object]) -> None:
    """Whoever holds the other end may be killed: that, too, ends the input."""
    with suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    stop()


def _serving(running: Supervisor, options: argparse.Namespace) -> AbstractContextManager[object]:
    """What it knows for Prometheus, where that is asked for."""
    if options.metrics_port is None:
        if options.metrics_host is not None:
            raise UsageError("--metrics-host needs --metrics-port", hint="such as --metrics-port 9250")
        return nullcontext()
    from flinklab.supervisor.exposition import exposed

    return exposed(lambda: running.watched, options.metrics_host or _LOOPBACK, options.metrics_port)


def _go_on_alone() -> bool:
    """Fork. False in the first process; the second one belongs to no terminal and to nobody."""
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        return False
    os.setsid()
    with Path(os.devnull).open("rb+") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return True


def _log_to(path: Path | None) -> None:
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if path is not None:
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES - 1, encoding="utf-8")
    handler.setFormatter(_Line())
    logger = logging.getLogger("flinklab.supervisor")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _Line(logging.Formatter):
    """`TIME LEVEL action=... message key=value ...`: a line to read, and to search."""

    _OWN = frozenset(vars(logging.makeLogRecord({})))

    def format(self, record: logging.LogRecord) -> str:
        given = {key: value for key, value in vars(record).items() if key not in self._OWN}
        action = given.pop("action", "-")
        rest = "".join(f" {key}={value!r}" for key, value in given.items())
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        line = f"{time} {record.levelname} action={action} {record.getMessage()}{rest}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
