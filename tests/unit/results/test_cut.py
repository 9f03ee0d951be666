import json

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.pages import Page, PageKind
from flinklab.results.cut import parts

VALUES = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
ROWS = st.lists(st.fixed_dictionaries({"kind": st.just("INSERT"), "fields": st.lists(VALUES, max_size=3)}))


def page_of(rows: list[object]) -> Page:
    return Page(PageKind.PAYLOAD, rows=json.dumps(rows, separators=(",", ":")).encode())


@given(rows=ROWS, size=st.integers(1, 5))
def test_the_parts_are_the_page(rows: list[object], size: int) -> None:
    cut = [json.loads(part.rows) for part in parts(page_of(rows), lambda: size)]
    assert all(0 < len(part) <= size for part in cut)
    assert [row for part in cut for row in part] == rows


@given(rows=ROWS, room=st.integers(0, 20))
def test_it_ends_when_there_is_no_room(rows: list[object], room: int) -> None:
    taken: list[object] = []

    def left() -> int:
        return room - len(taken)

    for part in parts(page_of(rows), left):
        taken += json.loads(part.rows)
    assert taken == rows[:room]
