"""Flink cells in a real JupyterLab, with a real Flink: marked where they are wrong, promoted with the mouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from flinklab.catalog import lifecycle
from flinklab.local import LocalFlink, LocalSettings
from real.browser import Lab
from real.lab_support import LabPage, running_extended_lab

pytestmark = pytest.mark.timeout(600)

PATIENCE = 120_000
WRONG = "%%flinksql --limit 5\nSELECT 1;\nSELECT nope\n  FROM (VALUES (1)) AS t(a)"
TABLES = """%%flinksql --catalog shared
CREATE TABLE ticks (x BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
CREATE TABLE away (x BIGINT) WITH ('connector' = 'blackhole')"""
JOB = """%%flinksql --limit 5
SET 'execution.checkpointing.interval' = '1 s';
INSERT INTO away SELECT MAX(x) FROM ticks"""
ENDLESS = """%%flinksql
CREATE TEMPORARY TABLE clock (x BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
SELECT * FROM clock"""


@pytest.fixture(scope="module")
def jupyter_lab(
    tmp_path_factory: pytest.TempPathFactory, embedded: LocalFlink, embedded_settings: LocalSettings
) -> Iterator[Lab]:
    catalog = f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'catalog.db'}"
    lifecycle.init(catalog)
    variables = {
        "FLINKLAB_STATE_DIR": str(embedded.state_dir),
        "FLINKLAB_CACHE_DIR": str(embedded_settings.cache_dir),
        "FLINKLAB_CATALOG_URL": catalog,
    }
    with running_extended_lab(tmp_path_factory.mktemp("lab") / "lab", variables=variables) as lab:
        yield lab


@pytest.fixture
def page(lab_page: Callable[..., LabPage]) -> Callable[..., LabPage]:
    """A notebook with flinklab in its kernel, and these cells below."""

    def open_(*cells: str) -> LabPage:
        shown = lab_page("%load_ext flinklab", *cells)
        shown.page.set_default_timeout(PATIENCE)
        shown.await_app()
        shown.run(0)
        return shown

    return open_


def text(page: LabPage, cell: int) -> str:
    """The text of a cell as the notebook has it."""
    found: str = page.page.evaluate(
        "index => jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.getSource()", cell
    )
    return found


def choose(page: LabPage, cell: int) -> None:
    page.cell(cell).locator(".cm-content").click()


def press(page: LabPage, button: str) -> None:
    page.page.locator(f".jp-cell-toolbar [data-jp-item-name='flinklab-{button}']").click()


def badge(page: LabPage) -> Any:
    return page.page.locator(".flinklab-Badge")


def marks(page: LabPage) -> Any:
    return page.page.locator(".cm-lintRange-error")


def test_a_cell_is_marked_where_the_gateway_says_until_its_text_changes(
    page: Callable[..., LabPage],
) -> None:
    shown = page(WRONG, "x = 1")
    choose(shown, 1)
    press(shown, "check")
    expect(marks(shown)).to_have_text("nope", timeout=PATIENCE)
    expect(shown.page.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(shown.page.locator(".jp-OutputArea-child:has(.flinklab-SilentOutput)")).to_be_hidden()
    assert text(shown, 1) == WRONG

    shown.page.keyboard.press("F8")
    expect(shown.page.locator(".cm-panel-lint")).to_contain_text("Column 'nope' not found")
    shown.page.keyboard.press("Escape")
    shown.save()
    shown.reload(kernel=False)
    expect(marks(shown)).to_have_text("nope", timeout=PATIENCE)

    marks(shown).dblclick()
    shown.page.keyboard.type("a")
    expect(marks(shown)).to_have_count(0)
    expect(shown.page.locator(".cm-gutter-lint")).to_have_count(0)


def test_only_flink_cells_have_the_buttons(page: Callable[..., LabPage]) -> None:
    shown = page(WRONG, "x = 1")
    buttons = shown.page.locator(".jp-cell-toolbar [data-jp-item-name^='flinklab-']:visible")
    choose(shown, 1)
    expect(buttons).to_have_count(5, timeout=PATIENCE)
    assert all(buttons.evaluate_all("all => all.map(each => each.title || each.getAttribute('aria-label'))"))
    choose(shown, 2)
    expect(buttons).to_have_count(0)
    shown.page.keyboard.press("Control+A")
    shown.page.keyboard.type("%%flinksql\nSHOW TABLES")
    expect(buttons).to_have_count(5, timeout=PATIENCE)
    shown.page.evaluate(
        "jupyterapp.shell.currentWidget.content.model.setMetadata('language_info', {name: 'scala'})"
    )
    expect(buttons).to_have_count(0, timeout=PATIENCE)


def test_a_cell_becomes_a_job_by_the_mouse_and_says_so_when_opened_again(
    page: Callable[..., LabPage],
) -> None:
    shown = page(TABLES, JOB)
    shown.run(1)
    choose(shown, 2)
    press(shown, "promote")
    form = shown.page.locator(".flinklab-Promotion")
    expect(form.locator("input[name=name]")).to_have_value("away")
    expect(form).to_contain_text("A job has no --limit: taken out")
    form.locator("input[name=name]").fill("ticking")
    shown.page.locator(".jp-Dialog .jp-mod-accept").click()

    expect(shown.cell(2)).to_contain_text("version 1, on cluster", timeout=PATIENCE)
    fresh = re.compile(r"^ticking · (draft|stopped) · version 1$")
    expect(badge(shown)).to_have_text(fresh, timeout=PATIENCE)
    assert text(shown, 2) == JOB.replace("--limit 5", "--job ticking")
    shown.save()
    shown.reload(kernel=False)
    expect(badge(shown)).to_have_text(fresh, timeout=PATIENCE)

    choose(shown, 2)
    shown.page.keyboard.press("Control+End")
    shown.page.keyboard.type(" WHERE x > 1")
    expect(badge(shown)).to_have_text(re.compile("version 1 · edited since promoted$"), timeout=PATIENCE)


def test_stop_ends_what_the_cell_left_running_and_keeps_its_rows(page: Callable[..., LabPage]) -> None:
    shown = page(ENDLESS)
    choose(shown, 1)
    press(shown, "run")
    expect(shown.cell(1).locator(".fl-live")).to_be_visible(timeout=PATIENCE)
    choose(shown, 1)
    press(shown, "stop")
    expect(shown.cell(1)).to_contain_text("Stopped", timeout=PATIENCE)
