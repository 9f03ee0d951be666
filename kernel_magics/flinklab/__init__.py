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
        connect_to,
        down,
        end_notebook_jobs,
        export_catalog_store,
        export_sql,
        find_local,
        import_frame,
        import_jdbc,
        import_session,
        import_sql,
        local_status,
        notebook_jobs,
        open_catalog,
        preview,
        resolve_jar,
        revert,
        share,
        to_frame,
        up,
    )
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.definitions import Definition, DefinitionKind, Hit, How, Name, Use
    from flinklab.domain.errors import (
        AccessDeniedError,
        BrokenReplyError,
        CatalogError,
        CatalogUnavailableError,
        ConflictError,
        ConnectionFailedError,
        FlinklabError,
        JarUnavailableError,
        JavaNotFoundError,
        LocalFlinkError,
        NotAGatewayError,
        NotFoundError,
        NotInstalledError,
        NotPermittedError,
        Position,
        QueryCancelledError,
        ResultBoundError,
        ResultError,
        ResultTruncatedError,
        SchemaVersionError,
        SecretError,
        SessionExpiredError,
        StartFailedError,
        StatementError,
        StatementFailedError,
        StatementInvalidError,
        StatementParseError,
        UnknownVariableError,
        UnreachableError,
        UnsupportedGatewayError,
        UsageError,
    )
    from flinklab.domain.people import Role
    from flinklab.domain.records import (
        HistoryEntry,
        NamedSession,
        RegisteredCluster,
        RegisteredGateway,
        RegisteredStorage,
        Snippet,
    )
    from flinklab.domain.variables import Variable, VariableType
    from flinklab.local import LocalFlink, LocalStatus
    from flinklab.notebook.extension import load_ipython_extension, unload_ipython_extension
    from flinklab.notebook.tree import tree
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
    from flinklab.sharing.changes import Changed
    from flinklab.sharing.imports import Imported

__all__ = [
    "AccessDeniedError",
    "BrokenReplyError",
    "Catalog",
    "CatalogError",
    "CatalogUnavailableError",
    "Changed",
    "ConflictError",
    "ConnectionFailedError",
    "Definition",
    "DefinitionKind",
    "FlinklabError",
    "HistoryEntry",
    "Hit",
    "How",
    "Imported",
    "JarUnavailableError",
    "JavaNotFoundError",
    "JobResult",
    "LocalFlink",
    "LocalFlinkError",
    "LocalStatus",
    "Mode",
    "Name",
    "NamedSession",
    "NotAGatewayError",
    "NotFoundError",
    "NotInstalledError",
    "NotPermittedError",
    "NotebookJob",
    "Position",
    "QueryCancelledError",
    "QueryResult",
    "RegisteredCluster",
    "RegisteredGateway",
    "RegisteredStorage",
    "Result",
    "ResultBoundError",
    "ResultError",
    "ResultStatus",
    "ResultTruncatedError",
    "Role",
    "RunOptions",
    "SchemaVersionError",
    "SecretError",
    "Session",
    "SessionExpiredError",
    "Settings",
    "Snippet",
    "StartFailedError",
    "StatementError",
    "StatementFailedError",
    "StatementInvalidError",
    "StatementParseError",
    "UnknownVariableError",
    "UnreachableError",
    "UnsupportedGatewayError",
    "UsageError",
    "Use",
    "Variable",
    "VariableType",
    "Verdict",
    "add_jar",
    "connect",
    "connect_to",
    "down",
    "end_notebook_jobs",
    "export_catalog_store",
    "export_sql",
    "find_local",
    "import_frame",
    "import_jdbc",
    "import_session",
    "import_sql",
    "load_ipython_extension",
    "load_settings",
    "local_status",
    "notebook_jobs",
    "open_catalog",
    "preview",
    "resolve_jar",
    "revert",
    "share",
    "to_frame",
    "tree",
    "unload_ipython_extension",
    "up",
]

_HOMES = {
    "flinklab.api": (
        "add_jar connect connect_to down end_notebook_jobs export_catalog_store export_sql find_local "
        "import_frame import_jdbc import_session import_sql local_status notebook_jobs open_catalog "
        "preview resolve_jar revert share to_frame up"
    ),
    "flinklab.catalog.catalog": "Catalog",
    "flinklab.domain.definitions": "Definition DefinitionKind Hit How Name Use",
    "flinklab.domain.people": "Role",
    "flinklab.domain.records": (
        "HistoryEntry NamedSession RegisteredCluster RegisteredGateway RegisteredStorage Snippet"
    ),
    "flinklab.domain.variables": "Variable VariableType",
    "flinklab.local": "LocalFlink LocalStatus",
    "flinklab.notebook.extension": "load_ipython_extension unload_ipython_extension",
    "flinklab.notebook.tree": "tree",
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
    "flinklab.sharing.changes": "Changed",
    "flinklab.sharing.imports": "Imported",
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
