"""Two versions side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.jobs import JobScript, JobVersion, Pinned, Plan
from flinklab.jobs.difference import Difference, Row, Section, difference, operators

PLANS = Path(__file__).with_name("plans")
OLD = JobVersion(
    "my",
    "j",
    3,
    JobScript("INSERT INTO s\nSELECT k\nFROM o", ("USE dw",), {"a": "1", "b": "2"}, ("my",)),
    (Pinned("my", "o", 1), Pinned("my", "s", 1)),
    ("x",),
)
NEW = JobVersion(
    "my",
    "j",
    4,
    JobScript("INSERT INTO s\nSELECT k, v\nFROM o\nWHERE v > 1", ("USE dw",), {"a": "1", "c": "3"}, ("my", "base")),
    (Pinned("my", "o", 2), Pinned("my", "s", 1)),
    ("x", "y"),
)
LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=6)


def section(found: Difference, title: str) -> Section:
    return next(each for each in found.sections if each.title == title)


def a_plan(name: str) -> Plan:
    return Plan("my", "j", 1, "dev", "hash", (PLANS / f"{name}.json").read_text(), "shape", "2.3.0")


def test_the_text_stands_side_by_side() -> None:
    assert section(difference(OLD, NEW), "text").rows == (
        Row("USE dw;", "USE dw;", False),
        Row("INSERT INTO s", "INSERT INTO s", False),
        Row("SELECT k", "SELECT k, v", True),
        Row("FROM o;", "FROM o", True),
        Row(None, "WHERE v > 1;", True),
    )


def test_definitions_variables_and_settings_stand_by_their_name() -> None:
    found = difference(OLD, NEW)
    assert section(found, "definitions").rows == (
        Row("my.o version 1", "my.o version 2", True),
        Row("my.s version 1", "my.s version 1", False),
    )
    assert section(found, "variables").rows == (Row("x", "x", False), Row(None, "y", True))
    assert section(found, "settings").rows == (
        Row("search path = my", "search path = my, base", True),
        Row("a = 1", "a = 1", False),
        Row("b = 2", None, True),
        Row(None, "c = 3", True),
    )


def test_a_version_differs_in_nothing_from_itself() -> None:
    plan = a_plan("join")
    found = difference(OLD, OLD, plan, plan)
    assert found.is_empty
    assert found.unified() == []
    assert section(found, "plan").rows


def test_a_unified_difference_has_a_head_for_each_section_that_is_changed() -> None:
    lines = difference(OLD, NEW).unified(context=0)
    assert [line for line in lines if line.startswith("---")] == [
        "--- text (version 3)",
        "--- definitions (version 3)",
        "--- variables (version 3)",
        "--- settings (version 3)",
    ]
    assert {"-SELECT k", "+SELECT k, v", "+c = 3", "-my.o version 1"} <= set(lines)


def test_plans_are_compared_by_their_operators() -> None:
    found = section(difference(OLD, NEW, a_plan("group_by"), a_plan("window")), "plan")
    assert found.is_changed
    assert any("GroupAggregate" in str(row.left) and row.changed for row in found.rows)
    assert not found.note


@pytest.mark.parametrize(
    ("left", "right", "which"), [(True, False, "right"), (False, True, "left"), (False, False, "left and right")]
)
def test_without_both_plans_it_is_said_which_is_missing(left: bool, right: bool, which: str) -> None:
    plan = a_plan("join")
    found = section(difference(OLD, NEW, plan if left else None, plan if right else None), "plan")
    assert (found.rows, found.note) == ((), f"the {which} one has no plan in this environment yet")


@pytest.mark.parametrize("name", ["deduplicate", "group_by", "join", "statement_set", "window"])
def test_every_operator_of_a_plan_is_a_line(name: str) -> None:
    document = (PLANS / f"{name}.json").read_text()
    described = [node["description"] for node in json.loads(document)["nodes"]]
    drawn = [line.split("+- ")[-1] for line in operators(document)]
    assert sorted(line for line in drawn if not line.startswith("Reused(")) == sorted(described)
    assert operators(document)[0].startswith("Sink(")


def test_what_is_read_twice_is_drawn_once() -> None:
    nodes = [{"id": 1, "description": "Scan"}, {"id": 2, "type": "sink-a"}, {"id": 3, "description": "Join"}]
    nodes.append({"id": 4, "description": "Sink"})
    edges = [(1, 2), (1, 3), (1, 3), (3, 4)]
    plan = {"nodes": nodes, "edges": [{"source": source, "target": target} for source, target in edges]}
    assert operators(json.dumps(plan)) == [
        "sink-a",
        "+- Scan",
        "Sink",
        "+- Join",
        "   +- Reused(reference_id=[1])",
        "   +- Reused(reference_id=[1])",
    ]


@given(LINES, LINES)
def test_each_side_is_whole_and_only_what_differs_is_changed(left: list[str], right: list[str]) -> None:
    versions = [replace(OLD, script=replace(OLD.script, setup=(), statement="\n".join(x))) for x in (left, right)]
    rows = section(difference(*versions), "text").rows
    for side, lines in ((0, left), (1, right)):
        assert "\n".join(str(row[side]) for row in rows if row[side] is not None) == "\n".join(lines) + ";"
    assert all(row.changed is (row.left != row.right) for row in rows)
