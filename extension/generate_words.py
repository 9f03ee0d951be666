"""Write the words that the editor colours, from flinklab's own lists: `python extension/generate_words.py`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from flinklab.notebook.flag_parser import HELP, Flag
from flinklab.notebook.flags import CELL_FLAGS
from flinklab.notebook.subcommands import all_sections
from flinklab.sql.atoms import KEYWORDS
from flinklab.sql.completing.words_of_sql import FUNCTIONS, RESERVED, TYPES
from flinklab.sql.keywords import NOT_FUNCTIONS, NOT_TABLES

TARGET = Path(__file__).parent / "src" / "language" / "words_of_flink.ts"
_HEAD = "/** Flink's words and flinklab's flags, written by generate_words.py from flinklab's own lists. */"
_WINDOWS = {"TUMBLE", "HOP", "CUMULATE"}
_ATOMS = {"TRUE", "FALSE", "NULL", "UNKNOWN"}  # the editor's grammar knows these


def generate() -> str:
    """The module's text. A flag that takes a value ends with `=`."""
    types = {word for written in TYPES for word in written.rstrip("(<").partition("(")[0].split()} - {"TO"}
    # A column may be called by the name of a function that is not reserved: coloured is what hardly is one.
    functions = {name for name in FUNCTIONS if name in RESERVED or "_" in name} - NOT_TABLES | _WINDOWS
    keywords = (RESERVED | KEYWORDS | NOT_FUNCTIONS | NOT_TABLES) - functions - types - _ATOMS
    subcommands = {name: command for section in all_sections().values() for name, command in section.items()}
    lines = [f"{name}: {_flags(command.flags)}" for name, command in sorted(subcommands.items())]
    parts = [
        _HEAD,
        _constant("KEYWORDS", _wrapped(sorted(keywords))),
        _constant("TYPES", _wrapped(sorted(types))),
        _constant("FUNCTIONS", _wrapped(sorted(functions - types))),
        "/** A flag that takes a value ends with `=`. */\n"
        + _constant("CELL_FLAGS", _wrapped(_flags(CELL_FLAGS).split())),
        "/** A line for each subcommand of `%flink`: its words, its flags. */\n"
        + _constant("SUBCOMMANDS", "\n".join(lines)),
    ]
    return "\n\n".join(parts) + "\n"


def _flags(flags: Iterable[Flag]) -> str:
    return " ".join(name + ("=" if flag.value else "") for flag in (*flags, HELP) for name in flag.names)


def _wrapped(words: Iterable[str]) -> str:
    return textwrap.fill(" ".join(words), 96, break_long_words=False, break_on_hyphens=False)


def _constant(name: str, text: str) -> str:
    return f"export const {name} = `\n{text}\n`;"


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
