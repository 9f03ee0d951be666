"""Hatch's build hook: builds the JupyterLab side where there is a Node, for the wheel and the sdist.

Without one, or where the build fails, the kernel's and the server's parts are installed all the same, and a warning
says what is missing; `REQUIRE_LABEXTENSION=1` makes that an error. What the same sources made before is kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDED = (20, 19)  # of Node: what the bundler in package-lock.json asks for
REQUIRED = "REQUIRE_LABEXTENSION"
_SOURCES = ("src", "style", "schema", "package.json", "package-lock.json", "tsconfig.json")
_STAMP = "sources.sha256"
_INSTALL_SECONDS, _BUILD_SECONDS = 1200, 600
_SHOWN_LINES = 40


class NotBuiltError(Exception):
    """The JupyterLab side could not be built: one line that says why and what to do."""


class LabBuildHook(BuildHookInterface[Any]):
    """Builds `extension/` and says where its files go."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and add what was built to the wheel's shared data, to the sdist as it lies there."""
        extension = Path(self.root) / "extension"
        built = extension / "flinklab_extension" / "labextension"
        if self.target_name == "wheel":
            build_data["shared_data"] |= server_files(extension)
        try:
            build(extension, built)
        except NotBuiltError as error:
            if os.environ.get(REQUIRED, "0") not in ("", "0"):
                raise
            self.app.display_warning(f"flinklab is installed without its JupyterLab side: {error}")
            return
        if self.target_name == "wheel":
            build_data["shared_data"] |= lab_files(extension, built)
        else:
            build_data["artifacts"].append("/extension/flinklab_extension/labextension")


def server_files(extension: Path) -> dict[str, str]:
    """What turns the server's part on, and its place under the environment's prefix."""
    config = "etc/jupyter/jupyter_server_config.d/flinklab_extension.json"
    return {str(extension / config): config}


def lab_files(extension: Path, built: Path) -> dict[str, str]:
    """The built files and their places under the environment's prefix."""
    place = "share/jupyter/labextensions/flinklab"
    files = {
        str(path): f"{place}/{path.relative_to(built).as_posix()}"
        for path in sorted(built.rglob("*"))
        if path.is_file() and path.name not in (_STAMP, "build_log.json")
    }
    return {**files, str(extension / "install.json"): f"{place}/install.json"}


def build(extension: Path, built: Path) -> None:
    """Have in `built` what the sources in `extension` make. `NotBuiltError` where that is impossible."""
    digest = digest_of(extension)
    stamp = built / _STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == digest:
        return
    npm = npm_of(os.environ)
    packages = hashlib.sha256((extension / "package-lock.json").read_bytes()).hexdigest()
    installed = extension / "node_modules" / ".installed.sha256"
    if not installed.is_file() or installed.read_text("utf-8") != packages:
        _run([npm, "ci", "--no-fund", "--no-audit"], extension, _INSTALL_SECONDS)
        installed.write_text(packages, "utf-8")
    if built.exists():
        shutil.rmtree(built)
    _run([npm, "run", "build:prod"], extension, _BUILD_SECONDS)
    stamp.write_text(digest, "utf-8")


def digest_of(extension: Path) -> str:
    """One for the names and the contents of all sources together."""
    digest = hashlib.sha256()
    for path in _files(extension):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(extension).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def npm_of(variables: Mapping[str, str]) -> str:
    """npm's program, where a Node is beside it that can build. `NotBuiltError` with what to install."""
    node, npm = (shutil.which(name, path=variables.get("PATH")) for name in ("node", "npm"))
    wanted = ".".join(map(str, NEEDED))
    if node is None or npm is None:
        raise NotBuiltError(f"{'node' if node is None else 'npm'} is missing: install Node.js {wanted} or newer")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < NEEDED:
        raise NotBuiltError(f"{node} is {said or 'of no known version'}: install Node.js {wanted} or newer")
    return npm


def _files(extension: Path) -> Iterator[Path]:
    for name in _SOURCES:
        path = extension / name
        yield from sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _run(command: list[str], folder: Path, seconds: float) -> None:
    called = " ".join(["npm", *command[1:]])
    try:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise NotBuiltError(f"`{called}` in {folder} did not end within {seconds:.0f} s") from error
    if done.returncode != 0:
        said = "\n".join(done.stdout.splitlines()[:_SHOWN_LINES])
        raise NotBuiltError(f"`{called}` in {folder} failed:\n{said}")
