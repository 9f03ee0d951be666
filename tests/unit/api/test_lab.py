"""What is said where JupyterLab has nothing of flinklab, or another version of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flinklab
from flinklab.api import lab


@pytest.fixture
def jupyter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A prefix that is the only place where Jupyter looks."""
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda: [str(tmp_path / "none"), str(tmp_path)])
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(tmp_path / "etc")])
    monkeypatch.setattr(lab, "installed_version", lambda: "1.2.0")
    return tmp_path


def has_extension(prefix: Path, package: object) -> None:
    folder = prefix / "labextensions" / "flinklab"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(package))


def has_config(prefix: Path) -> None:
    folder = prefix / "etc" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    (folder / "flinklab_extension.json").write_text("{}")


def test_nothing_is_said_where_all_is_there(jupyter: Path) -> None:
    has_extension(jupyter, {"version": "1.2.0"})
    has_config(jupyter)
    assert flinklab.lab_problem() == ""


def test_a_missing_side_names_what_it_takes(jupyter: Path) -> None:
    has_config(jupyter)
    line = flinklab.lab_problem()
    assert "without its JupyterLab side" in line
    assert "Node.js 20.19" in line
    assert "\n" not in line


@pytest.mark.parametrize(("package", "said"), [({"version": "1.1.0"}, "1.1.0"), ({}, "unknown"), ([], "unknown")])
def test_another_version_names_both(jupyter: Path, package: object, said: str) -> None:
    has_extension(jupyter, package)
    has_config(jupyter)
    assert f"the side of flinklab {said} and Python has flinklab 1.2.0" in flinklab.lab_problem()


def test_a_checkout_that_is_not_installed_has_no_version_to_compare(
    jupyter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_extension(jupyter, {"version": "1.1.0"})
    has_config(jupyter)
    monkeypatch.setattr(lab, "installed_version", lambda: "")
    assert flinklab.lab_problem() == ""


def test_a_server_that_does_not_load_it_names_the_command(jupyter: Path) -> None:
    has_extension(jupyter, {"version": "1.2.0"})
    assert "jupyter server extension enable flinklab_extension" in flinklab.lab_problem()


def test_the_tour_of_a_checkout_is_its_notebook() -> None:
    cells = json.loads(lab.tour())["cells"]
    assert any("%load_ext flinklab" in "".join(cell["source"]) for cell in cells)
