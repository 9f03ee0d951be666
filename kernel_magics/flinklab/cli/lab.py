"""`flinklab lab`: a notebook on the embedded Flink, in JupyterLab or without a browser."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

from flinklab.cli.commands import FAILED, OK, Commands, say
from flinklab.domain.errors import NotInstalledError, UsageError

_INSTALL_HINT = 'pip install "flinklab[local]"'


def add_commands(commands: Commands) -> None:
    lab = commands.add("lab", _lab, "Start the embedded Flink and open a notebook in JupyterLab.")
    lab.set_defaults(takes_extra=True)
    lab.usage = "flinklab lab [-h] [--check] [--no-browser] [NOTEBOOK] [-- JUPYTER-ARGUMENTS]"
    lab.add_argument(
        "notebook",
        metavar="NOTEBOOK",
        nargs="?",
        type=Path,
        help="the guided tour when left out: notebooks/tour.ipynb, or a copy written as flinklab-tour.ipynb",
    )
    lab.add_argument(
        "--check",
        action="store_true",
        help="run the notebook without a browser, a line per cell; exit code 1: one failed",
    )
    lab.add_argument(
        "--cell-timeout",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="for each cell of --check (default: 600)",
    )
    lab.add_argument("--no-browser", action="store_true", help="only print JupyterLab's address")


def _lab(options: argparse.Namespace) -> int:
    notebook = _notebook(options.notebook)
    if options.check:
        return _check(notebook, options.cell_timeout)
    if importlib.util.find_spec("jupyterlab") is None:
        raise NotInstalledError("JupyterLab is not installed", hint=_INSTALL_HINT)
    from flinklab import api

    problem = api.lab_problem()
    if problem:
        say(problem)
    api.up(progress=say)
    say("it keeps running when JupyterLab ends; `flinklab down` ends it")
    return _become_jupyterlab([str(notebook), *(["--no-browser"] if options.no_browser else []), *options.extra])


def _become_jupyterlab(arguments: list[str]) -> NoReturn:
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments])


def _check(notebook: Path, cell_timeout: float) -> int:
    from flinklab import api
    from flinklab.headless import run_notebook

    was_there = api.find_local() is not None
    try:
        api.up(progress=say)
        outcome = None
        for outcome in run_notebook(notebook, cell_timeout):
            print(outcome, flush=True)
    finally:
        if not was_there:
            api.down(progress=say)
    if outcome is None:
        raise UsageError(f"{notebook} has no code cells")
    if not outcome.ok:
        say(outcome.error or "")
        say(f"{notebook}: cell {outcome.number} of {outcome.total} failed, the cells after it did not run")
        return FAILED
    print(f"{notebook}: {outcome.total} cells ok")
    return OK


def _notebook(named: Path | None) -> Path:
    """The notebook to open: the one that was named, else a checkout's tour, else a copy of the packaged one."""
    if named is not None:
        if not named.is_file():
            raise UsageError(f"there is no notebook {named}")
        return named
    checkout = Path("notebooks") / "tour.ipynb"
    if checkout.is_file():
        return checkout
    copy = Path("flinklab-tour.ipynb")
    if not copy.exists():
        from flinklab.api.lab import tour

        text = tour()
        try:
            # "x": a file that came into being meanwhile is someone's work.
            with copy.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            pass
        except OSError as error:
            raise UsageError(
                f"cannot write {copy.absolute()}: {error.strerror}",
                hint="go to a folder of yours, or name a notebook",
            ) from error
    return copy
