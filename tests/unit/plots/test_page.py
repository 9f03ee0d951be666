"""Pages in one file: safe and complete."""

from __future__ import annotations

import re

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from flinklab.plots.page import Fold, Section, Table, page, table_of
from flinklab.plots.plot import Plot

EVIL = "</script><img src=x onerror=alert(1)>&\"'"


def figure(name: str = "orders") -> Plot:
    import plotly.graph_objects as go

    line = go.Scatter(x=[1.0, 2.0], y=[1, 2], name=name, text=[name, name])
    return Plot(
        go.Figure([line]).update_layout(title={"text": name}),
        pd.DataFrame(),
        note=f"note of {name}",
    )


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_texts_are_escaped(text: str) -> None:
    shown = page(text, [Section(text, [text, Fold(text, text), Table([text], [[text]])])])
    allowed = "html head meta title style body h1 h2 section p details summary pre table thead tbody tr th td"
    tags = set(re.findall(r"<\s*/?\s*([^\s/>]*)", shown.removeprefix("<!doctype html>")))
    assert tags <= set(allowed.split())


def test_figures_bring_plotly_once_and_nothing_gets_out_of_them() -> None:
    shown = page("two", [Section("a", [figure(EVIL)]), Section("b", [figure("other")])])
    assert shown.count("plotly.js v") == 1
    assert EVIL not in shown
    assert "<img src=x" not in shown
    assert shown.count('<div class="figure"><svg') == 2
    assert "plotly" not in page("none", [Section("a", ["text"])])


def test_what_is_secret_is_hidden_in_figures_too_and_options_stay() -> None:
    shown = page(
        "x", [Section("a", [figure("tiger"), "a tiger"])], hide=lambda text: text.replace("tiger", "******")
    )
    assert "tiger" not in shown
    lines = page("x", [Section("a", [figure()])], hide=lambda text: text.replace("scatter", "******"))
    assert '"type": "scatter"' in lines


def test_a_frame_is_a_table() -> None:
    table = table_of(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), most=1)
    assert (list(table.columns), [list(row) for row in table.rows]) == (["a", "b"], [["1", "x"]])
