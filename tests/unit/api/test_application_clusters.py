"""Registering a place where each job gets an application of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.resourcemanager import FakeResourceManager
from flinklab import api
from flinklab.api.application_clusters import create_application_cluster
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import ConflictError, UsageError, YarnRefusedError
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import SessionSpec

STORAGE = "file:///apps"


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with FakeResourceManager() as manager, api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", (manager.url,)), expected=None)
        catalog.registry.save_cluster(RegisteredCluster("my", "etl-1", "yarn", yarn="prod"), expected=None)
        yield catalog


def test_it_is_registered_with_its_size_and_nothing_is_started(catalog: Catalog) -> None:
    spec = SessionSpec("apps", queue="etl", slots=2, taskmanager_memory=2048)
    made = create_application_cluster("prod", spec, catalog=catalog, flink_version="2.3", storage=STORAGE)
    assert (made.kind, made.yarn, made.flink_version) == ("yarn-application", "prod", "2.3")
    assert made.sizing == {"queue": "etl", "slots": 2, "taskmanager_memory": 2048}
    assert catalog.registry.storage("my", "apps").uri == STORAGE

    changed = create_application_cluster("prod", SessionSpec("apps"), catalog=catalog, flink_version="2.3")
    assert (changed.version, changed.storage, changed.sizing) == (made.version + 1, "apps", {})


def test_what_cannot_work_is_said_before_anything_is_registered(catalog: Catalog) -> None:
    def create(name: str = "apps", queue: str = "", version: str = "2.3", storage: str | None = STORAGE) -> None:
        spec = SessionSpec(name, queue=queue)
        create_application_cluster("prod", spec, catalog=catalog, flink_version=version, storage=storage)

    with pytest.raises(UsageError, match="need a storage"):
        create(storage=None)
    with pytest.raises(UsageError, match=r"Flink 1\.20 cannot run SQL in an application of its own"):
        create(version="1.20")
    with pytest.raises(YarnRefusedError, match="no queue nope"):
        create(queue="nope")
    with pytest.raises(ConflictError, match="that of another cluster: yarn"):
        create("etl-1")
    assert [each.name for each in catalog.registry.clusters(["my"])] == ["etl-1"]
