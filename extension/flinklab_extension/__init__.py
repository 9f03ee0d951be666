"""The Jupyter server's side of flinklab: where JupyterLab finds its part, and what answers it.

`app`, which brings Flink's and the catalog's clients along, is imported only when a Jupyter server asks for it.
"""

from __future__ import annotations

from typing import Any

__all__: list[str] = []


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """What `jupyter-builder develop` links: the built extension beside this file, by its name in JupyterLab."""
    return [{"src": "labextension", "dest": "flinklab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """The one `ExtensionApp` of this package, as jupyter_server looks for it."""
    from .app import FlinkLab

    return [{"module": "flinklab_extension.app", "app": FlinkLab}]
