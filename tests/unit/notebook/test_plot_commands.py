"""`%flink plot` in a real shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.watched import Watched, watched
from flinklab.api import supervising
from flinklab.domain.errors import NotFoundError, UsageError
from unit.notebook.conftest import Notebook

PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with watched(quiet=0) as world:
        yield world


def test_a_plot_is_a_figure_with_a_note_and_goes_into_a_variable(world: Watched, notebook: Notebook) -> None:
    cell = notebook.ok("%flink plot metrics orders --metric busy_max --since 30m -o busy")
    [bundle] = cell.bundles
    assert bundle[PLOTLY]["layout"]["title"]["text"] == "my.orders (dev): metrics"
    assert bundle["image/svg+xml"].startswith("<svg")
    assert len(notebook["busy"].data)


def test_what_can_be_drawn_is_listed(world: Watched, notebook: Notebook) -> None:
    text = notebook.ok("%flink plot metrics orders --metric ?").text
    assert "busy_max" in text
    assert "busyTimeMsPerSecond" in text


def test_each_kind_has_a_line(world: Watched, notebook: Notebook) -> None:
    for kind in ("checkpoints", "timeline", "lag", "skew", "graph", "backpressure"):
        assert PLOTLY in notebook.ok(f"%flink plot {kind} orders").bundles[0]


def test_a_note_is_printed(world: Watched, notebook: Notebook) -> None:
    assert "%flink start late" in notebook.ok("%flink plot checkpoints late").printed


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("plot checkpoint orders", "did you mean checkpoints?"),
        ("plot", "plot needs a word: one of checkpoints, metrics"),
        ("plot checkpoints", "needs more"),
        ("plot timeline orders --compare 3", "unknown flag --compare"),
        ("plot lag orders -o 1x", "'1x' is not a Python name"),
        ("plot metrics orders --metric ? --metric busy", "--metric ? only lists"),
        ("plot flame orders", "needs more"),
        ("plot flame orders Calc --subtask x", "--subtask is a whole number"),
        ("plot lag orders --since tomorrow", "'tomorrow' is no time"),
        ("plot lag orders --compare sometimes", "a version such as 3, yesterday, or 6h"),
    ],
)
def test_a_mistake_is_one_line(world: Watched, notebook: Notebook, line: str, mistake: str) -> None:
    assert mistake in notebook.run(f"%flink {line}").fails_with(UsageError)


def test_an_unknown_name_and_a_variable_that_holds_no_result(world: Watched, notebook: Notebook) -> None:
    notebook.ok("frame = 1")
    for name in ("frame", "nothing_like_it"):
        assert "there is no job called" in notebook.run(f"%flink plot lag {name}").fails_with(NotFoundError)
