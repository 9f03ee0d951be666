"""What may be registered is judged before the database is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.registration import check_cluster, check_gateway, check_storage
from flinklab.domain.errors import FlinklabError, SecretError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage

SECRET = "s3ntinel"
GATEWAY = RegisteredGateway("my", "main", "https://gateway:8083")
STORAGE = RegisteredStorage("my", "lake", "s3://bucket/exchange")
CLUSTER = RegisteredCluster("my", "prod", "yarn")


@pytest.mark.parametrize(
    "access",
    [
        {"password": SECRET},
        {"token": SECRET},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"properties": {"s3.secret-key": SECRET}},
        {"properties": {"S3.Access.Token": SECRET + "${x}"}},
        {"properties": {"my.password": "${a}" + SECRET + "${b}"}},
        {"jobmanager_url": f"http://ann:{SECRET}@jm:8081"},
    ],
)
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(access: dict[str, Any]) -> None:
    with pytest.raises(SecretError) as caught:
        check_gateway(replace(GATEWAY, access=access))
    assert caught.value.hint
    assert SECRET not in "".join(caught.value.report())


@pytest.mark.parametrize(
    "url", [f"http://ann:{SECRET}@h:1", f"ann:{SECRET}@h:1", f"http://:{SECRET}@h", f"{SECRET}@h"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    attempts = [
        lambda: check_gateway(replace(GATEWAY, url=url)),
        lambda: check_storage(replace(STORAGE, uri=url)),
        lambda: check_cluster(replace(CLUSTER, jobmanager_url=url)),
    ]
    for attempt in attempts:
        with pytest.raises(SecretError, match="has a password in it") as caught:
            attempt()
        assert SECRET not in "".join(caught.value.report())


@pytest.mark.parametrize(
    "uri", ["abfss://container@account.dfs.core.windows.net/x", "hdfs://nn:8020/x", "file:///x"]
)
def test_a_storage_may_be_anywhere(uri: str) -> None:
    check_storage(replace(STORAGE, uri=uri))


@pytest.mark.parametrize(
    ("value", "why", "hint"),
    [
        (replace(GATEWAY, url="gateway:8083"), "the gateway's address is no address", "http://host:8083"),
        (replace(GATEWAY, url="ftp://gateway"), "must begin with http", None),
        (replace(GATEWAY, url="http://[x"), "the gateway's address is no address", "http://host:8083"),
        (replace(GATEWAY, url="http://a\nb"), "without spaces and line ends", None),
        (replace(GATEWAY, access={"passwort": "env:X"}), "has no 'passwort'", "did you mean password?"),
        (replace(GATEWAY, access={"settings": {}}), "has no 'settings'", None),
        (replace(GATEWAY, access={"user": 7}), "user must be text", None),
        (replace(GATEWAY, access={"token": None}), "token must be text", None),
        (replace(GATEWAY, access={"headers": "X: y"}), "headers must be names with texts", None),
        (replace(GATEWAY, access={"properties": {"a": 1}}), "properties must be names with texts", None),
        (replace(STORAGE, uri="/tmp/x"), "the storage's URI is no address", "s3://bucket/path"),
        (replace(CLUSTER, kind="yarm"), "'yarm' is no kind of cluster", "did you mean yarn?"),
        (
            replace(CLUSTER, kind="mesos"),
            "'mesos' is no kind of cluster",
            "standalone, yarn, yarn-application, kubernetes, embedded",
        ),
        (replace(CLUSTER, defaults={"a": 1}), "defaults must be names with texts", None),
        (replace(CLUSTER, defaults={"security.token": "x"}), "security.token would be kept", "secret variable"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(value: Any, why: str, hint: str | None) -> None:
    check: Any = {
        RegisteredGateway: check_gateway,
        RegisteredStorage: check_storage,
        RegisteredCluster: check_cluster,
    }[type(value)]
    with pytest.raises(FlinklabError, match=why) as caught:
        check(value)
    assert isinstance(caught.value, (UsageError, SecretError))
    assert "\n" not in str(caught.value)
    assert hint is None or hint in (caught.value.hint or "")


@given(st.text())
def test_any_text_is_an_address_or_a_clear_error(url: str) -> None:
    try:
        check_gateway(replace(GATEWAY, url=url))
    except (UsageError, SecretError) as error:
        assert url not in str(error) or len(url) < 40
    else:
        assert url.startswith(("http://", "https://", "HTTP", "Http"))
