from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.yarn import FakeQueue, FakeYarn
from flinklab.yarn.schedulers import queues

_NAMES = st.sampled_from(["etl", "adhoc", "default", "ml"])


def scheduler(kind: str, *leaves: FakeQueue) -> dict[str, Any]:
    yarn = FakeYarn()
    yarn.scheduler, yarn.queues = kind, list(leaves)
    return yarn.scheduler_info()


def test_a_leaf_of_the_capacity_scheduler() -> None:
    leaf = FakeQueue("root.etl", 36.0, 100.0, used=60.8, memory_used=1792, vcores_used=2, pending=3)
    (read,) = queues(scheduler("capacity", leaf))
    assert (read.name, read.path, read.is_running) == ("etl", "root.etl", True)
    assert (read.capacity, read.max_capacity, read.used) == (0.36, 1.0, pytest.approx(0.608))
    assert (read.memory_used, read.memory_max, read.vcores_used, read.pending) == (1792, 8192, 2, 3)
    assert (read.largest_memory, read.largest_vcores) == (4096, 4)
    assert read.vcores_max is None, "whether it counts them is not told"


def test_a_leaf_of_the_fair_scheduler_has_shares_too() -> None:
    leaf = FakeQueue("root.etl", 25.0, memory_used=1024, memory_max=4096, pending=1)
    (read,) = queues(scheduler("fair", leaf))
    assert (read.name, read.path) == ("etl", "root.etl")
    assert (read.capacity, read.max_capacity, read.used) == (0.25, 0.5, 0.5)
    assert (read.memory_used, read.memory_max, read.pending, read.largest_memory) == (1024, 4096, 1, 4096)
    assert (read.vcores_used, read.vcores_max) == (0, 16)


def test_a_stopped_queue_is_told() -> None:
    (read,) = queues(scheduler("capacity", FakeQueue("root.old", state="STOPPED")))
    assert not read.is_running


def test_the_fifo_scheduler_has_one_queue() -> None:
    (read,) = queues({"type": "fifoScheduler", "capacity": 1.0, "usedCapacity": 0.5, "qstate": "RUNNING"})
    assert (read.path, read.capacity, read.used) == ("root.default", 1.0, 0.5)


def test_limits_without_an_end_are_those_of_the_cluster() -> None:
    (read,) = queues(scheduler("fair", FakeQueue("root.etl", memory_max=2**31)))
    assert (read.max_capacity, read.memory_max) == (1.0, 8192)


def test_a_cluster_without_nodes_has_no_shares() -> None:
    empty = {"memory": 0, "vCores": 0}
    leaf = {"queueName": "root.etl", "maxResources": empty, "clusterResources": empty}
    (read,) = queues(
        {"type": "fairScheduler", "rootQueue": {"queueName": "root", "childQueues": {"queue": [leaf]}}}
    )
    assert (read.capacity, read.max_capacity, read.used, read.memory_max) == (None, None, None, None)


def test_older_versions_tell_no_paths_and_list_children_at_once() -> None:
    capacity = {
        "type": "capacityScheduler",
        "queues": {"queue": [{"queueName": "dw", "queues": {"queue": [{"queueName": "etl"}]}}, {"queueName": "b"}]},
    }
    assert [queue.path for queue in queues(capacity)] == ["root.dw.etl", "root.b"]
    fair = {"type": "fairScheduler", "rootQueue": {"queueName": "root", "childQueues": [{"queueName": "root.a"}]}}
    assert [(queue.name, queue.path) for queue in queues(fair)] == [("a", "root.a")]


@given(
    st.sets(st.lists(_NAMES, min_size=1, max_size=3).map(tuple), min_size=1),
    st.sampled_from(["capacity", "fair"]),
)
def test_leaves_are_found_however_deep(paths: set[tuple[str, ...]], kind: str) -> None:
    is_leaf = [path for path in paths if not any(other != path and other[: len(path)] == path for other in paths)]
    wanted = {"root." + ".".join(path) for path in is_leaf}
    found = queues(scheduler(kind, *(FakeQueue(path) for path in sorted(wanted))))
    assert {queue.path for queue in found} == wanted
    assert all(queue.name == queue.path.rpartition(".")[2] for queue in found)


def test_what_is_no_queue_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        queues({"type": "capacityScheduler", "queues": {"queue": [{"queueName": "etl", "usedCapacity": "much"}]}})
