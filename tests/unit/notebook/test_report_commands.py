"""`%flink report` of a job on a fake cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import flinklab
from fakes.gateway import FakeGateway
from fakes.managed import add_cluster, add_job, ledger, running
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.jobs import Attempt, Cause
from flinklab.domain.monitoring import Failure
from flinklab.ports.series import RecordedFailure
from unit.notebook.conftest import Notebook

ROW = "4111-for-Ann"
BAD_ROW = f"java.lang.NumberFormatException: For input string: '{ROW}'\n\tat x.Y.z(Y.java:2)\n"


@pytest.fixture(autouse=True)
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway) -> Iterator[Catalog]:
    """A job whose cluster does not answer, with a failure that tells of a row."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    now = datetime.now(timezone.utc)
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        managed = add_job(catalog, description="<b>orders</b>")
        its = ledger(catalog)
        cause = Cause(f"For input string: '{ROW}'", BAD_ROW, "Calc", at=now - timedelta(minutes=5))
        kept = running(managed)
        its.keep(*(replace(each, cause=cause) if isinstance(each, Attempt) else each for each in kept))
        attempt = next(each for each in kept if isinstance(each, Attempt))
        failure = Failure(now - timedelta(minutes=9), f"For input string: '{ROW}'", BAD_ROW, "Calc[2] (1/1)#0")
        its.series.failures([RecordedFailure(managed.job.id, attempt.id, attempt.flink_id, failure)])
        yield catalog


def test_a_report_is_one_file_and_says_what_could_not_be_had(notebook: Notebook, tmp_path: Path) -> None:
    cell = notebook.ok("%flink report orders --no-doctor -o out.html")
    assert "out.html" in cell.text
    text = (tmp_path / "out.html").read_text("utf-8")
    titles = re.findall(r"<h2>([^<]*)</h2>", text)
    assert titles == [
        "Timeline",
        "Checkpoints",
        "Backpressure",
        "Lag",
        "Metrics",
        "Exceptions",
        "Orders",
        "Versions",
    ]
    assert "my.orders (dev): report" in text
    assert "&lt;b&gt;orders&lt;/b&gt;" in text
    assert "<b>orders" not in text
    assert "the cluster does not answer, this is what is recorded" in text
    assert "INSERT INTO s" in text
    assert not re.search(r"""<(?:script|link|img)[^>]*\s(?:src|href)=""", text.replace("<script>", ""))


def test_values_of_rows_are_not_handed_on(notebook: Notebook, tmp_path: Path, catalog: Catalog) -> None:
    place = flinklab.report("orders", "24h", tmp_path / "r.html", catalog=catalog, doctor=False)
    text = place.read_text("utf-8")
    assert "NumberFormatException: For input string: …" in text
    assert "2" in re.findall(r"<td>(\d+)</td>", text)
    assert ROW not in text


def test_the_doctors_findings_are_in_it_or_why_not(notebook: Notebook, tmp_path: Path, catalog: Catalog) -> None:
    said: list[str] = []
    place = flinklab.report("orders", "24h", tmp_path / "r.html", catalog=catalog, say=said.append)
    section = place.read_text("utf-8").partition("<h2>Findings</h2>")[2]
    assert section.startswith("<p>It could not be had: ")
    assert said[0] == "looking at the job"


def test_mistakes_say_what_to_do(notebook: Notebook) -> None:
    assert "cannot be written" in notebook.run("%flink report orders --no-doctor -o no/such/x.html").fails_with(
        UsageError
    )
    assert "did you mean orders" in notebook.run("%flink report odrers").fails_with(NotFoundError)
    assert "needs more" in notebook.run("%flink report").fails_with(UsageError)
