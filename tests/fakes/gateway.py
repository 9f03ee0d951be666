"""A fake SQL Gateway (Flink 2.3.0's REST API, v1 to v4) with the real one's strictness.

    with FakeGateway() as gateway:
        gateway.on("SELECT * FROM t", query("id BIGINT", [[1], [2]]))
        gateway.on(re.compile("SELECT .* FROM broken"), fails(division_by_zero()))
        gateway.faults.add("submit", "drop reply")
        gateway.expire_sessions()

Only the current result token or the one before is served; statements of one session are carried out one after
the other. Statements without a script: DDL, SET and USE answer OK, INSERT and EXECUTE PLAN start a job, COMPILE
PLAN writes one, SHOW answers no rows, EXPLAIN an append-only plan; a query without a script is refused.

    gateway.submitting.held = True                 # jobs are on their way ...
    gateway.deliver()                              # ... until now
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes import errors
from fakes.answers import Answer, Feed, Listed, fails, insert, ok, row, table
from fakes.jobmanager import FakeJobManager
from fakes.refusals import SubmissionRefusedError
from fakes.server import FakeServer, Reply, Request
from fakes.submitting import Submitting, refused

NO_JSON = {"errors": ["Internal server error. Could not map response to JSON."]}
_PLAN = "== Optimized Physical Plan ==\nCalc(select=[id], changelogMode=[I])\n"


@dataclass
class Submitted:
    """A statement that arrived, whether or not its reply got through."""

    session: str
    statement: str
    config: dict[str, str]
    operation: str


@dataclass
class _Operation:
    id: str
    answer: Answer
    source: Any
    job_id: str | None = None
    cluster: FakeJobManager | None = None  # where its job is
    waiting: threading.Event | None = None  # until its job arrives
    token: int = -1  # the token that was served last
    pages: dict[int, dict[str, Any]] = field(default_factory=dict)
    not_ready: int = 0
    ended: bool = False
    error: dict[str, Any] | None = None

    @property
    def waits(self) -> bool:
        events = (self.answer.ready, self.waiting)
        return self.not_ready > 0 or any(event is not None and not event.is_set() for event in events)


@dataclass
class _Session:
    properties: dict[str, str]
    operations: dict[str, _Operation] = field(default_factory=dict)
    heartbeats: int = 0


class FakeGateway(FakeServer):
    """`submitted`: the statements that arrived. `candidates`: what completion answers. `configuration`: what every
    session starts with."""

    def __init__(
        self,
        *,
        jobmanager: FakeJobManager | None = None,
        versions: Sequence[str] = ("V1", "V2", "V3", "V4"),
        flink_version: str = "2.3.0",
        **server: Any,
    ) -> None:
        self.versions = list(versions)
        self.flink_version = flink_version
        self.jobmanager = jobmanager
        self.submitting = Submitting(jobmanager)
        self.configuration: dict[str, str] = {}
        self.submitted: list[Submitted] = []
        self.candidates: list[str] = []
        self.sessions: dict[str, _Session] = {}
        self._scripts: list[tuple[str | re.Pattern[str], Answer | Callable[[str], Answer]]] = []
        self._held: list[tuple[_Session, _Operation, str, dict[str, str]]] = []
        self._lock = threading.RLock()
        if jobmanager is not None:
            jobmanager.on_cancel.append(self._job_was_cancelled)
        super().__init__(**server)

    def on(self, statement: str | re.Pattern[str], answer: Answer | Callable[[str], Answer]) -> None:
        """Script a statement: its text (spaces and case do not count) or a pattern to search. The last one wins."""
        self._scripts.insert(0, (statement, answer))

    @property
    def statements(self) -> list[str]:
        """The texts that arrived, in order."""
        return [submitted.statement for submitted in self.submitted]

    def expire_sessions(self) -> None:
        """The gateway forgets all sessions, as after its idle timeout or a restart."""
        with self._lock:
            for handle in list(self.sessions):
                self._close_session(handle)

    def open_operations(self) -> list[str]:
        return [operation for session in self.sessions.values() for operation in session.operations]

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        version = r"/v[1-9]"
        session = version + r"/sessions/(?P<session>[^/]+)"
        operation = session + r"/operations/(?P<operation>[^/]+)"
        return [
            ("versions", "GET", "(/v[1-9])?/api_versions", lambda _: Reply(body={"versions": self.versions})),
            ("info", "GET", version + "/info", self._info),
            ("open", "POST", version + "/sessions", self._open),
            ("properties", "GET", session, self._properties),
            ("close session", "DELETE", session, self._delete_session),
            ("heartbeat", "POST", session + "/heartbeat", self._heartbeat),
            ("submit", "POST", session + "/statements", self._submit),
            ("complete", "GET", session + "/complete-statement", self._complete),
            ("fetch", "GET", operation + r"/result/(?P<token>\d+)", self._fetch),
            ("cancel", "POST", operation + "/cancel", self._cancel),
            ("close operation", "DELETE", operation + "/close", self._close),
        ]

    def _info(self, request: Request) -> Reply:
        return Reply(body={"productName": "Apache Flink", "version": self.flink_version})

    def _open(self, request: Request) -> Reply:
        handle = str(uuid.uuid4())
        with self._lock:
            own = (request.body or {}).get("properties") or {}
            self.sessions[handle] = _Session({**self.configuration, **own})
        return Reply(body={"sessionHandle": handle})

    def _properties(self, request: Request, session: str) -> Reply:
        found = self.sessions.get(session)
        if found is None:
            return self._no_session("getSessionConfig", session)
        return Reply(body={"properties": found.properties})

    def _delete_session(self, request: Request, session: str) -> Reply:
        with self._lock:
            if session not in self.sessions:
                return self._no_session("closeSession", session)
            self._close_session(session)
        return Reply(body={"status": "CLOSED"})

    def _heartbeat(self, request: Request, session: str) -> Reply:
        found = self.sessions.get(session)
        if found is None:
            return self._no_session("getSessionConfig", session)
        found.heartbeats += 1
        return Reply()

    def _complete(self, request: Request, session: str) -> Reply:
        if request.path.startswith("/v1/"):
            return self.not_found(request)
        if session not in self.sessions:
            return self._no_session("get statement completion candidates", session)
        return Reply(body={"candidates": self.candidates})

    def _submit(self, request: Request, session: str) -> Reply:
        body = request.body or {}
        statement, config = str(body.get("statement", "")), dict(body.get("executionConfig") or {})
        with self._lock:
            found = self.sessions.get(session)
            handle = str(uuid.uuid4())
            self.submitted.append(Submitted(session, statement, config, handle))
            if found is None:
                cause = f"{errors.GATEWAY}: Session '{session}' does not exist."
                text = errors.trace(f"{errors.GATEWAY}: Failed to execute statement.", cause)
                wrapped = f"<Exception on server side:\n{text}\nEnd of exception on server side>"
                return Reply(500, {"errors": ["Internal server error.", wrapped]})
            self._apply_settings(found, statement)
            config = {**found.properties, **config}
            is_plain = self._script_for(statement) is None
            plan = self.submitting.compile_or_execute(statement, config) if is_plain else None
            answer = plan or self._answer(statement)
            operation = _Operation(handle, answer, None, not_ready=answer.not_ready)
            found.operations[handle] = operation
            starts = (answer.starts_job and answer.error is None) or answer.is_query
            if starts and self.submitting.held:
                operation.waiting = threading.Event()
                self._held.append((found, operation, statement, config))
            else:
                self._carry_out(operation, statement, config, starts)
        return Reply(body={"operationHandle": handle})

    def deliver(self) -> int:
        """The jobs that were held reach their clusters, but for those whose sessions were closed; how many did."""
        with self._lock:
            held, self._held = self._held, []
            arriving = [each for each in held if each[0] in self.sessions.values()]
            for _, operation, statement, config in arriving:
                self._carry_out(operation, statement, config, starts=True)
                if operation.waiting is not None:
                    operation.waiting.set()
            return len(arriving)

    def _carry_out(self, operation: _Operation, statement: str, config: dict[str, str], starts: bool) -> None:
        if starts:
            try:
                operation.cluster = self.submitting.cluster(config)
                operation.job_id = self.submitting.start(statement, config) or uuid.uuid4().hex
            except SubmissionRefusedError as refusal:
                operation.answer = fails(refused(config.get("pipeline.name", statement), refusal))
        answer = operation.answer
        operation.source = (
            answer.rows if isinstance(answer.rows, Feed) else Listed(self._rows(operation), answer.error)
        )

    def _rows(self, operation: _Operation) -> Any:
        answer = operation.answer
        return [[operation.job_id]] if answer.starts_job and not answer.is_query else answer.rows

    def _script_for(self, statement: str) -> Answer | Callable[[str], Answer] | None:
        for pattern, answer in self._scripts:
            if isinstance(pattern, str):
                matches = _plain(pattern) == _plain(statement)
            else:
                matches = pattern.search(statement) is not None
            if matches:
                return answer
        return None

    def _answer(self, statement: str) -> Answer:
        script = self._script_for(statement)
        if script is not None:
            return script if isinstance(script, Answer) else script(statement)
        first = (_plain(statement).split(" ", 1) or [""])[0]
        if first in ("select", "with", "values", "table"):
            return fails(errors.object_not_found("unscripted", 1, 1))
        if first in ("insert", "execute"):
            return insert()
        if first == "explain":
            return table("result STRING", [[_PLAN]])
        if first in ("show", "describe", "desc"):
            return table("name STRING")
        return ok()

    def _apply_settings(self, session: _Session, statement: str) -> None:
        match = re.match(r"\s*SET\s+'([^']+)'\s*=\s*'([^']*)'\s*$", statement, re.IGNORECASE)
        if match:
            session.properties[match[1]] = match[2]

    def _fetch(self, request: Request, session: str, operation: str, token: str) -> Reply:
        row_format = request.query.get("rowFormat", "JSON")
        with self._lock:
            found = self.sessions.get(session)
            if found is None:
                cause = f"{errors.GATEWAY}: Session '{session}' does not exist."
                return Reply(500, errors.fetch_error(cause))
            current = found.operations.get(operation)
            if current is None:
                return Reply(500, errors.fetch_error(f"{errors.GATEWAY}: {_no_operation(operation)}"))
            link = f"{request.path.rsplit('/', 1)[0]}/"
            waiting = self._first_waiting(found)
            if waiting is not None and list(found.operations).index(waiting.id) <= list(found.operations).index(
                operation
            ):
                if waiting is current and current.not_ready > 0:
                    current.not_ready -= 1
                return Reply(
                    body={"resultType": "NOT_READY", "nextResultUri": f"{link}{token}?rowFormat={row_format}"}
                )
            if current.answer.no_json and row_format == "JSON":
                return Reply(500, NO_JSON)
            return self._page(current, int(token), row_format, link)

    def _first_waiting(self, session: _Session) -> _Operation | None:
        return next((operation for operation in session.operations.values() if operation.waits), None)

    def _page(self, operation: _Operation, token: int, row_format: str, link: str) -> Reply:
        expected = operation.token if operation.ended else operation.token + 1
        if token == expected and not operation.ended:
            if operation.error is not None:
                return Reply(500, operation.error)
            rows, done, error = operation.source.take(operation.answer.page_size)
            if error is not None and not rows:
                operation.error = error
                self._end_job(operation, error)
                return Reply(500, error)
            last = done and error is None and (not rows or operation.answer.eos_at_once)
            operation.token, operation.ended = token, last
            if last:
                self._end_job(operation, None)
            operation.pages = {
                **{number: page for number, page in operation.pages.items() if number == token - 1},
                token: self._payload(operation, rows, last),
            }
        page = operation.pages.get(token)
        if page is None:
            wanted = " or ".join(str(number) for number in sorted({expected, max(expected - 1, 0)}, reverse=True))
            return Reply(
                500, errors.fetch_error(f"{errors.EXECUTION}: Expecting token to be {wanted}, but found {token}.")
            )
        page = {**page, "results": {**page["results"], "rowFormat": row_format}}
        if page["resultType"] != "EOS":
            page["nextResultUri"] = f"{link}{token + 1}?rowFormat={row_format}"
        return Reply(body=page)

    def _payload(self, operation: _Operation, rows: list[Any], last: bool) -> dict[str, Any]:
        answer = operation.answer
        page: dict[str, Any] = {"resultType": "EOS" if last else "PAYLOAD", "isQueryResult": answer.is_query}
        if operation.job_id is not None:
            page["jobID"] = operation.job_id
        page["resultKind"] = answer.result_kind
        page["results"] = {"columns": answer.columns, "rowFormat": "JSON", "data": [row(value) for value in rows]}
        return page

    def _end_job(self, operation: _Operation, error: dict[str, Any] | None) -> None:
        if operation.cluster is None or operation.job_id is None or not operation.answer.is_query:
            return
        if error is None:
            operation.cluster.set_state(operation.job_id, "FINISHED")
        else:
            causes = str(error["errors"][-1]).split("Caused by: ")
            operation.cluster.fail(operation.job_id, causes[-1])

    def _cancel(self, request: Request, session: str, operation: str) -> Reply:
        with self._lock:
            found = self.sessions.get(session)
            if found is None:
                return self._no_session("cancelOperation", session)
            current = found.operations.get(operation)
            if current is None:
                return Reply(500, errors.handler_error("cancelOperation", _no_operation(operation)))
            if not current.waits:
                what = f"Failed to convert the Operation Status from FINISHED to CANCELED for {operation}."
                return Reply(500, errors.handler_error("cancelOperation", what))
            current.not_ready, current.answer = 0, Answer([], error=None)
            current.error = errors.statement_error(f"{errors.EXECUTION}: The operation was cancelled.")
        return Reply(body={"status": "CANCELED"})

    def _close(self, request: Request, session: str, operation: str) -> Reply:
        with self._lock:
            found = self.sessions.get(session)
            if found is None:
                return self._no_session("closeOperation", session)
            current = found.operations.pop(operation, None)
        if current is not None:
            self._stop_job(current)
        return Reply(body={"status": "CLOSED"})

    def _close_session(self, handle: str) -> None:
        for operation in self.sessions.pop(handle).operations.values():
            self._stop_job(operation)

    def _stop_job(self, operation: _Operation) -> None:
        if operation.cluster is not None and operation.job_id and operation.answer.is_query and not operation.ended:
            operation.cluster.cancel_job(operation.job_id)

    def _job_was_cancelled(self, job_id: str) -> None:
        with self._lock:
            for session in self.sessions.values():
                for operation in session.operations.values():
                    if operation.job_id == job_id and not operation.ended:
                        cause = "org.apache.flink.runtime.client.JobCancellationException: Job was cancelled."
                        operation.error = errors.job_error(cause)

    def _no_session(self, what: str, session: str) -> Reply:
        return Reply(500, errors.handler_error(what, f"Session '{session}' does not exist."))


def _no_operation(operation: str) -> str:
    return f"Can not find the submitted operation in the OperationManager with the {operation}."


def _plain(statement: str) -> str:
    return " ".join(statement.split()).rstrip("; ").lower()
