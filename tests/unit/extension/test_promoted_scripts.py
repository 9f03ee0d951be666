"""The browser tells by itself whether a cell was edited since its promotion: what it takes for a version's text and
settings."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flinklab.jobs.script import CellText, read_script
from flinklab.jobs.sources import text_of
from flinklab.notebook.flags import parse_cell_flags
from flinklab.notebook.promotion_commands import ran_cell

SHARED = Path(__file__).parents[3] / "extension" / "tests" / "cells"
CASES = json.loads((SHARED / "scripts.json").read_text("utf-8"))
LINES = json.loads((SHARED / "lines.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["cell"][:30]))
def test_the_browsers_cases_are_what_a_promotion_reads(case: dict[str, Any]) -> None:
    script = read_script([CellText(case["cell"])]).script(())
    assert text_of(script) == case["script"]
    assert script.config == case.get("config", {})


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["line"])
def test_the_browsers_lines_are_what_a_promotion_is_given(case: dict[str, Any]) -> None:
    flags = parse_cell_flags(case["line"].removeprefix("%%flinksql"), cell_magic=True)
    bench: Any = SimpleNamespace(where=lambda: SimpleNamespace(cell=""))
    assert ran_cell(bench, "", flags, 2).config == case["config"]
