"""What `%load_ext flinklab` adds to a shell besides the magics."""

from __future__ import annotations

import pytest
from IPython.display import display

from fakes.answers import query
from fakes.gateway import FakeGateway
from unit.notebook.conftest import Notebook


@pytest.mark.parametrize("statement", ["SELECT * FROM t", "SHOW TABLES"])
def test_a_result_on_the_last_line_of_a_cell_is_its_picture(
    notebook: Notebook, gateway: FakeGateway, statement: str
) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[7]]))
    shown = notebook.ok(f"%%flinksql r <<\n{statement}").bundles[0]
    notebook.shell.user_ns["display"] = display
    again = notebook.ok("display(r)").bundles[0]
    assert set(again) == {"text/html", "text/plain"}
    assert again["text/plain"].splitlines()[:3] == shown["text/plain"].splitlines()[:3]


def test_without_the_extension_a_result_is_one_line(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[7]]))
    notebook.ok("%%flinksql r <<\nSELECT * FROM t")
    notebook.shell.user_ns["display"] = display
    notebook.ok("%unload_ext flinklab")
    [bundle] = notebook.ok("display(r)").bundles
    assert bundle == {"text/plain": repr(notebook["r"])}
