"""Compiled plans as Flink 2.3 writes them: small, and as far apart as the texts that they are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_INSERT = re.compile(r"INSERT\s+INTO\s+([`\w.]+)\s*(?:\([^)]*\)\s*)?(.*)\Z", re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(r"\b(?:FROM|JOIN)\s+([`\w.]+)", re.IGNORECASE)
_GROUP = re.compile(r"\bGROUP\s+BY\s+(.+?)(?:\bHAVING\b|\Z)", re.IGNORECASE | re.DOTALL)
_SET = re.compile(r"(?:EXECUTE\s+)?STATEMENT\s+SET\s+BEGIN\s+(.*?);?\s*END\s*;?\s*\Z", re.IGNORECASE | re.DOTALL)
_STATEFUL = ("group-aggregate", "join")
_INPUT = {"requiredDistribution": {"type": "UNKNOWN"}, "damBehavior": "PIPELINED", "priority": 0}


def inserts(statement: str) -> list[tuple[str, str]]:
    """The sinks of an INSERT or a statement set, each with its query."""
    whole = _SET.match(statement.strip())
    texts = whole[1].split(";") if whole else [statement]
    found = [_INSERT.match(text.strip().rstrip(";")) for text in texts if text.strip()]
    return [(match[1], " ".join(match[2].split())) for match in found if match]


def compile_plan(statement: str, ids: Iterator[int]) -> dict[str, Any]:
    """`ids`: Flink takes them from a counter of the gateway's process, so no two plans have the same."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []

    def add(kind: str, inputs: list[int], **more: Any) -> int:
        number = next(ids)
        nodes.append(
            {"id": number, "type": f"stream-exec-{kind}", **more, "inputProperties": [_INPUT] * len(inputs)}
        )
        edges.extend(
            {"source": each, "target": number, "shuffle": {"type": "FORWARD"}, "shuffleMode": "PIPELINED"}
            for each in inputs
        )
        return number

    for sink, query in inserts(statement):
        tables = _SOURCE.findall(query) or ["values"]
        ends = [
            add("table-source-scan_2", [], scanTableSource=_table(name), description=f"TableSourceScan({name})")
            for name in tables
        ]
        if len(ends) > 1:
            ends = [add("join_1", ends, state=_state("leftState", "rightState"), description="Join")]
        end = add("calc_1", ends, description=f"Calc(select=[{query}])")
        group = _GROUP.search(query)
        if group:
            end = add("exchange_1", [end], description=f"Exchange(distribution=[hash[{group[1].strip()}]])")
            words = f"GroupAggregate(groupBy=[{group[1].strip()}])"
            end = add("group-aggregate_1", [end], state=_state("groupAggregateState"), description=words)
        words = f"Sink(table=[default_catalog.default_database.{sink}])"
        add("sink_2", [end], dynamicTableSink=_table(sink), description=words)
    return {"flinkVersion": "2.3", "nodes": nodes, "edges": edges}


def operators(plan: dict[str, Any]) -> frozenset[str]:
    """Those with state; a savepoint knows them by node id and kind."""
    kinds = ((node["id"], node["type"].removeprefix("stream-exec-").rpartition("_")[0]) for node in plan["nodes"])
    return frozenset(f"{number}_{kind}" for number, kind in kinds if kind in _STATEFUL)


def _table(name: str) -> dict[str, Any]:
    parts = [part.strip("`") for part in name.split(".")]
    full = ["default_catalog", "default_database"][: max(3 - len(parts), 0)] + parts
    return {"table": {"identifier": ".".join(f"`{part}`" for part in full)}}


def _state(*names: str) -> list[dict[str, Any]]:
    return [{"index": index, "ttl": "0 ms", "name": name} for index, name in enumerate(names)]
