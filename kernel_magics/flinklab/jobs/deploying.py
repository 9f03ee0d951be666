"""Submitting attempts each of which gets a Flink cluster of its own, a YARN application."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, StorageError
from flinklab.domain.ids import JobId, SessionHandle
from flinklab.domain.jobs import Attempt, Job, Plan
from flinklab.domain.yarn import Application, ApplicationOrder
from flinklab.jobs.launching import Launcher, refused, run_config
from flinklab.jobs.sending import Arrived, Lost, Sent
from flinklab.jobs.workspace import PATIENCE, Workspace, quoted
from flinklab.ports import Definitions, SqlGateway, Variables
from flinklab.ports.jobs import Storage, Versions
from flinklab.ports.yarn import Applications
from flinklab.sharing.stock import AddJar

# The cluster stays when its job is over, for its end and its last state to be read, and shows why a script failed.
_STAYS = {
    "execution.shutdown-on-application-finish": "false",
    "execution.submit-failed-job-on-application-error": "true",
}


def plans_of(flink_id: JobId) -> str:
    """The folder in a storage with the plan that the attempt's application carries out.

    It reads it when it begins, and again after its JobManager moved: it is deleted when the attempt is over.
    """
    return f"applications/{flink_id}"


class ApplicationLauncher(Launcher):
    """Fulfils `Sender`. The gateway judges and compiles; it need not reach YARN.

    Each submission has a plan file of its own in the storage. Once that is deleted, what was submitted with it and
    has not begun can never begin; what has begun is an application that the ResourceManager knows. So the plan is
    deleted first and the ResourceManager asked then: between the two no job slips through, whoever submitted it.
    """

    def __init__(
        self,
        gateway: SqlGateway,
        versions: Versions,
        definitions: Definitions,
        variables: Variables,
        storage: Storage,
        applications: Applications,
        *,
        defaults: Mapping[str, str],
        add_jar: AddJar = str,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(
            gateway,
            versions,
            definitions,
            variables,
            storage,
            target={},
            defaults=defaults,
            add_jar=add_jar,
            patience=patience,
        )
        self._applications = applications

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        """As `Launcher.send`. An application that is there for the attempt is never followed by a second one."""
        there = self._applications.tagged(attempt.id)
        return _is_there(there) if there is not None else super().send(job, attempt, session, shape)

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        return self._called_off(attempt) is None

    def _start(self, job: Job, attempt: Attempt, plan: Plan, workspace: Workspace) -> Sent:
        there = self._called_off(attempt)
        if there is not None:
            return _is_there(there, plan.shape)
        workspace.explain()  # what is lacking, Flink's errors tell; here nobody reads those of the application
        place = self._storage.write(f"{plans_of(attempt.flink_id)}/{uuid.uuid4().hex}.json", plan.document.encode())
        config = {**run_config(job, attempt, plan, workspace.config()), **_STAYS}
        secret = {key for key, value in config.items() if any(each in value for each in workspace.secrets)}
        order = ApplicationOrder(
            str(job.key),
            attempt.id,
            attempt.flink_id,
            (
                *(f"SET {quoted(key)} = {quoted(config[key])}" for key in sorted(secret)),
                *workspace.made_by(),
                f"EXECUTE PLAN {quoted(place)}",
            ),
            {key: value for key, value in config.items() if key not in secret},
        )
        try:
            self._applications.deploy(order)
        except FlinklabError as error:
            return self._failed(attempt, plan, error, workspace.secrets)
        return Arrived(plan.shape)

    def _failed(self, attempt: Attempt, plan: Plan, error: FlinklabError, secrets: frozenset[str]) -> Sent:
        over = refused(error.message if error.hint is None else f"{error.message}: {error.hint}", error, secrets)
        try:
            there = self._called_off(attempt)
        except (ConnectionFailedError, StorageError) as trouble:
            return Lost(f"{over.cause.message}; {trouble.message}", plan.shape)
        if there is not None and not there.is_over:
            return Lost(f"{over.cause.message}; {there.id} is there", plan.shape)
        return over

    def _called_off(self, attempt: Attempt) -> Application | None:
        """Nothing of it can begin any more, but what is given back, which may have begun before."""
        self._storage.delete(self._storage.place(plans_of(attempt.flink_id)))
        return self._applications.tagged(attempt.id)


def _is_there(application: Application, shape: str = "") -> Lost:
    return Lost(f"{application.id} is its application", shape)
