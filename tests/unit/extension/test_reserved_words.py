"""The words that the browser quotes are those that flinklab's completion quotes."""

from __future__ import annotations

import re
from pathlib import Path

from flinklab.sql.completing.words_of_sql import RESERVED

_SOURCE = Path(__file__).resolve().parents[3] / "extension" / "src" / "common" / "reserved.ts"


def test_the_browser_quotes_the_same_words() -> None:
    listed = re.search(r"const WORDS = `([^`]+)`", _SOURCE.read_text("utf-8"))
    assert listed is not None
    assert listed[1].split() == sorted(RESERVED)
