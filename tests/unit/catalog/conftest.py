from __future__ import annotations

import pytest

from flinklab.catalog.database import Database
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.leases import SupervisorLeases
from job_records import Site


@pytest.fixture
def site(database: Database, supervisor_database: Database) -> Site:
    return Site(database, Jobs(database), SupervisorLeases(supervisor_database))
