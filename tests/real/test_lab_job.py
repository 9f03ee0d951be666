"""A managed job in a real JupyterLab with a real Flink: stopped and started from the panel, by the page alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from flinklab import api
from flinklab.api.supervising import embedded_cluster
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.domain.cluster import JobState
from flinklab.domain.jobs import AttemptState, ManagedState
from flinklab.flink.access import Access
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.local import LocalFlink, LocalSettings
from flinklab.settings import Settings
from real.browser import Lab
from real.jobs_support import PATIENCE, until
from real.lab_support import LabPage, running_extended_lab

pytestmark = pytest.mark.timeout(900)

PANEL = ".flinklab-Panel"
SOON = PATIENCE * 1000  # ms
TABLES = """CREATE TABLE numbers (x BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
CREATE TABLE nowhere (x BIGINT) WITH ('connector' = 'blackhole')"""
JOB = """SET 'execution.checkpointing.interval' = '1 s';
INSERT INTO nowhere SELECT MAX(x) FROM numbers"""


@pytest.fixture(scope="module")
def settings(
    tmp_path_factory: pytest.TempPathFactory, embedded: LocalFlink, embedded_settings: LocalSettings
) -> Settings:
    url = f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'catalog.db'}"
    lifecycle.init(url)
    return Settings(state_dir=embedded.state_dir, cache_dir=embedded_settings.cache_dir, catalog_url=url)


@pytest.fixture(scope="module")
def catalog(settings: Settings) -> Iterator[Catalog]:
    """With a job that was never started. The supervisors that were are ended."""
    with api.open_catalog(settings) as catalog:
        with api.connect(settings=settings, catalog=catalog) as session:
            embedded_cluster(catalog)
            api.share(session, TABLES)
            api.promote(session, JOB, "counting", catalog=catalog, settings=settings)
        try:
            yield catalog
        finally:
            end_supervisors(settings)


def end_supervisors(settings: Settings) -> None:
    """Those that were started for this catalog, also when they have not come so far as to sign in."""
    log = f"{settings.state_dir}/supervisor.log"
    alive = [each for each in psutil.process_iter(["cmdline"]) if log in (each.info["cmdline"] or ())]
    for each in alive:
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    assert not psutil.wait_procs(alive, PATIENCE)[1]


@pytest.fixture(scope="module")
def lab(catalog: Catalog, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    variables = {
        "FLINKLAB_CATALOG_URL": str(settings.catalog_url),
        "FLINKLAB_STATE_DIR": str(settings.state_dir),
        "FLINKLAB_CACHE_DIR": str(settings.cache_dir),
    }
    folder = tmp_path_factory.mktemp("lab") / "lab"
    with running_extended_lab(folder, starts_supervisor=True, variables=variables) as lab:
        yield lab


@pytest.fixture
def panel(lab: Lab, chromium: Any) -> Iterator[LabPage]:
    shown = LabPage.at(chromium, lab.address("lab"))
    shown.page.set_default_timeout(SOON)
    shown.await_app()
    shown.command("flinklab:open-panel")
    yield shown
    shown.close()


@pytest.fixture
def flinks_state(embedded: LocalFlink) -> Iterator[Callable[[str], JobState | None]]:
    """`flinks_state(job id)`: the state that Flink itself has the job in."""
    control = RestJobControl(Access(embedded.jobmanager_url))
    yield lambda job_id: next((each.state for each in control.jobs() if each.id == job_id), None)
    control.close()


def test_a_job_is_started_stopped_and_started_again_by_the_mouse(
    panel: LabPage, catalog: Catalog, flinks_state: Callable[[str], JobState | None]
) -> None:
    job = api.job("counting", catalog=catalog)
    row = panel.page.locator(f'{PANEL} [role="grid"][aria-label^="Jobs"]').get_by_role("row")
    row.get_by_text(re.compile("^(draft|stopped)")).wait_for()
    assert catalog.jobs.supervisors() == []

    press(row, "Start")
    row.get_by_text(re.compile("^running")).wait_for()
    (supervisor,) = [each for each in catalog.jobs.supervisors() if each.alive]
    until(lambda: job.points(), "a checkpoint of the first run")

    press(row, "Stop")
    dialog = panel.page.locator(".jp-Dialog")
    dialog.get_by_text("Stop my.counting (dev)?").wait_for()
    dialog.get_by_role("textbox").fill("moves house")
    dialog.get_by_role("button", name="Stop with savepoint").click()
    row.get_by_text(re.compile("^stopped")).wait_for()
    (first,) = job.attempts()
    savepoint = job.points()[0]
    assert savepoint.is_savepoint
    assert savepoint.flink_id == first.flink_id
    assert Path(urlsplit(savepoint.path).path, "_metadata").is_file()
    assert first.state is AttemptState.FINISHED
    assert flinks_state(first.flink_id) is JobState.FINISHED
    assert (job.commands()[0].look().kind.value, job.commands()[0].look().why) == ("stop", "moves house")

    press(row, "Start")
    row.get_by_text(re.compile("^running")).wait_for()
    assert job.status is ManagedState.RUNNING
    second, _ = job.attempts()
    assert second.restored_from == savepoint.path
    assert flinks_state(second.flink_id) is JobState.RUNNING
    assert [each.pid for each in catalog.jobs.supervisors() if each.alive] == [supervisor.pid]

    press(row, "Cancel")
    dialog.get_by_role("button", name="Cancel the job").click()
    row.get_by_text(re.compile("^stopped")).wait_for()
    assert flinks_state(second.flink_id) is JobState.CANCELED
    assert not panel.wrong


def press(row: Any, verb: str) -> None:
    """A button of a row, which shows them to who points at it; not before the order before is over."""
    button = row.get_by_role("button", name=f"{verb}: counting")
    row.hover()
    button.click()
