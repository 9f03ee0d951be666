"""`flinklab job ...` on a catalog in a file: what it answers, and its exit codes."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import add_cluster, add_job, add_version, finish, ledger, running
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.cli import main
from flinklab.domain.jobs import CommandState, Job, JobKey, ManagedState, Plan, Status
from flinklab.jobs.documents import JobDocument
from flinklab.jobs.promoting import Promotion

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        yield catalog


@pytest.fixture
def run(catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("job", "list")`: exit code, stdout, stderr."""
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["job", *arguments])
        except SystemExit as wrong_usage:
            code = int(str(wrong_usage.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


def answer(said: tuple[int, str, str]) -> dict[str, Any]:
    assert said[0] == 0, said
    found: dict[str, Any] = json.loads(said[1])
    return found


@pytest.mark.parametrize(
    "word",
    [
        "apply",
        "export",
        "start",
        "stop",
        "cancel",
        "savepoint",
        "restart",
        "scale",
        "upgrade",
        "rollback",
        "status",
        "wait",
        "list",
        "versions",
    ],
)
def test_every_word_has_help_that_tells_the_exit_codes(run: Run, word: str) -> None:
    code, out, _ = run(word, "-h")
    assert code == 0
    assert "3: not found" in " ".join(out.split())
    assert "--json" in out


def test_an_order_is_recorded_and_its_answer_has_stable_keys(run: Run, catalog: Catalog) -> None:
    add_job(catalog)
    said = answer(run("start", "orders", "--json", "--why", "release"))
    assert sorted(said) == ["command", "environment", "name", "team"]
    assert sorted(said["command"]) == ["asked_by", "id", "kind", "outcome", "savepoint", "state", "step"]
    assert said["command"]["state"] == "waiting"
    [command] = ledger(catalog).commands()
    assert (command.id, command.why) == (said["command"]["id"], "release")


def test_codes_say_what_happened(run: Run, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    add_job(catalog)
    assert run("stop", "nothing")[0] == 3
    assert run("stop", "orders")[0] == 1  # it does not run
    assert run("scale", "orders", "0")[0] == 2
    assert run("start", "orders", "--wait", "--timeout", "10ms")[0] == 4
    assert run("wait", "orders", "--timeout", "10ms")[0] == 4
    assert run("wait", "orders", "--state", "draft")[0] == 0
    code, _, said = run("wait", "orders", "--state", "runing")
    assert (code, "did you mean running?" in said) == (2, True)

    def failing(*_: object) -> bool:
        finish(catalog, CommandState.FAILED, "no slots")
        return True

    monkeypatch.setattr(supervising, "ensure", failing)
    code, out, said = run("cancel", "orders", "--wait", "--json")
    assert code == 1
    assert json.loads(out)["command"]["outcome"] == "no slots"
    assert "cancel of my.orders (dev) failed: no slots" in said


def test_status_and_list(run: Run, catalog: Catalog) -> None:
    ledger(catalog).keep(*running(add_job(catalog)))
    one = answer(run("status", "orders", "--json"))
    assert (one["state"], one["version"], one["restore_point"]["path"]) == ("running", 1, "file:///sp-1")
    assert answer(run("status", "--json"))["jobs"] == answer(run("list", "--json"))["jobs"] == [one]
    assert "my.orders (dev): running" in run("list")[1]
    assert "no job is like that" in run("list", "--tag", "x")[1]
    assert run("status", "orders", "--env", "prod")[0] == 3


def test_waiting_ends_when_a_job_failed_and_nobody_asked_for_more(run: Run, catalog: Catalog) -> None:
    job = add_job(catalog).job
    ledger(catalog).keep(Status(job.id, ManagedState.QUARANTINED, reason="started 5 times again; last: no slots"))
    code, _, said = run("wait", "orders", "--timeout", "10ms")
    assert code == 1 and "my.orders (dev) is quarantined: started 5 times again; last: no slots" in said
    assert run("wait", "orders", "--state", "quarantined")[0] == 0
    assert "quarantined, version 1 on cluster main (started 5 times again; last: no slots)" in run("list")[1]
    assert run("start", "orders")[0] == 0
    assert run("wait", "orders", "--timeout", "10ms")[0] == 4


def test_versions_are_listed(run: Run, catalog: Catalog) -> None:
    add_job(catalog)
    add_version(catalog, text="INSERT INTO s SELECT 2")
    assert [each["number"] for each in answer(run("versions", "orders", "--json"))["versions"]] == [2, 1]


def test_one_version_goes_from_one_environment_to_another(
    run: Run, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry(document: JobDocument, key: JobKey, cluster: str, catalog: Catalog, **_: Any) -> Promotion:
        version = catalog.job_versions.version(key.team, key.name, document.version or 0)
        plan = Plan(*key[:2], version.number, key.environment, "h", "{}", "s", "2.3.0")
        return Promotion(version, False, plan, (), catalog.jobs.add(Job(key, cluster, version.number)), True)

    monkeypatch.setattr("flinklab.api.job_versions.promote_document", carry)
    add_job(catalog)
    file = tmp_path / "orders.yaml"
    file.write_text("name: orders\nsql: orders.sql\ncluster: main\nparallelism: 4\nstate: running\n")
    (tmp_path / "orders.sql").write_text("INSERT INTO other SELECT 1")
    first = answer(run("apply", "-f", str(file), "--env", "prod", "--number", "1", "--json"))
    assert (first["environment"], first["version"], first["new_job"], first["new_version"]) == (
        "prod",
        1,
        True,
        False,
    )
    assert [each["kind"] for each in first["commands"]] == ["start"]
    again = answer(run("apply", "-f", str(file), "--env", "prod", "--number", "1", "--json"))
    assert (again["changed"], again["commands"]) == (False, [])
    assert run("apply", "-f", str(file), "--env", "prod", "--number", "7")[0] == 3


def test_what_was_exported_is_applied_without_a_change(run: Run, catalog: Catalog, tmp_path: Path) -> None:
    add_job(catalog, tags=("a",), priority=2)
    file = tmp_path / "job.yaml"
    file.write_text(run("export", "orders")[1])
    assert "INSERT INTO s SELECT a FROM t" in file.read_text()
    said = answer(run("apply", "-f", str(file), "--number", "1", "--json"))
    assert not said["changed"]


def test_a_file_that_is_wrong_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text("name: orders\nsqll: x\n")
    code, _, said = run("apply", "-f", str(file))
    assert (code, "did you mean sql?" in said) == (2, True)
    assert run("apply", "-f", str(tmp_path / "none.yaml"))[0] == 2
