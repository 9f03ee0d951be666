"""The containers of a lab as processes: they outlive the NodeManager that started them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


def containers_of(folder: Path) -> list[psutil.Process]:
    """The processes that the lab of a folder runs for its applications: JobManagers, TaskManagers, their shells."""
    found = []
    for process in psutil.process_iter(["environ", "cmdline", "status"]):
        seen = process.info
        if seen["status"] != psutil.STATUS_ZOMBIE and belongs(seen["environ"] or {}, seen["cmdline"] or (), folder):
            found.append(process)
    return found


def belongs(environ: Mapping[str, str], command: Sequence[str], folder: Path) -> bool:
    """YARN tells each container its folder of logs; the shells around it run scripts of its working folder."""
    logs = environ.get("LOG_DIRS", "") if "CONTAINER_ID" in environ else ""
    if any(Path(each).is_relative_to(folder / "containers") for each in logs.split(",") if each):
        return True
    is_shell = bool(command) and Path(command[0]).name == "bash"
    return is_shell and any(Path(word).is_relative_to(folder / "local") for word in command[1:])
