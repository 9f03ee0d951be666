"""Definitions to put into a catalog."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.definitions import Definition, DefinitionKind, Facts, Name, TableColumn


def a_table(
    name: str = "orders",
    *,
    team: str = "my",
    columns: Sequence[str] = ("order_id", "amount"),
    connector: str = "kafka",
    comment: str = "",
    tags: Sequence[str] = (),
    kind: DefinitionKind = DefinitionKind.TABLE,
    owner: str = "ann",
    note: str = "",
) -> Definition:
    """A table of STRING columns, with the facts that belong to its DDL."""
    listed = ",\n".join(f"  `{column}` STRING" for column in columns)
    return Definition(
        Name(team, name),
        kind,
        f"CREATE {kind.name} `{name}` (\n{listed}\n) COMMENT '{comment}' WITH (\n  'connector' = '{connector}'\n)",
        Facts(
            columns=tuple(TableColumn(column, "STRING") for column in columns),
            primary_key=tuple(columns[:1]),
            options={"connector": connector},
            comment=comment,
        ),
        owner=owner,
        tags=tuple(tags),
        note=note,
    )


def many_tables(number: int) -> list[Definition]:
    """Tables of four connectors and 20 columns, each with a tag and a column of its own."""
    return [
        a_table(
            f"{('ods', 'dwd')[i % 2]}_{i:06}",
            columns=("order_id", "event_time", f"special_{i:06}", *(f"measure_{n}" for n in range(17))),
            connector=("kafka", "jdbc", "hudi", "paimon")[i % 4],
            comment=f"table number {i}",
            tags=(f"tag_{i:06}",),
        )
        for i in range(number)
    ]
