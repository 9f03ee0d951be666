"""The fields of a ROW, by the type of the column."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.definitions import TableColumn
from flinklab.sql.ddl_columns import elements
from flinklab.sql.tokens import tokens
from flinklab.sql.words import written


def fields_of(columns: Sequence[TableColumn], path: Sequence[str]) -> Sequence[TableColumn]:
    """What stands under `path`: the columns themselves, the fields of one of them, and so on."""
    for name in path:
        column = next((each for each in columns if each.name == name), None)
        columns = _fields(column.type) if column is not None else ()
    return columns


def _fields(type_: str) -> list[TableColumn]:
    found = list(tokens(type_))
    if len(found) < 3 or found[0].keyword != "ROW" or found[1].text not in ("<", "("):
        return []
    end = max((at for at, token in enumerate(found) if token.text in (">", ")")), default=len(found))
    fields = []
    for element in elements(found[2:end]):
        if (name := element[0].name) is not None:
            fields.append(TableColumn(name, written(element[1:])))
    return fields
