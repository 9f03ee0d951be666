"""A real IPython shell with flinklab in it, and the fakes that its cells talk to."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from fakes.answers import table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from shells import running_shell

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Cell:
    """What a cell left: what it printed, its outputs as MIME bundles, and the error that it ended with."""

    printed: str
    bundles: list[dict[str, Any]]
    error: BaseException | None
    texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.printed = _ANSI.sub("", self.printed)
        self.texts = [bundle["text/plain"] for bundle in self.bundles]

    @property
    def text(self) -> str:
        """All outputs as plain text."""
        return "\n".join(self.texts)

    def fails_with(self, kind: type[BaseException]) -> str:
        """The report of a cell that failed with this kind of error: without a Python stack, said once."""
        assert isinstance(self.error, kind), (self.error, self.printed)
        assert "Traceback" not in self.printed
        assert 'File "' not in self.printed
        message = str(getattr(self.error, "message", self.error))
        assert self.printed.count(message) == 1
        return self.printed[self.printed.index(message) - len(_title(self.error)) :].strip()


def _title(error: BaseException) -> str:
    return f"{getattr(error, 'title', '')}: "


class Notebook:
    """Cells run one after the other in a real shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, source: str) -> Cell:
        with capture_output() as captured:
            result = self.shell.run_cell(source)
        bundles = [output.data for output in captured.outputs]
        return Cell(captured.stdout + captured.stderr, bundles, result.error_in_exec or result.error_before_exec)

    def ok(self, source: str) -> Cell:
        cell = self.run(source)
        assert cell.error is None, cell.printed
        return cell

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    with running_shell() as shell:
        yield shell
        shell.extension_manager.unload_extension("flinklab")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """A fake gateway with a fake JobManager, to which the settings point."""
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
        gateway.on("SHOW CATALOGS", table("catalog name STRING", [["default_catalog"]]))
        gateway.on("SHOW CURRENT CATALOG", table("current catalog name STRING", [["default_catalog"]]))
        gateway.on("SHOW CURRENT DATABASE", table("current database name STRING", [["default_database"]]))
        monkeypatch.setenv("FLINKLAB_GATEWAY_URL", gateway.url)
        monkeypatch.setenv("FLINKLAB_JOBMANAGER_URL", jobmanager.url)
        yield gateway


@pytest.fixture
def notebook(shell: InteractiveShell, gateway: FakeGateway) -> Notebook:
    """flinklab is loaded, and the first statement connects to the fake."""
    shell.extension_manager.load_extension("flinklab")
    return Notebook(shell)


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
