"""What a session can still get of its queue, and of what TaskManagers it gets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.resourcemanager import FakeResourceManager
from fakes.yarn import FakeQueue
from flinklab import api
from flinklab.api.pool_members import look_at
from flinklab.api.yarn_room import Room, Rooms
from flinklab.catalog.catalog import Catalog
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.settings import Settings


@pytest.fixture
def manager() -> Iterator[FakeResourceManager]:
    with FakeResourceManager() as manager:
        manager.yarn.queues = [FakeQueue("root.etl", 100.0, memory_used=1024, memory_max=6144, vcores_used=13)]
        yield manager


@pytest.fixture
def catalog(tmp_path: Path, manager: FakeResourceManager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with api.open_catalog() as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", (manager.url,)), expected=None)
        yield catalog


def session(catalog: Catalog, manager: FakeResourceManager, url: str = "http://127.0.0.1:1") -> RegisteredCluster:
    application = manager.yarn.add("etl-1", queue="root.etl", memory=1024, vcores=2, jobmanager=url)
    cluster = catalog.registry.save_cluster(RegisteredCluster("my", "etl-1", "yarn", yarn="prod"), expected=None)
    catalog.addresses.put(ClusterAddress("my", "etl-1", url, application.id))
    return cluster


@pytest.mark.parametrize(("scheduler", "vcores"), [("fair", 3), ("capacity", None)])
def test_vcores_count_where_the_scheduler_counts_them(
    catalog: Catalog, manager: FakeResourceManager, scheduler: str, vcores: int | None
) -> None:
    manager.yarn.scheduler = scheduler
    room = Rooms(catalog).of(session(catalog, manager))
    assert room is not None
    assert (room.headroom, room.vcores) == (5120, vcores)


def test_what_is_on_no_yarn_has_no_queue(catalog: Catalog) -> None:
    standalone = RegisteredCluster("my", "main", "standalone", "http://127.0.0.1:1")
    found: Room | None = Rooms(catalog).of(standalone)
    assert found is None


@pytest.mark.parametrize(("given", "vcores"), [({}, 4), ({"yarn.containers.vcores": "2"}, 2)])
def test_a_container_has_a_vcore_for_each_slot_unless_it_is_told_otherwise(
    catalog: Catalog, manager: FakeResourceManager, given: dict[str, str], vcores: int
) -> None:
    with FakeJobManager() as jobmanager:
        cluster = session(catalog, manager, jobmanager.url)
        address = catalog.addresses.get("my", "etl-1")
        assert address is not None
        jobmanager.configuration |= {
            "io.tmp.dirs": f"/tmp/{address.application}",
            "taskmanager.numberOfTaskSlots": "4",
            "taskmanager.memory.process.size": "2g",
            **given,
        }
        [member] = look_at(catalog, Settings(), [cluster])
    assert (member.taskmanager, member.vcores, member.trouble) == ((4, 2048), vcores, "")
