"""What may be registered of a YARN, and of a cluster that is on one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import msgspec

from flinklab.catalog.checks import (
    check_access,
    check_configuration,
    check_http,
    check_one_of,
    check_path,
    check_texts,
)
from flinklab.domain.errors import UsageError
from flinklab.domain.flink_versions import line_of
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.typed import convert
from flinklab.domain.yarn import SessionSpec

_ON_YARN = ("yarn", "yarn-application")  # kinds of clusters
_ACCESS = ("auth", "user", "proxy_user", "keytab", "ca", "headers", "password", "token")
_AUTH = ("none", "simple", "kerberos")
_SIZING = tuple(field.name for field in fields(SessionSpec))
_COUNTED = ("slots", "taskmanager_memory", "jobmanager_memory", "attempts")
_APPLICATION_ID = re.compile(r"application_\d+_\d+")


def check_yarn(yarn: RegisteredYarn) -> None:
    """Raises `UsageError`, and `SecretError` for a secret that is written out."""
    if any(mark in yarn.name for mark in ":,"):
        raise UsageError("the name of a YARN has no colon and no comma in it: addresses have")
    _check_urls(yarn.urls)
    check_access(yarn.access, _ACCESS, "a YARN")
    if "auth" in yarn.access:
        check_one_of(yarn.access["auth"], _AUTH, "auth of a YARN cannot be {}")
    if "keytab" in yarn.access:
        check_path(yarn.access["keytab"], "keytab")
    if yarn.hadoop_conf:
        check_path(yarn.hadoop_conf, "hadoop_conf")
    check_texts("flink_homes", yarn.flink_homes)
    for version, home in yarn.flink_homes.items():
        if line_of(version) != version:
            raise UsageError(
                f"flink_homes are by minor version, not by {version!r}", hint="write it as 2.3 or 1.20"
            )
        check_path(home, f"the Flink home of {version}")
    check_texts("defaults", yarn.defaults)
    check_configuration(yarn.defaults)


def _check_urls(urls: object) -> None:
    if not isinstance(urls, (tuple, list)) or not urls:
        raise UsageError("a YARN needs the addresses of its ResourceManagers", hint="like http://host:8088")
    for url in urls:
        check_http(url, "the ResourceManager's address")
        if any(urlsplit(url)[3:]):
            raise UsageError(
                "the ResourceManager's address has a query or a fragment in it",
                hint="leave out what is after ? or #",
            )


def check_on_yarn(cluster: RegisteredCluster) -> None:
    """That a cluster says of YARN what goes with its kind. Raises `UsageError`."""
    if cluster.kind not in _ON_YARN and (cluster.yarn or cluster.application):
        raise UsageError(
            f"a cluster of kind {cluster.kind} is on no YARN",
            hint=f"leave yarn and application out, or make its kind {' or '.join(_ON_YARN)}",
        )
    if cluster.kind == "yarn-application" and not cluster.yarn:
        raise UsageError("a cluster of kind yarn-application needs a YARN", hint="name a registered one as yarn")
    if cluster.application and not cluster.yarn:
        raise UsageError("an application is looked up on a YARN", hint="name a registered one as yarn")
    if cluster.application and not _APPLICATION_ID.fullmatch(cluster.application):
        raise UsageError(
            f"{cluster.application!r} is no id of an application",
            hint="write it like application_1700000000000_0001",
        )


def check_sizing(sizing: Mapping[str, Any]) -> None:
    """The fields of `SessionSpec`. Raises `UsageError`, and `SecretError` for a secret in its configuration."""
    for key, value in sizing.items():
        check_one_of(key, _SIZING, "the sizing of a session has no {}")
        if key in _COUNTED and isinstance(value, int) and value < 1:
            raise UsageError(f"{key} of a session must be at least 1")
    try:
        spec = convert({"name": "", **sizing}, SessionSpec)
    except msgspec.ValidationError as error:
        raise UsageError(f"the sizing of a session cannot be read: {error}") from None
    check_configuration(spec.config)
