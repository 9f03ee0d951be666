"""The words that the editor colours are those that flinklab completes and takes as flags."""

from __future__ import annotations

import importlib.util
from pathlib import Path

GENERATOR = Path(__file__).resolve().parents[3] / "extension" / "generate_words.py"


def test_the_editor_knows_the_words_and_flags_of_today() -> None:
    spec = importlib.util.spec_from_file_location("generate_words", GENERATOR)
    assert spec is not None and spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    written = generator.TARGET.read_text(encoding="utf-8")
    assert written == generator.generate(), "python extension/generate_words.py writes them anew"
