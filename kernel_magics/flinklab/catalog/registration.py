"""What may be registered: addresses without passwords, and secrets only as references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flinklab.domain.errors import SecretError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage
from flinklab.domain.text import one_line, suggest
from flinklab.references import FORMS, is_reference
from flinklab.sql.sensitive import SENSITIVE

KINDS = ("standalone", "yarn", "kubernetes", "embedded")

_ACCESS = ("jobmanager_url", "ca", "headers", "user", "password", "token", "zone", "properties")


def check_gateway(gateway: RegisteredGateway) -> None:
    """Raises `UsageError`, and `SecretError` for a secret that is written out."""
    _check_http(gateway.url, "the gateway's address")
    for key, value in gateway.access.items():
        if key not in _ACCESS:
            meant = suggest(key, _ACCESS)
            hint = f"did you mean {meant}?" if meant else "there are " + ", ".join(_ACCESS)
            raise UsageError(f"access to a gateway has no {one_line(key, 40)!r}", hint=hint)
        if key == "jobmanager_url":
            _check_http(value, "the JobManager's address")
        elif key in ("headers", "properties"):
            _check_texts(key, value)
        elif not isinstance(value, str):
            raise UsageError(f"{key} must be text")
    for key in ("password", "token"):
        _check_reference(key, gateway.access.get(key))
    for name, value in gateway.access.get("headers", {}).items():
        _check_reference(f"the header {name}", value)
    check_configuration(gateway.access.get("properties", {}))


def check_storage(storage: RegisteredStorage) -> None:
    """Raises `UsageError`, and `SecretError` for a password in the URI."""
    _check_address(storage.uri, "the storage's URI", "s3://bucket/path or file:///path")


def check_cluster(cluster: RegisteredCluster) -> None:
    """Raises `UsageError`, and `SecretError` for a secret that is written out."""
    if cluster.kind not in KINDS:
        meant = suggest(cluster.kind, KINDS)
        raise UsageError(
            f"{one_line(cluster.kind, 40)!r} is no kind of cluster",
            hint=f"did you mean {meant}?" if meant else "there are " + ", ".join(KINDS),
        )
    if cluster.jobmanager_url is not None:
        _check_http(cluster.jobmanager_url, "the JobManager's address")
    _check_texts("defaults", cluster.defaults)
    check_configuration(cluster.defaults)


def _check_http(url: object, what: str) -> None:
    _check_address(url, what, "http://host:8083")
    if urlsplit(str(url)).scheme not in ("http", "https"):
        raise UsageError(f"{what} must begin with http:// or https://")


def _check_address(url: object, what: str, example: str) -> None:
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


def _check_texts(what: str, given: object) -> None:
    if not isinstance(given, Mapping) or not all(isinstance(text, str) for pair in given.items() for text in pair):
        raise UsageError(f"{what} must be names with texts")


def _check_reference(what: str, value: Any) -> None:
    if value is not None and not is_reference(value):
        raise SecretError(
            f"{what} would be kept where everybody in the team can read it",
            hint=f"say where it is to be looked up: {FORMS}",
        )


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
