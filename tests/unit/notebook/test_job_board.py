"""The table that keeps itself up to date: what it shows, when it tells, and what its buttons do."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import AT, add_cluster, add_job, ledger, running
from flinklab import api
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CatalogUnavailableError, CommandRefusedError
from flinklab.domain.jobs import JobKey, Managed, ManagedState, Status
from flinklab.notebook.job_board import JobBoard, Reader, moment_of, picture

_LONG = 30  # s: a bound, not a time


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        yield catalog


@pytest.fixture
def jobs(catalog: Catalog) -> Sequence[Managed]:
    its = ledger(catalog)
    its.keep(*running(add_job(catalog, "a")))
    failed = add_job(catalog, "b")
    its.keep(Status(failed.job.id, ManagedState.FAILED, AT, "<no slots>"))
    return its.load()


def test_a_moment_has_problems_first_and_no_time_that_moves(jobs: Sequence[Managed]) -> None:
    moment = moment_of(jobs)
    assert [row["key"][1] for row in moment["rows"]] == ["b", "a"]
    assert moment == moment_of(jobs)
    first, second = moment["rows"]
    assert (first["problem"], first["why"], first["checkpoint"]) == (True, "<no slots>", None)
    assert second["checkpoint"] == AT.timestamp() * 1000


def test_a_thousand_jobs_are_cut_and_it_is_said(jobs: Sequence[Managed]) -> None:
    moment = moment_of([jobs[0]] * 1000)
    assert (len(moment["rows"]), moment["more"]) == (500, 500)


def test_the_picture_is_text_and_html_without_markup_of_others(jobs: Sequence[Managed]) -> None:
    drawn = picture(jobs, "mark-1")
    assert "&lt;no slots&gt;" in drawn["text/html"]
    assert "mark-1" in drawn["text/html"]
    assert "<no slots>" in drawn["text/plain"]
    assert picture([], "m")["text/plain"] == "no managed jobs"


def test_the_reader_tells_what_is_different_and_errors_and_ends(jobs: Sequence[Managed]) -> None:
    told: list[dict[str, Any]] = []
    looks: list[Sequence[Managed] | None] = [jobs, jobs, None, jobs[:1]]
    done = threading.Event()

    def look() -> Sequence[Managed]:
        found = looks.pop(0) if looks else jobs[:1]
        if not looks:
            done.set()
        if found is None:
            raise CatalogUnavailableError("the catalog is away")
        return found

    reader = Reader(look, told.append, pause=0.001)
    reader.start()
    assert done.wait(_LONG)
    reader.close()
    assert [(len(each["rows"]), each["error"]) for each in told[:3]] == [
        (2, ""),
        (2, "the catalog is away"),
        (1, ""),
    ]
    count = len(told)
    looks.append([])
    assert len(told) == count == 3


class _Listening(JobBoard):
    """Keeps what it sends."""

    def __init__(self, order: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.heard = threading.Event()
        super().__init__(order)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)
        self.heard.set()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.heard.clear()
        self._handle_custom_msg(question, [])
        assert self.heard.wait(_LONG)
        return self.sent[-1]


def test_a_button_asks_and_says_what_became_of_it() -> None:
    asked: list[tuple[JobKey, str]] = []

    def order(key: JobKey, verb: str) -> str:
        asked.append((key, verb))
        if verb == "stop":
            raise CommandRefusedError("it does not run", hint="start starts it")
        return "asked for"

    board = _Listening(order)
    try:
        key = ["my", "orders", "dev"]
        assert board.ask({"id": 1, "verb": "start", "key": key}) == {"id": 1, "answer": "asked for"}
        refused = board.ask({"id": 2, "verb": "stop", "key": key})
        assert refused["error"] == ["CommandRefused: it does not run", "  → start starts it"]
        assert "does not know 'delete'" in board.ask({"id": 3, "verb": "delete", "key": key})["error"][0]
        assert "TypeError" in board.ask({"id": 4, "verb": "start", "key": ["x"]})["error"][0]
        assert asked == [(JobKey("my", "orders", "dev"), verb) for verb in ("start", "stop")]
    finally:
        board.close()


def test_another_version_on_its_way_is_in_the_row(jobs: Sequence[Managed]) -> None:
    wanted = replace(jobs[0], job=replace(jobs[0].job, number=3))
    assert moment_of([wanted])["rows"][0]["version"] == "1 → 3"
