"""One side of the contract with YARN: the client with a real ResourceManager, or with the fake."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from fakes.resourcemanager import FakeResourceManager
from flinklab.domain.yarn import FLINK
from flinklab.yarn.resourcemanager import RestResourceManager

SUBMITTER = "ann"


@dataclass
class YarnSide:
    """`fake` where it is one. Both have the queues `default` and `etl`, and no limits to who may do what."""

    name: str
    manager: RestResourceManager
    fake: FakeResourceManager | None = None

    def submit(self, name: str, *, queue: str = "default", tags: tuple[str, ...] = (), type: str = FLINK) -> str:
        """An application that runs no ApplicationMaster worth the name; its id."""
        if self.fake is not None:
            fields: dict[str, Any] = {"queue": f"root.{queue}", "tags": tags, "type": type, "user": SUBMITTER}
            return self.fake.yarn.add(name, state="ACCEPTED", **fields).id
        application_id = str(self._post("/new-application")["application-id"])
        self._post(
            "",
            {
                "application-id": application_id,
                "application-name": name,
                "application-type": type,
                "application-tags": {"tag": list(tags)},
                "queue": queue,
                "max-app-attempts": 1,
                "resource": {"memory": 256, "vCores": 1},
                "am-container-spec": {"commands": {"command": "sleep 600"}},
            },
        )
        return application_id

    def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.manager.urls[0]}/ws/v1/cluster/apps{path}?user.name={SUBMITTER}"
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else {}
