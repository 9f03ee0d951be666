"""Names and texts as Flink SQL writes them."""

from __future__ import annotations

from collections.abc import Sequence


def quote(path: str | Sequence[str]) -> str:
    """A name of one or more parts in back-ticks: `` `dw`.`orders` ``. A string is one part."""
    parts = [path] if isinstance(path, str) else path
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def string(text: str) -> str:
    """A string literal: `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"
