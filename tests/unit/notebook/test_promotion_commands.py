"""From a cell to a promotion: which text and which settings it is made of, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes.gateway import FakeGateway
from fakes.managed import add_cluster, add_job, add_version, ledger, running
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import PromotionRefusedError, UsageError
from flinklab.domain.jobs import JobKey, Plan
from flinklab.jobs.findings import Finding, Level
from flinklab.jobs.judging import Proposal
from flinklab.jobs.promoting import Promotion
from unit.notebook.conftest import Notebook

WARNING = Finding("no-state-ttl", Level.WARNING, "its state grows", "set a time to live")


@dataclass
class Promoting:
    """Stands in for `api.promote`: keeps what it is given, and makes a version of its text."""

    catalog: Catalog
    given: list[tuple[Proposal, dict[str, Any]]] = field(default_factory=list)
    error: Exception | None = None

    def __call__(self, _session: object, proposal: Proposal, key: JobKey, **options: Any) -> Promotion:
        self.given.append((proposal, options))
        if self.error is not None:
            raise self.error
        is_new_job = self.catalog.jobs.find(key) is None
        version = add_version(self.catalog, key.name, "".join(cell.text for cell in proposal.cells))
        job = add_job(self.catalog, key.name).job if is_new_job else self.catalog.jobs.get(key).job
        plan = Plan(*key[:2], version.number, key.environment, "h", "{}", "s", "2.3.0")
        return Promotion(version, True, plan, (WARNING,), job, is_new_job)

    @property
    def text(self) -> str:
        return "\n".join(cell.text.strip() for cell in self.given[-1][0].cells)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        yield catalog


@pytest.fixture
def promoting(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Promoting:
    stand_in = Promoting(catalog)
    monkeypatch.setattr(api, "promote", stand_in)
    return stand_in


def test_a_cell_becomes_a_job_with_its_settings(notebook: Notebook, promoting: Promoting) -> None:
    flags = "-p 3 -D a.b=c --cluster main --note first --tag x --ignore no-state-ttl"
    cell = notebook.ok(f"%%flinksql --job orders {flags}\nINSERT INTO s SELECT 1")
    assert "my.orders (dev): version 1, on cluster main; `%flink start orders` starts it" in cell.printed
    assert "no-state-ttl: its state grows → set a time to live" in cell.text
    [(proposal, options)] = promoting.given
    assert (promoting.text, proposal.flags, proposal.ignore) == (
        "INSERT INTO s SELECT 1",
        {"a.b": "c"},
        {"no-state-ttl"},
    )
    assert (options["parallelism"], options["cluster"], options["note"]) == (3, "main", "first")
    assert options["tags"] == ("x",)


def test_with_start_it_is_started_with_its_version(
    notebook: Notebook, promoting: Promoting, catalog: Catalog
) -> None:
    notebook.ok("%%flinksql --job orders --start --no-wait\nINSERT INTO s SELECT 1")
    [command] = ledger(catalog).commands()
    assert (command.kind.value, command.arguments) == ("start", {"number": 1})


def test_one_that_runs_is_upgraded_and_only_when_it_is_wished(
    notebook: Notebook, promoting: Promoting, catalog: Catalog
) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    cell = notebook.ok("%%flinksql --job orders\nINSERT INTO s SELECT 2")
    assert "it has version 1: `%flink upgrade orders` takes the new one" in cell.printed
    assert not ledger(catalog).commands()
    notebook.ok("%%flinksql --job orders --start --no-wait --state keep\nINSERT INTO s SELECT 3")
    [command] = ledger(catalog).commands()
    assert (command.kind.value, command.arguments) == ("upgrade", {"number": 3, "forced": True})


def test_what_is_refused_is_said_finding_by_finding(notebook: Notebook, promoting: Promoting) -> None:
    promoting.error = PromotionRefusedError("it was not promoted", findings=["one-job-only: there are 2"])
    report = notebook.run("%%flinksql --job orders\nINSERT INTO s SELECT 1").fails_with(PromotionRefusedError)
    assert "one-job-only: there are 2" in report


def test_the_last_cell_that_ran_is_promoted(notebook: Notebook, promoting: Promoting, gateway: FakeGateway) -> None:
    notebook.ok("%%flinksql -D a.b=c\nSET 'x' = 'y'")
    notebook.ok("%flink promote orders -D d.e=f")
    assert promoting.text == "SET 'x' = 'y'"
    assert promoting.given[0][0].flags == {"a.b": "c", "d.e": "f"}


def test_a_notebook_is_all_cells_that_ran_in_their_order(notebook: Notebook, promoting: Promoting) -> None:
    notebook.ok("%%flinksql\nSET 'x' = 'y'")
    notebook.ok("%%flinksql\nSET 'z' = 'y'")
    notebook.ok("%flink promote orders --notebook")
    assert promoting.text == "SET 'x' = 'y'\nSET 'z' = 'y'"
    assert promoting.given[0][0].is_notebook


def test_a_cell_that_did_not_run_cannot_be_named(notebook: Notebook, promoting: Promoting) -> None:
    notebook.ok("%%flinksql\nSET 'x' = 'y'")
    assert "0 cells that ran" in notebook.run("%flink promote orders --cell zz").fails_with(UsageError)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--start", "--start is for a managed job: add --job NAME"),
        ("--job orders --limit 3", "--job and --limit exclude each other"),
        ("--job orders --catalog shared", "exclude each other"),
        ("--job orders --check --start", "exclude each other"),
    ],
)
def test_flags_that_do_not_go_together(notebook: Notebook, catalog: Catalog, flags: str, said: str) -> None:
    assert said in notebook.run(f"%%flinksql {flags}\nINSERT INTO s SELECT 1").fails_with(UsageError)


def test_a_check_is_of_the_parallelism_that_the_cell_asks_for(
    notebook: Notebook, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []

    def check(_session: object, _proposal: Proposal, _key: JobKey, **options: Any) -> None:
        given.append(options)
        raise PromotionRefusedError("parallelism 99, and the cluster has 16 slots")

    monkeypatch.setattr(api, "check_promotion", check)
    notebook.run("%%flinksql --job orders --check -p 99\nINSERT INTO s SELECT 1").fails_with(PromotionRefusedError)
    assert given[0]["parallelism"] == 99


def test_the_line_that_starts_it_can_be_copied(notebook: Notebook, promoting: Promoting, catalog: Catalog) -> None:
    cell = notebook.ok("%%flinksql --job 'all orders'\nINSERT INTO s SELECT 1")
    assert "`%flink start 'all orders'` starts it" in cell.printed
    notebook.ok("%flink start 'all orders' --no-wait")
    assert len(ledger(catalog).commands()) == 1
