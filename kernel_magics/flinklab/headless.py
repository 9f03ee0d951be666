"""Running a notebook without a front end, cell by cell, in a kernel of this very Python."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flinklab.domain.errors import NotInstalledError, UsageError

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MAY_FAIL = "raises-exception"


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """One code cell. `number` counts code cells from 1, `seconds` is how long it took; `error` (None: it went well)
    is what the cell showed as its failure, and `expected` says that its tags allow that."""

    number: int
    total: int
    source: str
    seconds: float
    error: str | None = None
    expected: bool = False

    @property
    def ok(self) -> bool:
        return self.error is None or self.expected

    def __str__(self) -> str:
        first = next((line for line in self.source.splitlines() if line.strip()), "")
        verdict = "ok" if self.error is None else "failed, as expected" if self.expected else "FAILED"
        return f"[{self.number}/{self.total}] {_shorten(first)}  {verdict}  {self.seconds:.1f} s"


def run_notebook(path: Path, cell_timeout: float) -> Iterator[CellOutcome]:
    """Run the code cells in order, one outcome each, until one fails that must not.

    The file is only read. The kernel works in the notebook's folder and ends with the iteration. A cell may take
    `cell_timeout` seconds.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as error:
        raise NotInstalledError("nbclient is not installed", hint='pip install "flinklab[local]"') from error
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise UsageError(f"{path} is not a notebook that can be read: {error}") from error
    client = NotebookClient(
        notebook,
        timeout=cell_timeout,
        kernel_manager_class=_kernel_of_this_python(),
        resources={"metadata": {"path": str(path.absolute().parent)}},
    )
    codes = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with client.setup_kernel():
        for number, (index, cell) in enumerate(codes, 1):
            began = time.monotonic()
            failure = _execute(client, index, cell)
            expected = _MAY_FAIL in cell.metadata.get("tags", ())
            outcome = CellOutcome(number, len(codes), cell.source, time.monotonic() - began, failure, expected)
            yield outcome
            if not outcome.ok:
                return


def _execute(client: Any, index: int, cell: Any) -> str | None:
    from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError

    try:
        client.execute_cell(cell, index)
    except CellExecutionError:
        pass
    except CellTimeoutError:
        return f"it did not end in {client.timeout:g} s"
    except (DeadKernelError, CellControlSignal) as error:
        return str(error)
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return _ANSI.sub("", "\n".join(errors[-1].traceback)) if errors else None


def _kernel_of_this_python() -> type:
    """A kernel manager that ignores installed kernel specs: the user's `python3` may be another Python."""
    from ipykernel.kernelspec import make_ipkernel_cmd
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class OwnSpec(KernelSpecManager):
        def get_kernel_spec(self, _kernel_name: str) -> KernelSpec:
            # Its remarks would stand between the lines of the cells.
            argv = [*make_ipkernel_cmd(), "--log-level=ERROR"]
            return KernelSpec(argv=argv, display_name="Python", language="python")

    class OwnKernel(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**{**kwargs, "kernel_spec_manager": OwnSpec()})

    return OwnKernel


def _shorten(line: str, width: int = 72) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
