"""Colours that can be seen on both pages, and units that can be read."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.plots import theme

WHITE, DARK = "#ffffff", "#111111"
# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", 2009: nobody sees red as such, or green.
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]]),
    "deutan": np.array([[0.3673, 0.8606, -0.228], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
}


def linear(colour: str) -> np.ndarray:
    part = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    first, second = sorted((float(linear(each) @ (0.2126, 0.7152, 0.0722)) for each in (a, b)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def lab(colour: str, blindness: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b*, D65."""
    seen = np.clip(blindness @ linear(colour), 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    ratio = xyz / (0.9505, 1.0, 1.089)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [*theme.COLOURS, theme.BAD, theme.GOOD, theme.QUIET, theme.BUSY])
def test_every_colour_is_seen_on_a_light_and_on_a_dark_page(colour: str) -> None:
    assert contrast(colour, WHITE) >= 3
    assert contrast(colour, DARK) >= 3


def test_text_is_read_on_both() -> None:
    assert contrast(theme.TEXT, WHITE) >= 4.3
    assert contrast(theme.TEXT, DARK) >= 4.3


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_first_six_colours_stay_apart_for_everybody(blindness: str) -> None:
    for a, b in itertools.combinations(theme.COLOURS[:6], 2):
        apart = np.linalg.norm(lab(a, BLINDNESS[blindness]) - lab(b, BLINDNESS[blindness]))
        assert apart > 20, (a, b, apart)


def test_a_ninth_line_has_another_dash() -> None:
    count = len(theme.COLOURS)
    looks = {(theme.colour(index), theme.dash(index)) for index in range(count * len(theme.DASHES))}
    assert len(looks) == count * len(theme.DASHES)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.42, "%", "42 %"),
        (1536, "B", "1.5 KiB"),
        (5 * 1024**2, "B/s", "5 MiB/s"),
        (3.14, "s", "3.1 s"),
        (1250, "/s", "1,250 /s"),
        (12780, "/s", "12,780 /s"),
        (1234567, "", "1,234,567"),
        (999.96, "/s", "1,000 /s"),
        (7, "", "7"),
    ],
)
def test_amounts_in_words(value: float, unit: str, expected: str) -> None:
    assert theme.in_words(value, unit) == expected


@given(st.sampled_from(["", "/s", "B", "B/s"]), st.integers(1, 10**17))
def test_no_amount_of_things_is_written_with_an_exponent(unit: str, count: int) -> None:
    assert "e+" not in theme.in_words(count, unit)


@given(st.sampled_from(["B", "B/s", "s"]), st.floats(0, 1e17))
def test_an_axis_has_few_digits(unit: str, largest: float) -> None:
    scaled = theme.scale(unit, largest)
    assert 0 <= largest * scaled.factor < 1024 or scaled.label in ("PiB", "PiB/s", "d", "s")


@pytest.mark.parametrize("largest", [float("nan"), float("inf"), -5.0])
def test_what_is_no_amount_has_a_scale_all_the_same(largest: float) -> None:
    assert theme.scale("B", largest).factor > 0


def test_a_text_of_somebody_else_is_no_markup() -> None:
    shown = theme.hover_text("<script>alert(1)</script> " + "word " * 200)
    assert "<script>" not in shown
    assert len(shown.replace("<br>", "")) < 500
