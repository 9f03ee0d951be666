"""Dashboards: what their cells are, what fails in one, and what stays in the saved notebook."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flinklab
from fakes.gateway import FakeGateway
from fakes.managed import add_cluster, add_job
from flinklab import api
from flinklab.api.dashboard import Shown
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import UsageError
from flinklab.notebook.dashboard import bundle
from flinklab.plots.plot import Plot
from unit.notebook.conftest import Notebook

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with api.open_catalog() as catalog:
        add_cluster(catalog)
        add_job(catalog)
        yield catalog


def figure(title: str = "a figure") -> Plot:
    import plotly.graph_objects as go

    return Plot(
        go.Figure([go.Scatter(x=[1.0, 2.0], y=[1, 2])]).update_layout(title={"text": title}), pd.DataFrame()
    )


def test_a_cell_is_a_name_a_thing_or_a_function(catalog: Catalog) -> None:
    frame = pd.DataFrame({"a": [1]})
    board = flinklab.dashboard(
        [("orders", "lag"), ["orders", "exceptions"], figure(), frame, lambda: 7], catalog=catalog
    )
    lag, failed, drawn, table, value = board.look()
    assert isinstance(lag.content, Plot)
    assert lag.title == "orders: lag"
    assert list(failed.content.columns) == ["root cause", "count", "first", "last"]
    assert isinstance(drawn.content, Plot)
    assert table.content is frame
    assert value.content == 7


def test_an_error_of_one_cell_stays_in_it(catalog: Catalog, tmp_path: Path) -> None:
    def broken_one() -> None:
        raise ValueError("<b>no luck</b>")

    board = flinklab.dashboard([broken_one, ("nothing", "lag"), pd.DataFrame({"a": ["fine"]})], catalog=catalog)
    first, second, third = board.look()
    assert (first.title, first.error) == ("broken one", "ValueError: <b>no luck</b>")
    assert "nothing" in second.error
    assert not third.error
    page = board.save(tmp_path / "page.html").read_text("utf-8")
    assert "&lt;b&gt;no luck" in page
    assert "fine" in page


def test_what_never_changes_is_read_once_and_functions_each_time() -> None:
    counted: list[int] = []

    def count() -> int:
        counted.append(1)
        return len(counted)

    board = flinklab.dashboard([count, figure()])
    first, second = board.look(), board.look()
    assert (first[0].content, second[0].content) == (1, 2)
    assert first[1] is second[1]


@pytest.mark.parametrize(
    ("cells", "more", "said"),
    [
        ([("orders", "chekpoints")], {}, "did you mean checkpoints"),
        ([("orders", "lag", "x")], {}, 'write ("NAME", "KIND")'),
        ("orders", {}, "takes a list"),
        ([], {"columns": 0}, "at least one column"),
        ([], {"refresh": "1s"}, "every 5 s at most"),
        ([], {"refresh": timedelta(seconds=1)}, "every 5 s at most"),
    ],
)
def test_mistakes_say_what_to_do(cells: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        flinklab.dashboard(cells, **more)
    assert said in str(error.value)


def test_the_saved_notebook_has_a_picture(notebook: Notebook) -> None:
    notebook.shell.user_ns["figure"] = figure
    cell = notebook.ok(
        "import flinklab; flinklab.dashboard([figure(), ('orders', 'lag')], title='<ops>', columns=1)"
    )
    (bundle,) = cell.bundles
    assert bundle["text/html"].count("<svg") == 2
    assert "&lt;ops&gt;" in bundle["text/html"]
    assert "a figure" in bundle["text/plain"]


def test_a_table_has_local_times_and_says_what_is_left_out() -> None:
    at = datetime(2026, 11, 21, 8, 0, 1, tzinfo=timezone.utc)
    frame = pd.DataFrame({"time": pd.to_datetime([at, None] + [at] * 58, utc=True), "n": ["<b>"] * 60})
    found = bundle(Shown("events", frame))
    assert f"{at.astimezone():%Y-%m-%d %H:%M:%S}" in found["text/html"]
    assert "NaT" not in found["text/html"]
    assert "&lt;b&gt;" in found["text/html"]
    assert "10 rows more" in found["text/html"]
    assert found["text/plain"].startswith("events\n")


def test_it_is_read_again_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    from flinklab.notebook import dashboard as module

    published: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "_publish", lambda data, display_id, **more: published.append(data))
    monkeypatch.setattr("flinklab.api.dashboard.SHORTEST", 0.001)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: _Kernel())
    twice = threading.Event()
    seen: list[int] = []

    def count() -> pd.DataFrame:
        seen.append(1)
        if len(seen) >= 3:
            twice.set()
        return pd.DataFrame({"n": [len(seen)]})

    board = flinklab.dashboard([count], refresh=0.01)
    board._ipython_display_()
    again = flinklab.dashboard([count], refresh=0.01)
    again._ipython_display_()
    assert twice.wait(PATIENCE)
    assert board._ended.is_set()
    again.close()
    assert any("widget-view" in kind for data in published for kind in data)


class _Kernel:
    kernel = object()
    display_formatter = None

    def get_parent(self) -> dict[str, Any]:
        return {"metadata": {"cellId": "one"}}
