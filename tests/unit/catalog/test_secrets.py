from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.secrets import Vault
from flinklab.domain.errors import SecretError

SECRET = "s3ntinel-in-the-vault"


def new_key() -> str:
    return Fernet.generate_key().decode()


def _encrypt(path: Path, start: object, out: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    out.put(Vault(path).encrypt(SECRET))  # type: ignore[attr-defined]


def test_a_key_file_is_made_on_first_use_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "key"
    vault = Vault(path)
    assert not path.exists(), "a vault that nobody used needs no key"
    cipher = vault.encrypt(SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"]
    assert SECRET.encode() not in cipher
    assert Vault(path).decrypt(cipher) == SECRET


def test_two_processes_that_make_the_key_at_once_have_one(tmp_path: Path) -> None:
    path, several = tmp_path / "key", multiprocessing.get_context("spawn")
    start, out = several.Barrier(4), several.Queue()
    processes = [several.Process(target=_encrypt, args=(path, start, out)) for _ in range(4)]
    for process in processes:
        process.start()
    ciphers = [out.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(60)
    assert [Vault(path).decrypt(cipher) for cipher in ciphers] == [SECRET] * 4
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_key_may_be_a_reference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = new_key()
    monkeypatch.setenv("TEAM_KEY", key)
    (tmp_path / "key").write_text(key + "\n", encoding="utf-8")
    assert Vault(f"file:{tmp_path / 'key'}").decrypt(Vault("env:TEAM_KEY").encrypt(SECRET)) == SECRET


def test_keys_rotate(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = new_key(), new_key()
    monkeypatch.setenv("TEAM_KEY", old)
    vault = Vault("env:TEAM_KEY")
    cipher = vault.encrypt(SECRET)
    monkeypatch.setenv("TEAM_KEY", f"{new}\n{old}")
    rotated = Vault("env:TEAM_KEY").rotate(cipher)
    assert Vault("env:TEAM_KEY").decrypt(cipher) == SECRET
    assert vault.decrypt(rotated) == SECRET, "one that has read the keys before reads them again"
    monkeypatch.setenv("TEAM_KEY", new)
    assert Vault("env:TEAM_KEY").decrypt(rotated) == SECRET
    with pytest.raises(SecretError):
        Vault("env:TEAM_KEY").decrypt(cipher)


def test_a_wrong_key_says_what_to_do_and_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = new_key(), new_key()
    monkeypatch.setenv("TEAM_KEY", right)
    cipher = Vault("env:TEAM_KEY").encrypt(SECRET)
    monkeypatch.setenv("TEAM_KEY", wrong)
    with pytest.raises(SecretError, match="encrypted with another key than the one in env:TEAM_KEY") as caught:
        Vault("env:TEAM_KEY").decrypt(cipher)
    assert "save the secret again" in (caught.value.hint or "")
    shown = "".join(caught.value.report())
    assert not any(each in shown for each in (right, wrong, SECRET))


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "is empty"), (" \n", "is empty"), (SECRET, "is not a Fernet key"), ("ä", "is not a Fernet key")],
)
def test_a_key_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str, why: str) -> None:
    monkeypatch.setenv("TEAM_KEY", text)
    with pytest.raises(SecretError, match=f"in env:TEAM_KEY {why}") as caught:
        Vault("env:TEAM_KEY").encrypt("x")
    assert SECRET not in "".join(caught.value.report())


def test_a_key_that_was_given_in_place_of_a_reference_is_not_repeated() -> None:
    key = new_key()
    with pytest.raises(SecretError, match="no reference to a secret") as caught:
        Vault(key).encrypt("x")
    assert key not in "".join(caught.value.report())


def test_a_folder_in_which_no_key_can_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SecretError, match="no key for secrets can be kept in") as caught:
        Vault(tmp_path / "file" / "key").encrypt("x")
    assert "env:NAME" in (caught.value.hint or "")


_KEY = new_key()


@given(st.text())
def test_every_text_comes_back(secret: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEAM_KEY", _KEY)
        vault = Vault("env:TEAM_KEY")
        assert vault.decrypt(vault.encrypt(secret)) == secret
