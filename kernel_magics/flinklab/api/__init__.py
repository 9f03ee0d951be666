"""The one place that composes the rooms: everything that a magic or the command does, as functions."""

from flinklab.api.catalog import (
    connect_to,
    export_catalog_store,
    export_sql,
    import_frame,
    import_jdbc,
    import_session,
    import_sql,
    open_catalog,
    preview,
    share,
    to_frame,
)
from flinklab.api.flink import (
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

__all__ = [
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
    "local_status",
    "notebook_jobs",
    "open_catalog",
    "preview",
    "resolve_jar",
    "share",
    "to_frame",
    "up",
]
