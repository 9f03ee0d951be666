from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.flink.access import Access, reveal

SECRET = "s3cret-of-ann"


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("localhost:8083", "http://localhost:8083"),
        ("http://localhost:8083/", "http://localhost:8083"),
        (" https://flink.example.org/gateway/ ", "https://flink.example.org/gateway"),
        ("http://[::1]:8083", "http://[::1]:8083"),
    ],
)
def test_addresses_are_brought_into_one_form(given_url: str, url: str) -> None:
    assert Access(given_url).url == url


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://host", "http://host:notaport", "http://host/?a=1", "http://h/#x"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a server"):
        Access(url)


def test_a_wrong_address_does_not_show_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        Access(f"http://ann:{SECRET}@host:notaport")
    assert SECRET not in str(caught.value)


def test_credentials_in_the_address_become_basic() -> None:
    access = Access("http://ann:p%40ss@host:1")
    assert (access.url, access.basic) == ("http://host:1", ("ann", "p@ss"))
    assert access.request_headers() == {"Authorization": "Basic YW5uOnBAc3M="}


def test_two_kinds_of_credentials_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="both"):
        Access("http://host", basic=("ann", "x"), token="y")


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6))
def test_secrets_do_not_show(secret: str) -> None:
    for access in (
        Access("http://h", basic=("ann", secret)),
        Access("http://h", token=secret),
        Access("http://h", headers={"X-Key": secret}),
        Access(f"http://ann:{secret}@h"),
    ):
        shown = repr(access) + str(access) + access.url
        assert secret not in shown.replace("http://h", "").replace("Access(url=", "")
        assert access.has_credentials or access.headers


def test_references_are_looked_up_when_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    access = Access("http://h", token=f"file:{file}", headers={"X-Key": "env:FLINKLAB_TEST_KEY"})
    file.write_text(SECRET + "\n", encoding="utf-8")
    monkeypatch.setenv("FLINKLAB_TEST_KEY", "k")
    assert access.request_headers() == {"Authorization": f"Bearer {SECRET}", "X-Key": "k"}
    assert SECRET not in repr(pickle.loads(pickle.dumps(access)))


def test_a_reference_to_nothing_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLINKLAB_TEST_KEY", raising=False)
    with pytest.raises(UsageError, match="environment variable FLINKLAB_TEST_KEY is not set"):
        reveal("env:FLINKLAB_TEST_KEY")
    with pytest.raises(UsageError, match=r"missing cannot be read: No such file"):
        reveal(f"file:{tmp_path / 'missing'}")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        reveal(f"file:{tmp_path / 'binary'}")


def test_plain_text_is_the_secret() -> None:
    assert reveal("environment:al") == "environment:al"


def test_the_same_credentials_serve_another_address() -> None:
    access = Access("http://h:8083", token="t", ca="/ca.pem").at("http://h:8081")
    assert (access.url, access.token, access.ca) == ("http://h:8081", "t", "/ca.pem")


def test_credentials_in_the_other_address_win() -> None:
    ann = Access("http://h:8083", basic=("ann", "a"))
    assert ann.at("http://bob:b@h:8081").basic == ("bob", "b")
    token = Access("http://h:8083", token="t").at("http://bob:b@h:8081")
    assert (token.basic, token.token) == (("bob", "b"), None)


@pytest.mark.parametrize("secret", ["tok en\n", " token", "token ", "tok\r\nX: y", "tökén", "tok\x00en"])
def test_what_no_header_can_hold_is_said_without_showing_it(secret: str) -> None:
    access = Access("http://h:8083", headers={"X-Key": secret})
    with pytest.raises(UsageError, match="X-Key") as caught:
        access.request_headers()
    assert secret not in "".join(caught.value.report()) + repr(caught.value)


@pytest.mark.parametrize("name", ["", "X Key", "X:Key", "X\n"])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        Access("http://h:8083", headers={name: "v"}).request_headers()


@pytest.mark.parametrize("value", ["", "v", "a b", "a\tb", "~!"])
def test_what_a_header_can_hold_is_sent(value: str) -> None:
    assert Access("http://h:8083", headers={"X-Key": value}).request_headers() == {"X-Key": value}
