"""The command, without Flink."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flinklab import headless
from flinklab.cli import lab, main
from flinklab.domain.errors import StartFailedError, UsageError
from flinklab.headless import CellOutcome


class FakeApi:
    """What the command asks of `flinklab.api`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, running: bool = False) -> None:
        self.running = running
        self.calls: list[str] = []
        self.fails: BaseException | None = None
        for name in ("up", "down", "find_local"):
            monkeypatch.setattr(f"flinklab.api.{name}", getattr(self, name))

    def up(self, progress: object = None, flink_version: str | None = None) -> None:
        self.calls.append(f"up {flink_version}" if flink_version else "up")
        if self.fails is not None:
            raise self.fails
        self.running = True

    def down(self, progress: object = None) -> bool:
        self.calls.append("down")
        was, self.running = self.running, False
        return was

    def find_local(self) -> object:
        return "flink" if self.running else None


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApi:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *arguments: None)
    return FakeApi(monkeypatch)


def outcomes(monkeypatch: pytest.MonkeyPatch, *found: CellOutcome) -> None:
    monkeypatch.setattr(headless, "run_notebook", lambda path, timeout: iter(found))


def test_help_is_there_for_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom flinklab.cli import main\n"
        "try:\n    main(['-h'])\nexcept SystemExit as e:\n    assert e.code == 0\n"
        "heavy = {'pandas', 'pyarrow', 'httpx', 'IPython', 'nbclient', 'jgo', 'psutil'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("up", "down", "status", "version", "jar", "lab"):
        assert name in shown
        with pytest.raises(SystemExit) as caught:
            main([name, "-h"])
        assert caught.value.code == 0


@pytest.mark.parametrize("wrong", [[], ["upp"], ["up", "--fast"], ["jar"], ["lab", "a", "b"], ["up", "--", "x"]])
def test_wrong_usage_is_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert "usage: flinklab" in capsys.readouterr().err


def test_our_errors_are_lines_on_stderr(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.fails = StartFailedError("the gateway ended", hint="do this", details="line 1\nline 2")
    assert main(["up"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["StartFailed: the gateway ended", "  → do this", "  | line 1", "  | line 2"]


def test_a_wrong_setting_is_2(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.fails = UsageError("unknown setting", hint="did you mean")
    assert main(["up"]) == 2


def test_an_interrupt_is_130(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.fails = KeyboardInterrupt()
    assert main(["up"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_down_of_nothing_is_fine(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert "no embedded Flink runs" in capsys.readouterr().err


def test_status_of_nothing_is_1(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert capsys.readouterr().out == "no embedded Flink runs\n"


def test_version_names_the_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == ["flinklab", "apache-flink", "Python"]


def test_malformed_coordinates_are_wrong_usage(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jar", "a:b"]) == 2
    assert "group:artifact:version" in capsys.readouterr().err


@pytest.fixture
def started(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that JupyterLab would be started with."""
    commands: list[list[str]] = []
    monkeypatch.setattr(lab, "_become_jupyterlab", lambda arguments: commands.append(arguments) or 0)
    return commands


def test_lab_opens_the_tour_of_a_checkout(started: list[list[str]], api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "tour.ipynb").write_text("{}")
    main(["lab", "--no-browser", "--", "--port", "9999"])
    assert started == [["notebooks/tour.ipynb", "--no-browser", "--port", "9999"]]
    assert api.calls == ["up"]


def test_lab_opens_a_named_notebook(started: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "own.ipynb").write_text("{}")
    main(["lab", "own.ipynb"])
    assert started == [["own.ipynb"]]


def test_lab_refuses_a_notebook_that_is_not_there_before_it_starts_anything(
    started: list[list[str]], api: FakeApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "none.ipynb"]) == 2
    assert "there is no notebook none.ipynb" in capsys.readouterr().err
    assert api.calls == []


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    installed = tmp_path / "installed"
    (installed / "notebooks").mkdir(parents=True)
    (installed / "notebooks" / "tour.ipynb").write_text('{"a": "tour"}')
    monkeypatch.setattr("importlib.resources.files", lambda package: installed)
    return '{"a": "tour"}'


def test_lab_copies_the_packaged_tour(started: list[list[str]], packaged: str, tmp_path: Path) -> None:
    main(["lab"])
    assert started == [["flinklab-tour.ipynb"]]
    assert (tmp_path / "flinklab-tour.ipynb").read_text() == packaged


def test_lab_never_overwrites_a_copy(started: list[list[str]], packaged: str, tmp_path: Path) -> None:
    (tmp_path / "flinklab-tour.ipynb").write_text("my work")
    main(["lab"])
    assert (tmp_path / "flinklab-tour.ipynb").read_text() == "my work"


GOOD = CellOutcome(1, 2, "a", 0.5)
BAD = CellOutcome(2, 2, "b", 0.5, error="Boom: it failed")


def test_check_prints_a_line_per_cell_and_ends_what_it_started(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n.ipynb").write_text("{}")
    outcomes(monkeypatch, GOOD, CellOutcome(2, 2, "b", 0.5))
    assert main(["lab", "n.ipynb", "--check"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == ["[1/2] a  ok  0.5 s", "[2/2] b  ok  0.5 s", "n.ipynb: 2 cells ok"]
    assert api.calls == ["up", "down"]


def test_check_fails_with_its_cell(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n.ipynb").write_text("{}")
    outcomes(monkeypatch, GOOD, BAD)
    assert main(["lab", "n.ipynb", "--check"]) == 1
    out, err = capsys.readouterr()
    assert "[2/2] b  FAILED" in out
    assert "Boom: it failed" in err
    assert "cell 2 of 2 failed" in err
    assert api.calls == ["up", "down"]


def test_check_leaves_a_flink_that_ran_before(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "n.ipynb").write_text("{}")
    api.running = True
    outcomes(monkeypatch, GOOD)
    assert main(["lab", "n.ipynb", "--check"]) == 0
    assert api.calls == ["up"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), StartFailedError("no")])
def test_check_ends_what_it_started_also_when_it_is_cut_short(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: BaseException
) -> None:
    (tmp_path / "n.ipynb").write_text("{}")

    def run(path: Path, timeout: float) -> object:
        yield GOOD
        raise ending

    monkeypatch.setattr(headless, "run_notebook", run)
    assert main(["lab", "n.ipynb", "--check"]) in (130, 1)
    assert api.calls == ["up", "down"]


def test_a_notebook_without_code_is_named(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n.ipynb").write_text("{}")
    outcomes(monkeypatch)
    assert main(["lab", "n.ipynb", "--check"]) == 2
    assert "has no code cells" in capsys.readouterr().err
