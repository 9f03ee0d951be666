"""What the server answers when something is wrong with its catalog, its parts or what it is sent: in words."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CatalogUnavailableError
from flinklab.settings import Settings
from flinklab.sql import formatting
from flinklab_extension.handlers import events
from flinklab_extension.hub import Hub
from flinklab_extension.places import Place
from flinklab_extension.workbench import Workbench

from .conftest import Served

_PATIENCE = 60.0  # s
_SOON = 0.2  # s: the limit of the catalog, where it hangs

Put = Callable[[Place], None]
"""Make it the place of everybody."""


class Odd(Place):
    """A catalog that hangs while `held`, and is away while not `is_there`."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(Settings)
        self.given = catalog
        self.is_there = True
        self.free = threading.Event()
        self.free.set()

    def catalog(self) -> Catalog:
        self.free.wait(_PATIENCE)
        if not self.is_there:
            raise CatalogUnavailableError("the catalog is away", hint="is the database up?")
        return self.given

    def close(self) -> None:
        """The catalog is another place's."""


@pytest.fixture
def put(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    workbench = served.jupyter.extension.workbench

    async def drop_hubs() -> None:
        while workbench._hubs:
            await workbench._hubs.popitem()[1].close()

    def put_(place: Place) -> None:
        served.jupyter.call(drop_hubs)  # each keeps the place that it began with
        monkeypatch.setitem(workbench.places._places, "", place)

    yield put_
    served.jupyter.call(drop_hubs)


@pytest.fixture
def odd(served: Served, put: Put) -> Iterator[Odd]:
    place = Odd(served.catalog)
    put(place)
    yield place
    place.free.set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Workbench.ask
    monkeypatch.setattr(Workbench, "ask", lambda self, person, work, limit: ask(self, person, work, _SOON))
    monkeypatch.setattr("flinklab_extension.workbench.CATALOG_LIMIT", _SOON)


def refusal(served: Served, path: str, status: int) -> dict[str, str]:
    """The two texts of an answer, each one line."""
    found = served.jupyter.get(path, status)
    assert found.keys() == {"message", "hint"}
    assert found["message"]
    assert "\n" not in found["message"] + found["hint"]
    return dict(found)


@pytest.mark.parametrize("path", ["jobs", "catalog/children", "jobs/dev/orders", "history", "variables"])
def test_a_catalog_that_hangs_is_given_up_and_said(served: Served, odd: Odd, impatient: None, path: str) -> None:
    odd.free.clear()
    found = refusal(served, path, 504)
    assert "too long" in found["message"]
    assert "Try again" in found["hint"]
    odd.free.set()
    served.jupyter.get(path)


def test_the_status_is_told_also_of_a_catalog_that_hangs(served: Served, odd: Odd, impatient: None) -> None:
    odd.free.clear()
    found = served.jupyter.get("status")
    assert "does not answer" in found["problem"]
    assert found["version"]
    odd.free.set()
    assert served.jupyter.get("status")["problem"] == ""


def test_a_catalog_that_is_away_says_when_to_come_again(served: Served, odd: Odd) -> None:
    odd.is_there = False
    assert refusal(served, "jobs", 503) == {"message": "the catalog is away", "hint": "is the database up?"}
    with served.jupyter.client() as client:
        assert client.get("jobs").headers["Retry-After"] == "5"


@pytest.fixture
def newer(served: Served, tmp_path: Path) -> Path:
    """A catalog whose schema this flinklab has never heard of."""
    file = tmp_path / "newer.db"
    shutil.copyfile(served.root / "catalog.db", file)
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert connection.execute(text("UPDATE alembic_version SET version_num = '9999_far'")).rowcount == 1
    engine.dispose()
    return file


def test_a_catalog_that_is_newer_is_said_with_what_to_do(served: Served, put: Put, newer: Path) -> None:
    settings = Settings(catalog_url=f"sqlite:///{newer}", catalog_key=f"file:{served.root}/catalog.key")
    put(Place(lambda: settings))
    for path in ("jobs", "catalog/children", "incidents"):
        found = refusal(served, path, 503)
        assert "newer" in found["message"] + found["hint"]
    assert "newer" in served.jupyter.get("status")["problem"]


def test_without_sqlfluff_nothing_is_formatted_and_it_is_said(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    formatting._sqlfluff.cache_clear()
    monkeypatch.setitem(sys.modules, "sqlfluff.core", None)
    found = served.jupyter.post("format", {"sql": "select 1"}, 501)
    assert "sqlfluff" in found["message"] + found["hint"]
    assert "install" in found["message"] + found["hint"]


@pytest.mark.parametrize(
    ("characters", "said"),
    [(1_000_001, "characters are too many to format"), (2 * 1024 * 1024, "bytes are too many")],
)
def test_a_text_that_is_too_long_is_refused_in_a_line(served: Served, characters: int, said: str) -> None:
    found = served.jupyter.post("format", {"sql": "x" * characters}, 400)
    assert said in found["message"]
    assert "are the most" in found["hint"]


def test_a_statement_that_would_take_too_long_to_format_stays_as_it_is(served: Served) -> None:
    long = "select " + ", ".join(f"a{at}" for at in range(100_000)) + " from t"
    found = served.jupyter.post("format", {"sql": f"%%flinksql\n{long};\nselect 1"})
    assert found["sql"] == f"%%flinksql\n{long};\nSELECT 1"
    assert len(found["remarks"]) == 1


class Stream:
    """The events of one client, as they come."""

    def __init__(self, reply: httpx.Response) -> None:
        self._lines = reply.iter_lines()

    def until(self, event: str, is_it: Callable[[Any], bool] = lambda value: True) -> Any:
        """The first event of the kind that `is_it`."""
        end = time.monotonic() + _PATIENCE
        for line in self._lines:
            assert time.monotonic() < end
            if line == f"event: {event}":
                value = json.loads(next(self._lines).removeprefix("data: "))
                if is_it(value):
                    return value
        raise AssertionError("the stream has ended")


def hub(served: Served) -> Hub:
    return served.jupyter.extension.workbench.hub("")


def await_listeners(served: Served, number: int) -> None:
    async def run() -> None:
        while hub(served).listeners != number:
            await asyncio.sleep(0.01)

    served.jupyter.call(lambda: asyncio.wait_for(run(), _PATIENCE))


def test_the_stream_says_that_the_catalog_went_and_all_that_is_new_when_it_came_back(
    served: Served, odd: Odd
) -> None:
    with served.jupyter.client() as client, client.stream("GET", "events") as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        stream = Stream(reply)
        before = stream.until("jobs")
        assert before["all"]
        odd.is_there = False
        gone = stream.until("status", lambda status: bool(status["problem"]))
        assert "the catalog is away" in gone["problem"]
        odd.is_there = True
        stream.until("status", lambda status: not status["problem"])
    await_listeners(served, 0)


def test_who_goes_away_is_forgotten_also_while_nothing_is_sent(served: Served, put: Put) -> None:
    put(Odd(served.catalog))
    with served.jupyter.client() as client:
        for _ in range(3):
            with client.stream("GET", "events") as reply:
                stream = Stream(reply)
                stream.until("clusters")
                await_listeners(served, 1)
            await_listeners(served, 0)
    assert served.jupyter.call(lambda: hub(served)._reading) is None


def test_a_stream_ends_in_time_so_that_an_expired_login_ends_too(
    served: Served, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(Odd(served.catalog))
    monkeypatch.setattr(events, "_LONGEST", 0.5)
    with served.jupyter.client() as client, client.stream("GET", "events") as reply:
        assert b"event: jobs" in reply.read()
    await_listeners(served, 0)


def test_who_is_not_logged_in_hears_nothing(served: Served) -> None:
    with served.jupyter.client(None) as client:
        reply = client.get("events")
    assert reply.status_code == 403
    assert b"event:" not in reply.content
    assert hub(served).listeners == 0
