"""One side of the contract: the adapters with a Flink, or a fake scripted to answer as Flink does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fakes import errors
from fakes.answers import Feed, fails, insert, query, table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import FlinklabError
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager

LIVE = "CREATE TABLE live (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')"
SINK = "CREATE TABLE sink (id INT) WITH ('connector' = 'blackhole')"
KAFKA = "CREATE TABLE topic (id INT) WITH ('connector' = 'kafka', 'topic' = 't')"
UPDATING = "SELECT name, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t (name) GROUP BY name"


def script(fake: FakeGateway) -> None:
    """What the real one answers to the statements of this suite."""
    fake.on(
        "SELECT id, name FROM (VALUES (1, 'a'), (2, 'b')) AS t (id, name)",
        query("id INT NOT NULL, name CHAR(1) NOT NULL", [None, [1, "a"], [2, "b"]]),
    )
    fake.on(
        UPDATING,
        query("name CHAR(1) NOT NULL, n BIGINT NOT NULL", [["a", 1], ["b", 1], ("-U", ["a", 1]), ("+U", ["a", 2])]),
    )
    fake.on(
        "SELECT MAP[1, 2] AS m",
        query(
            [
                {
                    "name": "m",
                    "logicalType": {
                        "type": "MAP",
                        "nullable": False,
                        "keyType": {"type": "INTEGER", "nullable": False},
                        "valueType": {"type": "INTEGER", "nullable": False},
                    },
                    "comment": None,
                }
            ],
            [["{1=2}"]],
            no_json=True,
        ),
    )
    fake.on("SELECT * FROM live", lambda _: query("id BIGINT", Feed()))
    fake.on("SELECT 1 / (id - id) AS x FROM live", lambda _: query("x BIGINT", error=errors.division_by_zero()))
    fake.on("INSERT INTO sink VALUES (1)", insert())
    fake.on("INSERT INTO nosink VALUES (1)", fails(errors.sink_not_found("nosink")))
    fake.on("SELECT * FROM topic", fails(errors.unknown_connector("kafka", "topic")))
    fake.on("SELECT nope FROM live", fails(errors.column_not_found("nope", 1, 8)))
    fake.on("SELECT *\n  FROM nix", fails(errors.object_not_found("nix", 2, 8)))
    fake.on("CREATE TABLE u u (a INT)", fails(errors.parse_error("u", 1, 16)))
    fake.on("SHOW VIEWS", table("view name STRING"))
    fake.candidates = ["FROM"]


@dataclass
class Side:
    """The adapters, the session of a test, and what the tests do with them all the time.

    `fake`: the cluster, where it is one; it wants to be told what happens to its jobs.
    """

    name: str
    gateway: RestGateway
    jobmanager: RestJobManager
    session: SessionHandle
    fake: FakeJobManager | None = None

    def run(self, statement: str, config: dict[str, str] | None = None) -> list[Page]:
        """All pages with rows, and the last one; the operation is closed."""
        operation = self.gateway.submit(self.session, statement, config or {})
        try:
            return self.drain(operation)
        finally:
            self.gateway.close_operation(self.session, operation)

    def drain(self, operation: OperationHandle) -> list[Page]:
        pages: list[Page] = []
        token = 0
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            page = self.gateway.fetch(self.session, operation, token)
            if page.kind is PageKind.EOS or page.rows != b"[]":
                pages.append(page)
            if page.kind is PageKind.EOS:
                return pages
            token += page.kind is PageKind.PAYLOAD
            time.sleep(0.01)
        raise AssertionError("the result did not end in 90 s")

    def first(self, operation: OperationHandle) -> Page:
        """Page 0, once it is ready."""
        return until(lambda: _ready(self.gateway.fetch(self.session, operation, 0)))

    def live(self, config: dict[str, str] | None = None) -> tuple[OperationHandle, JobId]:
        """A query without end whose tasks all run (to end it earlier kills a TaskManager: FLINK-39330)."""
        self.run(LIVE)
        operation = self.gateway.submit(self.session, "SELECT * FROM live", config or {})
        job_id = self.first(operation).job_id
        assert job_id is not None

        def runs() -> bool:
            detail = self.jobmanager.job(job_id)
            return detail is not None and set(detail.task_states) == {"RUNNING"}

        until(runs)
        return operation, job_id

    def failure(self, statement: str) -> FlinklabError:
        """What a statement fails with; its job is not restarted, as it is where checkpoints are on."""
        with pytest.raises(FlinklabError) as caught:
            self.run(statement, {"restart-strategy.type": "none"})
        return caught.value


def rows(pages: list[Page]) -> list[tuple[str, list[Any]]]:
    return [(row["kind"], row["fields"]) for page in pages for row in json.loads(page.rows)]


def until(condition: Callable[[], Any], seconds: float = 90.0) -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"nothing came of {condition} in {seconds:g} s")


def _ready(page: Page) -> Page | None:
    return None if page.kind is PageKind.NOT_READY else page
