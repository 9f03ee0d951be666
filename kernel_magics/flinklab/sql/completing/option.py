"""An option of a connector, a format or a catalog, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """`key` may hold `#` for a column's name. `default` is as one writes it, empty when there is none.

    `values` are all that it can have, or those that are usual.
    """

    key: str
    type: str
    default: str = ""
    comment: str = ""
    required: bool = False
    values: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """`required, enum`, `duration, 5 min`, ..."""
        parts = ("required" if self.required else "", self.type, self.default)
        return ", ".join(part for part in parts if part)

    @property
    def known_values(self) -> tuple[str, ...]:
        """The default first."""
        values = self.values or (("true", "false") if self.type == "boolean" else ())
        first = (self.default,) if self.default and (not values or self.default in values) else ()
        return tuple(dict.fromkeys((*first, *values)))


def required(key: str, type: str, comment: str, values: tuple[str, ...] = ()) -> Option:
    return Option(key, type, "", comment, True, values)
