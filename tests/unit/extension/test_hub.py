"""The events: what each listener is sent, and what the catalog is asked for."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import add_cluster, add_job, ledger, running
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.domain.jobs import CommandKind, ManagedState, Status
from flinklab.jobs.asking import order
from flinklab.settings import Settings
from flinklab_extension.hub import HEARTBEAT, Hub, Listener
from flinklab_extension.places import Place
from flinklab_extension.wire import Uis
from flinklab_extension.workers import Workers

_PATIENCE = 60.0  # s
NO_UIS = Uis(lambda cluster: None, lambda cluster: None)


class Looked(Place):
    """A place whose catalog can be taken away; counts how often it is asked for."""

    def __init__(self, catalog: Catalog, supervisor: Catalog) -> None:
        super().__init__(Settings)
        self.given = catalog
        self.supervisor = supervisor
        self.is_there = True
        self.asked = 0
        self.hold = threading.Event()
        self.hold.set()

    def catalog(self) -> Catalog:
        self.asked += 1
        self.hold.wait(_PATIENCE)
        if not self.is_there:
            raise CatalogUnavailableError("the catalog is away")
        return self.given


@pytest.fixture
def place(database: Database, supervisor_database: Database, tmp_path: Path) -> Looked:
    """On SQLite and on PostgreSQL: what tells of a change is asked of each."""
    catalog = Catalog(database, tmp_path / "catalog.key", team="my", environment="dev")
    add_cluster(catalog)
    add_job(catalog, "orders")
    add_job(catalog, "clicks")
    supervisor = Catalog(supervisor_database, tmp_path / "catalog.key", team="my", environment="dev")
    return Looked(catalog, supervisor)


def hub_of(place: Looked) -> Hub:
    def status(jobs: Any) -> dict[str, Any]:
        return {"problem": "" if place.is_there else "the catalog is away"}

    return Hub(place, Workers("test", most=2), NO_UIS, status, pause=0.01)


async def told(listener: Listener, event: str) -> Any:
    """The next event of the kind."""
    while True:
        data = await asyncio.wait_for(listener.next(), _PATIENCE)
        assert data is not None
        if data != HEARTBEAT:
            head, _, rest = data.decode().partition("\n")
            assert data.endswith(b"\n\n")
            if head == f"event: {event}":
                return json.loads(rest.removeprefix("data: "))


def names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["name"] for row in rows)


def test_who_comes_gets_all_and_then_only_what_changed(place: Looked) -> None:
    async def run() -> None:
        hub = hub_of(place)
        listener = hub.listen()
        first = await told(listener, "jobs")
        assert (first["all"], names(first["rows"]), first["gone"]) == (True, ["clicks", "orders"], [])
        orders = place.given.jobs.list(["my"])[1]
        ledger(place.supervisor).keep(*running(orders))
        changed = await told(listener, "jobs")
        assert (changed["all"], names(changed["rows"])) == (False, ["orders"])
        assert changed["rows"][0]["state"] == "running"
        late = hub.listen()
        again = await told(late, "jobs")
        assert again["all"]
        assert {row["name"]: row["state"] for row in again["rows"]} == {"clicks": "draft", "orders": "running"}
        await hub.close()

    asyncio.run(run())


def test_a_reason_an_order_and_a_deletion_are_noticed(place: Looked) -> None:
    """What has no event of its own in the catalog."""

    async def run() -> None:
        hub = hub_of(place)
        listener = hub.listen()
        await told(listener, "jobs")
        clicks, orders = place.given.jobs.list(["my"])
        its = ledger(place.supervisor)
        its.keep(Status(orders.job.id, ManagedState.DRAFT, reason="because"))
        assert (await told(listener, "jobs"))["rows"][0]["reason"] == "because"
        place.given.commands.ask(order(orders, CommandKind.START, {}))
        assert (await told(listener, "jobs"))["rows"][0]["command"] == "start: waiting"
        its.delete(clicks.job.id)
        gone = await told(listener, "jobs")
        assert gone["gone"] == [{"team": "my", "environment": "dev", "name": "clicks"}]
        await hub.close()

    asyncio.run(run())


def test_one_reader_serves_all_and_rests_when_nobody_listens(place: Looked) -> None:
    async def run() -> None:
        hub = hub_of(place)
        listeners = [hub.listen() for _ in range(20)]
        place.hold.clear()
        await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        assert place.asked <= 1
        place.hold.set()
        for listener in listeners:
            assert (await told(listener, "jobs"))["all"]
        for listener in listeners:
            hub.leave(listener)
        assert hub.listeners == 0
        await asyncio.sleep(0.1)  # what was under way may still come to its end
        asked = place.asked
        await asyncio.sleep(0.2)
        assert place.asked == asked
        back = hub.listen()
        assert (await told(back, "jobs"))["all"]
        await hub.close()

    asyncio.run(run())


def test_a_slow_client_is_let_go_and_the_others_are_not(place: Looked) -> None:
    async def run() -> None:
        hub = hub_of(place)
        slow, quick = hub.listen(), hub.listen()
        await told(quick, "jobs")
        orders = place.given.jobs.list(["my"])[1]
        its = ledger(place.supervisor)
        for number in range(100):
            its.keep(Status(orders.job.id, ManagedState.DRAFT, reason="x" * (number + 1)))
            await told(quick, "jobs")
        assert hub.listeners == 1
        assert await slow.next() is None
        await hub.close()
        assert await quick.next() is None

    asyncio.run(run())


def test_a_catalog_that_is_away_is_told_and_what_was_known_stays(place: Looked) -> None:
    async def run() -> None:
        hub = hub_of(place)
        listener = hub.listen()
        await told(listener, "jobs")
        place.is_there = False
        while (await told(listener, "status"))["problem"] == "":
            pass
        late = hub.listen()
        assert names((await told(late, "jobs"))["rows"]) == ["clicks", "orders"]
        place.is_there = True
        while (await told(listener, "status"))["problem"]:
            pass
        add_job(place.given, "new")
        assert names((await told(listener, "jobs"))["rows"]) == ["new"]
        await hub.close()

    asyncio.run(run())


def test_who_comes_to_a_hub_that_is_closed_is_let_go_at_once(place: Looked) -> None:
    async def run() -> None:
        hub = hub_of(place)
        await hub.close()
        assert await hub.listen().next() is None

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _released(place: Looked) -> Iterator[None]:
    yield
    place.hold.set()
