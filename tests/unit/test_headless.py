"""Notebooks of their own in a real kernel, without Flink."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from flinklab.domain.errors import UsageError
from flinklab.headless import CellOutcome, run_notebook

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours


def write(path: Path, *cells: object) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def test_each_cell_has_an_outcome_until_one_fails(tmp_path: Path) -> None:
    path = write(
        tmp_path / "n.ipynb",
        new_markdown_cell("# title"),
        new_code_cell("\nimport os, sys\nassert sys.executable == " + repr(sys.executable)),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_code_cell("assert os.getcwd() == " + repr(str(tmp_path))),
        new_code_cell("undefined_name"),
        new_code_cell("raise SystemExit('never run')"),
    )
    before = path.read_bytes()
    outcomes = list(run_notebook(path, cell_timeout=60))
    assert [(each.number, each.total, each.ok) for each in outcomes] == [
        (1, 5, True),
        (2, 5, True),
        (3, 5, True),
        (4, 5, False),
    ]
    assert outcomes[1].expected
    assert "ZeroDivisionError" in (outcomes[1].error or "")
    assert "name 'undefined_name' is not defined" in (outcomes[3].error or "")
    assert "\x1b" not in (outcomes[3].error or "")
    assert path.read_bytes() == before


def test_an_installed_kernel_spec_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    path = write(tmp_path / "n.ipynb", new_code_cell("1"))
    assert [each.ok for each in run_notebook(path, cell_timeout=60)] == [True]


def test_a_cell_that_takes_too_long_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", new_code_cell("import time; time.sleep(600)"))
    (outcome,) = run_notebook(path, cell_timeout=1)
    assert outcome.error == "it did not end in 1 s"


def test_a_kernel_that_dies_fails_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", new_code_cell("import os; os._exit(1)"), new_code_cell("1"))
    (outcome,) = run_notebook(path, cell_timeout=60)
    assert not outcome.ok
    assert "died" in (outcome.error or "").lower()


@pytest.mark.parametrize("content", ["", "{}", "not json"])
def test_what_is_no_notebook_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"n\.ipynb is not a notebook"):
        list(run_notebook(path, cell_timeout=60))


@pytest.mark.parametrize(
    ("error", "expected", "ok", "verdict"),
    [(None, False, True, "ok"), ("x", True, True, "failed, as expected"), ("x", False, False, "FAILED")],
)
def test_an_outcome_is_one_line(error: str | None, expected: bool, ok: bool, verdict: str) -> None:
    outcome = CellOutcome(2, 10, "\n%%flinksql\n" + "x" * 500, 1.234, error, expected)
    assert outcome.ok is ok
    assert str(outcome) == f"[2/10] %%flinksql  {verdict}  1.2 s"
    assert len(str(CellOutcome(1, 1, "x" * 500, 0))) < 100
