"""A managed job's life, on the fakes and on a real Flink."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract.side import Side, until
from fakes.refusals import disk_failed
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import FlinklabError
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.ports.jobs import Savepoint, SavepointState

NOBODY = JobId("0" * 32)
SOURCE = (
    "CREATE TEMPORARY TABLE src (k INT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', "
    "'fields.k.min' = '1', 'fields.k.max' = '5')"
)
SINK = "CREATE TEMPORARY TABLE agg (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole')"
COUNTED = "INSERT INTO agg SELECT k, COUNT(*) AS n FROM src GROUP BY k"
FAILING = "INSERT INTO odd SELECT 1 / (v - v) FROM src"


def fresh() -> JobId:
    return JobId(uuid.uuid4().hex)


@dataclass
class Managed:
    """One side, as a supervisor has it."""

    side: Side
    control: RestJobControl
    folder: Path

    def compile(self, name: str) -> str:
        place = str(self.folder / name)
        self.side.run(f"COMPILE PLAN '{place}' FOR {COUNTED}", {"table.plan.compile.catalog-objects": "SCHEMA"})
        return place

    def execute(self, plan: str, **config: str) -> JobId:
        """Once all its tasks run."""
        job_id = self.send(plan, fresh(), **config)
        until(lambda: self.runs(job_id))
        return job_id

    def send(self, plan: str, job_id: JobId, **config: str) -> JobId:
        keys = {
            "$internal.pipeline.job-id": job_id,
            "pipeline.name": "counted",
            "parallelism.default": "1",
            "execution.checkpointing.interval": "200 ms",
            "execution.checkpointing.dir": f"file://{self.folder}/checkpoints",
            "execution.checkpointing.savepoint-dir": f"file://{self.folder}/savepoints",
            **{key.replace("__", "-"): value for key, value in config.items()},
        }
        self.side.run(f"EXECUTE PLAN '{plan}'", keys)
        return job_id

    def runs(self, job_id: JobId) -> bool:
        detail = self.control.job(job_id)
        return detail is not None and set(detail.task_states) == {"RUNNING"}

    def outcome(self, job_id: JobId, trigger: str) -> Savepoint:
        def ended() -> Savepoint | None:
            found = self.control.savepoint(job_id, trigger)
            return None if found.state is SavepointState.IN_PROGRESS else found

        return until(ended)  # type: ignore[no-any-return]

    def save(self, job_id: JobId, **options: Any) -> Savepoint:
        trigger = fresh()
        assert self.control.trigger_savepoint(job_id, trigger, **options)
        return self.outcome(job_id, trigger)

    def stop(self, job_id: JobId) -> Savepoint:
        trigger = fresh()
        assert self.control.trigger_stop(job_id, trigger)
        return self.outcome(job_id, trigger)

    def end(self, job_id: JobId) -> None:
        self.control.cancel(job_id)
        until(lambda: getattr(self.control.state(job_id), "is_terminal", False))


@pytest.fixture
def managed(side: Side, tmp_path: Path) -> Iterator[Managed]:
    if side.fake is not None:
        side.fake.checkpointing.every = 0.2
        side.fake.checkpointing.keep_on_disk(tmp_path)
    side.run(SOURCE)
    side.run(SINK)
    control = RestJobControl(Access(side.jobmanager.url))
    yield Managed(side, control, tmp_path)
    for job in control.jobs():
        if not job.state.is_terminal:
            control.cancel(job.id)
    control.close()


def point(path: str) -> Path:
    """Where a path of Flink's lies on this machine."""
    return Path(path.removeprefix("file:"))


def test_a_plan_is_written_once_and_a_second_one_has_other_ids(managed: Managed) -> None:
    first, second = (json.loads(Path(managed.compile(name)).read_text()) for name in ("a.json", "b.json"))
    ids = [{node["id"] for node in plan["nodes"]} for plan in (first, second)]
    assert len(ids[0]) == len(first["nodes"]) and not ids[0] & ids[1]
    assert {(edge["source"], edge["target"]) for edge in first["edges"]} <= {(a, b) for a in ids[0] for b in ids[0]}
    with pytest.raises(FlinklabError, match="Cannot overwrite the plan file"):
        managed.compile("a.json")


def test_a_plan_that_is_not_there_is_told(managed: Managed) -> None:
    with pytest.raises(FlinklabError, match=r"file resource \[.*gone.json\] not found"):
        managed.send(str(managed.folder / "gone.json"), fresh())


def test_an_id_is_used_once(managed: Managed) -> None:
    plan = managed.compile("plan.json")
    job_id = managed.execute(plan)
    with pytest.raises(FlinklabError, match="has already been submitted"):
        managed.send(plan, job_id)
    managed.end(job_id)
    with pytest.raises(FlinklabError, match="has already been submitted"):
        managed.send(plan, job_id)
    assert managed.control.state(job_id) is JobState.CANCELED


def test_a_job_is_stopped_and_goes_on_from_its_savepoint(managed: Managed) -> None:
    plan = managed.compile("plan.json")
    job_id = managed.execute(plan)
    until(lambda: managed.control.checkpoints(job_id).completed)  # type: ignore[union-attr]
    trigger = fresh()
    assert managed.control.trigger_stop(job_id, trigger)
    saved = managed.outcome(job_id, trigger)
    assert saved.state is SavepointState.COMPLETED and (point(saved.path) / "_metadata").exists()
    until(lambda: managed.control.state(job_id) is JobState.FINISHED)

    # The same trigger again takes no second one, also after the job's end.
    assert managed.control.trigger_stop(job_id, trigger)
    assert managed.control.savepoint(job_id, trigger) == saved

    again = managed.execute(plan, **{"execution.state-recovery.path": saved.path})
    history = until(lambda: _with(managed.control.checkpoints(again), 1))
    assert history.restored_from == saved.path
    before = managed.control.checkpoints(job_id)
    assert before is not None and before.restored_from == ""
    # Ids go on where the restored one left off.
    assert history.checkpoints[-1].checkpoint_id > before.checkpoints[0].checkpoint_id


def test_checkpoints_are_told_newest_first(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    until(lambda: _with(managed.control.checkpoints(job_id), 2))
    saved = managed.save(job_id, canonical=True)
    native = managed.save(job_id)
    history = until(
        lambda: next(
            (
                found
                for found in [managed.control.checkpoints(job_id)]
                if found and {each.path for each in found.checkpoints} >= {saved.path, native.path}
            ),
            None,
        )
    )
    numbers = [each.checkpoint_id for each in history.checkpoints]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == len(numbers)
    assert history.total >= history.completed >= 4
    by_path = {each.path: each for each in history.checkpoints}
    assert by_path[saved.path].is_savepoint and by_path[saved.path].format == "CANONICAL"
    assert by_path[native.path].format == "NATIVE"
    periodic = [each for each in history.checkpoints if not each.is_savepoint and each.status == "completed"]
    assert {each.trigger for each in periodic} == {"periodic"}
    for each in periodic:
        assert each.size > 0 and each.full_size > 0 and each.duration > 0 and each.triggered_at is not None
    # All but the last are deleted by Flink (soon): nobody can start from there.
    until(lambda: _only_kept(managed.control.checkpoints(job_id), savepoints=False))


def test_a_savepoint_that_cannot_be_written_fails_again_with_its_trigger(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    if managed.side.fake is not None:
        managed.side.fake.savepointing.next_failures.append(disk_failed("file:/proc/nope"))
    trigger = fresh()
    assert managed.control.trigger_savepoint(job_id, trigger, directory="file:///proc/nope")
    failed = managed.outcome(job_id, trigger)
    assert failed == Savepoint(
        SavepointState.FAILED, failure="Failed to create savepoint directory at file:/proc/nope"
    )
    assert managed.control.trigger_savepoint(job_id, trigger)
    assert managed.control.savepoint(job_id, trigger) == failed
    assert managed.save(job_id).state is SavepointState.COMPLETED
    assert managed.control.state(job_id) is JobState.RUNNING


def test_a_savepoint_goes_where_it_is_told(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    there = managed.folder / "elsewhere"
    saved = managed.save(job_id, directory=f"file://{there}")
    assert point(saved.path).parent == there and (point(saved.path) / "_metadata").exists()


def test_what_is_not_there_is_nothing(managed: Managed) -> None:
    assert managed.control.checkpoints(NOBODY) is None
    assert managed.control.cause(NOBODY) is None
    assert managed.control.requirements(NOBODY) is None
    assert managed.control.state(NOBODY) is None
    assert managed.control.savepoint(NOBODY, fresh()) == Savepoint(SavepointState.FORGOTTEN)
    assert not managed.control.trigger_savepoint(NOBODY, fresh())
    assert not managed.control.trigger_stop(NOBODY, fresh())


def test_a_job_that_is_over_has_no_savepoint(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    managed.end(job_id)
    assert not managed.control.trigger_savepoint(job_id, fresh())
    assert managed.control.savepoint(job_id, fresh()).state is SavepointState.FORGOTTEN


def test_its_last_checkpoint_outlives_a_cancelled_job_and_it_starts_from_there(managed: Managed) -> None:
    plan = managed.compile("plan.json")
    job_id = managed.execute(plan)
    until(lambda: _with(managed.control.checkpoints(job_id), 1))
    managed.end(job_id)
    kept = until(lambda: _only_kept(managed.control.checkpoints(job_id)))
    assert (point(kept) / "_metadata").exists()
    again = managed.execute(plan, **{"execution.state-recovery.path": kept})
    until(lambda: getattr(managed.control.checkpoints(again), "restored_from", "") == kept)


def test_a_restore_point_that_is_gone_is_told_and_uses_the_id_up(managed: Managed) -> None:
    plan = managed.compile("plan.json")
    job_id = managed.execute(plan)
    saved = managed.stop(job_id)
    shutil.rmtree(point(saved.path))
    again = fresh()
    with pytest.raises(FlinklabError, match="Cannot find checkpoint or savepoint file/directory"):
        managed.send(plan, again, **{"execution.state-recovery.path": saved.path})
    assert managed.control.state(again) is JobState.FAILED
    cause = managed.control.cause(again)
    assert cause is not None and cause.message.startswith("Cannot find checkpoint or savepoint file/directory")
    with pytest.raises(FlinklabError, match="has already been submitted"):
        managed.send(plan, again)


def test_a_plan_with_other_ids_does_not_take_the_state(managed: Managed) -> None:
    saved = managed.stop(managed.execute(managed.compile("a.json")))
    recompiled = managed.compile("b.json")
    with pytest.raises(FlinklabError, match="Cannot map checkpoint/savepoint state for operator"):
        managed.send(recompiled, fresh(), **{"execution.state-recovery.path": saved.path})
    ignoring = {"execution.state-recovery.ignore-unclaimed-state": "true"}
    managed.execute(recompiled, **{"execution.state-recovery.path": saved.path}, **ignoring)


def test_why_a_job_fails_is_told_with_its_place(managed: Managed) -> None:
    managed.side.run("CREATE TEMPORARY TABLE odd (x BIGINT) WITH ('connector' = 'blackhole')")
    job_id = fresh()
    config = {
        "$internal.pipeline.job-id": job_id,
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1",
        "restart-strategy.fixed-delay.delay": "1 ms",
    }
    managed.side.run(FAILING, config)
    if managed.side.fake is not None:
        exception = "java.lang.ArithmeticException: / by zero\n\tat StreamExecCalc$1.process(Unknown Source)"
        managed.side.fake.fail(job_id, exception, task="Source: src[1] -> Calc[2]")
    until(lambda: managed.control.state(job_id) is JobState.FAILED)
    cause = until(lambda: managed.control.cause(job_id))
    assert cause.message == "division by zero" and "ArithmeticException" in cause.details
    assert cause.vertex.startswith("Source: src[") and not cause.vertex.endswith(")")
    assert cause.taskmanager.startswith("taskmanager") and cause.at is not None


def test_a_rigid_scheduler_tells_no_requirements(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    assert managed.control.requirements(job_id) is None


def test_the_incarnation_stays_the_same(managed: Managed) -> None:
    first = managed.control.incarnation()
    assert uuid.UUID(first)
    other = RestJobControl(Access(managed.side.jobmanager.url))
    assert other.incarnation() == first
    other.close()


def test_the_list_says_when_a_job_changed(managed: Managed) -> None:
    job_id = managed.execute(managed.compile("plan.json"))
    (running,) = [job for job in managed.control.jobs() if job.id == job_id]
    assert running.modified is not None and running.modified >= running.start
    managed.end(job_id)
    (ended,) = until(lambda: [job for job in managed.control.jobs() if job.id == job_id and job.state.is_terminal])
    assert ended.modified > running.modified


def _with(history: Any, completed: int) -> Any:
    return history if history is not None and history.completed >= completed else None


def _only_kept(history: Any, *, savepoints: bool = True) -> str | None:
    """The path of the one checkpoint that is left."""
    kept = [each.path for each in history.checkpoints if each.path and (savepoints or not each.is_savepoint)]
    return kept[0] if len(kept) == 1 else None
