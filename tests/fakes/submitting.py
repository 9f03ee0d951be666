"""How statements of a fake gateway become jobs, and plans."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes import errors, refusals
from fakes.answers import Answer, fails, insert, ok
from fakes.compiled import compile_plan, operators
from fakes.refusals import SubmissionRefusedError

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

_COMPILE = re.compile(r"\s*COMPILE\s+PLAN\s+'([^']+)'\s*(IF\s+NOT\s+EXISTS)?\s+FOR\s+(.*)\Z", re.I | re.S)
_EXECUTE = re.compile(r"\s*EXECUTE\s+PLAN\s+'([^']+)'\s*;?\s*\Z", re.I)
_TABLE = "org.apache.flink.table.api.TableException"


class Submitting:
    """`clusters`: further JobManagers that a statement may name with `rest.address` and `rest.port`.

    `held`: jobs do not reach their cluster before `deliver()`, and never when their session is closed by then.
    """

    def __init__(self, jobmanager: FakeJobManager | None) -> None:
        self.clusters: dict[int, FakeJobManager] = {}
        self.held = False
        self._jobmanager = jobmanager
        self._node_ids = itertools.count(1)

    def compile_or_execute(self, statement: str, config: Mapping[str, str]) -> Answer | None:
        """None: it is neither COMPILE PLAN nor EXECUTE PLAN."""
        compiled = _COMPILE.match(statement)
        if compiled:
            return self._compile(compiled, config)
        executed = _EXECUTE.match(statement)
        if executed and not _file(executed[1]).exists():
            words = f"Failed to execute EXECUTE PLAN '{executed[1]}' statement."
            return fails(
                errors.statement_error(
                    f"{_TABLE}: {words}",
                    f"java.io.FileNotFoundException: file resource [{executed[1]}] not found.",
                )
            )
        return insert() if executed else None

    def cluster(self, config: Mapping[str, str]) -> FakeJobManager | None:
        """Where a statement's job goes."""
        return self.clusters.get(int(config.get("rest.port", "0")), self._jobmanager)

    def start(self, statement: str, config: Mapping[str, str]) -> str | None:
        """The job's id. Raises `SubmissionRefusedError`."""
        cluster = self.cluster(config)
        if cluster is None:
            return config.get("$internal.pipeline.job-id")
        if not cluster.is_running:
            raise SubmissionRefusedError(*refusals.unreachable(f"127.0.0.1:{cluster.port}"))
        return cluster.submit(config.get("pipeline.name", statement), config, self._operators(statement))

    def _operators(self, statement: str) -> frozenset[str]:
        executed = _EXECUTE.match(statement)
        return operators(json.loads(_file(executed[1]).read_text())) if executed else frozenset()

    def _compile(self, match: re.Match[str], config: Mapping[str, str]) -> Answer:
        place = _file(match[1])
        if place.exists():
            if match[2]:
                return ok()
            if config.get("table.plan.force-recompile") != "true":
                words = (
                    f"Cannot overwrite the plan file '{match[1]}'. Either manually remove the file or, if you're "
                    "debugging your job, set the option 'table.plan.force-recompile' to true."
                )
                return fails(errors.statement_error(f"{_TABLE}: {words}"))
        plan = compile_plan(match[3], self._node_ids)
        if not plan["nodes"]:
            words = "Unsupported SQL query! compilePlanSql() only accepts a single SQL statement of type INSERT."
            return fails(errors.statement_error(f"{_TABLE}: {words}"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(plan, indent=2))
        return ok()


def refused(name: str, refusal: SubmissionRefusedError) -> dict[str, Any]:
    """What the gateway answers at the fetch."""
    return errors.statement_error(
        f"{_TABLE}: Failed to execute sql",
        f"org.apache.flink.util.FlinkException: Failed to execute job '{name}'.",
        *refusal.causes,
    )


def _file(place: str) -> Path:
    return Path(re.sub(r"\Afile:/*", "/", place))
