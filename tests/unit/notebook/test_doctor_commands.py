"""`%flink doctor` in a cell."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from fakes.evidence import aggregate, evidence, healthy, source
from flinklab.api import diagnosis
from flinklab.api.looking import Subject
from flinklab.domain.errors import UnreachableError, UsageError
from flinklab.notebook.doctor_view import to_html
from flinklab.telemetry.doctor.diagnosis import diagnose
from unit.notebook.conftest import Notebook


def test_causes_come_first_and_what_follows_is_set_in() -> None:
    found = diagnose(evidence(source(backpressured=0.9, pending=(5e3, 9e3)), aggregate(busy=1.0)))
    html = to_html(found)
    assert html.index('data-severity="critical"') < html.index('data-follows="slow-vertex"')
    assert "<details><summary>figures" in html and "<code>GROUP BY k</code> in line 3" in html


def test_statements_in_advice_can_be_copied() -> None:
    html = to_html(diagnose(evidence(source(backpressured=0.9), aggregate(busy=1.0))))
    assert "<code>SET &#x27;parallelism.default&#x27; = &#x27;2&#x27;;</code>" in html
    assert "<code>%flink scale NAME 2</code>" in html


def test_what_a_cluster_says_is_no_html() -> None:
    given = evidence(source(), aggregate(), missing=("<script>alert(1)</script>",))
    assert "<script>" not in to_html(diagnose(given))


def test_a_name_is_a_job_or_a_cluster_and_flags_go_together(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def diagnose_job(*given: object, **more: object) -> object:
        asked.append(given[:2])
        return diagnose(healthy())

    monkeypatch.setattr(diagnosis, "diagnose_job", diagnose_job)
    monkeypatch.setattr("flinklab.notebook.workbench.Workbench.catalog", lambda self: None)
    shown = notebook.ok("%flink doctor orders --env prod -o found")
    assert asked == [("orders", "prod")]
    assert "nothing is wrong" in shown.text
    assert notebook["found"].findings == ()
    for line in ("%flink doctor a --cluster b", "%flink doctor --env prod"):
        assert isinstance(notebook.run(line).error, UsageError)


def test_an_interrupt_ends_it_in_one_line(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, **more: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnosis, "diagnose_cluster", interrupted)
    monkeypatch.setattr("flinklab.notebook.workbench.Workbench.catalog", lambda self: None)
    assert "nothing was judged" in str(notebook.run("%flink doctor --cluster main").error)


def test_a_diagnosis_that_was_not_made_is_not_shown_as_being_made(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: object, say: Callable[[str], None], **more: object) -> object:
        say("looking")
        raise UnreachableError("nobody answers")

    monkeypatch.setattr(diagnosis, "diagnose_cluster", away)
    monkeypatch.setattr("flinklab.notebook.workbench.Workbench.catalog", lambda self: None)
    monkeypatch.setattr("flinklab.notebook.doctor_view.get_ipython", lambda: SimpleNamespace(kernel=1))
    cell = notebook.run("%flink doctor --cluster main")
    assert isinstance(cell.error, UnreachableError)
    assert cell.texts == ["main: looking", "main: not judged"]
    assert 'data-state="stopped"' in cell.bundles[-1]["text/html"]


def test_what_was_set_for_a_statement_alone_is_known_of_its_job(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Subject] = []

    def diagnose_subject(subject: Subject, *given: object) -> object:
        seen.append(subject)
        return diagnose(healthy())

    monkeypatch.setattr(diagnosis, "diagnose_subject", diagnose_subject)
    notebook.ok("%%flinksql kept << --detach -D table.exec.state.ttl='1 h'\nINSERT INTO a SELECT x FROM b")
    notebook.ok("%flink doctor kept")
    assert seen[0].config["table.exec.state.ttl"] == "1 h"
