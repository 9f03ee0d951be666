"""Memory as people read and write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.memory import memory, parse_memory


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("4g", 4096),
        ("4G", 4096),
        ("4096m", 4096),
        ("4096", 4096),
        ("4GiB", 4096),
        ("4 GiB", 4096),
        ("4gb", 4096),
        ("1.5g", 1536),
        ("768 MB", 768),
        ("2t", 2 * 1024 * 1024),
    ],
)
def test_amounts_are_read_as_flink_and_yarn_read_them(text: str, mib: int) -> None:
    assert parse_memory(text) == mib


@pytest.mark.parametrize("text", ["", "g", "4x", "-4g", "0", "0g", "1.3m", "4 g g", "4k", "ten"])
def test_what_is_no_amount_is_said(text: str) -> None:
    with pytest.raises(UsageError):
        parse_memory(text)


@pytest.mark.parametrize(("mib", "text"), [(768, "768 MiB"), (1024, "1 GiB"), (1728, "1.7 GiB"), (4096, "4 GiB")])
def test_amounts_are_written_in_the_unit_that_fits(mib: int, text: str) -> None:
    assert memory(mib) == text


@given(st.integers(1, 10**9))
def test_what_is_written_is_read_again_within_its_rounding(mib: int) -> None:
    amount, unit = memory(mib).split()
    factor = {"MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}[unit]
    assert abs(float(amount) * factor - mib) <= 0.05 * factor + 1e-6
