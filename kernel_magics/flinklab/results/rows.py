"""Arrow tables as Python rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """One tuple per row, of Python values (`Decimal`, `datetime`, `dict`, ...)."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
