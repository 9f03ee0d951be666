"""Secrets that are kept in the database, encrypted with a key that is not in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from flinklab.domain.errors import SecretError
from flinklab.references import look_up


class Vault:
    """Encrypts and decrypts with Fernet keys, read when they are first needed.

    `key_source`: a reference (`env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`), or the path of a file that is
    made with a new key when it is first needed. Several keys, apart by spaces or lines, are a rotation: the first
    one encrypts, all of them decrypt. Every method raises `SecretError`.
    """

    def __init__(self, key_source: str | Path) -> None:
        self._source = key_source
        self._fernet: MultiFernet | None = None

    def encrypt(self, secret: str) -> bytes:
        return self._keys().encrypt(secret.encode("utf-8", "surrogatepass"))

    def decrypt(self, cipher: bytes) -> str:
        try:
            plain = self._keys().decrypt(cipher)
        except InvalidToken:
            plain = self._with_keys_of_now(cipher)
        return plain.decode("utf-8", "surrogatepass")

    def rotate(self, cipher: bytes) -> bytes:
        """The same secret, encrypted with the first key."""
        return self.encrypt(self.decrypt(cipher))

    def _with_keys_of_now(self, cipher: bytes) -> bytes:
        self._fernet = None  # somebody may have put a new key in front since we read them
        try:
            return self._keys().decrypt(cipher)
        except InvalidToken:
            raise SecretError(
                f"a secret of the catalog was encrypted with another key than the one in {self._source}",
                hint="put the key it was encrypted with below that one, on its own line, or save the secret again",
            ) from None

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            self._fernet = _fernet(self._key_text(), str(self._source))
        return self._fernet

    def _key_text(self) -> str:
        if isinstance(self._source, str):
            return look_up(self._source)
        try:
            if not self._source.exists():
                _make_key(self._source)
        except OSError as error:
            raise SecretError(
                f"no key for secrets can be kept in {self._source}: {error.strerror}",
                hint="secrets may be references instead, such as env:NAME",
            ) from None
        return look_up(f"file:{self._source}")


def _fernet(text: str, source: str) -> MultiFernet:
    keys = text.split()
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        wrong = "is not a Fernet key" if keys else "is empty"
    raise SecretError(
        f"the key for the catalog's secrets in {source} {wrong}",
        hint="python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())' makes one",
    )


def _make_key(path: Path) -> None:
    """Make the file, unless somebody else was faster: it appears whole, and never changes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
