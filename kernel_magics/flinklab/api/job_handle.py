"""A managed job as a Python program uses it. Every order is a row in the catalog: nothing here talks to Flink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from flinklab.api.command_handle import CommandHandle
from flinklab.domain.errors import CommandRefusedError
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    CommandKind,
    Event,
    JobKey,
    JobVersion,
    Managed,
    ManagedState,
)
from flinklab.jobs.asking import DROP, KEEP, order, restore_from, shape_kept, version_before
from flinklab.jobs.policies import read_policies
from flinklab.jobs.shapes import misfit, of_the_newer
from flinklab.jobs.wanting import in_the_end

if TYPE_CHECKING:
    from flinklab.api.plotting import Plots
    from flinklab.catalog.catalog import Catalog
    from flinklab.jobs.difference import Difference
    from flinklab.settings import Settings
    from flinklab.telemetry.doctor.diagnosis import Diagnosis

_MOST = 1000  # attempts, points, events that are read


class JobHandle:
    """A job by its key. What it gives is as the catalog has it at that moment.

    Its orders (`start` to `delete`) are recorded, and any live supervisor carries them out: each gives back a
    `CommandHandle` to wait with. They raise `CommandRefusedError` when the job, as it is now, does not allow it,
    `UsageError` for what means nothing, and `CatalogError`; nothing is recorded then. `settings`: with which
    clusters are asked; None: those of this process.
    """

    def __init__(self, catalog: Catalog, key: JobKey, settings: Settings | None = None) -> None:
        self._catalog = catalog
        self.key = key
        self.settings = settings

    def __repr__(self) -> str:
        return f"<job {self.key}>"

    @property
    def managed(self) -> Managed:
        """All that is known of it now. Raises `NotFoundError` once it was deleted."""
        return self._catalog.jobs.get(self.key)

    @property
    def status(self) -> ManagedState:
        return self.managed.status.state

    @property
    def plot(self) -> Plots:
        """Its figures: `plot.checkpoints(since="6h")`."""
        from flinklab.api.plotting import plots_of_job

        return plots_of_job(self._catalog, self.key, self.settings)

    def versions(self) -> Sequence[JobVersion]:
        """Over all environments, the newest first."""
        return self._catalog.job_versions.list(self.key.team, self.key.name)

    def attempts(self) -> Sequence[Attempt]:
        """The newest first."""
        return self._catalog.jobs.attempts(self.managed.job.id, limit=_MOST)

    def points(self) -> Sequence[Checkpoint]:
        """What it can be started from, the newest first."""
        return self._catalog.jobs.checkpoints(self.managed.job.id, limit=_MOST, only_points=True)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All that were seen, the newest first, failed ones as well."""
        return self._catalog.jobs.checkpoints(self.managed.job.id, limit=_MOST)

    def events(self) -> Sequence[Event]:
        """The newest first."""
        return self._catalog.jobs.events(self.managed.job.id, limit=_MOST)

    def commands(self) -> Sequence[CommandHandle]:
        """What was asked of it, the newest first."""
        found = self._catalog.commands.list(self.managed.job.id, limit=_MOST)
        return [CommandHandle(self._catalog, self.key, command) for command in found]

    def diff(self, a: int | None = None, b: int | None = None) -> Difference:
        """Two versions side by side; without numbers, what is wanted now and the newest one."""
        from flinklab.api.job_versions import difference

        return difference(self._catalog, self.managed, a, b)

    def doctor(self) -> Diagnosis:
        """What is wrong with it, where, since when, and what to do. Takes some 12 s.

        Raises `ConnectionFailedError` where its cluster does not answer.
        """
        from flinklab.api.diagnosis import diagnose_job

        team, name, environment = self.key
        return diagnose_job(f"{team}.{name}", environment, self._catalog, self.settings)

    def start(
        self, from_: str | None = None, *, empty: bool = False, state: str | None = None, why: str = ""
    ) -> CommandHandle:
        """From its newest restore point, from the one at the path `from_`, or without state (`empty`).

        `state="keep"` takes over state of which it is not known whether it fits.
        """
        return self.ask(CommandKind.START, restore_from(from_, empty=empty, state=state), why=why)

    def stop(self, *, drain: bool = False, why: str = "") -> CommandHandle:
        """With a savepoint. `drain`: after all that is on its way went through; such a job is over for good."""
        return self.ask(CommandKind.STOP, {"drain": True} if drain else {}, why=why)

    def cancel(self, *, why: str = "") -> CommandHandle:
        """Without a savepoint: what came after the last checkpoint is computed again at the next start."""
        return self.ask(CommandKind.CANCEL, why=why)

    def savepoint(self, *, canonical: bool = False, why: str = "") -> CommandHandle:
        """While it goes on. `canonical`: one that every state backend reads."""
        return self.ask(CommandKind.SAVEPOINT, {"canonical": True} if canonical else {}, why=why)

    def restart(self, *, why: str = "") -> CommandHandle:
        """Stop with a savepoint and start from it."""
        return self.ask(CommandKind.RESTART, why=why)

    def scale(self, parallelism: int, *, why: str = "") -> CommandHandle:
        """To another parallelism; without a restart where the cluster's scheduler allows it."""
        return self.ask(CommandKind.SCALE, {"parallelism": parallelism}, why=why)

    def upgrade(self, number: int | None = None, *, state: str | None = None, why: str = "") -> CommandHandle:
        """To a version, the newest without a number.

        When it is not known whether its state fits, `state` must say `keep` (take it over) or `drop` (start
        without). A version that does not become healthy goes back by itself.
        """
        versions = self.versions()
        wanted = number if number is not None else versions[0].number
        self._catalog.job_versions.version(self.key.team, self.key.name, wanted)
        arguments = {"number": wanted, **restore_from(None, empty=False, state=state)}
        return self.ask(CommandKind.UPGRADE, arguments, why=why)

    def rollback(self, to: int | None = None, *, state: str | None = None, why: str = "") -> CommandHandle:
        """To a version before, by default the one that ran last before the one that is wanted now."""
        wanted = to if to is not None else version_before(self.managed, self.attempts())
        self._catalog.job_versions.version(self.key.team, self.key.name, wanted)
        arguments = {"number": wanted, **restore_from(None, empty=False, state=state)}
        return self.ask(CommandKind.ROLLBACK, arguments, why=why)

    def switch_backend(self, backend: str, *, why: str = "") -> CommandHandle:
        """To `hashmap` or `rocksdb`, by a canonical savepoint."""
        return self.ask(CommandKind.SWITCH_BACKEND, {"backend": backend}, why=why)

    def move(
        self, cluster: str | None = None, *, pool: str | None = None, lost: bool = False, why: str = ""
    ) -> CommandHandle:
        """With its state, to another registered cluster of the team, or to the one of a pool that has most room.

        `pool` asks the pool's JobManagers, and from then on it may be moved within that pool; on a cluster outside
        of its pool it is in none. `lost`: the cluster that it is on is gone, and what ran there. Raises
        `CommandRefusedError` also when no other cluster of the pool has room.
        """
        from flinklab.api.moving import destination

        arguments = destination(self._catalog, self.managed, cluster, pool, settings=self.settings)
        return self.ask(CommandKind.MOVE, arguments | ({"lost": True} if lost else {}), why=why)

    def configure(
        self,
        *,
        policies: Mapping[str, Any] | None = None,
        config: Mapping[str, str] | None = None,
        tags: Sequence[str] | None = None,
        pool: str | None = None,
        priority: int | None = None,
        owner: str | None = None,
        description: str | None = None,
        why: str = "",
    ) -> CommandHandle:
        """What needs no restart. `config` holds from the next start on.

        `policies`: fields of `Policies`, times in seconds or such as `6h`. `pool`: it may be moved in it from now
        on; empty: it stays where it is.
        """
        job = in_the_end(self.managed)
        given = {"priority": priority, "owner": owner, "description": description}
        arguments: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if policies:
            arguments["policies"] = asdict(replace(job.policies, **read_policies(policies)))
        if config:
            arguments["deployment"] = asdict(replace(job.deployment, config={**job.deployment.config, **config}))
        if tags is not None:
            arguments["tags"] = list(tags)
        if pool is not None:
            arguments["pool"] = self._catalog.registry.pool(self.key.team, pool).name if pool else ""
        return self.ask(CommandKind.CONFIGURE, arguments, why=why)

    def delete(self, *, points: str, why: str = "") -> CommandHandle:
        """Its records go. `points` says what becomes of its savepoints: `keep` or `delete`.

        What it used can be changed and dropped from now on, unless it is also in another environment.
        """
        team, name, environment = self.key
        command = self.ask(CommandKind.DELETE, {"points": points}, why=why)
        keys = [each.job.key for each in self._catalog.jobs.list([team])]
        if all(key.name != name or key.environment == environment for key in keys):
            self._catalog.usage.forget("job", f"{team}.{name}")
        return command

    def ask(self, kind: CommandKind, arguments: Mapping[str, Any] | None = None, *, why: str = "") -> CommandHandle:
        """Record an order with the arguments of its kind (see `flinklab.domain.jobs.Command`)."""
        arguments = dict(arguments or {})
        managed = self.managed
        command = order(managed, kind, arguments, why=why)
        if "number" in arguments and not {"restore", "forced"} & arguments.keys():
            self._refuse_unknown_state(managed, arguments["number"])
        return CommandHandle(self._catalog, self.key, self._catalog.commands.ask(command))

    def misfit(self, number: int, managed: Managed | None = None) -> str:
        """Why it is not known that its state fits a version, as `it ...`. `managed`: as it was read just now.

        Empty where it fits, or where that is not known yet: the supervisor finds out, and the command then fails.
        """
        versions, kept = self._catalog.job_versions, shape_kept(managed or self.managed)
        new = versions.newest_plan(self.key.team, self.key.name, number, self.key.environment)
        return misfit(kept, of_the_newer(kept, new.shape)) if new is not None and kept else ""

    def _refuse_unknown_state(self, managed: Managed, number: int) -> None:
        why = self.misfit(number, managed)
        if why:
            raise CommandRefusedError(
                f"whether the state of {self.key} fits version {number} is not known: it {why}",
                hint=f"state {KEEP} takes it over as far as it fits, state {DROP} starts without any",
            )
