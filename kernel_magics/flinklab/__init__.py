"""flinklab: a Jupyter workbench for Apache Flink.

In a notebook: `%load_ext flinklab`, then `%%flinksql`. In Python:

    import flinklab

    flinklab.up()
    with flinklab.connect() as session:
        frame = session.sql("SELECT 42 AS answer").wait().df

Names are loaded when they are first used: `import flinklab` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flinklab.api import (
        add_jar,
        connect,
        down,
        end_notebook_jobs,
        find_local,
        local_status,
        notebook_jobs,
        resolve_jar,
        up,
    )
    from flinklab.domain.errors import (
        AccessDeniedError,
        BrokenReplyError,
        ConnectionFailedError,
        FlinklabError,
        JarUnavailableError,
        JavaNotFoundError,
        LocalFlinkError,
        NotAGatewayError,
        NotInstalledError,
        Position,
        QueryCancelledError,
        ResultBoundError,
        ResultError,
        ResultTruncatedError,
        SessionExpiredError,
        StartFailedError,
        StatementError,
        StatementFailedError,
        StatementInvalidError,
        StatementParseError,
        UnreachableError,
        UnsupportedGatewayError,
        UsageError,
    )
    from flinklab.local import LocalFlink, LocalStatus
    from flinklab.notebook.extension import load_ipython_extension, unload_ipython_extension
    from flinklab.results.table import Mode
    from flinklab.session.check import Verdict
    from flinklab.session.forgotten import NotebookJob
    from flinklab.session.job import JobResult
    from flinklab.session.options import RunOptions
    from flinklab.session.query import QueryResult
    from flinklab.session.result import Result
    from flinklab.session.session import Session
    from flinklab.session.snapshot import ResultStatus
    from flinklab.settings import Settings, load_settings

__all__ = [
    "AccessDeniedError",
    "BrokenReplyError",
    "ConnectionFailedError",
    "FlinklabError",
    "JarUnavailableError",
    "JavaNotFoundError",
    "JobResult",
    "LocalFlink",
    "LocalFlinkError",
    "LocalStatus",
    "Mode",
    "NotAGatewayError",
    "NotInstalledError",
    "NotebookJob",
    "Position",
    "QueryCancelledError",
    "QueryResult",
    "Result",
    "ResultBoundError",
    "ResultError",
    "ResultStatus",
    "ResultTruncatedError",
    "RunOptions",
    "Session",
    "SessionExpiredError",
    "Settings",
    "StartFailedError",
    "StatementError",
    "StatementFailedError",
    "StatementInvalidError",
    "StatementParseError",
    "UnreachableError",
    "UnsupportedGatewayError",
    "UsageError",
    "Verdict",
    "add_jar",
    "connect",
    "down",
    "end_notebook_jobs",
    "find_local",
    "load_ipython_extension",
    "load_settings",
    "local_status",
    "notebook_jobs",
    "resolve_jar",
    "unload_ipython_extension",
    "up",
]

_HOMES = {
    "flinklab.api": ("add_jar connect down end_notebook_jobs find_local local_status notebook_jobs resolve_jar up"),
    "flinklab.local": "LocalFlink LocalStatus",
    "flinklab.notebook.extension": "load_ipython_extension unload_ipython_extension",
    "flinklab.results.table": "Mode",
    "flinklab.session.check": "Verdict",
    "flinklab.session.forgotten": "NotebookJob",
    "flinklab.session.job": "JobResult",
    "flinklab.session.options": "RunOptions",
    "flinklab.session.query": "QueryResult",
    "flinklab.session.result": "Result",
    "flinklab.session.session": "Session",
    "flinklab.session.snapshot": "ResultStatus",
    "flinklab.settings": "Settings load_settings",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("flinklab")
        except PackageNotFoundError:
            return "0+unknown"
    if name not in __all__:
        raise AttributeError(f"module 'flinklab' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF.get(name, "flinklab.domain.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
