"""From a text to a version of a job: judged, compiled, and recorded. Nothing is started here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import ConflictError, PromotionRefusedError
from flinklab.domain.ids import SessionHandle
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Cell, Job, JobKey, JobScript, JobVersion, Managed, Plan
from flinklab.domain.text import count
from flinklab.jobs.findings import Finding
from flinklab.jobs.fingerprint import fingerprint
from flinklab.jobs.judging import Judge, Judgement, Proposal
from flinklab.jobs.plans import shape
from flinklab.jobs.workspace import PATIENCE, Workspace
from flinklab.ports import SqlGateway
from flinklab.ports.jobs import Storage, Versions
from flinklab.session.session import Session
from flinklab.sharing.sharing import Sharing
from flinklab.sharing.stock import AddJar
from flinklab.sql.names import Path


class VersionStore(Versions, Protocol):
    """Versions, as those who make them see them."""

    def save(self, version: JobVersion) -> tuple[JobVersion, bool]:
        """With its number, and whether it is new: the newest one with the same fingerprint is given back."""
        ...

    def newest(self, team: str, name: str) -> JobVersion | None: ...


class JobStore(Protocol):
    """Jobs, as those who make them see them. Every method may raise a `CatalogError`."""

    def add(self, job: Job) -> Job:
        """Raises `ConflictError` when there is one of its key."""
        ...

    def find(self, key: JobKey) -> Managed | None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is to run: a registered cluster, the gateway that serves it, and the storage that both reach.

    `target`: the properties by which the gateway finds the cluster; `defaults`: settings that all jobs get there;
    `slots`: how many it has, None where more come by themselves. `add_jar`: Maven coordinates to a file.
    """

    gateway: SqlGateway
    storage: Storage
    target: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    slots: int | None = None
    add_jar: AddJar = str
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of it. `is_new`: the text was not the newest version's already; `job`: as it is now, which may want
    another version (an upgrade is a command); `is_new_job`: it was not there before."""

    version: JobVersion
    is_new: bool
    plan: Plan
    findings: tuple[Finding, ...]
    job: Job
    is_new_job: bool


class Promoter:
    """Promotes for one person, with that person's catalog; `session` only says what is nobody else's."""

    def __init__(
        self, session: Session, sharing: Sharing, versions: VersionStore, jobs: JobStore, place: Place
    ) -> None:
        self._session = session
        self._sharing = sharing
        self._versions = versions
        self._jobs = jobs
        self._place = place

    def check(
        self, proposal: Proposal, *, environment: str | None = None, deployment: Deployment | None = None
    ) -> Judgement:
        """What stands against the text as a job. Nothing that others see is made, changed or dropped.

        Raises a `CatalogError` or a `ConnectionFailedError`.
        """
        belonging = self._sharing.belonging
        judged = self._judged(
            proposal, belonging.team, environment or belonging.environment, deployment or Deployment()
        )
        with judged as (judgement, _):
            return judgement

    def promote(self, proposal: Proposal, job: Job, *, note: str = "", origin: Cell | None = None) -> Promotion:
        """Make a version of the text, and the job when it is new; `job` says how that shall run.

        A job that is there stays as it is: only a command changes it. Raises `PromotionRefusedError` with the
        findings that are errors, the `StatementError` that Flink says of the text, a `CatalogError`, a
        `ConnectionFailedError` or a `StorageError`; nothing is recorded then.
        """
        key = job.key
        with self._judged(proposal, key.team, key.environment, job.deployment) as (judgement, workspace):
            _refuse(key, judgement)
            version = self._version(key, judgement, note, origin or Cell())
            text_hash = workspace.text_hash()
            before = self._versions.newest(key.team, key.name)
            is_same = before is not None and before.fingerprint == version.fingerprint
            plan = self._kept_plan(before, key.environment, text_hash) if before is not None and is_same else None
            if plan is None:
                document = workspace.compile(self._place.storage)
                plan = Plan(
                    *key[:2], 0, key.environment, text_hash, document, shape(document), version.flink_version
                )
        saved, is_new = self._versions.save(version)
        plan = plan if plan.number == saved.number else self._versions.save_plan(replace(plan, number=saved.number))
        kept, is_new_job = self._job(replace(job, number=saved.number))
        user, person = f"{key.team}.{key.name}", self._sharing.belonging.person
        self._sharing.uses.replace("job", user, judgement.reached.used_by(user, person))
        return Promotion(saved, is_new, plan, judgement.findings, kept, is_new_job)

    @contextmanager
    def _judged(
        self, proposal: Proposal, team: str, environment: str, deployment: Deployment
    ) -> Iterator[tuple[Judgement, Workspace]]:
        """The judgement, and the workspace in which it was found, as a supervisor would make it."""
        place, teams = self._place, self._teams(team)
        script = proposal.read().script(teams)
        session = place.gateway.open_session(place.target)
        workspace = self._workspace(script, environment, deployment, session)
        try:
            config = {**place.gateway.session_properties(session), **place.defaults}
            sharing = self._sharing
            judge = Judge(sharing.definitions, sharing.variables, teams, self._has_own, place.slots)
            yield judge.judge(proposal, environment, deployment, config, workspace), workspace
        finally:
            workspace.close()

    def _workspace(
        self, script: JobScript, environment: str, deployment: Deployment, session: SessionHandle
    ) -> Workspace:
        """With the settings that a supervisor gives a version: plans that differ in none are one plan."""
        return Workspace(
            self._place.gateway,
            session,
            script,
            definitions=self._sharing.definitions,
            variables=self._sharing.variables,
            environment=environment,
            config={**self._place.defaults, **script.config, **deployment.config},
            add_jar=self._place.add_jar,
            patience=self._place.patience,
        )

    def _version(self, key: JobKey, judgement: Judgement, note: str, origin: Cell) -> JobVersion:
        reached = judgement.reached
        version = JobVersion(
            key.team,
            key.name,
            0,
            judgement.script,
            definitions=reached.pinned,
            variables=tuple(sorted(reached.variables)),
            flink_version=self._place.gateway.info().version,
            origin=origin,
            note=note,
            made_by=self._sharing.belonging.person,
        )
        return replace(version, fingerprint=fingerprint(version))

    def _kept_plan(self, version: JobVersion, environment: str, text_hash: str) -> Plan | None:
        return self._versions.plan(version.team, version.name, version.number, environment, text_hash)

    def _job(self, job: Job) -> tuple[Job, bool]:
        """The job as it is, made if it was not there. Two people at once make one."""
        found = self._jobs.find(job.key)
        if found is None:
            try:
                return self._jobs.add(job), True
            except ConflictError:
                found = self._jobs.find(job.key)
                if found is None:
                    raise
        return found.job, False

    def _teams(self, team: str) -> tuple[str, ...]:
        """The search path: the job's own team first."""
        return tuple(dict.fromkeys((team, *self._sharing.belonging.teams)))

    def _has_own(self, path: Path, kind: DefinitionKind) -> bool:
        return self._session.has_own(path, kind)


def _refuse(key: JobKey, judgement: Judgement) -> None:
    if not judgement.errors and judgement.refusal is not None:
        raise judgement.refusal
    if judgement.errors:
        lines = [str(finding) for finding in judgement.errors]
        if judgement.refusal is not None:
            lines.append(f"Flink: {judgement.refusal}")
        raise PromotionRefusedError(
            f"{key} was not promoted: {count(len(lines), 'finding')}",
            findings=lines,
            hint="mend the text; a rule that does not fit here can be switched off by its name",
        )
