"""`flinklab doctor NAME`: what it answers, and its exit codes."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.evidence import aggregate, evidence, healthy, source
from fakes.managed import add_cluster
from fakes.watched import CLUSTER, Watched, watched
from flinklab.api import gathering
from flinklab.cli import main
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(gathering, "_between", lambda configuration: 0.0)
    with watched(quiet=0) as world:
        yield world


@pytest.fixture
def run(world: Watched, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("orders")`: exit code, stdout, stderr."""
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["doctor", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, on_terminate)


def test_a_job_and_a_cluster_are_looked_at_by_their_names(run: Run) -> None:
    code, answer, said = run("orders", "--json")
    found = json.loads(answer)
    assert "orders" in found["subject"]
    assert code == (1 if found["findings"] else 0 if found["healthy"] else 4)
    assert "looking again" in said
    assert json.loads(run(CLUSTER, "--json")[1])["subject"].endswith(CLUSTER)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (healthy(), 0),
        (evidence(source(backpressured=0.9), aggregate(busy=1.0)), 1),
        (evidence(source(), aggregate(), missing=("checkpoints: half an answer",)), 4),
    ],
    ids=["healthy", "sick", "not all seen"],
)
def test_the_exit_code_tells_how_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, given: Evidence, code: int
) -> None:
    monkeypatch.setattr(gathering.Gathering, "gather", lambda self: given)
    assert run("orders")[:2] == (code, f"{diagnose(given)}\n")


def test_what_there_is_not_or_does_not_answer_has_codes_of_its_own(run: Run, world: Watched) -> None:
    code, answer, said = run("ordres")
    assert (code, answer) == (3, "") and "did you mean orders?" in said
    add_cluster(world.catalog, "gone")
    code, answer, said = run("gone")
    assert (code, answer) == (4, "") and said


def test_an_installation_is_looked_at_only_when_it_is_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipeline whose variable is empty must not be told that all is well."""
    for wrong in ((), ("orders", "--installation")):
        with pytest.raises(SystemExit) as ended:
            run(*wrong)
        assert ended.value.code == 2
    capsys.readouterr()
    monkeypatch.setattr("flinklab.api.lab_problem", lambda: "the colours are missing")
    assert run("--installation")[:2] == (1, "the colours are missing\n")
    assert json.loads(run("--installation", "--json")[1]) == {"problem": "the colours are missing"}
    monkeypatch.setattr("flinklab.api.lab_problem", lambda: "")
    assert run("--installation")[0] == 0
