"""How wide a text is about, where nothing can be measured: a picture is made before a browser knows its font.

After DejaVu Sans, the widest of the fonts that browsers take for `system-ui`; others leave a little room.
"""

from __future__ import annotations

from flinklab.domain.text import one_line

_NARROW = frozenset("iljtfrI.,:;'|!()[] /·")
_WIDE = frozenset("mwMWOQGDHNUCAVXYK%→×…@&")
_NARROW_EM, _USUAL_EM, _WIDE_EM = 0.38, 0.62, 0.83
_BOLD = 1.12


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """In px, of a font of `size` px."""
    ems = sum(_NARROW_EM if each in _NARROW else _WIDE_EM if each in _WIDE else _USUAL_EM for each in text)
    return ems * size * (_BOLD if bold else 1.0)


def fitting(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text in one line, cut with `…` where it is wider than `room` px."""
    shown = one_line(text, len(text))
    while shown not in ("", "…") and text_width(shown, size, bold=bold) > room:
        shown = one_line(text, len(shown) - 1)
    return shown
