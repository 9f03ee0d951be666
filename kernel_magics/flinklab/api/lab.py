"""What JupyterLab has of flinklab: whether its side is installed, and the guided tour."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flinklab.domain.errors import UsageError

_LABEXTENSION = Path("labextensions") / "flinklab" / "package.json"
_SERVER_CONFIG = Path("jupyter_server_config.d") / "flinklab_extension.json"
_AGAIN = "install Node.js 20.19 or newer, then flinklab again, from its sources or a wheel"


def lab_problem() -> str:
    """Why JupyterLab shows nothing of flinklab here, in a line that says what to do; empty when all is there.

    It looks where Jupyter of this Python looks. Cells, magics and live tables work without.
    """
    try:
        from jupyter_core.paths import jupyter_config_path, jupyter_path
    except ImportError:
        return 'JupyterLab is not installed: pip install "flinklab[local]"'
    found = next((path for each in jupyter_path() if (path := Path(each) / _LABEXTENSION).is_file()), None)
    if found is None:
        return f"flinklab was installed without its JupyterLab side (colours, panel, badges): {_AGAIN}"
    ours, theirs = installed_version(), _version_in(found)
    if ours not in ("", theirs):
        return f"JupyterLab has the side of flinklab {theirs} and Python has flinklab {ours}: {_AGAIN}"
    if not any((Path(each) / _SERVER_CONFIG).is_file() for each in jupyter_config_path()):
        return "the Jupyter server does not load flinklab: jupyter server extension enable flinklab_extension"
    return ""


def installed_version() -> str:
    """The version of flinklab that is installed, empty in a checkout that is not."""
    try:
        return version("flinklab")
    except PackageNotFoundError:
        return ""


def tour() -> str:
    """The guided tour, as the text of a notebook. Raises `UsageError` where this installation has none."""
    from importlib.resources import files

    packaged = files("flinklab") / "notebooks" / "tour.ipynb"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    # A checkout that is on the path, or installed in place.
    checkout = Path(__file__).resolve().parents[3] / "notebooks" / "tour.ipynb"
    if checkout.is_file():
        return checkout.read_text("utf-8")
    raise UsageError("this installation has no tour", hint="name a notebook: flinklab lab NOTEBOOK")


def _version_in(package: Path) -> str:
    try:
        return str(json.loads(package.read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
