"""Files that a person names."""

from __future__ import annotations

from pathlib import Path

from flinklab.domain.errors import UsageError


def read_text(path: Path) -> str:
    """The text of a file in UTF-8; `~` is the home folder. Raises `UsageError`."""
    path = path.expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read {path}: {reason}") from None
