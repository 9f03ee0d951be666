"""Logs and threads of Flink's processes, as the JobManager hands them on.

Shapes: `LogListInfo` and `ThreadDumpInfo` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

import msgspec

from flinklab.domain.monitoring import LogFile, ThreadStack
from flinklab.flink.jobgraph import moment


class _Log(msgspec.Struct):
    name: str
    size: int = 0
    mtime: int = 0


class Logs(msgspec.Struct):
    logs: list[_Log] = []


class _Thread(msgspec.Struct):
    name: str = msgspec.field(name="threadName")
    stack: str = msgspec.field(name="stringifiedThreadInfo", default="")


class Threads(msgspec.Struct):
    threads: list[_Thread] = msgspec.field(name="threadInfos", default=[])


def logs_of(found: Logs) -> list[LogFile]:
    return [LogFile(each.name, each.size, moment(each.mtime) if each.mtime > 0 else None) for each in found.logs]


def threads_of(found: Threads) -> list[ThreadStack]:
    return [ThreadStack(each.name, each.stack) for each in found.threads]


def whole_lines(body: bytes, most: int) -> str:
    """Of the last `most` bytes of a log; the first line of them is left out if there was more before it."""
    if len(body) >= most and b"\n" in body:
        body = body[body.index(b"\n") + 1 :]
    return body.decode("utf-8", "replace")
