"""The server extension: what a Jupyter server runs of flinklab."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool

from flinklab.settings import Settings, load_settings

from .child import SupervisorChild
from .handlers.base import SETTING
from .routes import routes
from .workbench import Workbench


class FlinkLab(ExtensionApp):
    """Answers below `<base_url>flinklab/`; `workbench` is what its handlers share."""

    name = "flinklab"
    description = "The Jupyter server's side of flinklab, a workbench for Apache Flink"
    load_other_extensions = True

    supervise = Bool(
        False,
        config=True,
        help="Run `flinklab supervise` beside the server, for its catalog, as long as the server runs.",
    )

    start_supervisor = Bool(
        True,
        config=True,
        help="Start a supervisor with an order to a job, as kernels do, where none lives on one's own catalog.",
    )

    workbench: Workbench
    child: SupervisorChild | None = None

    def initialize_settings(self) -> None:
        self.workbench = Workbench(_version(), self.settings_of)
        self.workbench.starts_supervisor = self.start_supervisor and not self.supervise
        if self.supervise and self.serverapp is not None:
            self.child = SupervisorChild(self._root, self.log)
            self.workbench.child = self.child.told
            self.serverapp.io_loop.add_callback(self.child.start)
        if find_spec("sqlfluff") is not None:
            self.workbench.capabilities.add("format")
        self.settings[SETTING] = self.workbench

    def initialize_handlers(self) -> None:
        self.handlers.extend(routes())

    async def stop_extension(self) -> None:
        """With the server: whoever listens is let go, the catalogs are closed, and the supervisor is ended."""
        await self.workbench.close()
        if self.child is not None:
            await self.child.stop()

    def settings_of(self, person: str) -> Settings:
        """Whose settings hold: those of the folder that the server shows, for everybody. Raises `UsageError`."""
        return load_settings(self._root())

    def _root(self) -> Path:
        return Path(str(self.serverapp.root_dir)) if self.serverapp is not None else Path.cwd()


def _version() -> str:
    """Of what is installed; in a checkout that is not, what the browser's side has, too."""
    try:
        return version("flinklab")
    except PackageNotFoundError:
        package = Path(__file__).parent.with_name("package.json")
        return str(json.loads(package.read_text("utf-8"))["version"]) if package.is_file() else ""
