"""What of a ResourceManager may be read through the Jupyter server: its web pages and their files, by list.

Not among them: `/conf`, `/jmx`, `/logs` and `/stacks`, which may hold passwords; `/proxy`, behind which are servers
that an application chose; `/ws`, by which applications are ended; the page of errors, which are lines of its log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlencode

from .ui_paths import segments_of

START = "cluster"
"""The page with all applications."""

_FOLDER = r"[\w-][\w.-]{0,80}"
_FILE = re.compile(
    rf"static(?:/{_FOLDER}){{0,6}}/[\w-][\w.-]{{0,120}}\.(?:js|css|map|png|gif|svg|ico|ttf|woff2?)", re.ASCII
)
_STATES = "NEW|NEW_SAVING|SUBMITTED|ACCEPTED|RUNNING|FINISHED|FAILED|KILLED"
_NODES = "new|running|unhealthy|decommissioning|decommissioned|lost|rebooted|shutdown"
_KINDS = {
    ":state": _STATES,
    ":nodes": f"(?:{_NODES})?",
    ":application": r"application_[0-9]{1,20}_[0-9]{1,12}",
    ":attempt": r"appattempt_[0-9]{1,20}_[0-9]{1,12}_[0-9]{1,12}",
    ":container": r"container_(?:e[0-9]{1,12}_)?[0-9]{1,20}_[0-9]{1,12}_[0-9]{1,12}_[0-9]{1,12}",
}
_PAGES = """
cluster
cluster/app/:application
cluster/appattempt/:attempt
cluster/apps
cluster/apps/:state
cluster/cluster
cluster/container/:container
cluster/logaggregationstatus/:application
cluster/nodelabels
cluster/nodes
cluster/nodes/:nodes
cluster/scheduler
"""
_ASKED_WITH = ("openQueues", "node.label")
_VALUE = re.compile(r"[\w.:#@*+ -]{0,500}", re.ASCII)
_MOST_OF_QUERY = 2000


def _patterns() -> Iterator[str]:
    for line in _PAGES.split():
        parts = (f"(?:{_KINDS[part]})" if part.startswith(":") else re.escape(part) for part in line.split("/"))
        yield "/".join(parts)


_READABLE = re.compile("|".join(_patterns()), re.ASCII)


def readable(raw: str, query: str = "") -> str | None:
    """The path and query to ask the ResourceManager for; None for what may not be read.

    `raw`: as `ui_paths.readable` has it. A query has nothing but what its pages' links have: by `user.name` and
    `doAs` one would be somebody else to it.
    """
    if is_file(raw):
        return "/" + raw
    # The list of the nodes may end in a slash; elsewhere a segment is never empty.
    segments = segments_of(raw.removesuffix("/"))
    if segments is None:
        return None
    plain = "/".join(segments) + ("/" if raw.endswith("/") else "")
    asked = _asked(query)
    if asked is None or not _READABLE.fullmatch(plain):
        return None
    return f"/{plain}?{asked}" if asked else f"/{plain}"


def is_file(raw: str) -> bool:
    """Whether it is a script, a style or a picture of its pages."""
    return bool(_FILE.fullmatch(raw))


def is_application(text: str) -> bool:
    """Whether it can be an application's id."""
    return re.fullmatch(_KINDS[":application"], text, re.ASCII) is not None


def _asked(query: str) -> str | None:
    if not query:
        return ""
    if len(query) > _MOST_OF_QUERY:
        return None
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=4, errors="strict")
    except ValueError:
        return None
    if not all(name in _ASKED_WITH and _VALUE.fullmatch(value) for name, value in pairs):
        return None
    return urlencode(pairs, quote_via=quote)
