"""What a lost attempt left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.situations import JOB, NOW, ago, attempt, point
from flinklab.domain.errors import StorageError
from flinklab.domain.jobs import AttemptState, Checkpoint, Managed, Status
from flinklab.local.storage import FileStorage
from flinklab.supervisor.seeking import newer_checkpoints

GONE = attempt(AttemptState.GONE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "f1"


def lies(folder: Path, number: int, *, whole: bool = True) -> str:
    place = folder / f"chk-{number}"
    place.mkdir(parents=True)
    if whole:
        (place / "_metadata").touch()
    return f"file://{place}"


def seen(path: str, number: int, **more: object) -> Checkpoint:
    return replace(point(path, number, size=7, shape="counts"), **more)  # type: ignore[arg-type]


def left(folder: Path, *points: Checkpoint) -> list[tuple[int, str]]:
    managed = Managed(JOB, Status(JOB.id), GONE, points=points)
    found = newer_checkpoints(managed, FileStorage(str(folder.parent)), NOW)
    return [(each.checkpoint_id, each.path) for each in found]


def test_the_newest_whole_one_is_found_in_the_place_of_one_that_flink_deleted(folder: Path) -> None:
    deleted = seen(f"file://{folder}/chk-3", 3)
    lies(folder, 4)
    newest = lies(folder, 10)
    lies(folder, 11, whole=False)
    assert left(folder, deleted) == [(10, newest)]


def test_what_was_not_seen_of_it_is_not_made_up(folder: Path) -> None:
    lies(folder, 4)
    managed = Managed(JOB, Status(JOB.id), GONE, points=(seen(f"file://{folder}/chk-3", 3, id=5),))
    (found,) = newer_checkpoints(managed, FileStorage(str(folder.parent)), NOW)
    assert (found.id, found.size, found.duration) == (0, 0, 0.0)
    assert (found.flink_id, found.shape, found.verified_at) == (GONE.flink_id, "counts", NOW)
    assert found.is_restore_point


def test_nothing_newer_is_nothing(folder: Path) -> None:
    assert left(folder, seen(lies(folder, 3), 3)) == []
    assert left(folder) == []


def test_a_savepoint_may_be_newer(folder: Path) -> None:
    recorded = seen(f"file://{folder}/chk-3", 3)
    lies(folder, 4)
    savepoint = seen("file:///savepoint", 5, is_savepoint=True, triggered_at=ago(1))
    assert left(folder, savepoint, recorded) == []


def test_checkpoints_of_other_attempts_say_nothing_of_where_its_own_lie(folder: Path) -> None:
    lies(folder, 9)
    assert left(folder, seen(f"file://{folder}/chk-3", 3, flink_id="f0")) == []


def test_a_storage_that_does_not_answer_has_not_said_that_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        left(tmp_path / "not" / "mounted", seen(f"file://{tmp_path}/not/mounted/here/chk-3", 3))
