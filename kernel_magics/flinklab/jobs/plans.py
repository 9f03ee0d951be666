"""Compiled plans: node ids that are ours, and what decides whether the state of one fits another.

Flink numbers a plan's nodes by a counter of the gateway's process and derives the names of their state from the
numbers: the same text compiled twice cannot be restored from itself unless the numbers are made equal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flinklab.domain.errors import BrokenReplyError
from flinklab.jobs import shapes

# Of a node: what Flink says of it to people, and what may change while its state still fits.
_NOT_STATE = frozenset({"id", "description", "configuration", "parallelism"})
_SAME_STATE = {
    "stream-exec-table-source-scan_1": "stream-exec-table-source-scan_2",
    "stream-exec-sink_1": "stream-exec-sink_2",
}
_HINT_OPTIONS = "hints=[[[OPTIONS options:{"
_NOT_OF_TABLE = frozenset({"options", "comment"})


def canonical(document: str, hide: Callable[[str], str] = str) -> str:
    """A compiled plan (Flink's JSON) with its nodes numbered from 1 in the order in which they stand.

    The edges follow, all else stays. `hide` masks secrets in the descriptions, where Flink repeats the options of
    a hint. Raises `BrokenReplyError` for what is not a whole plan.
    """
    plan = _read(document)
    ids = {node["id"]: number for number, node in enumerate(plan["nodes"], 1)}
    nodes = [{**node, "id": ids[node["id"]]} for node in plan["nodes"]]
    for node in nodes:
        if "description" in node:
            node["description"] = hide(node["description"])
    edges = [
        {**edge, "source": ids[edge["source"]], "target": ids[edge["target"]]} for edge in plan.get("edges", ())
    ]
    return json.dumps({**plan, "nodes": nodes, "edges": edges}, ensure_ascii=False, separators=(",", ":"))


def has_hint_options(document: str) -> bool:
    """Whether an OPTIONS hint went into the plan: it keeps them in words only, and Flink does not read those."""
    return any(_HINT_OPTIONS in node.get("description", "") for node in _read(document)["nodes"])


def shape(document: str) -> str:
    """What decides whether state fits, as `flinklab.jobs.shapes` compares it.

    The nodes, what they compute, their types and how they are connected, the minor version of Flink, and which
    state expires. Not: ids, descriptions, settings of a node, how long state lives, options and comments of tables.
    """
    plan = _read(canonical(document))
    nodes = [_of_state(node) for node in plan["nodes"]]
    expires = [[_expires(each.get("ttl")) for each in _states(node)] for node in plan["nodes"]]
    return shapes.written(_digest([nodes, plan["edges"]]), str(plan.get("flinkVersion", "")), _digest(expires)[:8])


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _states(node: dict[str, Any]) -> list[dict[str, Any]]:
    states = node.get("state")
    return states if isinstance(states, list) else []


def _expires(time_to_live: object) -> bool:
    """`0 ms` is for ever."""
    return any(digit in "123456789" for digit in str(time_to_live))


def _of_state(node: dict[str, Any]) -> dict[str, Any]:
    node = _as_now(node)
    kept = {key: _without_options(value) for key, value in node.items() if key not in _NOT_STATE}
    if isinstance(kept.get("state"), list):
        kept["state"] = [{key: value for key, value in each.items() if key != "ttl"} for each in kept["state"]]
    return kept


def _as_now(node: dict[str, Any]) -> dict[str, Any]:
    """A source or sink of Flink 1.20 as Flink 2.3 writes the same one; others as they are.

    Found out on 1.20.3 and 2.3.0 with thirteen queries (aggregates, joins, windows, ranks, deduplication), whose
    state 2.3 took over. A sink with state of its own was not among them.
    """
    newer = None if _states(node) else _SAME_STATE.get(str(node.get("type")))
    if newer is None:
        return node
    return {**{key: value for key, value in node.items() if (key, value) != ("inputProperties", [])}, "type": newer}


def _without_options(value: Any) -> Any:
    """Tables as what their columns are: Flink writes each under `resolvedTable`, wherever one is used."""
    if isinstance(value, list):
        return [_without_options(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _only_columns(each) if key == "resolvedTable" else _without_options(each)
        for key, each in value.items()
        if (key, each) != ("operands", [])  # of a call without arguments: newer versions leave them out
    }


def _only_columns(table: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in table.items() if key not in _NOT_OF_TABLE}
    if isinstance(kept.get("schema"), dict):
        columns = kept["schema"].get("columns", ())
        bare = [{key: value for key, value in column.items() if key != "comment"} for column in columns]
        kept["schema"] = {**kept["schema"], "columns": bare}
    return kept


def _read(document: str) -> dict[str, Any]:
    try:
        plan = json.loads(document)
        ids = [node["id"] for node in plan["nodes"]]
        ends = [edge[end] for edge in plan.get("edges", ()) for end in ("source", "target")]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrokenReplyError(f"a compiled plan is not whole: {error}") from error
    if not ids or len(set(ids)) != len(ids) or not set(ends) <= set(ids):
        raise BrokenReplyError("a compiled plan is not whole: its nodes and edges do not belong together")
    return plan  # type: ignore[no-any-return]
