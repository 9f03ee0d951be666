"""One suite for two sides, the fakes and a real Flink: what holds for only one of them is a lie of the fake."""

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


@pytest.fixture(params=["fake", "real"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    cluster: FakeJobManager | None = None
    with ExitStack() as stack:
        if request.param == "fake":
            cluster = stack.enter_context(FakeJobManager())
            fake = stack.enter_context(FakeGateway(jobmanager=cluster))
            script(fake)
            gateway_url, jobmanager_url = fake.url, cluster.url
        else:
            embedded = request.getfixturevalue("embedded")
            gateway_url, jobmanager_url = embedded.gateway_url, embedded.jobmanager_url
        gateway, jobmanager = RestGateway(Access(gateway_url)), RestJobManager(Access(jobmanager_url))
        stack.callback(gateway.close)
        stack.callback(jobmanager.close)
        session = gateway.open_session({"execution.runtime-mode": "streaming"})
        stack.callback(gateway.close_session, session)
        yield Side(request.param, gateway, jobmanager, session, cluster)
