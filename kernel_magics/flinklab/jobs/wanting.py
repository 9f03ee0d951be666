"""What is wanted of a job: as a command changes it, and as it will be when all that was asked for is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import CommandKind, Job, Managed

_MAY_CHANGE = ("number", "cluster", "pool", "priority", "description", "owner")
_WANTS = frozenset({CommandKind.START, CommandKind.RESTART, CommandKind.ADOPT})
_ENDS = frozenset({CommandKind.STOP, CommandKind.CANCEL, CommandKind.DELETE})


def with_arguments(job: Job, arguments: Mapping[str, Any]) -> Job:
    """The job as a command with these arguments wants it."""
    more: dict[str, Any] = {key: arguments[key] for key in _MAY_CHANGE if key in arguments}
    deployment = job.deployment
    if "deployment" in arguments:
        deployment = Deployment(**arguments["deployment"])
    if "parallelism" in arguments:
        deployment = replace(deployment, parallelism=arguments["parallelism"])
    if "backend" in arguments:
        deployment = replace(deployment, backend=arguments["backend"])
    if "policies" in arguments:
        more["policies"] = Policies(**arguments["policies"])
    if "tags" in arguments:
        more["tags"] = tuple(arguments["tags"])
    return replace(job, deployment=deployment, **more)


def in_the_end(managed: Managed) -> Job:
    """What is wanted once the open commands are carried out, in their order."""
    job = managed.job
    for command in managed.commands:
        wanted = command.kind in _WANTS or (job.wanted and command.kind not in _ENDS)
        if command.kind is CommandKind.MOVE and command.arguments.get("lost"):
            wanted = True
        job = replace(with_arguments(job, command.arguments), wanted=wanted)
    return job


def runs(managed: Managed) -> bool:
    """Something of it runs, or will without anybody asking for more."""
    attempt = managed.attempt
    return in_the_end(managed).wanted or (attempt is not None and attempt.state.is_live)
