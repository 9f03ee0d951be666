"""From a text to a version of a job: judged, compiled, and recorded. Nothing is started here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import ConflictError, PromotionRefusedError
from flinklab.domain.ids import SessionHandle
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Cell, Job, JobKey, JobVersion, Managed, Plan
from flinklab.domain.text import count
from flinklab.jobs.findings import Finding
from flinklab.jobs.fingerprint import fingerprint
from flinklab.jobs.judging import Judge, Judgement, Proposal
from flinklab.jobs.pinned import PinnedDefinitions
from flinklab.jobs.plans import shape
from flinklab.jobs.sources import text_of
from flinklab.jobs.workspace import PATIENCE, Workspace
from flinklab.ports import Definitions, SqlGateway
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is judged: in which environment, with which search path, and how it would run."""

    proposal: Proposal
    teams: tuple[str, ...]
    environment: str
    deployment: Deployment


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
        who = self._sharing.belonging
        wish = _Wish(proposal, who.teams, environment or who.environment, deployment or Deployment())
        with self._judged(wish, self._sharing.definitions) as (judgement, _):
            return judgement

    def promote(self, proposal: Proposal, job: Job, *, note: str = "", origin: Cell | None = None) -> Promotion:
        """Make a version of the text, and the job when it is new; `job` says how that shall run.

        A job that is there stays as it is: only a command changes it. Raises `PromotionRefusedError` with the
        findings that are errors, the `StatementError` that Flink says of the text, a `CatalogError`, a
        `ConnectionFailedError` or a `StorageError`. What is refused leaves nothing recorded; where the catalog went
        away half way, the same call again does the rest.
        """
        key = job.key
        wish = _Wish(proposal, self._teams(key.team), key.environment, job.deployment)
        with self._judged(wish, self._sharing.definitions) as (judgement, workspace):
            _refuse(key, judgement)
            version = self._version(key, judgement, note, origin or Cell())
            before = self._versions.newest(key.team, key.name)
            is_same = before is not None and before.fingerprint == version.fingerprint
            plan = self._plan(before if is_same and before is not None else version, key.environment, workspace)
        saved, is_new = self._versions.save(version)
        user, person = f"{key.team}.{key.name}", self._sharing.belonging.person
        self._sharing.uses.replace("job", user, judgement.reached.used_by(user, person))
        return self._recorded(saved, is_new, plan, judgement, job)

    def carry(self, number: int, job: Job, *, ignore: Collection[str] = ()) -> Promotion:
        """Bring a version that is there into `job`'s environment, with the definitions that it pins.

        `ignore`: rules that are switched off. Raises what `promote` raises, and `NotFoundError` for a version that
        there is not.
        """
        key = job.key
        version = self._versions.version(key.team, key.name, number)
        proposal = replace(
            Proposal.of(text_of(version.script), flags=version.script.config), ignore=frozenset(ignore)
        )
        wish = _Wish(proposal, version.script.teams, key.environment, job.deployment)
        pinned = PinnedDefinitions(self._sharing.definitions, version.definitions)
        with self._judged(wish, pinned) as (judgement, workspace):
            _refuse(key, judgement)
            plan = self._plan(version, key.environment, workspace)
        return self._recorded(version, False, plan, judgement, job)

    @contextmanager
    def _judged(self, wish: _Wish, definitions: Definitions) -> Iterator[tuple[Judgement, Workspace]]:
        """The judgement, and the workspace in which it was found, as a supervisor would make it."""
        place, variables = self._place, self._sharing.variables
        session = place.gateway.open_session(place.target)
        workspace = self._workspace(wish, definitions, session)
        try:
            config = {**place.gateway.session_properties(session), **place.defaults}
            judge = Judge(definitions, variables, wish.teams, self._has_own, place.slots)
            yield judge.judge(wish.proposal, wish.environment, wish.deployment, config, workspace), workspace
        finally:
            workspace.close()

    def _workspace(self, wish: _Wish, definitions: Definitions, session: SessionHandle) -> Workspace:
        """With the settings that a supervisor gives a version: plans that differ in none are one plan."""
        script = wish.proposal.read().script(wish.teams)
        return Workspace(
            self._place.gateway,
            session,
            script,
            definitions=definitions,
            variables=self._sharing.variables,
            environment=wish.environment,
            config={**self._place.defaults, **script.config, **wish.deployment.config},
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

    def _plan(self, version: JobVersion, environment: str, workspace: Workspace) -> Plan:
        """The version's plan in the environment: the one that is kept, or a new one. A new version has number 0."""
        text_hash = workspace.text_hash()
        of = (version.team, version.name, version.number, environment, text_hash)
        kept = self._versions.plan(*of) if version.number else None
        if kept is not None:
            return kept
        document = workspace.compile(self._place.storage)
        return Plan(*of, document, shape(document), self._place.gateway.info().version)

    def _recorded(self, version: JobVersion, is_new: bool, plan: Plan, judgement: Judgement, job: Job) -> Promotion:
        """With the plan and the job in the catalog, which has the version."""
        kept_plan = self._versions.save_plan(replace(plan, number=version.number))
        kept, is_new_job = self._job(replace(job, number=version.number))
        return Promotion(version, is_new, kept_plan, judgement.findings, kept, is_new_job)

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
        positions = [finding.position for finding in judgement.errors]
        if judgement.refusal is not None:
            lines.append(f"Flink: {judgement.refusal}")
            positions.append(judgement.refusal.position)
        raise PromotionRefusedError(
            f"{key} was not promoted: {count(len(lines), 'finding')}",
            findings=lines,
            positions=positions,
            hint="mend the text; a rule that does not fit here can be switched off by its name",
        )
