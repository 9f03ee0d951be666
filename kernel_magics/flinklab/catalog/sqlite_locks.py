"""Who holds the lock of an SQLite file, as far as the system says."""

from __future__ import annotations

from pathlib import Path

_LOCKS = Path("/proc/locks")  # Linux's; proc_locks(5)
_WRITE_LOCK = 120  # the byte of the -shm file that a writer locks: https://www.sqlite.org/walformat.html


def lock_holder(path: Path | None) -> str | None:
    """`process 4711 (python)`, which writes to the file now; None where that cannot be known."""
    try:
        inode = Path(f"{path}-shm").stat().st_ino
        for line in _LOCKS.read_text().splitlines():
            # 1: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120
            fields = line.split()
            if len(fields) < 8 or fields[3] != "WRITE" or not fields[5].endswith(f":{inode}"):
                continue
            first, last = int(fields[6]), float("inf") if fields[7] == "EOF" else int(fields[7])
            if first <= _WRITE_LOCK <= last:
                name = Path(f"/proc/{fields[4]}/comm").read_text().strip()
                return f"process {fields[4]} ({name})"
    except (OSError, ValueError):
        pass
    return None
