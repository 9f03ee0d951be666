"""What of a JobManager may be read through the Jupyter server: its web UI's files and what these ask, by list.

By path and not by method alone, because some GETs of Flink's act: `jobs/:job/yarn-cancel` and `yarn-stop` cancel a
job, `jars/:jar/plan` runs a jar's main method (REST API of Flink 1.20 and 2.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

MOST = 2000
"""Characters of a path."""
_MOST_OF_QUERY = 16_000  # many metrics are asked for by their names

_SEGMENT = re.compile(r"[\w.:+,~()$ -]{0,249}[\w.+,~()$ -]", re.ASCII)  # no name ends in a colon, a scheme does
_QUERY = re.compile(r"[\w.:+,~()$/?=&%;!*'@\[\]-]*", re.ASCII)
_FILE = re.compile(r"[\w-][\w.-]*\.(?:html|js|css|json|map|txt|xml|png|svg|ico|ttf|woff2?)", re.ASCII)
_FOLDER = re.compile(r"[\w-]+", re.ASCII)

_KINDS = {
    ":job": r"[0-9a-f]{32}",
    ":vertex": r"[0-9a-f]{32}",
    ":application": r"[0-9a-f]{32}",
    ":number": r"[0-9]{1,18}",
    ":rescale": r"[0-9a-zA-Z-]{1,64}",
    ":worker": r"[\w.:-]{1,250}",
    ":file": r"[\w.:+,~()$ -]{1,250}",
}
_RESOURCES = """
applications/overview
applications/:application
applications/:application/exceptions
config
jobmanager/config
jobmanager/environment
jobmanager/log
jobmanager/logs
jobmanager/logs/:file
jobmanager/metrics
jobmanager/profiler
jobmanager/profiler/:file
jobmanager/stdout
jobmanager/thread-dump
jobs
jobs/metrics
jobs/overview
jobs/:job
jobs/:job/accumulators
jobs/:job/checkpoints
jobs/:job/checkpoints/config
jobs/:job/checkpoints/details/:number
jobs/:job/checkpoints/details/:number/subtasks/:vertex
jobs/:job/config
jobs/:job/exceptions
jobs/:job/jobmanager/config
jobs/:job/jobmanager/environment
jobs/:job/jobmanager/log-url
jobs/:job/metrics
jobs/:job/plan
jobs/:job/rescales/config
jobs/:job/rescales/details/:rescale
jobs/:job/rescales/history
jobs/:job/rescales/overview
jobs/:job/rescales/summary
jobs/:job/resource-requirements
jobs/:job/status
jobs/:job/taskmanagers/:worker/log-url
jobs/:job/vertices/:vertex
jobs/:job/vertices/:vertex/accumulators
jobs/:job/vertices/:vertex/backpressure
jobs/:job/vertices/:vertex/flamegraph
jobs/:job/vertices/:vertex/jm-operator-metrics
jobs/:job/vertices/:vertex/metrics
jobs/:job/vertices/:vertex/subtasks/accumulators
jobs/:job/vertices/:vertex/subtasks/metrics
jobs/:job/vertices/:vertex/subtasks/:number
jobs/:job/vertices/:vertex/subtasks/:number/metrics
jobs/:job/vertices/:vertex/subtasktimes
jobs/:job/vertices/:vertex/taskmanagers
jobs/:job/vertices/:vertex/watermarks
overview
taskmanagers
taskmanagers/metrics
taskmanagers/:worker
taskmanagers/:worker/log
taskmanagers/:worker/logs
taskmanagers/:worker/logs/:file
taskmanagers/:worker/metrics
taskmanagers/:worker/profiler
taskmanagers/:worker/profiler/:file
taskmanagers/:worker/stdout
taskmanagers/:worker/thread-dump
"""


def _patterns() -> Iterator[re.Pattern[str]]:
    for line in _RESOURCES.split():
        parts = (_KINDS[part] if part.startswith(":") else re.escape(part) for part in line.split("/"))
        yield re.compile("/".join(parts), re.ASCII)


_READABLE = tuple(_patterns())


def readable(raw: str, query: str = "") -> str | None:
    """The path and query to ask the JobManager for; None for what may not be read.

    `raw`: the rest of a request's path as it was sent, without a slash before it. It is read once, held against the
    list, and written anew: nothing that one side may read otherwise than the other gets through.
    """
    segments = segments_of(raw)
    if segments is None or len(query) > _MOST_OF_QUERY or not _QUERY.fullmatch(query):
        return None
    if is_file(raw):
        return "/" + raw
    plain = "/".join(segments)
    if not any(pattern.fullmatch(plain) for pattern in _READABLE):
        return None
    return "/" + "/".join(quote(each, safe=":") for each in segments) + (f"?{query}" if query else "")


def is_file(raw: str) -> bool:
    """Whether it is one of the UI's files, the first page among them, rather than an answer of the REST API."""
    *folders, name = raw.split("/")
    if folders and folders[0] != "assets":
        return False
    return raw == "" or bool(_FILE.fullmatch(name) and all(map(_FOLDER.fullmatch, folders)))


def segments_of(raw: str) -> list[str] | None:
    """None for what no path of Flink's UI has: `..`, a slash, `%` or control character written as `%xx`, bytes that
    are not ASCII."""
    if len(raw) > MOST:
        return None
    try:
        segments = [unquote_to_bytes(each).decode("ascii") for each in raw.split("/")]
    except UnicodeDecodeError:
        return None
    if raw and not all(_SEGMENT.fullmatch(each) and each.strip(". ") for each in segments):
        return None
    return segments
