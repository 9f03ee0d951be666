"""A stand-in for Flink's client for YARN: a program that prints what the real one does, and what it submits to.

with submitted_to(jobmanager="http://127.0.0.1:1") as manager:
    Deployment(FakeClient(manager.url, "deploys"), ...)

Manners: `deploys`; `is lost` after the submission; `is refused` by an unknown queue; `waits` for a container, and
takes the application with it when it is ended; `is deaf` to that; `has no conf`; `says nothing`; `ends in silence`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOISE = "22:37:50,386 INFO  GlobalConfiguration - Loading configuration property: secret.key, hunter2"
CONNECTING = (
    "22:37:52,329 INFO  DefaultNoHARMFailoverProxyProvider - Connecting to ResourceManager at localhost/127.0.0.1:1"
)
UPLOADING = (
    "22:37:54,074 INFO  YarnClusterDescriptor - Cluster specification: ClusterSpecification{masterMemoryMB=768, "
    "taskManagerMemoryMB=1024, slotsPerTaskManager=4}"
)
NO_CONF = (
    "22:38:36,499 WARN  HadoopUtils - Could not find Hadoop configuration via any of the supported methods "
    "(Flink configuration, environment variables)."
)


@dataclass(frozen=True)
class FakeClient:
    """Fulfils `yarn.client.Program`."""

    manager: str
    manner: str

    def command(self, conf: Path) -> Sequence[str]:
        return [sys.executable, "-S", str(Path(__file__)), self.manager, self.manner]

    def environment(self, conf: Path) -> Mapping[str, str]:
        return {"FLINK_CONF_DIR": str(conf), "PATH": os.environ.get("PATH", "")}


def submitted_to(**application: Any) -> Any:
    """A fake ResourceManager that takes submissions; `application`: the fields of what it makes of them."""
    from fakes.resourcemanager import FakeResourceManager
    from fakes.server import Reply, Request

    class SubmittedTo(FakeResourceManager):
        def __init__(self) -> None:
            self.fields: dict[str, Any] = {"state": "RUNNING", **application}
            self.submitted: list[dict[str, str]] = []
            super().__init__()

        def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
            return [*super().routes(), ("submit", "POST", "/apps", self._submit)]

        def _submit(self, request: Request) -> Reply:
            config = dict(request.body)
            self.submitted.append(config)
            made = self.yarn.add(
                config["yarn.application.name"],
                tags=tuple(config["yarn.tags"].split(",")),
                **{"queue": f"root.{config.get('yarn.application.queue', 'default')}", **self.fields},
            )
            return Reply(200, {"id": made.id})

    return SubmittedTo()


def _config() -> dict[str, str]:
    text = (Path(os.environ["FLINK_CONF_DIR"]) / "config.yaml").read_text()
    return {key: json.loads(value) for key, value in re.findall(r"^(\S+): (.*)$", text, re.MULTILINE)}


def _ask(method: str, url: str, body: Mapping[str, str]) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def _say(line: str) -> None:
    print(line, flush=True)


def main(manager: str, manner: str) -> int:
    _say(NOISE)
    if manner in ("has no conf", "says nothing"):
        if manner == "has no conf":
            _say(NO_CONF)
        time.sleep(600)
    if manner == "ends in silence":
        return 1
    _say(CONNECTING)
    _say(UPLOADING)
    api = f"{manager}/ws/v1/cluster/apps"
    if manner == "is deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    made = _ask("POST", api, _config())["id"]
    if manner == "waits":

        def undone(_number: int, _frame: Any) -> None:
            _ask("PUT", f"{api}/{made}/state", {"state": "KILLED"})
            sys.exit(1)

        signal.signal(signal.SIGTERM, undone)
    _say(f"22:38:04,187 INFO  YarnClusterDescriptor - Submitting application master {made}")
    if manner == "is refused":
        _say("org.apache.flink.client.deployment.ClusterDeploymentException: Couldn't deploy Yarn session cluster")
        _say(
            f"Caused by: org.apache.hadoop.yarn.exceptions.YarnException: Failed to submit {made} to YARN : "
            f"Application {made} submitted by user root to unknown queue: etll"
        )
        return 1
    if manner == "is lost":
        os.kill(os.getpid(), signal.SIGKILL)
    _say("22:34:14,959 INFO  YarnClusterDescriptor - Deploying cluster, current state ACCEPTED")
    if manner in ("waits", "is deaf"):
        while True:
            time.sleep(600)
    _say("22:34:35,072 INFO  YarnClusterDescriptor - YARN application has been deployed successfully.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
