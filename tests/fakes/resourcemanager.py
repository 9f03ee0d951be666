"""A fake ResourceManager that keeps applications, as YARN does: their states, attempts, queues.

with FakeResourceManager() as manager:
    session = manager.yarn.add("etl-1", jobmanager=jobmanager.url, tags=("prod",))
    manager.yarn.move(session, "http://127.0.0.1:41000")      # a new attempt, elsewhere
    manager.yarn.end(session, "FAILED")
    manager.yarn.forget(session)
    manager.standby_of = other.url                            # "" when no other one is active, either
    manager.kerberos = manager.html = True
    manager.pages["/cluster/apps"] = b"<html>..."             # its web pages, and their files
    manager.faults.add("applications", "slow")
    manager.stop()                                            # down; `start()` brings it back
    manager.asked["/ws/v1/cluster/apps"]                      # how often

Two of them over one `FakeYarn` are a pair in high availability. Answers as Hadoop 3.4.1 gives them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from fakes.server import FakeServer, Reply, Request
from fakes.yarn import FLINK, FakeApplication, FakeQueue, FakeYarn

__all__ = ["FLINK", "FakeApplication", "FakeQueue", "FakeResourceManager", "FakeYarn"]

_API = "/ws/v1/cluster"
_DESELECTS = {"resourceRequests", "timeouts", "appNodeLabelExpression", "amNodeLabelExpression", "resourceInfo"}
_STATES = ["NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED", "RUNNING", "FINISHED", "FAILED", "KILLED"]
_APP = r"/apps/(?P<app>[^/]+)"
_PAGE = b"<html><body><h1>Welcome to something else</h1></body></html>"


class FakeResourceManager(FakeServer):
    """`prefix`: of a proxy before it. `deselects`: what the `deSelects` of its version knows; None: it has none.

    `administrators`: who may change what is another's; None: everybody, as YARN is without ACLs. Its
    routes, for `faults`: `info`, `metrics`, `applications`, `application`, `attempts`, `scheduler`, `kill`,
    `queue`, `priority`.
    """

    def __init__(self, yarn: FakeYarn | None = None, *, prefix: str = "", **server: Any) -> None:
        self.yarn = yarn or FakeYarn()
        self.prefix = prefix
        self.standby_of: str | None = None
        self.kerberos = False
        self.html = False
        self.pages: dict[str, bytes] = {}
        self.administrators: set[str] | None = None
        self.deselects: set[str] | None = _DESELECTS
        self._paths: list[str] = []
        super().__init__(**server)

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        return [
            ("info", "GET", "/info", self._info),
            ("metrics", "GET", "/metrics", self._metrics),
            ("applications", "GET", "/apps", self._applications),
            ("application", "GET", _APP, self._application),
            ("attempts", "GET", _APP + "/appattempts", self._attempts),
            ("scheduler", "GET", "/scheduler", self._scheduler),
            ("kill", "PUT", _APP + "/state", self._kill),
            ("queue", "PUT", _APP + "/queue", self._queue),
            ("priority", "PUT", _APP + "/priority", self._priority),
        ]

    @property
    def url(self) -> str:
        return super().url + self.prefix

    @property
    def asked(self) -> Counter[str]:
        """How many requests arrived by path (without the prefix), broken ones included."""
        return Counter(list(self._paths))

    def handle(self, request: Request) -> tuple[Reply, str | None]:
        path = request.path
        self._paths.append(path.removeprefix(self.prefix))
        if path.removeprefix(self.prefix) in self.pages:
            return self._page(request), None
        if not path.startswith(self.prefix + _API) or self.html:
            self.requests.append(request)
            return Reply(200 if self.html else 404, _PAGE, "text/html"), None
        request.path = path.removeprefix(self.prefix + _API)
        if self.kerberos and not request.headers.get("authorization", "").startswith("Negotiate "):
            self.requests.append(request)
            page = b"<html><h2>HTTP ERROR 401 Authentication required</h2></html>"
            return Reply(401, page, "text/html", {"WWW-Authenticate": "Negotiate"}), None
        if self.standby_of is not None and request.path != "/info":
            self.requests.append(request)
            return self._standing_by(path), None
        return super().handle(request)

    def not_found(self, request: Request) -> Reply:
        return Reply(404, _PAGE, "text/html")

    def _page(self, request: Request) -> Reply:
        self.requests.append(request)
        path = request.path.removeprefix(self.prefix)
        if self.standby_of is not None and path != "/cluster/cluster" and not path.startswith("/static/"):
            return self._standing_by(request.path)
        kind = {"css": "text/css", "js": "application/javascript"}.get(path.rpartition(".")[2])
        return Reply(200, self.pages[path], kind or "text/html;charset=utf-8")

    def _standing_by(self, path: str) -> Reply:
        if not self.standby_of:
            text = b"There is no active RM right now. Will retry in next 3 seconds."
            return Reply(307, text, "text/plain", {"Refresh": f"3;url={path}"})
        target = self.standby_of + path
        text = f"This is standby RM. The redirect url is: {target}\n".encode()
        return Reply(307, text, "text/plain", {"Refresh": f"3; url={target}", "Location": target})

    def _info(self, request: Request) -> Reply:
        state = "ACTIVE" if self.standby_of is None else "STANDBY"
        info = {"id": self.yarn.started, "startedOn": self.yarn.started, "state": "STARTED", "haState": state}
        return Reply(body={"clusterInfo": {**info, "hadoopVersion": self.yarn.hadoop_version}})

    def _metrics(self, request: Request) -> Reply:
        return Reply(body={"clusterMetrics": self.yarn.metrics()})

    def _applications(self, request: Request) -> Reply:
        asked = request.query
        unknown = set(asked["deSelects"].split(",")) - self.deselects if self._can_deselect(asked) else set()
        states = asked.get("states", "").split(",") if asked.get("states") else []
        if unknown:
            return _refusal(400, "BadRequest", f"java.lang.Exception: Invalid deSelects string {unknown.pop()}")
        if asked.get("queue") and self.yarn.queue(asked["queue"]) is None:
            return _refusal(400, "BadRequest", f"java.lang.Exception: Unknown queue: {asked['queue']}")
        if wrong := set(states) - set(_STATES):
            return _refusal(400, "BadRequest", f"java.lang.Exception: Invalid application-state {wrong.pop()}")
        found = [
            each.report(self._web())
            for each in list(self.yarn.applications.values())
            if (not states or each.state in states)
            and asked.get("applicationTypes", each.type) == each.type
            and ("applicationTags" not in asked or asked["applicationTags"] in each.tags)
            and asked.get("queue", each.queue).rpartition(".")[2] == each.queue.rpartition(".")[2]
        ]
        return Reply(body={"apps": {"app": found} if found else {}})

    def _can_deselect(self, asked: dict[str, str]) -> bool:
        return self.deselects is not None and "deSelects" in asked

    def _application(self, request: Request, app: str) -> Reply:
        found = self._find(app)
        return found if isinstance(found, Reply) else Reply(body={"app": found.report(self._web(), requests=True)})

    def _attempts(self, request: Request, app: str) -> Reply:
        found = self._find(app)
        return found if isinstance(found, Reply) else Reply(body={"appAttempts": {"appAttempt": found.attempts()}})

    def _scheduler(self, request: Request) -> Reply:
        return Reply(body={"scheduler": {"schedulerInfo": self.yarn.scheduler_info()}})

    def _kill(self, request: Request, app: str) -> Reply:
        found = self._changeable(request, app)
        if isinstance(found, Reply):
            return found
        if found.is_over:
            return Reply(200, {"state": found.state})
        who = request.query.get("doAs") or request.query.get("user.name", "dr.who")
        self.yarn.end(found, "KILLED", "KILLED", f"Application {found.id} was killed by user {who} at 127.0.0.1")
        return Reply(202, {"state": "KILLING"})

    def _queue(self, request: Request, app: str) -> Reply:
        found = self._changeable(request, app)
        if isinstance(found, Reply):
            return found
        if found.is_over:
            return Reply(400, f"App in {found.state} state cannot be moved.".encode(), "application/json")
        target = self.yarn.queue(str(request.body["queue"]))
        if target is None:
            kind = "UndeclaredThrowableException"
            error = {"exception": kind, "javaClassName": f"java.lang.reflect.{kind}"}
            return Reply(503, {"RemoteException": error})
        found.queue = target.path
        return Reply(200, {"queue": target.path})

    def _priority(self, request: Request, app: str) -> Reply:
        found = self._changeable(request, app)
        if isinstance(found, Reply):
            return found
        if not found.is_over:
            found.priority = min(int(request.body["priority"]), self.yarn.max_priority)
        return Reply(200, {"priority": found.priority})

    def _find(self, app: str) -> FakeApplication | Reply:
        if not app.startswith("application_"):
            return _refusal(400, "BadRequest", f"java.lang.IllegalArgumentException: Invalid ApplicationId: {app}")
        found = self.yarn.applications.get(app)
        return found or _refusal(404, "NotFound", f"java.lang.Exception: app with id: {app} not found")

    def _changeable(self, request: Request, app: str) -> FakeApplication | Reply:
        found = self._find(app)
        who = request.query.get("doAs") or request.query.get("user.name", "dr.who")
        if isinstance(found, Reply) or self.administrators is None or who in {found.user, *self.administrators}:
            return found
        text = f"Unauthorized attempt to kill appid {app} by remote user {who}"
        return Reply(403, text.encode())

    def _web(self) -> str:
        return f"http://{urlsplit(super().url).netloc}"


def _refusal(status: int, kind: str, message: str) -> Reply:
    name = f"org.apache.hadoop.yarn.webapp.{kind}Exception"
    error = {"exception": f"{kind}Exception", "message": message, "javaClassName": name}
    return Reply(status, {"RemoteException": error})
