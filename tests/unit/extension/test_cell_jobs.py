"""What the browser is told of a cell's job: its version as it was promoted, without a secret."""

from __future__ import annotations

from pathlib import Path

from fakes.managed import add_cluster, add_job
from flinklab.api.job_lines import cell_jobs
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init, open_database
from flinklab.domain.jobs import Cell, JobScript, JobVersion
from flinklab.domain.variables import MASK
from flinklab_extension import wire

SQL = "INSERT INTO s SELECT a FROM t"


def test_settings_are_told_as_they_were_promoted_and_secrets_are_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    init(url)
    config = {"execution.checkpointing.interval": "1 s", "s3.secret-key": "hidden", "a.token": "${token}"}
    with Catalog(open_database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        add_cluster(catalog)
        script = JobScript(SQL, ("USE CATALOG c",), config)
        catalog.job_versions.save(JobVersion("my", "orders", 0, script, origin=Cell("a.ipynb", "c1")))
        add_job(catalog)
        (found,) = map(wire.cell_job, cell_jobs(catalog, (), ["orders"]))
    assert found["config"] == config | {"s3.secret-key": MASK}
    assert found["text"] == f"USE CATALOG c;\n{SQL};\n"
    assert (found["version"], found["cell"]) == (1, "c1")
