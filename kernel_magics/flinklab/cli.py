"""The command `flinklab`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from flinklab.domain.errors import FlinklabError, NotInstalledError, UsageError

_OK, _FAILED, _USAGE, _INTERRUPTED, _TERMINATED = 0, 1, 2, 130, 143
_INSTALL_HINT = 'pip install "flinklab[local]"'


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done, 1: an error, which is on stderr, 2: wrong usage, 130: Ctrl-C."""
    own, extra = _split_at_dashes(list(sys.argv[1:] if arguments is None else arguments))
    parser = _parser()
    options = parser.parse_args(own)
    if extra and options.run is not _lab:
        parser.error("only `lab` takes arguments after --")
    options.extra = extra
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        return int(options.run(options))
    except FlinklabError as error:
        _say("\n".join(error.report()))
        return _USAGE if isinstance(error, UsageError) else _FAILED
    except KeyboardInterrupt:
        _say("interrupted")
        return _INTERRUPTED


def _on_terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    # As an exception, so that what was started is ended on the way out.
    raise SystemExit(_TERMINATED)


def _split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="flinklab",
        description="A Jupyter workbench for Apache Flink.",
        epilog="Settings come from FLINKLAB_* in the environment and [tool.flinklab] in pyproject.toml.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    command("up", _up, "Start the embedded Flink, or attach to the one that runs.")
    command("down", _down, "End the embedded Flink with everything that it runs.")
    command("status", _status, "Say whether the embedded Flink serves, and where (exit code 1: it does not).")
    command("version", _version, "Print the versions of flinklab, Flink and Python.")
    jar = command("jar", _jar, "Print the path of a jar, downloaded into the cache when it is not there.")
    jar.add_argument("coordinates", metavar="G:A:V", help="Maven coordinates: group:artifact:version")
    lab = command("lab", _lab, "Start the embedded Flink and open a notebook in JupyterLab.")
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
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _up(_options: argparse.Namespace) -> int:
    from flinklab import api

    flink = api.up(progress=_say)
    print(f"SQL Gateway  {flink.gateway_url}\nFlink UI     {flink.jobmanager_url}")
    return _OK


def _down(_options: argparse.Namespace) -> int:
    from flinklab import api

    if not api.down(progress=_say):
        _say("no embedded Flink runs")
    return _OK


def _status(_options: argparse.Namespace) -> int:
    from flinklab import api

    seen = api.local_status()
    if seen.flink is None:
        print(f"the embedded Flink does not serve: {seen.problem}" if seen.problem else "no embedded Flink runs")
        return _FAILED
    flink = seen.flink
    print(f"Flink {flink.flink_version}, up since {flink.started_at.astimezone():%Y-%m-%d %H:%M:%S}")
    print(f"SQL Gateway  {flink.gateway_url}\nFlink UI     {flink.jobmanager_url}\nstate        {flink.state_dir}")
    for name, pid in flink.pids.items():
        again = seen.restarts.get(name, 0)
        print(
            f"{name:<12} pid {pid}" + (f", started again {again} times" if again else "") + f", {flink.logs[name]}"
        )
    return _OK


def _version(_options: argparse.Namespace) -> int:
    from importlib import metadata

    def version_of(distribution: str) -> str:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            return "not installed"

    print(f"flinklab {version_of('flinklab')}")
    print(f"apache-flink {version_of('apache-flink')}")
    print(f"Python {sys.version.split()[0]} ({sys.executable})")
    return _OK


def _jar(options: argparse.Namespace) -> int:
    from flinklab import api

    print(api.resolve_jar(options.coordinates))
    return _OK


def _lab(options: argparse.Namespace) -> int:
    notebook = _notebook(options.notebook)
    if options.check:
        return _check(notebook, options.cell_timeout)
    if importlib.util.find_spec("jupyterlab") is None:
        raise NotInstalledError("JupyterLab is not installed", hint=_INSTALL_HINT)
    from flinklab import api

    api.up(progress=_say)
    _say("it keeps running when JupyterLab ends; `flinklab down` ends it")
    return _become_jupyterlab([str(notebook), *(["--no-browser"] if options.no_browser else []), *options.extra])


def _become_jupyterlab(arguments: list[str]) -> NoReturn:
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments])


def _check(notebook: Path, cell_timeout: float) -> int:
    from flinklab import api
    from flinklab.headless import run_notebook

    was_there = api.find_local() is not None
    try:
        api.up(progress=_say)
        outcome = None
        for outcome in run_notebook(notebook, cell_timeout):
            print(outcome, flush=True)
    finally:
        if not was_there:
            api.down(progress=_say)
    if outcome is None:
        raise UsageError(f"{notebook} has no code cells")
    if not outcome.ok:
        _say(outcome.error or "")
        _say(f"{notebook}: cell {outcome.number} of {outcome.total} failed, the cells after it did not run")
        return _FAILED
    print(f"{notebook}: {outcome.total} cells ok")
    return _OK


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
        from importlib.resources import files

        packaged = files("flinklab") / "notebooks" / "tour.ipynb"
        if not packaged.is_file():
            raise UsageError("this installation has no tour", hint="name a notebook: flinklab lab NOTEBOOK")
        try:
            # "x": a file that came into being meanwhile is someone's work.
            with copy.open("xb") as file:
                file.write(packaged.read_bytes())
        except FileExistsError:
            pass
        except OSError as error:
            raise UsageError(
                f"cannot write {copy.absolute()}: {error.strerror}",
                hint="go to a folder of yours, or name a notebook",
            ) from error
    return copy


if __name__ == "__main__":
    sys.exit(main())
