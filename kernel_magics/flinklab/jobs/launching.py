"""Submitting attempts: a version's plan, carried out under the Flink job id of the attempt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

from flinklab.domain.errors import (
    CatalogError,
    CatalogUnavailableError,
    ConnectionFailedError,
    FlinklabError,
    LocalFlinkError,
    SchemaVersionError,
    StatementError,
    StorageError,
    UsageError,
)
from flinklab.domain.flink_versions import fit, is_older, line_of
from flinklab.domain.ids import SessionHandle
from flinklab.domain.jobs import Attempt, Cause, Job, JobScript, JobVersion, Plan
from flinklab.jobs import plans, shapes
from flinklab.jobs.pinned import PinnedDefinitions
from flinklab.jobs.replies import Reply, did_not_begin, read_reply
from flinklab.jobs.sending import TOMBSTONE, Arrived, Lost, Refused, Sent
from flinklab.jobs.workspace import JOB_ID, PATIENCE, Workspace
from flinklab.ports import Definitions, SqlGateway, Variables
from flinklab.ports.jobs import Storage, Versions
from flinklab.session.origin import PARAMETERS
from flinklab.sharing.stock import AddJar
from flinklab.sql.variables import mask

JOB_MARK = "flinklab.job"
ATTEMPT_MARK = "flinklab.attempt"
SHAPE_MARK = "flinklab.shape"
"""Global parameters of the Flink job: what it is an attempt of, and the shape of its plan."""

RECOVERY = "execution.state-recovery."
# Where a job's state comes from is decided by its attempt alone, whatever name the setting had in older versions.
_DECIDED_HERE = (RECOVERY, "execution.savepoint.", "execution.savepoint-restore-mode", "$internal.")

_FENCE = JobScript(
    "INSERT INTO `flinklab_nowhere` SELECT `x` FROM `flinklab_nothing`",
    setup=(
        "CREATE TEMPORARY TABLE `flinklab_nothing` (`x` INT) "
        "WITH ('connector' = 'datagen', 'number-of-rows' = '1')",
        "CREATE TEMPORARY TABLE `flinklab_nowhere` (`x` INT) WITH ('connector' = 'blackhole')",
    ),
)


class Launcher:
    """Fulfils `Sender` for one cluster.

    `target`: the properties that say which cluster the gateway serves, empty for its own (`execution.target`,
    `rest.address`, `rest.port`). `defaults`: settings of the cluster, under those of a version and of an attempt.
    `add_jar` turns Maven coordinates in an ADD JAR into a file. `patience`: seconds that a statement may take.
    `cluster_version` asks the cluster for its version of Flink, empty where that is known to be the gateway's.
    """

    def __init__(
        self,
        gateway: SqlGateway,
        versions: Versions,
        definitions: Definitions,
        variables: Variables,
        storage: Storage,
        *,
        target: Mapping[str, str],
        defaults: Mapping[str, str],
        add_jar: AddJar = str,
        patience: float = PATIENCE,
        cluster_version: Callable[[], str] = str,
    ) -> None:
        self._gateway = gateway
        self._versions = versions
        self._definitions = definitions
        self._variables = variables
        self._storage = storage
        self._target = dict(target)
        self._defaults = dict(defaults)
        self._add_jar = add_jar
        self._patience = patience
        self._cluster_version = cluster_version

    def open(self) -> SessionHandle:
        return self._gateway.open_session(self._target)

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        """See `Sender`. Raises what may be over the next time, nothing having been sent: a
        `ConnectionFailedError`, a `CatalogUnavailableError` or `SchemaVersionError`, a `StorageError`."""
        secrets: frozenset[str] = frozenset()
        flink = self._gateway.info().version
        cluster = self._cluster_version()
        if not fit(flink, cluster):
            ours, its = line_of(flink), line_of(cluster)
            return refused(
                f"the gateway {self._gateway.url} is Flink {ours}, the cluster is Flink {its}: it cannot submit "
                f"there; register a gateway of Flink {its} for the cluster"
            )
        try:
            version = self._versions.version(job.key.team, job.key.name, attempt.version)
            workspace = self._workspace(job, version, attempt, session)
            try:
                plan = self._plan(job, version, workspace, flink)
                misfit = _misfit(attempt, shape, plan)
                if misfit:
                    return refused(misfit)
                return self._start(job, attempt, plan, workspace)
            finally:
                secrets = workspace.secrets
        except (CatalogUnavailableError, SchemaVersionError):
            raise
        except (StatementError, CatalogError, LocalFlinkError, UsageError) as error:
            return refused(str(error), error, secrets)

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        workspace = Workspace(
            self._gateway,
            session,
            _FENCE,
            definitions=PinnedDefinitions(self._definitions, ()),
            variables=self._variables,
            environment="",
            patience=self._patience,
        )
        config = {
            JOB_ID: attempt.flink_id,
            "pipeline.name": f"fence of attempt {attempt.id}",
            "execution.runtime-mode": "STREAMING",
            "execution.checkpointing.interval": "1 h",  # without checkpoints no state is looked for
            "table.dml-sync": "false",
            f"{RECOVERY}path": TOMBSTONE,
            **self._target,
        }
        try:
            begun = workspace.insert(config)
        except StatementError as error:
            if did_not_begin(error):
                return True
            if read_reply(error) is not Reply.HAD_ARRIVED:
                raise ConnectionFailedError(error.message, url=self._gateway.url, details=error.details) from error
            return False
        if isinstance(begun, Lost):
            raise ConnectionFailedError(begun.reason, url=self._gateway.url)
        return False

    def close(self, session: SessionHandle) -> None:
        self._gateway.close_session(session)

    def _workspace(self, job: Job, version: JobVersion, attempt: Attempt, session: SessionHandle) -> Workspace:
        return Workspace(
            self._gateway,
            session,
            version.script,
            definitions=PinnedDefinitions(self._definitions, version.definitions),
            variables=self._variables,
            environment=job.key.environment,
            config={**self._defaults, **version.script.config, **attempt.deployment.config},
            add_jar=self._add_jar,
            patience=self._patience,
        )

    def _plan(self, job: Job, version: JobVersion, workspace: Workspace, flink: str) -> Plan:
        """The plan of the version in the job's environment: the one that is kept, or a new one.

        One of a newer Flink cannot be carried out by the gateway's; then there is one for that Flink beside it.
        Its shape is that of the state which it makes here.
        """
        key = job.key
        text_hash = workspace.text_hash()
        kept = self._versions.plan(key.team, key.name, version.number, key.environment, text_hash)
        if kept is not None and is_older(flink, kept.flink_version):
            text_hash = hashlib.sha256(f"{text_hash} {line_of(flink)}".encode()).hexdigest()
            kept = self._versions.plan(key.team, key.name, version.number, key.environment, text_hash)
        if kept is None:
            document = workspace.compile(self._storage)
            of = (key.team, key.name, version.number, key.environment)
            kept = self._versions.save_plan(Plan(*of, text_hash, document, plans.shape(document), flink))
        return replace(kept, shape=shapes.carried_out_by(kept.shape, flink))

    def _start(self, job: Job, attempt: Attempt, plan: Plan, workspace: Workspace) -> Sent:
        place = self._storage.write(f"plans/{attempt.id}.json", plan.document.encode())
        config = {**run_config(job, attempt, plan, workspace.config()), **self._target}
        try:
            begun = workspace.execute(place, config)
        except StatementError as error:
            reply = read_reply(error)
            if reply is Reply.UNCERTAIN:
                return Lost(f"the cluster did not say what became of it: {error.message}", plan.shape)
            self._discard(place)
            return Arrived(plan.shape) if reply is Reply.HAD_ARRIVED else refused(str(error), error)
        if isinstance(begun, Lost):
            # The gateway may still read the plan.
            return Lost(begun.reason, plan.shape)
        self._discard(place)
        return Arrived(plan.shape)

    def _discard(self, place: str) -> None:
        with suppress(StorageError):
            self._storage.delete(place)


def run_config(job: Job, attempt: Attempt, plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """The settings that a plan is started with: the `given` ones, and over them what an attempt decides."""
    config = {key: value for key, value in given.items() if not key.startswith(_DECIDED_HERE)}
    deployment = attempt.deployment
    if deployment.parallelism is not None:
        config["parallelism.default"] = str(deployment.parallelism)
    if deployment.backend:
        config["state.backend.type"] = deployment.backend
    marks = {JOB_MARK: str(job.key), ATTEMPT_MARK: attempt.id, SHAPE_MARK: plan.shape}
    told = ",".join(f"{key}:{quote(value, safe='')}" for key, value in marks.items())
    config |= {
        JOB_ID: attempt.flink_id,
        "pipeline.name": str(job.key),
        PARAMETERS: f"{config[PARAMETERS]},{told}" if config.get(PARAMETERS) else told,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "table.dml-sync": "false",  # the reply is that it was submitted, not that it ended
    }
    if attempt.restored_from:
        config[f"{RECOVERY}path"] = attempt.restored_from
        config[f"{RECOVERY}claim-mode"] = "NO_CLAIM"
        config[f"{RECOVERY}ignore-unclaimed-state"] = str(attempt.forced).lower()
    return config


def _misfit(attempt: Attempt, shape: str | None, plan: Plan) -> str:
    """Why the state that the attempt is to start from needs a person's word; empty when it does not."""
    if not attempt.restored_from or attempt.forced:
        return ""
    why = shapes.misfit(shape, plan.shape)
    return why and (
        f"the state at {attempt.restored_from} {why}, so whether it fits is not known: "
        "start without state, or say that it fits (forced)"
    )


def refused(message: str, error: FlinklabError | None = None, secrets: frozenset[str] = frozenset()) -> Refused:
    details = error.details or "" if error is not None else ""
    return Refused(Cause(mask(message, secrets), mask(details, secrets)))
