"""A gateway whose COMPILE PLAN writes a file, as the real one does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fakes import errors
from fakes.answers import Answer, fails, ok, table
from fakes.gateway import FakeGateway, Submitted

_COMPILE = re.compile(r"COMPILE PLAN '(?:file://)?([^']+)' FOR\s")


class CompilingGateway(FakeGateway):
    """`plan` is what every statement is compiled to, with new node ids each time."""

    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__()
        self.plan = plan
        self._counter = 900
        self.on(_COMPILE, self._compile)
        for what in ("catalog", "database"):
            self.on(f"SHOW CURRENT {what}", table("name STRING", [[f"default_{what}"]]))

    @property
    def executed(self) -> list[Submitted]:
        """What was sent to be run as a job."""
        return [each for each in self.submitted if each.statement.startswith(("EXECUTE PLAN", "INSERT"))]

    def _compile(self, statement: str) -> Answer:
        found = _COMPILE.match(statement)
        assert found is not None
        path = Path(found[1])
        if path.exists():
            text = f"org.apache.flink.table.api.TableException: Cannot overwrite the plan file '{path}'."
            return fails(errors.statement_error(text))
        ids = {node["id"]: self._counter + number for number, node in enumerate(self.plan["nodes"])}
        self._counter += len(ids)
        nodes = [{**node, "id": ids[node["id"]]} for node in self.plan["nodes"]]
        ends = [
            {**edge, "source": ids[edge["source"]], "target": ids[edge["target"]]} for edge in self.plan["edges"]
        ]
        path.write_text(json.dumps({**self.plan, "nodes": nodes, "edges": ends}, indent=2), encoding="utf-8")
        return ok()
