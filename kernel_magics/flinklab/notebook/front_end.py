"""Whether somebody watches a cell."""

from __future__ import annotations

from typing import Any


def is_watched(shell: Any) -> bool:
    """True when the cell that runs was sent by a front end that draws live output.

    JupyterLab, Notebook 7 and VS Code send the cell's id with each execution; nbclient, papermill and a
    terminal do not, and would not show what arrives after the cell returned.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return bool(parent.get("metadata", {}).get("cellId"))
