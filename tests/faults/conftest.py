from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.answers import table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager
from flinklab.session.origin import Origin
from flinklab.session.session import Session


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
        gateway.on("SHOW CATALOGS", table("catalog name STRING", [["default_catalog"]]))
        yield gateway


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def make_session(fake: FakeGateway, notices: list[str]) -> Iterator[Callable[..., Session]]:
    """Makes sessions on the fake, without its pauses between repeated requests; all are closed at the end."""
    made: list[Session] = []

    def make(**options: Any) -> Session:
        gateway = RestGateway(Access(fake.url), pause=lambda seconds: None)
        jobs = RestJobManager(Access(fake.jobmanager.url))
        session = Session(
            gateway, jobs, origin=Origin("ann", "box", "a.ipynb", "1"), notice=notices.append, **options
        )
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()
        session.gateway.close()
        if session.jobs is not None:
            session.jobs.close()


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()
