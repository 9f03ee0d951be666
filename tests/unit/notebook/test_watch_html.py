"""The pieces of HTML that pictures of a watch are made of."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.notebook.watch_html import amount, bar, code, line, link, sparkline, table, when

_POINTS = st.lists(
    st.tuples(st.floats(0, 1e9), st.floats(0, 1e12)), max_size=300, unique_by=lambda point: point[0]
).map(sorted)


@given(_POINTS)
def test_a_line_stays_in_its_frame(points: list[tuple[float, float]]) -> None:
    drawn = sparkline(points)
    places = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.-]+,[\d.-]+", drawn)]
    assert all(0 <= x <= 120 and 0 <= y <= 26 for x, y in places)
    assert len(places) <= 60
    assert len(drawn) < 2000


def test_a_pause_breaks_the_line() -> None:
    first = [(10.0 * n, 1.0) for n in range(10)]
    assert sparkline(first).count("<polyline") == 1
    assert sparkline([*first, *((at + 600, value) for at, value in first)]).count("<polyline") == 2
    assert sparkline(first[:1]) == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "B", "–"),
        (math.nan, "%", "–"),
        (0.42, "%", "42 %"),
        (12_780.0, "", "12,780"),
        (1_234_567.8, "/s", "1,234,568 /s"),
        (3 * 2**20, "B", "3 MiB"),
    ],
)
def test_amounts_have_their_unit(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit) == text


def test_only_addresses_of_the_web_are_links() -> None:
    assert link("javascript:alert(1)", "x") == ""
    assert link("http://h/" + "x" * 3000, "x") == ""
    assert link('http://h/"><b>', "<x>").startswith('<a href="http://h/&quot;&gt;&lt;b&gt;"')


@given(st.text(max_size=50))
def test_no_text_is_markup(text: str) -> None:
    dangerous = f"<b onclick='x'>{text}\"<"
    for drawn in (line(dangerous), code(dangerous), table([dangerous], [[line(dangerous)]]), bar(0.5, dangerous)):
        assert "<b onclick" not in drawn


def test_a_long_text_is_cut_and_its_tooltip_has_it_all() -> None:
    drawn = line("x" * 1000)
    assert "…" in drawn
    assert f'title="{"x" * 1000}"' in drawn


def test_a_moment_says_itself_where_no_view_is_alive() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    local = f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
    assert when(at) == f'<time data-at="1767323045000" data-after=" ago" title="{local}">{local}</time>'
    assert when(None) == ""
