"""A real IPython kernel as a front end sees it: cells, their outputs, Interrupt, and what widgets send."""

from __future__ import annotations

import os
import queue
import re
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

SPEC = "this-python"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_BOUND = 90.0
T = TypeVar("T")


def eventually(condition: Callable[[], T], what: str = "it", seconds: float = _BOUND) -> T:
    """What `condition` gives as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true"
        time.sleep(0.05)
    return found


def write_spec(folder: Path) -> None:
    """A kernel spec for this very Python under `folder`, a Jupyter data folder."""
    spec = folder / "kernels" / SPEC
    spec.mkdir(parents=True)
    program = sys.executable.replace("\\", "\\\\").replace('"', '\\"')
    (spec / "kernel.json").write_text(
        f'{{"argv": ["{program}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], '
        '"display_name": "This Python", "language": "python"}'
    )


class Cell:
    """A cell that was sent to a kernel."""

    def __init__(self, kernel: Kernel, message_id: str) -> None:
        self._kernel, self._id = kernel, message_id

    def wait(self, seconds: float = _BOUND) -> Cell:
        eventually(lambda: self.is_over, "the end of the cell", seconds)
        return self

    @property
    def is_over(self) -> bool:
        return any(
            each["msg_type"] == "status" and each["content"]["execution_state"] == "idle" for each in self._own
        )

    @property
    def _own(self) -> list[dict[str, Any]]:
        return [each for each in self._kernel.heard() if each["parent_header"].get("msg_id") == self._id]

    def _contents(self, *kinds: str) -> list[dict[str, Any]]:
        return [each["content"] for each in self._own if each["msg_type"] in kinds]

    @property
    def printed(self) -> str:
        return "".join(each["text"] for each in self._contents("stream"))

    @property
    def bundles(self) -> list[dict[str, Any]]:
        """The outputs as they are on the page now: updates by display id have taken the place of what was there."""
        return [
            self._kernel.updated(each.get("transient", {}).get("display_id")) or each["data"]
            for each in self._contents("display_data", "execute_result")
        ]

    @property
    def text(self) -> str:
        return "\n".join(each.get("text/plain", "") for each in self.bundles)

    @property
    def widgets(self) -> list[str]:
        """Ids of the widgets among the outputs."""
        view = "application/vnd.jupyter.widget-view+json"
        return [each["data"][view]["model_id"] for each in self._contents("display_data") if view in each["data"]]

    @property
    def error(self) -> str:
        """The traceback as it is shown, empty when there is none."""
        errors = self._contents("error")
        return _ANSI.sub("", "\n".join(errors[0]["traceback"])) if errors else ""


class Kernel:
    """A kernel of this Python, in the environment of this process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        # A kernel that is told to end may take its time to end its queries.
        self._manager = KernelManager(kernel_name=SPEC, shutdown_wait_time=_BOUND)
        self._manager.start_kernel(cwd=str(folder), env={**os.environ, **environment})
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._heard: list[dict[str, Any]] = []
        self._closed = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        try:
            self._client.wait_for_ready(timeout=_BOUND)
        except BaseException:
            self._manager.shutdown_kernel(now=True)
            raise
        self._listener.start()
        self.ok("%load_ext flinklab")

    def start(self, source: str, *, watched: bool = False) -> Cell:
        """Send a cell. `watched`: as a front end does that shows live output, with the cell's id."""
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": uuid.uuid4().hex} if watched else {}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        return Cell(self, message["header"]["msg_id"])

    def run(self, source: str, *, watched: bool = False) -> Cell:
        return self.start(source, watched=watched).wait()

    def ok(self, source: str, *, watched: bool = False) -> Cell:
        cell = self.run(source, watched=watched)
        assert not cell.error, cell.error
        return cell

    def value(self, expression: str) -> str:
        """What `print(expression)` prints."""
        return self.ok(f"print({expression})").printed.rstrip("\n")

    def complete(self, code: str, position: int) -> dict[str, Any]:
        """What a front end gets for a Tab at that character: the content of the `complete_reply`."""
        reply: dict[str, Any] = self._client.complete(code, position, reply=True, timeout=_BOUND)
        return dict(reply["content"])

    def interrupt(self) -> None:
        """Kernel > Interrupt."""
        self._manager.interrupt_kernel()

    def press(self, widget: str, trait: str) -> None:
        """Set a trait of a widget as its view does: on a subshell, as JupyterLab does: a busy kernel hears it."""
        request = self._client.session.msg("create_subshell_request", {})
        self._client.control_channel.send(request)
        reply = self._client.get_control_msg(timeout=_BOUND)
        data = {"method": "update", "state": {trait: True}, "buffer_paths": []}
        message = self._client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        message["header"]["subshell_id"] = reply["content"]["subshell_id"]
        self._client.shell_channel.send(message)

    def heard(self) -> list[dict[str, Any]]:
        """What came on the output channel so far."""
        return list(self._heard)

    def updated(self, display_id: str | None) -> dict[str, Any] | None:
        """The newest content of an output that was updated by its display id."""
        for each in reversed(self.heard()):
            content = each["content"]
            if each["msg_type"] == "update_display_data" and content["transient"]["display_id"] == display_id:
                return content["data"]  # type: ignore[no-any-return]
        return None

    def kill(self) -> None:
        """End it with SIGKILL: it cannot say goodbye to anybody."""
        os.kill(self._manager.provisioner.process.pid, signal.SIGKILL)
        eventually(lambda: not self._manager.is_alive(), "the kernel's end")

    def close(self) -> None:
        self._closed.set()
        self._manager.shutdown_kernel(now=not self._manager.is_alive())
        if self._listener.is_alive():
            self._listener.join(_BOUND)
        self._client.stop_channels()
        self._manager.cleanup_resources()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._heard.append(self._client.get_iopub_msg(timeout=0.2))
            except queue.Empty:
                continue
        ensure_event_loop().close()  # jupyter_client made one for this thread, and would leave it open
