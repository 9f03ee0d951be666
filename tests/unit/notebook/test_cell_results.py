"""Ending what a cell left running, and nothing else."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from fakes.answers import Feed, query
from fakes.gateway import FakeGateway
from flinklab.domain.errors import UsageError
from flinklab.session.snapshot import ResultStatus


@pytest.fixture
def in_cell(notebook: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a text as the cell of an id."""

    def run(cell: str, text: str) -> Any:
        parent = {"metadata": {"cellId": cell}}
        monkeypatch.setattr(notebook.shell, "get_parent", lambda: parent, raising=False)
        return notebook.ok(text)

    return run


def test_a_cell_ends_its_own_queries_and_jobs(notebook: Any, gateway: FakeGateway, in_cell: Any) -> None:
    assert gateway.jobmanager is not None
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    in_cell("one", "%%flinksql --detach a <<\nSELECT * FROM t")
    in_cell("one", "%%flinksql --detach b <<\nINSERT INTO t SELECT 1")
    gateway.on("SELECT * FROM u", query("id BIGINT", Feed()))
    in_cell("two", "%%flinksql --detach c <<\nSELECT * FROM u")
    foreign = gateway.jobmanager.add_job("not ours")

    lines = in_cell("", "%flink queries --cell one").printed.splitlines()
    assert [line[:8] for line in lines] == [notebook[name].job_id[:8] for name in "ab"]
    assert notebook["a"].status is ResultStatus.STOPPED
    assert sorted(gateway.jobmanager.running()) == sorted([foreign, notebook["c"].job_id])
    assert "nothing runs from cell one" in notebook.run("%flink queries --cell one").fails_with(UsageError)


def test_a_result_that_is_over_is_kept_for_nobody(notebook: Any, gateway: FakeGateway, in_cell: Any) -> None:
    feed = Feed()
    gateway.on("SELECT * FROM t", query("id BIGINT", feed))
    in_cell("one", "%%flinksql --detach a <<\nSELECT * FROM t")
    result = weakref.ref(notebook["a"])
    notebook["a"].cancel()
    notebook.shell.user_ns.pop("a")
    notebook.shell.user_ns_hidden.pop("a", None)
    for _ in range(100):
        gc.collect()
        if result() is None:
            break
    assert "nothing runs from cell one" in notebook.run("%flink queries --cell one").fails_with(UsageError)


def test_a_job_or_a_cell_is_ended_not_both(notebook: Any) -> None:
    assert "exclude each other" in notebook.run("%flink queries --end all --cell x").fails_with(UsageError)
