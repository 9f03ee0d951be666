"""What several kinds of registered things are held to: addresses without passwords, secrets only as references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from flinklab.domain.errors import SecretError, UsageError
from flinklab.domain.text import one_line, suggest
from flinklab.references import FORMS, is_reference
from flinklab.sql.sensitive import SENSITIVE


def check_one_of(given: object, choices: Iterable[str], wrong: str) -> None:
    """`wrong`: what is said of it, `{}` where it stands. Raises `UsageError` with the choice that was meant."""
    known = tuple(choices)
    if given not in known:
        meant = suggest(str(given), known)
        raise UsageError(
            wrong.format(repr(one_line(str(given), 40))),
            hint=f"did you mean {meant}?" if meant else "there are " + ", ".join(known),
        )


def check_http(url: object, what: str) -> None:
    check_address(url, what, "http://host:8083")
    if urlsplit(str(url)).scheme not in ("http", "https"):
        raise UsageError(f"{what} must begin with http:// or https://")


def check_address(url: object, what: str, example: str) -> None:
    if not isinstance(url, str) or not url.isprintable() or any(map(str.isspace, url)):
        raise UsageError(f"{what} must be text without spaces and line ends", hint=f"write it like {example}")
    scheme, separator, rest = url.partition("://")
    user, at, _ = rest.partition("/")[0].rpartition("@")
    # What is before the @ of abfss://container@account is no secret; a password has a colon in front of it.
    if (at and ":" in user) or (not separator and "@" in url):
        raise SecretError(
            f"{what} has a password in it", hint=f"leave it out, and give password= as a reference: {FORMS}"
        )
    if not separator or not scheme or not rest:
        raise UsageError(f"{what} is no address", hint=f"write it like {example}")
    try:
        urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{what} is no address: {error}", hint=f"write it like {example}") from None


def check_texts(what: str, given: object) -> None:
    if not isinstance(given, Mapping) or not all(isinstance(text, str) for pair in given.items() for text in pair):
        raise UsageError(f"{what} must be names with texts")


def check_reference(what: str, value: Any) -> None:
    if value is not None and not is_reference(value):
        raise SecretError(
            f"{what} would be kept where everybody in the team can read it",
            hint=f"say where it is to be looked up: {FORMS}",
        )


def check_access(access: Mapping[str, Any], known: Iterable[str], to: str) -> None:
    """That there are only `known` arguments, with texts, and secrets as references. `to`: what it is access to."""
    for key, value in access.items():
        check_one_of(key, known, f"access to {to} has no {{}}")
        if key in ("headers", "properties"):
            check_texts(key, value)
        elif not isinstance(value, str):
            raise UsageError(f"{key} must be text")
    for key in ("password", "token"):
        check_reference(key, access.get(key))
    for name, value in access.get("headers", {}).items():
        check_reference(f"the header {name}", value)


def check_configuration(given: Mapping[str, str]) -> None:
    """Flink configuration that a team keeps. Raises `SecretError` for a secret that is written out."""
    for key, value in given.items():
        if any(part in key.lower() for part in SENSITIVE) and not _is_variable(value):
            raise SecretError(
                f"{key} would be kept where everybody in the team can read it",
                hint="keep it in a secret variable and write ${its name} here",
            )


def _is_variable(value: str) -> bool:
    return value.startswith("${") and value.endswith("}") and value.count("}") == 1


def check_path(path: object, what: str) -> None:
    """A path that means the same to whoever of the team uses it."""
    if not isinstance(path, str) or not path.isprintable() or not PurePath(path).is_absolute():
        raise UsageError(f"{what} must be an absolute path", hint="write it from the root on: /opt/...")


def check_labels(labels: object) -> None:
    words = labels if isinstance(labels, (tuple, list)) else (labels,)
    for word in words:
        if (
            not isinstance(word, str)
            or not word
            or not word.isprintable()
            or any(c.isspace() or c == "," for c in word)
        ):
            raise UsageError("labels are words without spaces and commas", hint="write them like etl,large")
