"""A reference says where a secret is; what goes wrong names the reference and never the secret."""

from __future__ import annotations

import sys
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from flinklab.domain.errors import SecretError
from flinklab.references import is_reference, look_up

SECRET = "s3ntinel-behind-the-reference"


class MemoryKeyring(KeyringBackend):
    """A keyring that holds one secret, and may be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked(f"{SECRET} is behind a lock")
        return SECRET if (service, username) == ("db/prod", "ann") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def memory_keyring() -> MemoryKeyring:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_file_is_read_whole_without_its_last_line_end(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first\n second \r\n\n", encoding="utf-8")
    assert look_up(f"file:{file}") == "first\n second "


def test_the_environment_is_asked_at_the_moment_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_TESTS", SECRET)
    assert look_up("env:A_SECRET_OF_TESTS") == SECRET
    monkeypatch.setenv("A_SECRET_OF_TESTS", "")
    assert look_up("env:A_SECRET_OF_TESTS") == ""


def test_a_keyring_is_asked_for_service_and_name(memory_keyring: MemoryKeyring) -> None:
    assert look_up("keyring:db/prod/ann") == SECRET
    with pytest.raises(SecretError, match="keyring:db/bob is not in the keyring") as caught:
        look_up("keyring:db/bob")
    assert caught.value.hint == "keyring set db bob"
    memory_keyring.is_locked = True
    with pytest.raises(SecretError, match="cannot be looked up: KeyringLocked") as caught:
        look_up("keyring:db/prod/ann")
    assert SECRET not in str(caught.value)


def test_a_keyring_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError, match="keyring is not installed") as caught:
        look_up("keyring:a/b")
    assert "flinklab[keyring]" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NO_SUCH_VARIABLE_OF_TESTS", "NO_SUCH_VARIABLE_OF_TESTS is not set"),
        ("file:/no/such/file", "/no/such/file cannot be read: No such file"),
        ("file:~nobody-of-that-name/x", "cannot be read: "),
        ("file:a\0b", "cannot be read: "),
        ("env:", "env: without a name"),
        ("file:", "file: without a name"),
        ("keyring:service", "keyring: without a name"),
        ("keyring:/name", "keyring: without a name"),
    ],
)
def test_a_reference_to_nothing_names_itself(reference: str, why: str) -> None:
    with pytest.raises(SecretError, match=why) as caught:
        look_up(reference)
    assert "\n" not in caught.value.message


def test_a_file_that_is_no_text_keeps_its_bytes_to_itself(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(SECRET.encode() + b"\xff")
    with pytest.raises(SecretError, match="is not UTF-8 text") as caught:
        look_up(f"file:{file}")
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None


@given(st.text(min_size=1).filter(lambda text: not is_reference(text)))
def test_what_is_no_reference_is_never_repeated(text: str) -> None:
    with pytest.raises(SecretError) as caught:
        look_up(text)
    assert caught.value.report() == [
        "Secret: this is no reference to a secret",
        "  → write it as env:NAME, file:PATH or keyring:SERVICE/NAME",
    ]
