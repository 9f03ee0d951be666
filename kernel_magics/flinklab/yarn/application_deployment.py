"""Submitting jobs to YARN that get an application of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from flinklab.domain.errors import FlinklabError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.yarn import Application, ApplicationOrder, SessionSpec
from flinklab.ports.yarn import ResourceManager
from flinklab.yarn.application_script import Script, script_of
from flinklab.yarn.application_tags import attempt_tag, foremost, job_tag
from flinklab.yarn.client import Program
from flinklab.yarn.deployment import Deployment, Patience, Progress
from flinklab.yarn.identity import Identity
from flinklab.yarn.session_config import has_high_availability, session_config

Ship = Callable[[Script, Mapping[str, str]], AbstractContextManager[tuple[Program, Mapping[str, str]]]]
"""The program that submits a script under a configuration, and the configuration that it needs for that."""

_ATTEMPTS = "yarn.application-attempts"


@dataclass(frozen=True, slots=True)
class Deployer:
    """Fulfils `ports.yarn.Applications`.

    `spec`: size, queue and tags of each application (its name is the job's); `defaults`: Flink configuration of the
    YARN; `deployed` is told of each application that serves. May be used from several threads.
    """

    manager: ResourceManager
    ship: Ship
    spec: SessionSpec
    defaults: Mapping[str, str]
    identity: Identity
    deployed: Callable[[JobId, Application], None]
    progress: Progress
    patience: Patience = field(default_factory=Patience)
    largest_vcores: Callable[[], int | None] = lambda: None

    def tagged(self, attempt: AttemptId) -> Application | None:
        return foremost(self.manager.applications(tag=attempt_tag(attempt)))

    def deploy(self, order: ApplicationOrder) -> Application:
        request = attempt_tag(order.attempt)
        config = self._configured(order, request)
        with self.ship(script_of(order.statements), config) as (program, shipped):
            deployment = Deployment(
                program, self.manager, shipped, request, self.progress, self.patience, what="application"
            )
            found = deployment.run()
        self.deployed(order.flink_id, found)
        self._end_others(found, request)
        return found

    def _configured(self, order: ApplicationOrder, request: str) -> dict[str, str]:
        spec = replace(
            self.spec,
            name=order.name,
            tags=(*self.spec.tags, job_tag(order.flink_id)),
            config={**self.spec.config, **order.config},
        )
        config = session_config(
            spec,
            request,
            defaults=self.defaults,
            identity=self.identity,
            largest_vcores=self.largest_vcores(),
        )
        if not has_high_availability(config):
            # A second JobManager would start the job again from where the first one did.
            config[_ATTEMPTS] = "1"
        return config

    def _end_others(self, found: Application, request: str) -> None:
        """Of an earlier submission, that came late: its plan was deleted before this one was made."""
        try:
            for each in self.manager.applications(tag=request):
                if each.id != found.id and not each.state.is_over:
                    self.manager.kill(each.id)
        except FlinklabError as error:
            self.progress(f"whether {request} has another application is not known: {error.message}")
