"""Snapshots for tests of what is drawn."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.session.snapshot import ResultStatus, Snapshot

STRING = LogicalType("VARCHAR", length=2147483647)


def snapshot_of(table: pa.Table | dict[str, Any], columns: tuple[Column, ...] = (), **fields: Any) -> Snapshot:
    """A finished append result that holds `table` and nothing more; `fields` change it."""
    table = pa.table(table) if isinstance(table, dict) else table
    standard = {
        "status": ResultStatus.FINISHED,
        "rows_seen": table.num_rows,
        "size": table.num_rows,
        "truncated": False,
        "updating": False,
        "elapsed": 1.5,
    }
    return Snapshot(columns=columns, table=table, **(standard | fields))


def one_value(value: str, **fields: Any) -> Snapshot:
    """What DDL, SHOW CREATE and EXPLAIN answer: one row, one column `result`."""
    return snapshot_of(pa.table({"result": [value]}), (Column("result", STRING),), **fields)
