"""How cells of Flink SQL are typed and coloured, in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from real.browser import Lab
from real.lab_support import LabPage

Open = Callable[..., LabPage]

SQL = """\
%%flinksql top << --limit 100 --lmit 5
SELECT /*+ OPTIONS('a' = 'b') */ `from`, CAST(id AS BIGINT) -- all
FROM ${env}_orders WHERE dt = '${dt}' AND n = {{ n }}"""
ENTER = [
    ("%%flinksql", "Enter a", "%%flinksql\na"),
    ("%%flinksql\nSELECT", "Enter a , Enter b Enter F R O M", "%%flinksql\nSELECT\n    a,\n    b\nFROM"),
    ("%%flinksql\nCREATE TABLE t (", "Enter a Enter )", "%%flinksql\nCREATE TABLE t (\n    a\n)"),
    ("%%flinksql\n    SELECT a", "Enter b", "%%flinksql\n    SELECT a\n    b"),
    ("if x:", "Enter y", "if x:\n    y"),
]
PYTHON = "def f(select):\n    return select  # -- no SQL"


def words(page: LabPage, cell: int, kind: str) -> list[str]:
    """The words of a cell that have this class."""
    return [word.strip() for word in page.cell(cell).locator(f".cm-content .{kind}").all_inner_texts()]


def await_words(page: LabPage, cell: int, kind: str) -> list[str]:
    page.cell(cell).locator(f".cm-content .{kind}").first.wait_for(timeout=30_000)
    return words(page, cell, kind)


def edit(page: LabPage, cell: int, *keys: str, text: str | None = None) -> None:
    """Put the caret at the end of a cell, whose text is `text` from now on, and press keys."""
    page.page.evaluate(
        """async ([index, text]) => {
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = index;
            const cell = notebook.widgets[index];
            if (text !== null) cell.model.sharedModel.setSource(text);
            notebook.mode = 'edit';
            await cell.ready;
            cell.editor.focus();
            cell.editor.setCursorPosition(cell.editor.getPositionAt(cell.model.sharedModel.getSource().length));
        }""",
        [cell, text],
    )
    for key in keys:
        page.page.keyboard.press(key) if len(key) > 1 else page.page.keyboard.type(key)


def opened(lab_page: Open) -> LabPage:
    """A page whose cells know their language: JupyterLab learns it from the kernel."""
    page = lab_page("%%flinksql\nSELECT")
    await_words(page, 0, "tok-keyword")
    return page


def source(page: LabPage, cell: int) -> str:
    return str(
        page.page.evaluate(
            "index => jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.getSource()", cell
        )
    )


def await_source(page: LabPage, cell: int, text: str) -> None:
    page.page.wait_for_function(
        "([index, text]) => jupyterapp.shell.currentWidget.content.widgets[index]"
        ".model.sharedModel.getSource() === text",
        arg=[cell, text],
        timeout=60_000,
    )


def test_a_cell_of_flink_sql_has_the_colours_of_sql(lab_page: Open) -> None:
    page = lab_page(SQL, PYTHON)
    keywords = await_words(page, 0, "tok-keyword")
    assert [word for word in keywords if word != "OPTIONS"] == ["SELECT", "AS", "FROM", "WHERE", "AND"]
    assert words(page, 0, "tok-meta") == ["%%flinksql", "/*+", "*/"]
    assert words(page, 0, "tok-typeName") == ["BIGINT"]
    assert words(page, 0, "tok-comment") == ["-- all"]
    assert words(page, 0, "tok-string2") == ["`from`"]
    assert "'b'" in words(page, 0, "tok-string")
    assert words(page, 0, "flinklab-Unknown")[0] == "--lmit"
    assert "".join(words(page, 0, "flinklab-Variable")).replace(" ", "") == "${env}${dt}{{n}}"
    assert words(page, 1, "tok-keyword") == []


def test_a_cell_changes_its_language_with_its_first_line(lab_page: Open) -> None:
    page = opened(lab_page)
    edit(page, 0, text="SELECT 1 FROM t")
    page.cell(0).locator(".cm-content .tok-keyword").first.wait_for(state="detached")
    edit(page, 0, text="%%flinksql\nSELECT 1 FROM t")
    assert await_words(page, 0, "tok-keyword") == ["SELECT", "FROM"]
    edit(page, 0, text="# %%flinksql\nSELECT 1 FROM t")
    page.cell(0).locator(".cm-content .tok-keyword").first.wait_for(state="detached")


def test_lines_of_flink_in_other_cells_show_their_flags(lab_page: Open) -> None:
    page = lab_page("%flink jobs --live\nx = 1\n%flinksql -l 5 SELECT 1\n%flink nonsense")
    assert await_words(page, 0, "flinklab-Line-magic") == ["%flink", "%flinksql", "%flink"]
    assert words(page, 0, "flinklab-Line-subcommand") == ["jobs"]
    assert words(page, 0, "flinklab-Line-flag") == ["--live", "-l"]
    assert words(page, 0, "flinklab-Unknown") == ["nonsense"]


def test_comments_are_toggled_as_sql_and_the_magic_is_left_alone(lab_page: Open) -> None:
    page = opened(lab_page)
    edit(page, 0, "Control+/", text="%%flinksql\nSELECT 1")
    assert source(page, 0) == "%%flinksql\n-- SELECT 1"
    edit(page, 0, "Control+/")
    assert source(page, 0) == "%%flinksql\nSELECT 1"
    page.page.wait_for_selector(".flinklab-cell .cm-content")
    edit(page, 0, "Control+a", "Control+/")
    assert source(page, 0) == "%%flinksql\n-- SELECT 1"
    edit(page, 0, "Control+a", "Control+/")
    assert source(page, 0) == "%%flinksql\nSELECT 1"
    edit(page, 0, "Control+/", text="x = 1")
    assert source(page, 0) == "# x = 1"


def test_enter_indents_as_sql_is_written(lab_page: Open) -> None:
    page = opened(lab_page)
    for text, typed, expected in ENTER:
        edit(page, 0, *typed.split(" "), text=text)
        assert source(page, 0) == expected


def test_brackets_are_matched_and_closed(lab_page: Open) -> None:
    page = opened(lab_page)
    edit(page, 0, text="%%flinksql\nSELECT f(a, (b))")
    page.cell(0).locator(".cm-matchingBracket").first.wait_for()
    assert words(page, 0, "cm-matchingBracket") == ["(", ")"]
    set_option(page, "autoClosingBrackets", True)
    edit(page, 0, "(", "`", text="%%flinksql\nSELECT ")
    assert source(page, 0) == "%%flinksql\nSELECT (``)"


def set_option(page: LabPage, name: str, value: Any) -> None:
    page.page.evaluate(
        "([name, value]) => jupyterapp.shell.currentWidget.content.activeCell.editor.setOption(name, value)",
        [name, value],
    )


def test_a_cell_is_formatted_as_one_step_that_can_be_undone(lab_page: Open) -> None:
    page = opened(lab_page)
    edit(page, 0, text="%%flinksql\nselect a,b from t")
    page.command("flinklab:format-sql")
    laid_out = "%%flinksql\nSELECT\n    a,\n    b\nFROM t"
    await_source(page, 0, laid_out)
    page.page.keyboard.press("Control+z")
    assert source(page, 0) == "%%flinksql\nselect a,b from t"


@pytest.fixture
def formats_on_save(jupyter_lab: Lab) -> Iterator[None]:
    """For pages that are opened while it holds."""
    kept = jupyter_lab.folder.parent / "user-settings" / "flinklab" / "plugin.jupyterlab-settings"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text('{"formatOnSave": true}', "utf-8")
    yield
    kept.unlink()


ROUGH = "%%flinksql\nselect a from t"
LAID_OUT = "%%flinksql\nSELECT a FROM t"
OTHERS = ("select = 1", "%%bash\necho select a from t")


def save(page: LabPage) -> None:
    """As a person does who changed the first cell, and until the file is written."""
    page.await_app()
    edit(page, 0, text=ROUGH)
    page.command("docmanager:save")


def saved_cells(lab: Lab, page: LabPage) -> list[str]:
    name = page.page.evaluate("jupyterapp.shell.currentWidget.context.path")
    return [str(cell.source) for cell in lab.saved(name).cells]


def test_a_save_formats_the_cells_of_flink_sql_for_who_wants_that(
    formats_on_save: None, jupyter_lab: Lab, lab_page: Open
) -> None:
    page = lab_page(ROUGH, *OTHERS)
    save(page)
    await_source(page, 0, LAID_OUT)
    assert [source(page, cell) for cell in (1, 2)] == [*OTHERS]
    page.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000)
    assert saved_cells(jupyter_lab, page) == [LAID_OUT, *OTHERS]
    page.page.keyboard.press("Control+z")
    assert source(page, 0) == ROUGH


def test_a_save_formats_nothing_for_everybody_else(jupyter_lab: Lab, lab_page: Open) -> None:
    page = lab_page(ROUGH)
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    save(page)
    page.page.wait_for_timeout(500)
    assert [url for url in asked if "flinklab/format" in url] == []
    assert saved_cells(jupyter_lab, page) == [ROUGH]


def test_a_format_that_fails_stops_no_save(formats_on_save: None, jupyter_lab: Lab, lab_page: Open) -> None:
    page = lab_page(ROUGH, ROUGH)
    replies = iter((200, 503))

    def answer(route: Any) -> None:
        status = next(replies)
        body = {"sql": LAID_OUT} if status == 200 else {"message": "the server has too much to do", "hint": ""}
        route.fulfill(status=status, json=body)

    page.page.route(re.compile("/flinklab/format"), answer)
    with page.page.expect_console_message(lambda message: "not formatted on save" in message.text):
        save(page)
    page.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000)
    assert saved_cells(jupyter_lab, page) == [LAID_OUT, ROUGH]
    assert page.page.locator(".jp-Dialog").count() == 0
