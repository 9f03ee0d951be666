from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.resourcemanager import FakeResourceManager
from flinklab.api.yarn import resource_manager
from flinklab.domain.errors import UsageError
from flinklab.domain.records import RegisteredYarn


@pytest.fixture
def fake() -> Iterator[FakeResourceManager]:
    with FakeResourceManager() as fake:
        fake.yarn.add("etl-1", user="ann")
        yield fake


@pytest.mark.parametrize("page", ["", "/", "/cluster", "/cluster/", "/ws/v1/cluster"])
def test_an_address_as_it_is_copied_from_a_browser(fake: FakeResourceManager, page: str) -> None:
    manager = resource_manager(fake.url + page)
    assert [each.name for each in manager.applications()] == ["etl-1"]
    assert manager.urls == (fake.url,)
    manager.close()


def test_several_addresses_of_which_one_is_active(fake: FakeResourceManager) -> None:
    with FakeResourceManager(fake.yarn) as other:
        other.standby_of = fake.url
        manager = resource_manager(f"{other.url}, {fake.url}")
        assert [each.name for each in manager.applications()] == ["etl-1"]
        assert manager.urls == (other.url, fake.url)
        manager.close()


def test_a_registered_one_is_asked_as_it_is_registered(
    fake: FakeResourceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE", "s3cret")
    access = {"auth": "simple", "user": "ann", "headers": {"X-Gate": "env:GATE"}}
    registered = RegisteredYarn("dw", "prod", (fake.url,), access)
    manager = resource_manager(registered)
    manager.applications()
    manager.close()
    (request,) = fake.requests
    assert request.query["user.name"] == "ann" and request.headers["x-gate"] == "s3cret"


def test_a_password_is_for_whoever_stands_before_it(fake: FakeResourceManager) -> None:
    manager = resource_manager(fake.url, user="ann", password="s3cret")
    manager.applications()
    manager.close()
    assert fake.requests[-1].headers["authorization"].startswith("Basic ")
    assert "user.name" not in fake.requests[-1].query


@pytest.mark.parametrize(
    ("yarn", "access", "says"),
    [
        ("prod", {}, "is not the address of a ResourceManager"),
        (RegisteredYarn("dw", "prod", ()), {}, "has no ResourceManager"),
        ("http://rm:8088", {"auth": "ntlm"}, "one of none, simple, kerberos"),
        ("http://rm:8088", {"pasword": "x"}, "knows no 'pasword'"),
        ("http://rm:8088", {"auth": "kerberos", "user": "ann", "password": "x"}, "no password"),
        (",", {}, "has no ResourceManager"),
        ("http://", {}, "is not the address"),
    ],
)
def test_a_mistake_is_one_line(yarn: RegisteredYarn | str, access: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resource_manager(yarn, **access)
