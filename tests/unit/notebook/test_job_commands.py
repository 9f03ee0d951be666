"""Managed jobs in cells: lists, orders and what a cell says while it waits, on a catalog of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.gateway import FakeGateway
from fakes.managed import AT, add_cluster, add_job, add_plan, add_version, finish, ledger, running
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import (
    CommandFailedError,
    CommandRefusedError,
    NotFoundError,
    StillGoingOnError,
    UsageError,
)
from flinklab.domain.jobs import Attempt, CommandState, Event, ManagedState, Status
from unit.notebook.conftest import Notebook


@pytest.fixture(autouse=True)
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        add_cluster(catalog, "spare")
        yield catalog


def ends_with(monkeypatch: pytest.MonkeyPatch, catalog: Catalog, state: CommandState, outcome: str) -> None:
    """A supervisor that carries out at once what a cell asks for."""

    def ensure(*_: object) -> bool:
        finish(catalog, state, outcome)
        return True

    monkeypatch.setattr(supervising, "ensure", ensure)


def test_without_jobs_it_says_how_to_make_one(notebook: Notebook) -> None:
    assert "%%flinksql --job NAME" in notebook.ok("%flink jobs").printed
    assert "no job has a problem" in notebook.ok("%flink jobs --problems").printed


def test_the_list_has_problems_first(notebook: Notebook, catalog: Catalog) -> None:
    its = ledger(catalog)
    its.keep(*running(add_job(catalog, "alpha")))
    broken = add_job(catalog, "zeta")
    its.keep(Status(broken.job.id, ManagedState.QUARANTINED, AT, "started 5 times again"))
    text = notebook.ok("%flink jobs").text
    assert text.index("zeta") < text.index("alpha")
    assert "started 5 times again" in text
    assert "alpha" not in notebook.ok("%flink jobs --problems").text
    assert "no job is like that" in notebook.ok("%flink jobs --tag nothing").printed


def test_the_story_of_one_job_has_all_its_parts(notebook: Notebook, catalog: Catalog) -> None:
    managed = add_job(catalog, owner="ann")
    its = ledger(catalog)
    its.keep(*running(managed), Event(managed.job.id, "state", "draft → running", at=AT))
    api.job("orders", catalog=catalog).savepoint(why="before the release")
    text = notebook.ok("%flink jobs orders").text
    for part in (
        "ann",
        "INSERT INTO s",
        "file:///sp-1",
        "before the release",
        "draft → running",
        "savepoint: waiting",
    ):
        assert part in text


def test_a_cell_waits_for_what_it_asked(
    notebook: Notebook, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_job(catalog)
    ends_with(monkeypatch, catalog, CommandState.DONE, "version 1 runs, started without state")
    assert notebook.ok("%flink start orders").texts == [
        "start of my.orders (dev): done: version 1 runs, started without state"
    ]
    ends_with(monkeypatch, catalog, CommandState.FAILED, "no slots")
    failed = notebook.run("%flink start orders")
    assert "no slots" in failed.fails_with(CommandFailedError)
    assert 'data-state="failed"' in failed.bundles[0]["text/html"]


def test_a_wait_has_an_end_and_the_command_goes_on(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    said = notebook.run("%flink start orders --timeout 10ms").fails_with(StillGoingOnError)
    assert "is not over after 10 ms: it goes on" in said
    assert len(ledger(catalog).commands()) == 1


def test_an_interrupt_ends_only_the_waiting(
    notebook: Notebook, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_job(catalog)

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flinklab.api.command_handle.time.sleep", interrupted)
    said = notebook.run("%flink start orders").fails_with(StillGoingOnError)
    assert "interrupted: start of my.orders (dev) goes on" in said
    assert ledger(catalog).commands()[0].state is CommandState.WAITING


def test_without_a_wait_or_a_supervisor_it_is_only_asked_for(
    notebook: Notebook, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_job(catalog)
    assert "start of my.orders (dev) is asked for" in notebook.ok("%flink start orders --no-wait").printed

    def nobody(_settings: object, _catalog: object, say: object) -> bool:
        assert callable(say)
        say("no supervisor lives")
        return False

    monkeypatch.setattr(supervising, "ensure", nobody)
    cell = notebook.ok("%flink stop orders")
    assert "note: no supervisor lives" in cell.printed
    assert "stop of my.orders (dev) is asked for" in cell.printed


@pytest.mark.parametrize(
    ("line", "kind", "arguments"),
    [
        ("stop orders --drain", "stop", {"drain": True}),
        ("cancel orders", "cancel", {}),
        ("savepoint orders --canonical", "savepoint", {"canonical": True}),
        ("restart orders", "restart", {}),
        ("scale orders 8", "scale", {"parallelism": 8}),
        ("upgrade orders 2", "upgrade", {"number": 2}),
        ("upgrade orders --state keep", "upgrade", {"number": 2, "forced": True}),
        ("rollback orders --to 2", "rollback", {"number": 2}),
        ("backend orders rocksdb", "switch-backend", {"backend": "rocksdb"}),
        ("move orders spare --lost", "move", {"cluster": "spare", "lost": True}),
        (
            "configure orders --priority 3 --tag x --owner bob",
            "configure",
            {"priority": 3, "tags": ["x"], "owner": "bob"},
        ),
    ],
)
def test_a_line_becomes_a_command(
    notebook: Notebook, catalog: Catalog, line: str, kind: str, arguments: dict[str, object]
) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    add_version(catalog, text="INSERT INTO s SELECT 2")
    notebook.ok(f"%flink {line} --no-wait --why because")
    [command] = ledger(catalog).commands()
    assert (command.kind.value, command.arguments, command.why) == (kind, arguments, "because")


def test_a_policy_is_written_as_people_write_times(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    line = "--policy savepoint_every=6h --policy restarts=2 --policy keep_points=9 --no-wait"
    notebook.ok(f"%flink configure orders {line}")
    policies = ledger(catalog).commands()[0].arguments["policies"]
    assert (policies["savepoint_every"], policies["restarts"], policies["keep_points"]) == (21600.0, 2, 9)


def test_start_says_where_from(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    notebook.ok("%flink start orders --from s3://x --state keep --no-wait")
    assert ledger(catalog).commands()[0].arguments == {
        "restore": {"mode": "point", "path": "s3://x"},
        "forced": True,
    }


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("start nothing", NotFoundError, "there is no job called 'nothing' in dev"),
        ("stop orders", CommandRefusedError, "does not run: it is draft"),
        ("stop", UsageError, "--team, --cluster or --tag"),
        ("stop orders --team my", UsageError, "not both"),
        ("start --team my --empty", UsageError, "for one job"),
        ("delete orders", UsageError, "--points keep or --points delete"),
        ("delete orders --points some", UsageError, "points keep"),
        ("backend orders forst", CommandRefusedError, "canonical savepoints"),
        ("upgrade orders two", UsageError, "'two' is no version"),
        ("scale orders none", UsageError, "not a number"),
        ("scale orders", UsageError, "needs more"),
        ("configure orders --priority high", UsageError, "--priority is a whole number"),
        ("recover main", UsageError, "--on CLUSTER"),
        ("adopt x orders", UsageError, "--cluster NAME"),
        ("jobs --live --problems", UsageError, "exclude each other"),
        ("start orders --no-wait --timeout 1s", UsageError, "exclude each other"),
        ("promote orders", UsageError, "no %%flinksql cell ran yet"),
        ("promote orders --cell a --notebook", UsageError, "exclude each other"),
        ("promot orders", UsageError, "did you mean promote?"),
    ],
)
def test_a_mistake_is_one_line(
    notebook: Notebook, catalog: Catalog, line: str, kind: type[BaseException], said: str
) -> None:
    add_job(catalog)
    assert said in notebook.run(f"%flink {line}").fails_with(kind)
    assert not ledger(catalog).commands()


def test_many_at_once_and_those_passed_over_are_said(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog, "a", tags=("n",))
    add_job(catalog, "b", tags=("n",))
    api.job("b", catalog=catalog).start()
    printed = notebook.ok("%flink start --tag n --no-wait").printed
    assert "passed over: my.b (dev) runs, or is about to" in printed
    assert "asked of 1 job" in printed


def test_a_lost_cluster_is_recovered_on_another(notebook: Notebook, catalog: Catalog) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    assert "asked of 1 job" in notebook.ok("%flink recover main --on spare --no-wait").printed


def test_two_versions_stand_side_by_side(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    cell = notebook.ok("%flink diff orders")
    assert "-INSERT INTO s SELECT a FROM t;" in cell.text
    assert "+INSERT INTO s SELECT b FROM t;" in cell.text
    assert "SELECT b FROM t" in cell.bundles[0]["text/html"]
    assert "version 1 and version 1 are the same" in notebook.ok("%flink diff orders 1 1").text
    assert "2" in notebook.ok("%flink versions orders").text


def test_an_export_is_a_file_for_a_pipeline(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog)
    assert "sql: |" in notebook.ok("%flink job export orders").text


def test_the_live_table_leaves_a_picture(notebook: Notebook, catalog: Catalog) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    cell = notebook.ok("%flink jobs --live")
    assert "my.orders" in cell.text
    assert "running" in cell.bundles[0]["text/html"]


def test_the_environment_of_the_notebook_is_the_jobs(notebook: Notebook, catalog: Catalog) -> None:
    add_job(catalog, environment="prod")
    assert "it is in prod" in notebook.run("%flink jobs orders").fails_with(NotFoundError)
    assert "prod" in notebook.ok("%flink jobs orders --env prod").text
    notebook.ok("%flink env use prod")
    assert "prod" in notebook.ok("%flink jobs orders").text


def test_state_that_may_not_fit_needs_a_word(notebook: Notebook, catalog: Catalog) -> None:
    managed = add_job(catalog)
    add_plan(catalog, 1, "one")
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    add_plan(catalog, 2, "two")
    ledger(catalog).keep(*running(managed, shape="one"))
    assert "state keep" in notebook.run("%flink upgrade orders").fails_with(CommandRefusedError)
    notebook.ok("%flink upgrade orders --state drop --no-wait")


def test_a_version_on_its_way_is_shown(catalog: Catalog) -> None:
    from flinklab.notebook.job_table import version_shown

    its = ledger(catalog)
    its.keep(*running(add_job(catalog)))
    managed = its.load()[0]
    assert version_shown(managed) == "1"
    assert version_shown(replace(managed, job=replace(managed.job, number=2))) == "1 → 2"


def test_others_on_the_cluster_are_shown_and_not_touched(
    notebook: Notebook, catalog: Catalog, gateway: FakeGateway
) -> None:
    cluster = gateway.jobmanager
    assert cluster is not None
    assert "nothing else runs there" in notebook.ok("%flink jobs --others").printed
    theirs = cluster.add_job("the old jar")
    ours = running(add_job(catalog, "alpha"))
    ledger(catalog).keep(*ours)
    attempt = next(each for each in ours if isinstance(each, Attempt))
    cluster.add_job("my.alpha (dev)", job_id=attempt.flink_id)
    cell = notebook.ok("%flink jobs --others")
    assert theirs in cell.text
    assert attempt.flink_id not in cell.text
    assert "%flink adopt FLINK_ID NAME" in cell.printed
    assert cluster.jobs_by_id[theirs].cancels == 0
    notebook.run("%flink jobs --others --team my").fails_with(UsageError)
