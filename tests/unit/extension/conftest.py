"""One Jupyter server for all of these tests, with a catalog that holds a bit of everything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from fakes.jupyter import Jupyter, jupyter
from fakes.managed import add_cluster, add_job, ledger, running
from flinklab.catalog import schema
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import open_database
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.jobs import Cell, JobScript, JobVersion, ManagedState, Status
from flinklab.domain.records import HistoryEntry
from flinklab.domain.variables import Variable
from flinklab.sql.ddl import read_ddl

PASSWORD = "hunter2-of-a-test"
ODD = "à/b%2Fc ?#<b>é"
"""A name with all in it that a path, a query or a page may take for something else."""
NOTEBOOK = "flows/orders.ipynb"
NOW = datetime.now(timezone.utc)


@dataclass
class Served:
    jupyter: Jupyter
    catalog: Catalog
    root: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(root / name.lower()))
        url, key = f"sqlite:///{root}/catalog.db", f"{root}/catalog.key"
        settings = f'[tool.flinklab]\ncatalog_url = "{url}"\ncatalog_key = "file:{key}"\n'
        (root / "pyproject.toml").write_text(settings, encoding="utf-8")
        shutil.copyfile(_sqlite_template, root / "catalog.db")
        catalog = Catalog(open_database(url), Path(key), team="my", environment="dev")
        fill(catalog, root)
        with jupyter(root) as server:
            yield Served(server, catalog, root)
        catalog.close()


def fill(catalog: Catalog, root: Path) -> None:
    add_cluster(catalog)
    add_cluster(catalog, "silent")
    script = JobScript(f"INSERT INTO s /*+ OPTIONS('password'='{PASSWORD}') */ SELECT a FROM t", ("USE x",))
    origin = Cell(str(root / NOTEBOOK), "cell-1", "abc")
    catalog.job_versions.save(JobVersion("my", "orders", 0, script, fingerprint="1", origin=origin))
    for name in ("orders", "broken", ODD, "moving", "deleted"):
        add_job(catalog, name, owner="ann", tags=("nightly",))
    jobs = {each.job.key.name: each for each in catalog.jobs.list(["my"])}
    its = ledger(catalog)
    its.keep(*running(jobs["orders"]), *running(jobs["moving"]))
    reason = "the sink refuses: java.io.IOException"
    its.keep(Status(jobs["broken"].job.id, ManagedState.FAILED, NOW, reason))
    catalog.leases.release(its.lease)
    silent = ledger(catalog, "silent")
    silent.seen("", NOW - timedelta(minutes=5), "connection refused")
    _fail(catalog, jobs["broken"].job.id)
    _define(catalog)
    catalog.variables.save(Variable("my", "topic", values={"dev": "orders-dev"}), expected=None)
    secret = Variable("my", "token", secret=True)
    catalog.variables.save(secret, expected=None, secret_values={"dev": PASSWORD})
    entries = [_entry(number) for number in range(5)]
    catalog.history.write(entries)


def _fail(catalog: Catalog, job_id: int) -> None:
    with catalog.database.writing() as connection:
        row = {
            "job_id": job_id,
            "team_id": 1,
            "flink_id": "f" * 32,
            "at": NOW,
            "digest": "d",
            "message": "java.io.IOException: refused",
            "task": "Sink: s",
        }
        connection.execute(insert(schema.job_failure).values(row))


def _define(catalog: Catalog) -> None:
    texts = {
        "orders": "CREATE TABLE orders (id BIGINT COMMENT 'the <b>key</b>', amount DOUBLE, "
        "PRIMARY KEY (id) NOT ENFORCED) COMMENT 'all orders' WITH ('connector' = 'kafka', 'topic' = '${topic}')",
        "clicks": "CREATE TABLE clicks (at TIMESTAMP(3)) WITH ('connector' = 'datagen')",
        ODD: f"CREATE TABLE `{ODD}` (`a``b` INT) WITH ('connector' = 'datagen')",
    }
    for name, text in texts.items():
        ddl = read_ddl(text)
        catalog.definitions.save(Definition(Name("my", name), ddl.kind, text, ddl.facts), expected=None)
    # As an older flinklab, or another program, may have left it.
    table = schema.definition
    shown = texts["clicks"].replace("'datagen'", f"'kafka', 'properties.sasl.password' = '{PASSWORD}'")
    with catalog.database.writing() as connection:
        connection.execute(update(table).where(table.c.name == "clicks").values(ddl=shown))


def _entry(number: int) -> HistoryEntry:
    sql = f"CREATE TABLE t{number} (a INT) WITH ('password' = '{PASSWORD}')"
    at = NOW - timedelta(minutes=number)
    return HistoryEntry(f"{number:032x}", "my", "ann", at, sql, sql, "ddl", "finished", ended_at=at)
