"""A Jupyter kernel of a language that is not Python: it says what it is given, and keeps it in `HEARD`.

`python -m fakes.other_kernel -f CONNECTION_FILE`
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

HEARD = "OTHER_KERNEL_HEARD"
"""The variable with the file to which each text that it is to run is added, a line of JSON."""


class OtherKernel(Kernel):  # type: ignore[misc]
    implementation = "other"
    implementation_version = "1"
    language_info = {"name": "other", "mimetype": "text/x-other", "file_extension": ".other"}  # noqa: RUF012
    banner = "other"

    async def do_execute(self, code: str, silent: bool, *_: Any, **__: Any) -> dict[str, Any]:
        with Path(os.environ[HEARD]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(code) + "\n")
        if not silent:
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}


def install(data: Path, heard: Path) -> None:
    """Let a Jupyter server whose data lie in `data` have it, as `other`."""
    folder = data / "kernels" / "other"
    folder.mkdir(parents=True)
    spec = {
        "argv": ["python", "-m", "fakes.other_kernel", "-f", "{connection_file}"],
        "display_name": "Other",
        "language": "other",
        "env": {HEARD: str(heard)},
    }
    (folder / "kernel.json").write_text(json.dumps(spec), "utf-8")


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=OtherKernel)
