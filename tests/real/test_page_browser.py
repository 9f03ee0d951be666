"""A page in one file is drawn by a browser that asks no network for anything."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from flinklab.plots.page import Section, page
from flinklab.plots.plot import Plot
from real.browser import running_chromium

EVIL = "</script><img src=x onerror=alert(1)>"


def figure(name: str) -> Plot:
    line = go.Scatter(x=[1.0, 2.0], y=[1, 2], name=name, text=[name, name])
    return Plot(go.Figure([line]).update_layout(title={"text": name}), pd.DataFrame())


@pytest.mark.timeout(900)
def test_a_browser_draws_it_without_a_network(tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_text(page("report", [Section("a", [figure(EVIL)]), Section("b", [figure("orders")])]), "utf-8")
    asked: list[str] = []
    wrong: list[str] = []
    with running_chromium() as browser:
        shown = browser.new_page()
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("dialog", lambda dialog: wrong.append(dialog.message))
        shown.goto(place.as_uri())
        shown.wait_for_selector(
            "section:nth-of-type(2) .figure .scatterlayer .point, .figure .scatterlayer path", timeout=60_000
        )
        shown.wait_for_function("document.querySelectorAll('.figure .main-svg').length >= 2", timeout=60_000)
        assert shown.locator(".figure .plot-container").count() == 2
        shown.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert wrong == []
