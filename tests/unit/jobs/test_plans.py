"""Plans that Flink 2.3 compiled, in `plans/`: renumbered, and compared by their shapes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import BrokenReplyError
from flinklab.jobs.plans import canonical, has_hint_options, shape
from flinklab.jobs.shapes import misfit

RECORDED = {path.stem: json.loads(path.read_text()) for path in Path(__file__).with_name("plans").glob("*.json")}

recorded = st.sampled_from(sorted(RECORDED)).map(lambda name: copy.deepcopy(RECORDED[name]))


def text(plan: Any) -> str:
    return json.dumps(plan)


def renumbered(plan: dict[str, Any], ids: dict[int, int]) -> dict[str, Any]:
    nodes = [{**node, "id": ids[node["id"]]} for node in plan["nodes"]]
    edges = [{**edge, "source": ids[edge["source"]], "target": ids[edge["target"]]} for edge in plan["edges"]]
    return {**plan, "nodes": nodes, "edges": edges}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all that is no object and no list."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from leaves(each, (*path, key))
    if not isinstance(value, (dict, list)):
        yield path


def counts(path: tuple[Any, ...]) -> bool:
    """Whether state may not fit any more when what is there changes."""
    if path[0] not in ("nodes", "edges"):
        return False
    is_setting = path[0] == "nodes" and path[2] in ("id", "description", "configuration")
    is_ttl = len(path) > 4 and path[2] == "state" and path[4] == "ttl"
    return not (is_setting or is_ttl)


def changed(plan: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    at: Any = plan
    for key in path[:-1]:
        at = at[key]
    value = at[path[-1]]
    at[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    return plan


@given(recorded, st.data())
def test_whatever_the_gateways_counter_was_the_plan_is_the_same(plan: dict[str, Any], data: st.DataObject) -> None:
    old = [node["id"] for node in plan["nodes"]]
    numbers = st.lists(st.integers(0, 10**9), min_size=len(old), max_size=len(old), unique=True)
    other = renumbered(plan, dict(zip(old, data.draw(numbers), strict=True)))
    assert canonical(text(other)) == canonical(text(plan))
    assert shape(text(other)) == shape(text(plan))


@given(recorded)
def test_nodes_are_numbered_as_they_stand_and_nothing_else_changes(plan: dict[str, Any]) -> None:
    made = json.loads(canonical(text(plan)))
    assert [node["id"] for node in made["nodes"]] == list(range(1, len(plan["nodes"]) + 1))
    back = {number: node["id"] for number, node in enumerate(plan["nodes"], 1)}
    assert renumbered(made, back) == plan
    assert canonical(canonical(text(plan))) == canonical(text(plan))


@given(recorded, st.data())
def test_shape_is_all_that_state_depends_on_and_nothing_else(plan: dict[str, Any], data: st.DataObject) -> None:
    before = shape(text(plan))
    ends = {("edges", number, end) for number in range(len(plan["edges"])) for end in ("source", "target")}
    ids = {("nodes", number, "id") for number in range(len(plan["nodes"]))}
    path = data.draw(st.sampled_from(sorted(set(leaves(plan)) - ends - ids, key=str)))
    assert bool(misfit(before, shape(text(changed(plan, path))))) == counts(path), path


@given(recorded, st.data())
def test_an_edge_to_another_node_is_another_shape(plan: dict[str, Any], data: st.DataObject) -> None:
    before = shape(text(plan))
    edge = data.draw(st.sampled_from(plan["edges"]))
    others = [node["id"] for node in plan["nodes"] if node["id"] != edge["target"]]
    edge["target"] = data.draw(st.sampled_from(others))
    assert shape(text(plan)) != before


def test_no_two_queries_have_one_shape() -> None:
    assert len(RECORDED) == len({shape(text(plan)) for plan in RECORDED.values()}) == 5


def of_catalog(**table: Any) -> str:
    """A plan that reads a table of a catalog, which Flink writes with what it resolved."""
    plan = copy.deepcopy(RECORDED["group_by"])
    columns = [{"name": "id", "dataType": "BIGINT", **table.pop("column", {})}]
    plan["nodes"][0]["scanTableSource"]["table"]["resolvedTable"] = {"schema": {"columns": columns}, **table}
    return text(plan)


def test_options_and_comments_of_a_table_are_not_its_shape() -> None:
    plain = shape(of_catalog())
    assert shape(of_catalog(options={"path": "/a"}, comment="all of them", column={"comment": "its id"})) == plain
    assert shape(of_catalog(column={"dataType": "INT"})) != plain
    assert shape(of_catalog(partitionKeys=["id"])) != plain


def test_what_people_are_told_hides_secrets() -> None:
    plan = copy.deepcopy(RECORDED["group_by"])
    plan["nodes"][0]["description"] = "TableSourceScan(fields=[k], hints=[[[OPTIONS options:{password=hunter2}]]])"
    assert "hunter2" not in canonical(text(plan), lambda said: said.replace("hunter2", "***"))
    assert has_hint_options(text(plan)) and not has_hint_options(text(RECORDED["group_by"]))


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "{}",
        '{"nodes": []}',
        '{"nodes": [{"type": "calc"}]}',
        '{"nodes": [{"id": 1}, {"id": 1}]}',
        '{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}',
        text(RECORDED["join"])[:-40],
    ],
)
def test_half_a_plan_is_none(document: str) -> None:
    with pytest.raises(BrokenReplyError, match="not whole"):
        canonical(document)
