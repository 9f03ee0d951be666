from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.yarn.lab.options import LabOptions, QueueShare, parse_queues

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,9}", fullmatch=True)


@given(st.lists(names, min_size=1, max_size=5, unique=True), st.integers(1, 100))
def test_queues_are_read_as_they_are_written(named: list[str], most: int) -> None:
    share = 100 / len(named)
    most = max(most, int(share) + 1) if share < 100 else 100
    text = ", ".join(f"{name}:{share}:{most}%" for name in named)
    queues = parse_queues(text)
    assert [queue.name for queue in queues] == named
    assert {queue.most for queue in queues} == {float(most)}
    assert LabOptions(queues=queues).queues == queues


def test_a_queue_may_grow_to_the_whole_where_nothing_else_is_said() -> None:
    assert parse_queues("etl:50,default:50") == (QueueShare("etl", 50, 100), QueueShare("default", 50, 100))


@pytest.mark.parametrize(
    "text", ["", "etl", "etl:", "etl:x", "etl:0", "etl:101", "etl:50:40", "etl:1:2:3", "a.b:100"]
)
def test_what_is_no_queue_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="not a queue"):
        parse_queues(text)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"memory": 1023}, "at least 1024 MiB, not 1023 MiB"),
        ({"vcores": 0}, "vcores must be at least 1"),
        ({"queues": parse_queues("a:50,b:40")}, "90 % together"),
        ({"queues": parse_queues("a:50,a:50")}, "named twice"),
    ],
)
def test_what_cannot_be_is_said(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        LabOptions(**options)  # type: ignore[arg-type]


def test_one_queue_has_no_room_for_any_container() -> None:
    options = LabOptions()
    full = next(queue for queue in options.queues if queue.name == "full")
    assert options.memory * full.most / 100 < 256


@pytest.mark.parametrize(("given", "has"), [({}, False), ({"ha": True}, True), ({"zookeeper": True}, True)])
def test_two_resourcemanagers_need_a_zookeeper(given: dict[str, bool], has: bool) -> None:
    assert LabOptions(**given).has_zookeeper is has  # type: ignore[arg-type]
