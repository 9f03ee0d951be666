"""A session of Flink 1.20 on YARN: started by its own client, queried through a kept gateway of its version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flinklab import api
from flinklab.api.gateways import end_gateway, kept_gateways
from flinklab.api.yarn_sessions import create_session, sessions, stop_session
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import ManagedState
from flinklab.domain.records import RegisteredYarn
from flinklab.domain.yarn import SessionSpec
from flinklab.local import LocalFlink, LocalSettings
from flinklab.local.homes import home_for
from flinklab.settings import Settings
from flinklab.yarn.lab import YarnLab
from real.jobs_support import Lab, done, until
from real.versions_support import OLDER

pytestmark = pytest.mark.timeout(1500)

NAME = "older-1"
TABLES = (
    "CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20')",
    "CREATE TABLE counted (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')",
)
COUNTS = (
    "SET 'execution.checkpointing.interval' = '1 s';\n"
    "INSERT INTO counted SELECT id % 5, COUNT(*) FROM numbers GROUP BY id % 5"
)


@dataclass
class OnYarn:
    """A catalog in which the lab is registered, with a session of the older Flink, and no embedded Flink."""

    catalog: Catalog
    settings: Settings
    environment: dict[str, str]
    folder: Path


@pytest.fixture
def on_yarn(
    yarn_lab: YarnLab,
    older_settings: LocalSettings,
    local_jars: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OnYarn]:
    monkeypatch.setenv("HADOOP_CLASSPATH", yarn_lab.hadoop_classpath)
    assert older_settings.flink_version is not None
    home = home_for(older_settings.flink_version, older_settings).home
    given = {"state_dir": tmp_path / "state", "catalog_url": f"sqlite:///{tmp_path}/catalog.db", **local_jars}
    given["flink_homes"] = {OLDER: home}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    shown = {**given, "flink_homes": f"{OLDER}={home}"}
    environment |= {f"FLINKLAB_{name.upper()}": str(value) for name, value in shown.items() if value}
    settings = Settings(**given)
    lifecycle.init(str(settings.catalog_url))
    conf, defaults = str(yarn_lab.conf_dir), dict(yarn_lab.flink_defaults)
    homes = {OLDER: str(home)}
    with api.open_catalog(settings) as catalog:
        yarn = RegisteredYarn(
            catalog.team, "lab", yarn_lab.urls, hadoop_conf=conf, flink_homes=homes, defaults=defaults
        )
        catalog.registry.save_yarn(yarn, expected=None)
        create_session(
            "lab",
            SessionSpec(NAME, queue="etl", slots=2),
            catalog=catalog,
            flink_version=OLDER,
            storage=f"file://{tmp_path}/files",
        )
        try:
            yield OnYarn(catalog, settings, environment, tmp_path)
        finally:
            stop_session(NAME, catalog=catalog, force=True)
            end_gateway(OLDER, settings)


def test_a_session_of_an_older_flink_is_like_any_other(on_yarn: OnYarn) -> None:
    catalog, settings = on_yarn.catalog, on_yarn.settings
    [found] = [each for each in sessions("lab", catalog) if each.application.name == NAME]
    assert found.flink_version.startswith(f"{OLDER}.")
    with api.connect_to(NAME, catalog, settings=settings) as session:
        [gateway] = kept_gateways(settings)
        assert (session.gateway.url, gateway.version) == (gateway.url, found.flink_version)
        rows = session.sql("SELECT id FROM (VALUES (1), (2)) AS t (id)").wait(240).rows
        assert sorted(rows) == [(1,), (2,)]

        for text in TABLES:
            api.share(session, text)
        api.promote(session, COUNTS, "counts", catalog=catalog, cluster=NAME, settings=settings)
        nowhere = LocalFlink(gateway.url, "", gateway.version, on_yarn.folder, {}, {}, gateway.started_at)
        lab = Lab(nowhere, settings, catalog, session, on_yarn.folder, on_yarn.environment)
        try:
            lab.supervise()
            job = lab.job("counts")
            done(job.start())
            until(job.points, "a checkpoint")
            stopped = done(job.stop())
            assert job.status is ManagedState.STOPPED
            done(job.start())
            assert job.attempts()[0].restored_from == stopped.savepoint != ""
            done(job.cancel())
        finally:
            lab.close()
