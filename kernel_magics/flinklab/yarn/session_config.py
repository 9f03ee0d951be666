"""The Flink configuration of a new session. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line
from flinklab.domain.yarn import SessionSpec
from flinklab.local.plan import OPENS
from flinklab.yarn.identity import KERBEROS, Identity

MARK = "flinklab"
"""A tag of every application that flinklab starts."""

JOBMANAGER_MEMORY, TASKMANAGER_MEMORY = 1600, 1728
"""MiB, where nobody says: those of the config.yaml that comes with Flink 1.10 to 2.3."""

_LONGEST_TAG = 100  # YARN's `YarnConfiguration.APPLICATION_MAX_TAG_LENGTH`
_MOST_TAGS = 10  # `APPLICATION_MAX_TAGS`
_TAG = re.compile(r"[!-+\--~]+")  # ASCII without spaces and commas
_TAGS, _ATTEMPTS = "yarn.tags", "yarn.application-attempts"
_HA_TYPES = ("high-availability.type", "high-availability")
_HA_ID = "high-availability.cluster-id"
_NO_HA = ("", "none")


def session_config(
    spec: SessionSpec,
    request: str,
    *,
    defaults: Mapping[str, str],
    identity: Identity,
    largest_vcores: int | None = None,
) -> dict[str, str]:
    """What Flink's client is to read. `request`: a tag that nothing else has, by which the application is found.

    `defaults` are those of the YARN; the spec's fields go over them, and `spec.config` over all. Unless it is said
    otherwise, a container asks for as many vcores as it has slots, but for no more than `largest_vcores` (for 1
    where that is not known): Flink would ask for more than there can be, and wait for it. With high availability
    a JobManager may come back once. Raises `UsageError`.
    """
    config = {
        "env.java.opts.all": " ".join(OPENS),
        "jobmanager.memory.process.size": f"{JOBMANAGER_MEMORY}m",
        "taskmanager.memory.process.size": f"{TASKMANAGER_MEMORY}m",
        **defaults,
        **_of_fields(spec),
        **spec.config,
    }
    config[_TAGS] = ",".join(_tags((*_listed(defaults), *_listed(spec.config), *spec.tags), request))
    if _HA_ID in config:
        raise UsageError(
            f"{_HA_ID} would make several sessions take each other's jobs",
            hint="leave it out: on YARN it is the id of the application",
        )
    if has_high_availability(config):
        config.setdefault(_ATTEMPTS, "2")
    config.setdefault("yarn.containers.vcores", str(min(_slots(config), largest_vcores or 1)))
    if identity.auth == KERBEROS and identity.keytab:
        config.setdefault("security.kerberos.login.keytab", identity.keytab)
        config.setdefault("security.kerberos.login.principal", identity.user)
    return config


def has_high_availability(config: Mapping[str, str]) -> bool:
    return any(config.get(key, "").lower() not in _NO_HA for key in _HA_TYPES)


def memory_of(config: Mapping[str, str], process: str) -> str:
    """The size of the whole process, as it is written: of `jobmanager` or of `taskmanager`."""
    return config.get(f"{process}.memory.process.size", "")


def _of_fields(spec: SessionSpec) -> dict[str, str]:
    if not spec.name.strip():
        raise UsageError("a session needs a name")
    sizes = {
        "taskmanager.numberOfTaskSlots": spec.slots,
        "taskmanager.memory.process.size": spec.taskmanager_memory,
        "jobmanager.memory.process.size": spec.jobmanager_memory,
        _ATTEMPTS: spec.attempts,
    }
    for key, number in sizes.items():
        if number is not None and number < 1:
            raise UsageError(f"{key} must be at least 1, not {number}")
    given = {
        key: f"{number}m" if key.endswith("size") else str(number)
        for key, number in sizes.items()
        if number is not None
    }
    return {
        "yarn.application.name": spec.name,
        **({"yarn.application.queue": spec.queue} if spec.queue else {}),
        **given,
    }


def _listed(config: Mapping[str, str]) -> Sequence[str]:
    return [tag for tag in map(str.strip, config.get(_TAGS, "").split(",")) if tag]


def _tags(wanted: Sequence[str], request: str) -> list[str]:
    """YARN takes them in lower case, ASCII, and not many."""
    tags = list(dict.fromkeys(tag.lower() for tag in (MARK, request, *wanted)))
    for tag in tags:
        if not _TAG.fullmatch(tag) or len(tag) > _LONGEST_TAG:
            raise UsageError(
                f"{one_line(tag, 40)!r} is no tag of YARN's",
                hint=f"at most {_LONGEST_TAG} characters of ASCII, without spaces and commas",
            )
    if len(tags) > _MOST_TAGS:
        raise UsageError(f"YARN takes {_MOST_TAGS} tags, of which 2 are flinklab's own; these are {len(tags)}")
    return tags


def _slots(config: Mapping[str, str]) -> int:
    text = config.get("taskmanager.numberOfTaskSlots", "1")
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(
            f"taskmanager.numberOfTaskSlots must be a number of at least 1, not {one_line(text, 20)!r}"
        )
    return int(text)
