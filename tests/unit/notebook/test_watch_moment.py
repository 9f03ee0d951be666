"""What changed between two moments, and nothing else, leads from one to the other."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flinklab.notebook.watch_moment import Moment, difference

_VALUES = st.one_of(st.none(), st.text(max_size=3), st.lists(st.integers(0, 3), max_size=2))
_PARTS = st.dictionaries(st.sampled_from("abc"), _VALUES)
_ROWS = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 3), max_size=2))
_MOMENTS = st.builds(Moment, st.just("job"), st.just("t"), _PARTS, _ROWS)


def applied(whole: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """As the view does it."""
    kept = {key: row for key, row in whole["rows"].items() if key not in change["gone"]}
    parts = {**whole["parts"], **change["parts"]}
    return {**whole, "serial": change["serial"], "parts": parts, "rows": {**kept, **change["rows"]}}


@given(_MOMENTS, _MOMENTS)
def test_a_change_leads_to_the_next_moment(before: Moment, now: Moment) -> None:
    change = difference(before, now, 8)
    if change is None:
        shown = {key: part for key, part in before.parts.items() if part is not None}
        assert shown == {key: part for key, part in now.parts.items() if part is not None}
        assert before.rows == now.rows
        return
    found = applied(before.whole(7), change)
    assert found["serial"] == 8
    assert {key: part for key, part in found["parts"].items() if part is not None} == {
        key: part for key, part in now.parts.items() if part is not None
    }
    assert found["rows"] == now.rows


def test_only_what_is_different_is_told() -> None:
    before = Moment("team", "t", {"head": "a", "note": ""}, {"1": ["x"], "2": ["y"], "3": ["z"]})
    now = Moment("team", "t", {"head": "a", "note": "!"}, {"1": ["x"], "2": ["Y"]})
    assert difference(before, now, 1) == {"serial": 1, "parts": {"note": "!"}, "rows": {"2": ["Y"]}, "gone": ["3"]}
    assert difference(now, now, 2) is None
