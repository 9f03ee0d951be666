"""The browser tells by itself whether a cell was edited since its promotion: what it takes for a version's text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flinklab.jobs.script import CellText, read_script
from flinklab.jobs.sources import text_of

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "extension" / "tests" / "cells" / "scripts.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["cell"][:30]))
def test_the_browsers_cases_are_what_a_promotion_reads(case: dict[str, str]) -> None:
    assert text_of(read_script([CellText(case["cell"])]).script(())) == case["script"]
