"""The embedded Flink: a JobManager, a TaskManager and a SQL Gateway as processes of the user.

`up` attaches to the one of the state folder or starts it, `find` and `status` look, `down` ends exactly what was
started. Heavy parts (psutil, jgo) are imported when they are used.
"""

from flinklab.local.jars import resolve_jar
from flinklab.local.lifecycle import LocalFlink, LocalStatus, down, find, status, up
from flinklab.local.settings import LocalSettings

__all__ = ["LocalFlink", "LocalSettings", "LocalStatus", "down", "find", "resolve_jar", "status", "up"]
