"""`%load_ext flinklab`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%%flinksql`, `%flinksql` and `%flink`, and nothing else."""
    from flinklab.notebook.magics import FlinkSQL

    shell.register_magics(FlinkSQL(shell))


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Close the session of the kernel and take the magics away."""
    magics = shell.magics_manager.registry.get("FlinkSQL")
    if magics is None:
        return
    magics.workbench.close()
    for kind, name in (("cell", "flinksql"), ("line", "flinksql"), ("line", "flink")):
        shell.magics_manager.magics[kind].pop(name, None)
