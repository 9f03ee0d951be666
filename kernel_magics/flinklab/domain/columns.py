"""Flink's logical types and the columns of a result, as data.

Names and parameters are Flink's `LogicalTypeRoot` and its JSON form
(`LogicalTypeJsonSerializer` of the SQL Gateway).
"""

from __future__ import annotations

from dataclasses import dataclass

_LENGTH_IS_MAX = 2147483647
_SPELLING = {
    "INTEGER": "INT",
    "TIMESTAMP_WITHOUT_TIME_ZONE": "TIMESTAMP",
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE": "TIMESTAMP_LTZ",
    "TIME_WITHOUT_TIME_ZONE": "TIME",
}


@dataclass(frozen=True, slots=True)
class LogicalType:
    """One Flink type. Parameters that the root does not have are None (or empty)."""

    root: str
    nullable: bool = True
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    fractional_precision: int | None = None
    resolution: str | None = None
    element: LogicalType | None = None
    key: LogicalType | None = None
    value: LogicalType | None = None
    fields: tuple[Column, ...] = ()

    def __str__(self) -> str:
        """As one writes it in Flink SQL: `DECIMAL(10, 2) NOT NULL`, `ROW<a INT, b STRING>`."""
        return self._body() + ("" if self.nullable else " NOT NULL")

    def _body(self) -> str:
        root = _SPELLING.get(self.root, self.root)
        if root in ("VARCHAR", "VARBINARY") and self.length == _LENGTH_IS_MAX:
            return {"VARCHAR": "STRING", "VARBINARY": "BYTES"}[root]
        if root in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
            return f"{root}({self.length})"
        if root == "DECIMAL":
            return f"DECIMAL({self.precision}, {self.scale})"
        if root in ("TIMESTAMP", "TIMESTAMP_LTZ", "TIME"):
            return f"{root}({self.precision})" if self.precision is not None else root
        if root == "INTERVAL_DAY_TIME":
            return "INTERVAL DAY TO SECOND"
        if root == "INTERVAL_YEAR_MONTH":
            return "INTERVAL YEAR TO MONTH"
        if root in ("ARRAY", "MULTISET"):
            return f"{root}<{self.element}>"
        if root == "MAP":
            return f"MAP<{self.key}, {self.value}>"
        if root == "ROW":
            return "ROW<" + ", ".join(f"{f.name} {f.type}" for f in self.fields) + ">"
        return root


@dataclass(frozen=True, slots=True)
class Column:
    """A named column of a result, or a field of a ROW."""

    name: str
    type: LogicalType
    comment: str | None = None
