"""What must be true before the embedded Flink is started."""

from __future__ import annotations

import errno
import importlib.util
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from flinklab.domain.errors import LocalFlinkError, NotInstalledError, StartFailedError, UsageError
from flinklab.local.config import LOOPBACK, Ports
from flinklab.local.distribution import INSTALL_HINT

MIB = 1024 * 1024

# What the three take when they are idle was measured as 930 MiB.
NEEDED_MEMORY = 1000 * MIB
NEEDED_DISK = 200 * MIB

_OTHER_DISK = "free some space, or set state_dir to a folder on another disk"
PORT_KEYS = ("jobmanager.rpc.port", "rest.port", "sql-gateway.endpoint.rest.port")


def require_system(platform: str = sys.platform) -> None:
    """Linux or macOS, with psutil."""
    if platform == "win32":
        raise LocalFlinkError(
            "the embedded Flink runs on Linux and macOS, not on Windows",
            hint="use it inside WSL, or connect to a SQL Gateway that runs elsewhere",
        )
    if importlib.util.find_spec("psutil") is None:
        raise NotInstalledError("psutil is not installed", hint=INSTALL_HINT)


def make_folder(folder: Path) -> None:
    """Make the state folder, only for the user (its configuration may hold what others must not read)."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "lock").touch()
    except OSError as error:
        raise folder_error(folder, error) from error


def folder_error(folder: Path, error: OSError) -> StartFailedError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = "no space is left for" if full else "cannot write to"
    return StartFailedError(
        f"{reason} the state folder {folder}: {error.strerror or error}",
        hint=_OTHER_DISK if full else "set state_dir to a folder of yours",
    )


def check_room(state_dir: Path) -> None:
    """Fail now with a number when memory or disk cannot do."""
    import psutil

    require_room(shutil.disk_usage(state_dir).free, psutil.virtual_memory().available, state_dir)


def require_room(free_disk: int, available_memory: int, state_dir: Path) -> None:
    """Both in bytes."""
    if free_disk < NEEDED_DISK:
        raise StartFailedError(
            f"{free_disk // MIB} MiB are free on the disk of {state_dir}, {NEEDED_DISK // MIB} MiB are needed",
            hint=_OTHER_DISK,
        )
    if available_memory < NEEDED_MEMORY:
        raise StartFailedError(
            f"{available_memory // MIB} MiB of memory are available, "
            f"the embedded Flink needs {NEEDED_MEMORY // MIB} MiB when it is idle",
            hint="end what is not needed (`flinklab down` in another project?)",
        )


def choose_ports(config: Mapping[str, str]) -> Ports:
    """Those that `config` pins; for the others, ports that are free now."""
    pinned = pinned_ports(config)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in PORT_KEYS]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        free = dict(zip(PORT_KEYS, (each.getsockname()[1] for each in sockets), strict=True))
    return Ports(*(pinned.get(key, free[key]) for key in PORT_KEYS))


def pinned_ports(config: Mapping[str, str]) -> dict[str, int]:
    """The ports that a person chose in `flink_config`, by key."""
    try:
        return {key: int(config[key]) for key in PORT_KEYS if key in config}
    except ValueError as error:
        raise UsageError(f"a port in flink_config is no number: {error}") from error


def check_ports(config: Mapping[str, str]) -> None:
    """Fail when a port that was asked for is taken."""
    for key, port in pinned_ports(config).items():
        with socket.socket() as probe:
            # As Java does: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                raise StartFailedError(
                    f"port {port} ({key}) is busy: {error.strerror}", hint="end what uses it, or choose another"
                ) from error
