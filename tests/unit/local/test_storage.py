from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from pyarrow import fs

from flinklab.domain.errors import StorageError
from flinklab.local.storage import FileStorage

FORMS = [str, lambda path: f"file://{path}", lambda path: f"file:{path}", lambda path: f"file://localhost{path}"]


@pytest.fixture(params=FORMS, ids=["path", "file://", "file:", "file://localhost"])
def form(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """How a place on this machine may be written; Flink writes `file:/...`, too."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(f"file://{tmp_path}/exchange")


def test_what_is_written_is_there_for_all_until_it_is_deleted(tmp_path: Path, form: Callable[[Path], str]) -> None:
    storage = FileStorage(form(tmp_path / "a b%20c"))
    place = storage.write("plans/one.json", b"{}")
    assert place == form(tmp_path / "a b%20c" / "plans" / "one.json") == storage.place("plans/one.json")
    assert (tmp_path / "a b%20c" / "plans" / "one.json").read_bytes() == b"{}"
    storage.write("plans/one.json", b"[]")
    assert storage.exists(place) and storage.read(place) == b"[]"
    storage.delete(place)
    storage.delete(place)
    assert not storage.exists(place)
    assert list((tmp_path / "a b%20c" / "plans").iterdir()) == []


def test_somebody_else_can_write_at_a_place(tmp_path: Path, storage: FileStorage) -> None:
    place = storage.place("plans/two.json")
    Path(place.removeprefix("file://")).write_bytes(b"theirs")
    assert storage.read(place) == b"theirs"


def test_a_restore_point_has_its_metadata(
    tmp_path: Path, storage: FileStorage, form: Callable[[Path], str]
) -> None:
    whole, half = tmp_path / "job" / "chk-7", tmp_path / "job" / "chk-8"
    whole.mkdir(parents=True)
    half.mkdir()
    (whole / "_metadata").write_bytes(b"\x00")
    assert storage.is_restore_point(form(whole)) and storage.is_restore_point(form(whole / "_metadata"))
    assert not storage.is_restore_point(form(half)) and storage.exists(form(half))
    storage.delete(form(whole))
    assert not storage.exists(form(whole)) and not storage.is_restore_point(form(whole))
    assert half.is_dir()


def test_the_whole_checkpoints_beside_one_that_is_gone(
    tmp_path: Path, storage: FileStorage, form: Callable[[Path], str]
) -> None:
    job = tmp_path / "job"
    for name in ("chk-9", "chk-10", "shared", "chk-x", "chk-11"):
        (job / name).mkdir(parents=True)
        if name != "chk-11":  # it is still being written
            (job / name / "_metadata").write_bytes(b"\x00")
    found = storage.checkpoints_beside(form(job / "chk-8"))
    assert found == [(10, form(job / "chk-10")), (9, form(job / "chk-9"))]
    assert storage.checkpoints_beside(f"{tmp_path}/other/chk-1") == []
    with pytest.raises(StorageError):
        storage.checkpoints_beside(f"{tmp_path}/mnt/checkpoints/job/chk-7")


def test_a_volume_that_is_not_mounted_says_nothing_of_what_lies_on_it(tmp_path: Path, storage: FileStorage) -> None:
    for look in (storage.exists, storage.is_restore_point, storage.delete):
        assert not look(f"{tmp_path}/checkpoints/chk-7")
        with pytest.raises(StorageError, match="nor the folders around it"):
            look(f"{tmp_path}/mnt/checkpoints/job/chk-7")


def test_what_cannot_be_read_is_not_missing(tmp_path: Path, storage: FileStorage) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be reached or read"):
        storage.read(f"{tmp_path}/not-there")
    with pytest.raises(StorageError, match="cannot be reached or read"):
        FileStorage(f"{tmp_path}/file").write("plan", b"")


@pytest.mark.parametrize("place", ["ftp://host/plan", "gs//plan", "plan", "", "oss://bucket/plan"])
def test_other_storages_are_said_to_be_out_of_reach(storage: FileStorage, place: str) -> None:
    with pytest.raises(StorageError, match="no storage that can be reached"):
        storage.exists(place)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All file systems, this machine's own too, are folders under `tmp_path`; the URIs that were asked for."""
    asked: list[str] = []

    def below(name: str) -> fs.SubTreeFileSystem:
        (tmp_path / name).mkdir(exist_ok=True)
        return fs.SubTreeFileSystem(str(tmp_path / name), fs.LocalFileSystem())

    def from_uri(uri: str) -> tuple[fs.FileSystem, str]:
        asked.append(uri)
        parts = urlsplit(uri)
        assert not parts.query and not parts.fragment
        return below(parts.netloc.replace(":", "_")), unquote(parts.path)

    class Here(fs.SubTreeFileSystem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(str(tmp_path / "here"), fs.LocalFileSystem())

    (tmp_path / "here").mkdir()
    stand_in = SimpleNamespace(
        FileSystem=SimpleNamespace(from_uri=from_uri), FileType=fs.FileType, LocalFileSystem=Here
    )
    monkeypatch.setattr("flinklab.local.storage.fs", stand_in)
    return asked


@pytest.mark.parametrize(
    "place", ["/", "/home", "file:///", "file:///tmp/", "/tmp/..", "/tmp/../etc", "hdfs://nn/a"]
)
def test_a_root_is_never_deleted(elsewhere: list[str], storage: FileStorage, place: str) -> None:
    with pytest.raises(StorageError, match="too near to the root"):
        storage.delete(place)


@pytest.mark.parametrize(
    ("place", "uri"),
    [
        ("hdfs://nn:8020/flink/sp", "hdfs://nn:8020/flink/sp"),
        ("hdfs:///flink/sp", "hdfs://default/flink/sp"),
        ("s3a://bucket/flink/sp", "s3://bucket/flink/sp"),
        ("s3://bucket/100%25?x#y z", "s3://bucket/100%2525%3Fx%23y%20z"),
    ],
)
def test_hdfs_and_s3_are_asked_for_the_path_as_flink_wrote_it(elsewhere: list[str], place: str, uri: str) -> None:
    written = FileStorage(place).write("plan", b"{}")
    assert written == f"{place}/plan" and FileStorage("/").read(written) == b"{}"
    assert not FileStorage("/").exists(f"{place}/other/one/two")
    assert elsewhere[0] == f"{uri}/plan"


def test_a_storage_that_does_not_answer_is_said_so_and_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    storage = FileStorage(str(tmp_path), timeout=0.05)
    with monkeypatch.context() as patch:
        patch.setattr("flinklab.local.storage._find", lambda place: answers.wait(60))
        # More of them than may hang at once.
        for _ in range(12):
            with pytest.raises(StorageError, match="did not answer within"):
                storage.exists(f"{tmp_path}/plan")
    answers.set()
    patient = FileStorage(str(tmp_path))
    assert not patient.exists(f"{tmp_path}/plan")
