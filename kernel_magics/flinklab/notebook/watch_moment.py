"""What a view of a watch draws, and what of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """Plain data. `parts`: by name, HTML for what a browser puts into the section of that name, and a few values;
    `rows`: of a long table, by key."""

    kind: str
    title: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Any] = field(default_factory=dict)

    def whole(self, serial: int) -> dict[str, Any]:
        return {
            "serial": serial,
            "kind": self.kind,
            "title": self.title,
            "parts": dict(self.parts),
            "rows": dict(self.rows),
        }


def difference(before: Moment, now: Moment, serial: int) -> dict[str, Any] | None:
    """What leads from the moment before, of number `serial` - 1, to this one; None when nothing changed."""
    parts = {name: part for name, part in now.parts.items() if before.parts.get(name) != part}
    gone_parts = [name for name in before.parts if name not in now.parts]
    rows = {key: row for key, row in now.rows.items() if before.rows.get(key) != row}
    gone = [key for key in before.rows if key not in now.rows]
    if not (parts or gone_parts or rows or gone):
        return None
    return {"serial": serial, "parts": {**parts, **dict.fromkeys(gone_parts)}, "rows": rows, "gone": gone}
