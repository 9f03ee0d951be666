"""The one place that composes the rooms: everything that a magic or the command does, as functions."""

from flinklab.api.catalog import (
    export_catalog_store,
    export_sql,
    import_frame,
    import_jdbc,
    import_session,
    import_sql,
    open_catalog,
    preview,
    revert,
    share,
    to_frame,
)
from flinklab.api.connecting import connect_to
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
from flinklab.api.job_files import apply_job, export_job
from flinklab.api.job_versions import check_promotion, promote
from flinklab.api.jobs import adopt, batch, job, managed_jobs, new_key, other_jobs, recover, wait_for_state
from flinklab.api.lab import lab_problem
from flinklab.api.plotting import plot

__all__ = [
    "add_jar",
    "adopt",
    "apply_job",
    "batch",
    "check_promotion",
    "connect",
    "connect_to",
    "down",
    "end_notebook_jobs",
    "export_catalog_store",
    "export_job",
    "export_sql",
    "find_local",
    "import_frame",
    "import_jdbc",
    "import_session",
    "import_sql",
    "job",
    "lab_problem",
    "local_status",
    "managed_jobs",
    "new_key",
    "notebook_jobs",
    "open_catalog",
    "other_jobs",
    "plot",
    "preview",
    "promote",
    "recover",
    "resolve_jar",
    "revert",
    "share",
    "to_frame",
    "up",
    "wait_for_state",
]
