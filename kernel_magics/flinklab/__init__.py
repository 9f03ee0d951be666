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
        adopt,
        apply_job,
        batch,
        check_promotion,
        connect,
        connect_to,
        down,
        end_notebook_jobs,
        export_catalog_store,
        export_job,
        export_sql,
        find_local,
        import_frame,
        import_jdbc,
        import_session,
        import_sql,
        job,
        lab_problem,
        local_status,
        managed_jobs,
        notebook_jobs,
        open_catalog,
        other_jobs,
        plot,
        preview,
        promote,
        recover,
        resolve_jar,
        revert,
        share,
        to_frame,
        up,
        wait_for_state,
    )
    from flinklab.api.application_clusters import create_application_cluster
    from flinklab.api.command_handle import (
        CommandHandle,
    )
    from flinklab.api.completing import (
        complete,
    )
    from flinklab.api.diagnosis import (
        diagnose_cluster,
        diagnose_job,
        diagnose_result,
        diagnose_session_cluster,
    )
    from flinklab.api.exceptions import (
        exceptions,
    )
    from flinklab.api.formatting import (
        Formatted,
        format_sql,
    )
    from flinklab.api.gateways import (
        end_gateway,
        gateway_for,
        kept_gateways,
        start_gateway,
    )
    from flinklab.api.job_files import (
        Applied,
    )
    from flinklab.api.job_handle import (
        JobHandle,
    )
    from flinklab.api.job_sessions import connect_for_jobs
    from flinklab.api.jobs import (
        Asked,
    )
    from flinklab.api.logs import (
        log_files,
        logs,
    )
    from flinklab.api.plotting import (
        Plots,
    )
    from flinklab.api.rendering import render
    from flinklab.api.report import (
        report,
    )
    from flinklab.api.threads import (
        threads,
    )
    from flinklab.api.watching import (
        watch,
        watch_cluster,
        watch_job,
        watch_result,
        watch_session,
        watch_team,
    )
    from flinklab.api.yarn_sessions import (
        SeenSession,
        create_session,
        queues,
        resize_session,
        sessions,
        stop_session,
    )
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.completion import Completion, CompletionType
    from flinklab.domain.definitions import Definition, DefinitionKind, Hit, How, Name, Use
    from flinklab.domain.errors import (
        AccessDeniedError,
        BrokenReplyError,
        CatalogError,
        CatalogUnavailableError,
        ClusterEndedError,
        CommandFailedError,
        CommandRefusedError,
        ConflictError,
        ConnectionFailedError,
        FlinklabError,
        JarUnavailableError,
        JavaNotFoundError,
        JobError,
        LeaseLostError,
        LocalFlinkError,
        NoApplicationError,
        NotAGatewayError,
        NotFoundError,
        NotInstalledError,
        NotPermittedError,
        Position,
        PromotionRefusedError,
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
        StillGoingOnError,
        StorageError,
        UnknownVariableError,
        UnreachableError,
        UnsupportedGatewayError,
        UsageError,
        YarnError,
        YarnRefusedError,
    )
    from flinklab.domain.job_policies import (
        Deployment,
        Policies,
    )
    from flinklab.domain.jobs import (
        Attempt,
        Checkpoint,
        Command,
        CommandKind,
        CommandState,
        JobKey,
        JobVersion,
        Managed,
        ManagedState,
    )
    from flinklab.domain.people import Role
    from flinklab.domain.records import (
        HistoryEntry,
        NamedSession,
        RegisteredCluster,
        RegisteredGateway,
        RegisteredStorage,
        RegisteredYarn,
        Snippet,
    )
    from flinklab.domain.variables import Variable, VariableType
    from flinklab.domain.yarn import Application, Queue, SessionSpec
    from flinklab.local import LocalFlink, LocalStatus
    from flinklab.local.gateways import KeptGateway
    from flinklab.notebook.dashboard import (
        Dashboard,
        dashboard,
    )
    from flinklab.notebook.extension import load_ipython_extension, unload_ipython_extension
    from flinklab.notebook.tree import tree
    from flinklab.plots.plot import Plot
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
    from flinklab.telemetry.doctor.diagnosis import Diagnosis

__all__ = [
    "AccessDeniedError",
    "Application",
    "Applied",
    "Asked",
    "Attempt",
    "BrokenReplyError",
    "Catalog",
    "CatalogError",
    "CatalogUnavailableError",
    "Changed",
    "Checkpoint",
    "ClusterEndedError",
    "Command",
    "CommandFailedError",
    "CommandHandle",
    "CommandKind",
    "CommandRefusedError",
    "CommandState",
    "Completion",
    "CompletionType",
    "ConflictError",
    "ConnectionFailedError",
    "Dashboard",
    "Definition",
    "DefinitionKind",
    "Deployment",
    "Diagnosis",
    "FlinklabError",
    "Formatted",
    "HistoryEntry",
    "Hit",
    "How",
    "Imported",
    "JarUnavailableError",
    "JavaNotFoundError",
    "JobError",
    "JobHandle",
    "JobKey",
    "JobResult",
    "JobVersion",
    "KeptGateway",
    "LeaseLostError",
    "LocalFlink",
    "LocalFlinkError",
    "LocalStatus",
    "Managed",
    "ManagedState",
    "Mode",
    "Name",
    "NamedSession",
    "NoApplicationError",
    "NotAGatewayError",
    "NotFoundError",
    "NotInstalledError",
    "NotPermittedError",
    "NotebookJob",
    "Plot",
    "Plots",
    "Policies",
    "Position",
    "PromotionRefusedError",
    "QueryCancelledError",
    "QueryResult",
    "Queue",
    "RegisteredCluster",
    "RegisteredGateway",
    "RegisteredStorage",
    "RegisteredYarn",
    "Result",
    "ResultBoundError",
    "ResultError",
    "ResultStatus",
    "ResultTruncatedError",
    "Role",
    "RunOptions",
    "SchemaVersionError",
    "SecretError",
    "SeenSession",
    "Session",
    "SessionExpiredError",
    "SessionSpec",
    "Settings",
    "Snippet",
    "StartFailedError",
    "StatementError",
    "StatementFailedError",
    "StatementInvalidError",
    "StatementParseError",
    "StillGoingOnError",
    "StorageError",
    "UnknownVariableError",
    "UnreachableError",
    "UnsupportedGatewayError",
    "UsageError",
    "Use",
    "Variable",
    "VariableType",
    "Verdict",
    "YarnError",
    "YarnRefusedError",
    "add_jar",
    "adopt",
    "apply_job",
    "batch",
    "check_promotion",
    "complete",
    "connect",
    "connect_for_jobs",
    "connect_to",
    "create_application_cluster",
    "create_session",
    "dashboard",
    "diagnose_cluster",
    "diagnose_job",
    "diagnose_result",
    "diagnose_session_cluster",
    "down",
    "end_gateway",
    "end_notebook_jobs",
    "exceptions",
    "export_catalog_store",
    "export_job",
    "export_sql",
    "find_local",
    "format_sql",
    "gateway_for",
    "import_frame",
    "import_jdbc",
    "import_session",
    "import_sql",
    "job",
    "kept_gateways",
    "lab_problem",
    "load_ipython_extension",
    "load_settings",
    "local_status",
    "log_files",
    "logs",
    "managed_jobs",
    "notebook_jobs",
    "open_catalog",
    "other_jobs",
    "plot",
    "preview",
    "promote",
    "queues",
    "recover",
    "render",
    "report",
    "resize_session",
    "resolve_jar",
    "revert",
    "sessions",
    "share",
    "start_gateway",
    "stop_session",
    "threads",
    "to_frame",
    "tree",
    "unload_ipython_extension",
    "up",
    "wait_for_state",
    "watch",
    "watch_cluster",
    "watch_job",
    "watch_result",
    "watch_session",
    "watch_team",
]

_HOMES = {
    "flinklab.api": (
        "add_jar adopt apply_job batch check_promotion connect connect_to down end_notebook_jobs "
        "export_catalog_store export_job export_sql find_local import_frame import_jdbc import_session "
        "import_sql job lab_problem local_status managed_jobs notebook_jobs open_catalog other_jobs plot preview "
        "promote recover resolve_jar revert share to_frame up wait_for_state"
    ),
    "flinklab.api.command_handle": "CommandHandle",
    "flinklab.api.completing": "complete",
    "flinklab.api.exceptions": "exceptions",
    "flinklab.api.diagnosis": "diagnose_cluster diagnose_job diagnose_result diagnose_session_cluster",
    "flinklab.api.formatting": "Formatted format_sql",
    "flinklab.api.gateways": "end_gateway gateway_for kept_gateways start_gateway",
    "flinklab.api.application_clusters": "create_application_cluster",
    "flinklab.api.job_sessions": "connect_for_jobs",
    "flinklab.api.job_files": "Applied",
    "flinklab.api.job_handle": "JobHandle",
    "flinklab.api.jobs": "Asked",
    "flinklab.api.logs": "log_files logs",
    "flinklab.api.plotting": "Plots",
    "flinklab.api.rendering": "render",
    "flinklab.api.report": "report",
    "flinklab.api.threads": "threads",
    "flinklab.api.yarn_sessions": "SeenSession create_session queues resize_session sessions stop_session",
    "flinklab.api.watching": "watch watch_cluster watch_job watch_result watch_session watch_team",
    "flinklab.catalog.catalog": "Catalog",
    "flinklab.domain.completion": "Completion CompletionType",
    "flinklab.domain.definitions": "Definition DefinitionKind Hit How Name Use",
    "flinklab.domain.job_policies": "Deployment Policies",
    "flinklab.domain.jobs": (
        "Attempt Checkpoint Command CommandKind CommandState JobKey JobVersion Managed ManagedState"
    ),
    "flinklab.domain.people": "Role",
    "flinklab.domain.records": (
        "HistoryEntry NamedSession RegisteredCluster RegisteredGateway RegisteredStorage RegisteredYarn Snippet"
    ),
    "flinklab.domain.variables": "Variable VariableType",
    "flinklab.local": "LocalFlink LocalStatus",
    "flinklab.domain.yarn": "Application Queue SessionSpec",
    "flinklab.local.gateways": "KeptGateway",
    "flinklab.notebook.dashboard": "Dashboard dashboard",
    "flinklab.notebook.extension": "load_ipython_extension unload_ipython_extension",
    "flinklab.notebook.tree": "tree",
    "flinklab.plots.plot": "Plot",
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
    "flinklab.telemetry.doctor.diagnosis": "Diagnosis",
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
