"""A Flink cluster, its gateway and its storage in memory, with the semantics of the real ones and a clock.

world = FlinkWorld(ha=True)
world.sends.append("lose")            # the next submission arrives, and nobody is told
world.restart()                       # of the JobManager; with high availability its jobs come back
world.advance(30)                     # 30 s pass: checkpoints complete, what is on its way arrives

world = FlinkWorld(application="application_1_0001")
world.end()                           # of a session on YARN, and of all that ran there; YARN tells of it
world.replace()                       # another session of the same name takes its place
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState, JobSummary
from flinklab.domain.errors import ClusterEndedError, CommandFailedError, StorageError, UnreachableError
from flinklab.domain.ids import JobId, SessionHandle
from flinklab.domain.jobs import Attempt, Cause, Checkpoint, Job
from flinklab.jobs.sending import TOMBSTONE, Arrived, Lost, Refused, Sent
from flinklab.ports.jobs import HIGHLY_AVAILABLE, CheckpointHistory, Requirements, Savepoint, SavepointState

TRIGGERS_KEPT = timedelta(minutes=5)  # `rest.async.store-duration`
TOLD = 10  # `web.checkpoints.history`
NOT_READY = "Not all required tasks are currently running."


@dataclass
class _Asked:
    """A savepoint that was asked for."""

    trigger: str
    due: datetime
    stop: bool
    fails: bool
    over: datetime | None = None
    result: Savepoint = field(default_factory=lambda: Savepoint(SavepointState.IN_PROGRESS))


@dataclass
class WorldJob:
    """`progress`: how much it has read, in all its lives; `completed`: of checkpoints, by this JobManager."""

    id: JobId
    managed: int
    attempt: str
    restored_from: str
    begun: datetime
    state: JobState = JobState.INITIALIZING
    progress: int = 0
    completed: int = 0
    next_id: int = 1
    next_checkpoint: datetime | None = None
    told: list[Checkpoint] = field(default_factory=list)
    cause: Cause | None = None
    asked: dict[str, _Asked] = field(default_factory=dict)
    parallelism: int = 1
    recovered_from: str = ""

    @property
    def is_alive(self) -> bool:
        return not self.state.is_terminal


@dataclass(frozen=True)
class OnItsWay:
    """A submission that the gateway has begun; closing its session does not call it back."""

    job: Job
    attempt: Attempt
    arrives: datetime


@dataclass(frozen=True)
class Began:
    """A job that came to be on the cluster; `had_state`: a restore point of it was made before."""

    managed: int
    attempt: str
    restored_from: str
    had_state: bool
    progress: int


class FlinkWorld:
    """`control`, `sender` and `storage` fulfil the ports; all else is for tests.

    Switches: `is_up` (the JobManager answers), `gateway_is_up`, `storage_is_up`; `sends`: what becomes of the next
    submissions, `ok`, `lose` (it arrives, the reply is lost), `drop` (it never arrives, nobody is told), `late` (it
    arrives within a minute, nobody is told), `refuse`; `savepoints`: of the next savepoints, `ok`, `slow`, `fail`.
    `application`: of YARN, empty elsewhere; `is_told`: YARN tells that it has ended; `ha_id`: an HA cluster id that
    is not the application's own.
    """

    def __init__(self, *, ha: bool = False, adaptive: bool = False, name: str = "c", application: str = "") -> None:
        self.application, self.has_ended, self.is_told, self.ha_id = application, False, True, ""
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.ha, self.adaptive, self.name = ha, adaptive, name
        self.is_up = self.gateway_is_up = self.storage_is_up = True
        self.generation = 1
        self.jobs: dict[JobId, WorldJob] = {}
        self.consumed: set[JobId] = set()
        self.absent_until: datetime | None = None
        self.sessions: set[SessionHandle] = set()
        self.on_their_way: list[OnItsWay] = []
        self.sends: list[str] = []
        self.savepoints: list[str] = []
        self.paths: dict[str, int] = {}  # what lies on the storage: a job's progress
        self.had_state: dict[int, int] = {}  # by managed job: the most progress that a restore point ever held
        self.began: list[Began] = []
        self.checkpoint_every = timedelta(seconds=10)
        self._counter = 0
        self.control = _Control(self)
        self.sender = _Sender(self)
        self.storage = _Storage(self)

    # what happens

    def advance(self, seconds: float) -> None:
        """Time passes, a second at a time."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now = min(self.now + timedelta(seconds=1), end)
            self._tick()

    def restart(self, *, absent: float = 4.0) -> None:
        """The JobManager dies and comes back: with high availability with its jobs, `absent` seconds later."""
        self.generation += 1
        self.is_up = True
        if not self.ha:
            self.jobs, self.consumed, self.absent_until = {}, set(), None
            return
        self.jobs = {each.id: each for each in self.jobs.values() if each.is_alive}
        self.absent_until = self.now + timedelta(seconds=absent)
        for job in self.jobs.values():
            newest = next((point for point in job.told if point.path in self.paths), None)
            job.recovered_from = newest.path if newest else job.recovered_from
            job.progress = self.paths.get(job.recovered_from, 0)
            job.state, job.completed, job.told, job.asked = JobState.INITIALIZING, 0, [], {}
            job.begun, job.next_checkpoint = self.absent_until, None

    def end(self, *, is_told: bool = True) -> None:
        """The application is killed, and with it all that ran there."""
        self.has_ended, self.is_told = True, is_told
        for job in self.alive():
            if self.ha and self.ha_id:
                continue  # another JobManager brings it back
            self._end(job, JobState.FAILED)
        self.on_their_way.clear()

    def replace(self) -> None:
        """Another application of the same name begins."""
        _, start, number = self.application.split("_")
        self.application = f"application_{start}_{int(number) + 1:04}"
        self.has_ended, recovers = False, self.ha
        self.ha = self.ha and bool(self.ha_id)
        self.restart()
        self.ha = recovers

    def fail(self, managed: int, why: str = "java.lang.ArithmeticException: / by zero") -> None:
        for job in self.alive(managed):
            self._end(job, JobState.FAILED, Cause(why, at=self.now))

    def stumble(self, managed: int) -> None:
        """Flink's own restart strategy takes it: for a while its tasks do not all run."""
        for job in self.alive(managed):
            job.state, job.begun = JobState.RESTARTING, self.now

    def stop_outside(self, managed: int) -> None:
        """Somebody stops it with a savepoint, by hand."""
        for job in self.alive(managed):
            if job.state is JobState.RUNNING:
                self._complete(job, is_savepoint=True)
                self._end(job, JobState.FINISHED)

    def lose_path(self, path: str) -> None:
        self.paths.pop(path, None)

    def alive(self, managed: int | None = None) -> list[WorldJob]:
        return [job for job in self.jobs.values() if job.is_alive and managed in (None, job.managed)]

    @property
    def answers(self) -> bool:
        return self.is_up and not self.has_ended

    def is_calm(self) -> bool:
        return not self.on_their_way

    # how it goes

    def _tick(self) -> None:
        for each in [each for each in self.on_their_way if each.arrives <= self.now and self.answers]:
            self.on_their_way.remove(each)
            self._arrive(each.attempt)
        if self.has_ended or not self.is_up or self._is_recovering():
            return
        for job in list(self.jobs.values()):
            if job.state in (JobState.INITIALIZING, JobState.RESTARTING) and self.now - job.begun >= timedelta(
                seconds=2
            ):
                job.state, job.next_checkpoint = JobState.RUNNING, self.now + self.checkpoint_every
            elif job.state is JobState.CANCELLING:
                self._end(job, JobState.CANCELED)
            elif job.state is JobState.RUNNING:
                self._run(job)

    def _run(self, job: WorldJob) -> None:
        job.progress += 1
        for asked in [each for each in job.asked.values() if each.over is None and each.due <= self.now]:
            self._finish(job, asked)
        if job.is_alive and job.next_checkpoint is not None and job.next_checkpoint <= self.now:
            job.next_checkpoint = self.now + self.checkpoint_every
            self._complete(job, is_savepoint=False)

    def _finish(self, job: WorldJob, asked: _Asked) -> None:
        asked.over = self.now
        if asked.fails:
            asked.result = Savepoint(SavepointState.FAILED, failure="Checkpoint expired before completing.")
            return
        path = self._complete(job, is_savepoint=True)
        asked.result = Savepoint(SavepointState.COMPLETED, path)
        if asked.stop:
            self._end(job, JobState.FINISHED)

    def _complete(self, job: WorldJob, *, is_savepoint: bool) -> str:
        kind = "savepoint" if is_savepoint else "chk"
        path = f"file:///{self.name}/{job.id[:8]}/{kind}-{job.next_id}"
        job.told.insert(0, Checkpoint(job.id, job.next_id, "completed", is_savepoint, self.now, path=path))
        job.next_id += 1
        job.completed += 1
        self.paths[path] = job.progress
        self.had_state[job.managed] = max(self.had_state.get(job.managed, 0), job.progress)
        del job.told[TOLD:]
        for old in [each for each in job.told if not each.is_savepoint][2:]:  # what Flink itself retains
            self.paths.pop(old.path, None)
        return path

    def _end(self, job: WorldJob, state: JobState, cause: Cause | None = None) -> None:
        job.state, job.cause = state, cause
        for asked in job.asked.values():
            if asked.over is None:
                asked.over = self.now
                asked.result = Savepoint(SavepointState.FAILED, failure="The job ended.")

    def _is_recovering(self) -> bool:
        return self.absent_until is not None and self.now < self.absent_until

    def _arrive(self, attempt: Attempt) -> bool:
        """False: the id was used up."""
        if attempt.flink_id in self.consumed:
            return False
        self.consumed.add(attempt.flink_id)
        job = WorldJob(attempt.flink_id, attempt.job_id, attempt.id, attempt.restored_from, self.now)
        job.recovered_from = job.restored_from
        self.jobs[job.id] = job
        path = attempt.restored_from
        if path and path not in self.paths:
            details = f"JobInitializationException: Cannot find checkpoint or savepoint file/directory '{path}'"
            self._end(job, JobState.FAILED, Cause("its state is not there", details))
            return True
        job.progress = self.paths[path] if path else 0
        job.parallelism = attempt.deployment.parallelism or 1
        self.began.append(Began(job.managed, attempt.id, path, job.managed in self.had_state, job.progress))
        return True

    def new_id(self, kind: str) -> str:
        self._counter += 1
        return f"{kind}-{self._counter}"


class _Control:
    """Fulfils `ports.jobs.JobControl`."""

    def __init__(self, world: FlinkWorld) -> None:
        self._world = world

    @property
    def url(self) -> str:
        return f"http://{self._world.name}"

    def close(self) -> None:
        pass

    def incarnation(self) -> str:
        self._reach()
        world = self._world
        if world.ha and world.application:
            return f"{HIGHLY_AVAILABLE}{world.ha_id or world.application}"
        return f"{world.name}-ha" if world.ha else f"{world.name}-{world.generation}"

    def overview(self) -> ClusterOverview:
        self._reach()
        return ClusterOverview("2.3.0", 1, 16, 16 - len(self._world.alive()), len(self._world.alive()))

    def jobs(self) -> Sequence[JobSummary]:
        self._reach()
        return [JobSummary(job.id, job.attempt, job.state, job.begun, 0.0) for job in self._known()]

    def job(self, job_id: JobId) -> JobDetail | None:
        job = self._find(job_id)
        return JobDetail(job.id, job.attempt, job.state) if job is not None else None

    def state(self, job_id: JobId) -> JobState | None:
        job = self._find(job_id)
        return job.state if job is not None else None

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        return {}

    def root_cause(self, job_id: JobId) -> str | None:
        cause = self.cause(job_id)
        return cause.details if cause is not None else None

    def cause(self, job_id: JobId) -> Cause | None:
        job = self._find(job_id)
        return job.cause if job is not None else None

    def cancel(self, job_id: JobId) -> None:
        job = self._find(job_id)
        if job is not None and job.is_alive:
            job.state = JobState.CANCELLING

    def ui_link(self, job_id: JobId) -> str:
        return f"{self.url}/#/job/{job_id}"

    def trigger_savepoint(
        self, job_id: JobId, trigger: str, *, directory: str = "", canonical: bool = False
    ) -> bool:
        return self._trigger(job_id, trigger, stop=False)

    def trigger_stop(
        self, job_id: JobId, trigger: str, *, directory: str = "", drain: bool = False, canonical: bool = False
    ) -> bool:
        return self._trigger(job_id, trigger, stop=True)

    def savepoint(self, job_id: JobId, trigger: str) -> Savepoint:
        job = self._find(job_id)
        asked = job.asked.get(trigger) if job is not None else None
        if asked is None or (asked.over is not None and self._world.now - asked.over > TRIGGERS_KEPT):
            return Savepoint(SavepointState.FORGOTTEN)
        return asked.result

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None:
        job = self._find(job_id)
        if job is None:
            return None
        oldest = min((each.checkpoint_id for each in job.told), default=0)
        return CheckpointHistory(tuple(job.told), job.completed, job.completed, job.recovered_from, oldest=oldest)

    def requirements(self, job_id: JobId) -> Requirements | None:
        job = self._find(job_id)
        if job is None or not self._world.adaptive:
            return None
        return Requirements({"v1": (1, job.parallelism)})

    def rescale(self, job_id: JobId, requirements: Requirements) -> None:
        job = self._find(job_id)
        if job is not None and job.is_alive:
            job.parallelism = requirements.vertices["v1"][1]

    def _trigger(self, job_id: JobId, trigger: str, *, stop: bool) -> bool:
        world, job = self._world, self._find(job_id)
        if job is None:
            return False
        known = job.asked.get(trigger)
        if known is not None and (known.over is None or world.now - known.over <= TRIGGERS_KEPT):
            return True
        if job.state is not JobState.RUNNING:
            raise CommandFailedError(NOT_READY)
        how = world.savepoints.pop(0) if world.savepoints else "ok"
        due = world.now + timedelta(seconds=40 if how == "slow" else 2)
        job.asked[trigger] = _Asked(trigger, due, stop, how == "fail")
        return True

    def _reach(self) -> None:
        world = self._world
        if world.has_ended and world.is_told:
            told = f"session {world.name} ended: {world.application} is KILLED/KILLED"
            raise ClusterEndedError(told, application=world.application)
        if world.has_ended or not world.is_up:
            raise UnreachableError("nobody answers", url=self.url)

    def _known(self) -> list[WorldJob]:
        return [] if self._world._is_recovering() else list(self._world.jobs.values())

    def _find(self, job_id: JobId) -> WorldJob | None:
        self._reach()
        return next((job for job in self._known() if job.id == job_id), None)


class _Sender:
    """Fulfils `jobs.sending.Sender`."""

    def __init__(self, world: FlinkWorld) -> None:
        self._world = world

    def open(self) -> SessionHandle:
        self._reach()
        session = SessionHandle(self._world.new_id("session"))
        self._world.sessions.add(session)
        return session

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        world = self._world
        how = world.sends.pop(0) if world.sends else "ok"
        if session not in world.sessions or not world.gateway_is_up:
            return Lost("the gateway does not know the session")
        if how == "refuse":
            return Refused(Cause("a jar is not there"))
        if how == "drop" or not world.answers:
            return Lost("the reply was lost")
        if how == "late":
            delay = timedelta(seconds=5 + 50 * (world.generation % 2))
            world.on_their_way.append(OnItsWay(job, attempt, world.now + delay))
            return Lost("the reply was lost")
        world._arrive(attempt)
        return Arrived("shape") if how == "ok" else Lost("the reply was lost")

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        self._reach()
        world = self._world
        if not world.answers:
            raise UnreachableError("the JobManager does not answer", url="http://gateway")
        how = world.sends.pop(0) if world.sends else "ok"
        if how in ("drop", "late"):
            raise UnreachableError("the reply was lost", url="http://gateway")
        known = world.jobs.get(attempt.flink_id)
        is_ours = known is not None and known.restored_from == TOMBSTONE
        used_up = world._arrive(replace(attempt, restored_from=TOMBSTONE)) or is_ours
        if how == "lose":
            raise UnreachableError("the reply was lost", url="http://gateway")
        return used_up

    def close(self, session: SessionHandle) -> None:
        self._reach()
        self._world.sessions.discard(session)

    def _reach(self) -> None:
        if not self._world.gateway_is_up:
            raise UnreachableError("nobody answers", url="http://gateway")


class _Storage:
    """Fulfils `ports.jobs.Storage`; only restore points are looked for on it."""

    def __init__(self, world: FlinkWorld) -> None:
        self._world = world

    def write(self, name: str, content: bytes) -> str:
        raise StorageError("nothing can be written here")

    def read(self, place: str) -> bytes:
        raise StorageError("nothing can be read here")

    def exists(self, place: str) -> bool:
        return self.is_restore_point(place)

    def is_restore_point(self, place: str) -> bool:
        if not self._world.storage_is_up:
            raise StorageError("the storage does not answer")
        return place in self._world.paths

    def checkpoints_beside(self, place: str) -> list[tuple[int, str]]:
        if not self._world.storage_is_up:
            raise StorageError("the storage does not answer")
        above = place.rpartition("/")[0]
        found = (path.rpartition("/chk-") for path in self._world.paths)
        numbers = sorted((int(number) for folder, _, number in found if folder == above), reverse=True)
        return [(number, f"{above}/chk-{number}") for number in numbers]

    def delete(self, place: str) -> None:
        if not self._world.storage_is_up:
            raise StorageError("the storage does not answer")
        self._world.paths.pop(place, None)
