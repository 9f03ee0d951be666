"""What Flink's client for YARN prints: how far it is, and in plain words why it failed. Pure.

The texts are those of Flink 1.20 and 2.3 with Hadoop 3.4: most as they were seen, those about rights, about queues
that are stopped or full, and about folders of others as Hadoop's sources have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum

from flinklab.domain.errors import FlinklabError, YarnError, YarnRefusedError
from flinklab.domain.memory import memory
from flinklab.domain.text import one_line
from flinklab.domain.yarn import Queue
from flinklab.yarn.queue_words import queue_names

_WIDTH = 240
_APPLICATION = re.compile(r"\b(?:Submitting application master|Submitted application) (application_\d+_\d+)")
_CAUSE = re.compile(r"^(?:Caused by: |Exception in thread \S+ )?((?:[a-z_]\w*\.)+[A-Z][\w$]*): (?P<said>.+)")
_TO_CONF = "register the YARN with --hadoop-conf DIR, the folder with its core-site.xml and yarn-site.xml"


class Step(Enum):
    """What the client is about, in the words for a person."""

    CONNECTING = "asks the ResourceManager"
    UPLOADING = "uploads Flink (some 300 MB)"
    SUBMITTING = "submits the application"
    WAITING = "waits for the JobManager's container"
    DEPLOYED = "is done"


_STEPS = (
    ("Connecting to ResourceManager at ", Step.CONNECTING),
    ("Cluster specification: ", Step.UPLOADING),
    ("Submitting application master ", Step.SUBMITTING),
    ("Deploying cluster, current state ", Step.WAITING),
    ("YARN application has been deployed successfully", Step.DEPLOYED),
)


def step_of(line: str) -> Step | None:
    """What begins with that line, if anything does."""
    return next((step for text, step in _STEPS if text in line), None)


def application_in(line: str) -> str:
    """The id of the application that the client is making, or empty."""
    found = _APPLICATION.search(line)
    return found[1] if found is not None else ""


def hopeless(line: str) -> bool:
    """The client would go on trying what cannot work, for ever."""
    return "Could not find Hadoop configuration via any of the supported methods" in line


Case = tuple[re.Pattern[str], Callable[["re.Match[str]", Sequence[Queue]], FlinklabError]]


def explain(lines: Sequence[str], queues: Sequence[Queue] = ()) -> FlinklabError:
    """Why the client ended without a session, from all that it printed. `queues`: those that there are."""
    known = recognised(lines, queues)
    if known is not None:
        return known
    said = one_line(_last_cause(lines), _WIDTH)
    return YarnError(f"Flink's client for YARN failed: {said}", details="\n".join(lines))


def recognised(lines: Sequence[str], queues: Sequence[Queue] = ()) -> FlinklabError | None:
    """The same, when it is one of the mistakes that are known."""
    text = "\n".join(lines)
    for pattern, error in _CASES:
        found = pattern.search(text)
        if found is not None:
            told = error(found, queues)
            told.details = text
            return told
    return None


def _last_cause(lines: Sequence[str]) -> str:
    causes = [found["said"] for line in lines if (found := _CAUSE.match(line.strip())) is not None]
    printed = [line for line in lines if line.strip()]
    return causes[-1] if causes else printed[-1] if printed else "it printed nothing"


def _unknown_queue(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(f"there is no queue {found['queue']}", hint=queue_names(queues, found["queue"]) or None)


def _too_large(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    who = "JobManager" if found["who"] == "JobManager" else "TaskManager"
    flag = "--jm-memory" if who == "JobManager" else "--tm-memory"
    most = int(found["most"])
    return YarnRefusedError(
        f"a {who} of {memory(int(found['asked']))} is larger than a container of this YARN may be: {memory(most)}",
        hint=f"give it at most {flag} {most}m, or raise yarn.scheduler.maximum-allocation-mb",
    )


def _too_many_vcores(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        f"a container was to have {found['asked']} vcores; a node of this YARN has at most {found['most']}",
        hint="set yarn.containers.vcores (-D yarn.containers.vcores=1)",
    )


def _not_permitted(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        f"{found['user']} may not submit applications to queue {found['queue']}",
        hint="the queue's administrators give that right (acl_submit_applications)",
    )


def _stopped(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        f"queue {found['queue']} is {found['state']}: it takes no applications", hint=queue_names(queues) or None
    )


def _full(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        f"queue {found['queue']} has {found['number']} applications already and takes no more",
        hint="choose another queue, or wait until some have ended",
    )


def _no_hadoop(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnError(
        f"Flink's client finds no Hadoop classes ({found['name'].replace('/', '.')})",
        hint="set HADOOP_CLASSPATH to what `hadoop classpath` prints",
    )


def _no_conf(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnError("Flink's client does not find where YARN is", hint=_TO_CONF)


def _no_yarn_client(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnError(
        "this Flink has no client for YARN in its lib/", hint="name a whole Flink with --flink-home VERSION=DIR"
    )


def _no_ticket(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        "YARN wants Kerberos, and there is no valid ticket",
        hint="`kinit` gets one; or register the YARN with --keytab FILE --user PRINCIPAL",
    )


def _bad_keytab(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnError(
        f"the keytab did not serve: {one_line(found['said'], _WIDTH)}",
        hint="is it readable, and is the principal in it (`klist -k FILE`)?",
    )


def _no_impersonation(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    real = found["real"].partition("@")[0].partition("/")[0]
    return YarnRefusedError(
        f"YARN does not let {found['real']} act for {found['proxy']}",
        hint=f"the ResourceManager's core-site.xml allows it: hadoop.proxyuser.{real}.hosts and .users",
    )


def _no_staging(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnRefusedError(
        f"{found['user']} may not write to {found['path']}, where Flink is uploaded",
        hint="set another folder: -D yarn.staging-directory=URI",
    )


def _ended(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    why = one_line(found["why"] or "YARN gave no reason", _WIDTH)
    return YarnError(
        f"the application ended before its JobManager ran: {found['state']}: {why}",
        hint=f"its log: yarn logs -applicationId {found['id']}" if found["id"] else None,
    )


def _no_manager(found: re.Match[str], queues: Sequence[Queue]) -> FlinklabError:
    return YarnError(
        f"the ResourceManager does not answer Flink's client at {found['server']}",
        hint="is it up, and is this its yarn.resourcemanager.address? It stands in the folder of --hadoop-conf",
    )


# The first one that is found is the cause: what follows from another stands behind it.
_CASES: tuple[Case, ...] = (
    (re.compile(r"NoClassDefFoundError: (?P<name>org/apache/(?:hadoop|commons/logging)/\S+)"), _no_hadoop),
    (re.compile(r"Could not find or load main class org\.apache\.flink\.yarn"), _no_yarn_client),
    (re.compile(r"submitted by user \S+ to unknown queue: (?P<queue>\S+)"), _unknown_queue),
    (
        re.compile(
            r"requested resources for the (?P<who>JobManager|TaskManagers) available!\s*"
            r"Maximum Memory: (?P<most>\d+)(?:MB)? Requested: (?P<asked>\d+)MB"
        ),
        _too_large,
    ),
    (
        re.compile(
            r"number of requested virtual cores \D*(?P<asked>\d+) exceeds the maximum number of virtual cores "
            r"(?P<most>\d+)"
        ),
        _too_many_vcores,
    ),
    (
        re.compile(
            r"User (?P<user>\S+) (?:does not have permission to submit \S+|cannot submit applications) to queue "
            r"(?P<queue>\S+)"
        ),
        _not_permitted,
    ),
    (re.compile(r"Queue (?P<queue>\S+) is (?P<state>STOPPED|DRAINING)\. Cannot accept submission"), _stopped),
    (re.compile(r"Queue (?P<queue>\S+) already has (?P<number>\d+) applications"), _full),
    (re.compile(r"User: (?P<real>\S+) is not allowed to impersonate (?P<proxy>\S+)"), _no_impersonation),
    (
        re.compile(
            r"(?P<said>Kerberos login configuration is invalid[^\n]*|Unable to obtain password from user[^\n]*)"
        ),
        _bad_keytab,
    ),
    (re.compile(r"Client cannot authenticate via:\[TOKEN, KERBEROS\]|Failed to find any Kerberos tgt"), _no_ticket),
    (
        re.compile(r"Permission denied: user=(?P<user>[^,\s]+), access=WRITE, inode=\"(?P<path>[^\"]+)\""),
        _no_staging,
    ),
    (
        re.compile(
            r"unexpectedly switched to state (?P<state>FAILED|KILLED|FINISHED) during deployment\.\s*"
            r"(?:Diagnostics from YARN: (?P<why>[^\n]*))?(?s:.*?-applicationId (?P<id>application_\d+_\d+))?"
        ),
        _ended,
    ),
    (re.compile(r"Could not find Hadoop configuration via any|UnsetHostnameOrPort"), _no_conf),
    (re.compile(r"Retrying connect to server: (?P<server>[^\s]+)\. Already tried [1-9]"), _no_manager),
)
