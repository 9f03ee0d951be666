"""One suite for all sides, the fakes and real Flinks: what holds for only one of them is a lie of the fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.side import Side, script
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager
from real.versions_support import OLDER


@pytest.fixture(params=["fake", "real", OLDER])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    cluster: FakeJobManager | None = None
    with ExitStack() as stack:
        if request.param == "fake":
            cluster = stack.enter_context(FakeJobManager())
            fake = stack.enter_context(FakeGateway(jobmanager=cluster))
            script(fake)
            gateway_url, jobmanager_url = fake.url, cluster.url
        else:
            flink = request.getfixturevalue("older" if request.param == OLDER else "embedded")
            gateway_url, jobmanager_url = flink.gateway_url, flink.jobmanager_url
        gateway, jobmanager = RestGateway(Access(gateway_url)), RestJobManager(Access(jobmanager_url))
        stack.callback(gateway.close)
        stack.callback(jobmanager.close)
        session = gateway.open_session({"execution.runtime-mode": "streaming"})
        stack.callback(gateway.close_session, session)
        yield Side(request.param, gateway, jobmanager, session, cluster)
