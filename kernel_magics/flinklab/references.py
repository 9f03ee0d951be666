"""References to secrets: where a secret is to be looked up, so that it need not be written down."""

from __future__ import annotations

import os
from pathlib import Path

from flinklab.domain.errors import SecretError

FORMS = "env:NAME, file:PATH or keyring:SERVICE/NAME"
_SCHEMES = ("env:", "file:", "keyring:")


def is_reference(text: str) -> bool:
    """Whether the text says where a secret is, and is not one itself."""
    return text.startswith(_SCHEMES)


def look_up(reference: str) -> str:
    """The secret that `env:NAME`, `file:PATH` or `keyring:SERVICE/NAME` points to.

    A file is UTF-8 text, and the line ends at its end are not part of its secret. Raises `SecretError`, which
    names the reference and never what is behind it.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env" and rest:
        return _from_environment(rest)
    if scheme == "file" and rest:
        return _from_file(rest)
    if scheme == "keyring" and all(rest.partition("/")):
        return _from_keyring(reference, rest)
    # Whatever this is, it may be the secret itself.
    shown = f"{scheme}: without a name" if is_reference(reference) else "this"
    raise SecretError(f"{shown} is no reference to a secret", hint=f"write it as {FORMS}")


def _from_environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise SecretError(
            f"the environment variable {name} is not set", hint="it is to hold a credential"
        ) from None


def _from_file(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        reason = error.strerror
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except (RuntimeError, ValueError) as error:  # a home folder of nobody, a NUL in the path
        reason = str(error)
    raise SecretError(f"the credential file {path} cannot be read: {reason}")


def _from_keyring(reference: str, rest: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SecretError(
            f"{reference} cannot be looked up: keyring is not installed", hint="pip install 'flinklab[keyring]'"
        ) from None
    service, _, name = rest.rpartition("/")
    try:
        secret = keyring.get_password(service, name)
    except KeyringError as error:
        raise SecretError(
            f"{reference} cannot be looked up: {type(error).__name__}",
            hint="see which keyring this machine has: keyring --list-backends",
        ) from None
    if secret is None:
        raise SecretError(f"{reference} is not in the keyring", hint=f"keyring set {service} {name}")
    return secret
