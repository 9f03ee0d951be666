"""Connecting: what is found out, who gets the credentials, and what a strange machine does to it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab import api
from flinklab.domain.errors import AccessDeniedError, UnreachableError, UsageError
from flinklab.flink.access import Access
from flinklab.session.session import Session
from flinklab.settings import Settings


@pytest.fixture
def jobmanager() -> Iterator[FakeJobManager]:
    with FakeJobManager() as fake:
        yield fake


@pytest.fixture
def gateway(jobmanager: FakeJobManager) -> Iterator[FakeGateway]:
    with FakeGateway(jobmanager=jobmanager) as fake:
        fake.configuration = {"rest.address": "localhost", "rest.port": str(jobmanager.port)}
        yield fake


def connect(gateway: FakeGateway, **access: Any) -> Session:
    return api.connect(gateway.url, settings=Settings(), **access)


class Found:
    """As much of a gateway as finding its JobManager takes."""

    def __init__(self, url: str, config: Mapping[str, str]) -> None:
        self.url, self.config = url, dict(config)

    def open_session(self, properties: Mapping[str, str]) -> str:
        return "s"

    def session_properties(self, session: str) -> dict[str, str]:
        return self.config

    def close_session(self, session: str) -> None:
        """Nothing to end."""


def found(url: str, **config: str) -> Access:
    dashed = {key.replace("_", "."): value for key, value in config.items()}
    access = Access(url, token="secret", headers={"X-Key": "secret"}, ca="/ca.pem")
    return api.flink._jobmanager_of(Found(access.url, dashed), access)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gateway_url", "config", "url"),
    [
        ("http://gw:8083", {}, "http://gw:8081"),
        ("http://gw:8083", {"rest_address": "0.0.0.0", "rest_port": "18081"}, "http://gw:18081"),
        ("http://gw:8083", {"jobmanager_rpc_address": "jm"}, "http://jm:8081"),
        ("http://gw:8083", {"security_ssl_rest_enabled": "true"}, "https://gw:8081"),
        ("http://[::1]:8083", {"rest_address": "localhost"}, "http://[::1]:8081"),
        ("http://gw:8083", {"rest_address": "fd00::7"}, "http://[fd00::7]:8081"),
    ],
)
def test_the_jobmanager_is_where_the_gateway_submits_to(gateway_url: str, config: dict[str, str], url: str) -> None:
    assert found(gateway_url, **config).url == url


@pytest.mark.parametrize(
    ("gateway_url", "config", "gets_them"),
    [
        ("http://gw:8083", {}, True),
        ("http://GW:8083", {"rest_address": "gw"}, True),
        ("https://gw", {"security_ssl_rest_enabled": "true"}, True),
        ("https://gw", {}, False),
        ("http://gw:8083", {"rest_address": "elsewhere"}, False),
        ("https://gw", {"rest_address": "elsewhere", "security_ssl_rest_enabled": "true"}, False),
    ],
)
def test_credentials_go_to_no_host_that_nobody_named(
    gateway_url: str, config: dict[str, str], gets_them: bool
) -> None:
    jobmanager = found(gateway_url, **config)
    assert ("Authorization" in jobmanager.request_headers()) is gets_them
    assert ("X-Key" in jobmanager.request_headers()) is gets_them
    assert jobmanager.ca == "/ca.pem"


def test_a_jobmanager_that_was_named_gets_them(gateway: FakeGateway, jobmanager: FakeJobManager) -> None:
    gateway.authorization = jobmanager.authorization = "Bearer secret"
    with connect(gateway, jobmanager_url=jobmanager.url, token="secret") as session:
        assert session.jobs is not None
    with pytest.raises(AccessDeniedError):
        connect(gateway, jobmanager_url=jobmanager.url, token="other")


def test_finding_out_leaves_no_session(gateway: FakeGateway, jobmanager: FakeJobManager) -> None:
    with connect(gateway) as session:
        assert session.jobs is not None
        assert session.jobs.url == jobmanager.url
        assert gateway.sessions == {}


def test_without_a_jobmanager_statements_run_and_it_is_said(gateway: FakeGateway) -> None:
    gateway.configuration["rest.port"] = "1"
    notices: list[str] = []
    with connect(gateway, notice=notices.append) as session:
        assert session.jobs is None
        assert session.sql("SHOW TABLES").rows == []
    assert len(notices) == 1
    assert "jobs cannot be watched" in notices[0]


def test_a_jobmanager_that_was_named_must_be_there(gateway: FakeGateway) -> None:
    with pytest.raises(UnreachableError):
        connect(gateway, jobmanager_url="http://127.0.0.1:1")


def test_a_user_without_a_name_connects(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 1234)
    with connect(gateway) as session:
        session.sql("INSERT INTO t SELECT 1")
    assert "flinklab.user:1234" in gateway.submitted[-1].config["pipeline.global-job-parameters"]


@pytest.mark.parametrize(
    ("jar", "statement"),
    [
        ("/lib/a.jar", "ADD JAR '/lib/a.jar'"),
        ("/lib/it's; b.JAR", "ADD JAR '/lib/it''s; b.JAR'"),
        (Path("/lib/c.jar"), "ADD JAR '/lib/c.jar'"),
        ("d.jar", f"ADD JAR '{Path.cwd() / 'd.jar'}'"),
    ],
)
def test_a_jar_by_its_path(gateway: FakeGateway, jar: str | Path, statement: str) -> None:
    with connect(gateway) as session:
        api.add_jar(session, jar)
        assert gateway.statements[-1] == statement
        assert [noted.text for noted in session.journal] == [statement]


def test_a_jar_of_another_file_system_is_not_taken_for_a_path(gateway: FakeGateway) -> None:
    with connect(gateway) as session, pytest.raises(UsageError, match="no file of this machine"):
        api.add_jar(session, "hdfs://nn/lib/a.jar")
    assert gateway.statements == []
