"""Hypothesis strategies for queries whose tables are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

from flinklab.sql.identifiers import quote

_part = st.sampled_from(["orders", "日", "from", "a b", "x`y", "t.t", "'", "--", "Users"])
_paths = st.lists(_part, min_size=1, max_size=3).map(tuple)


@dataclass(frozen=True)
class Query:
    """A query, the tables and the functions that it names."""

    text: str
    tables: frozenset[tuple[str, ...]]
    functions: frozenset[tuple[str, ...]]


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> Query:
    text = "SELECT " + draw(_items)
    tables: set[tuple[str, ...]] = set()
    functions: set[tuple[str, ...]] = set()
    numbers = count()
    ctes: list[str] = []
    if depth and draw(st.booleans()):
        inner = draw(queries(depth=depth - 1))
        tables |= inner.tables
        functions |= inner.functions
        ctes.append(f"cte{depth}")
        columns = draw(st.sampled_from(["", " (x, y)"]))
        text = f"WITH {ctes[0]}{columns} AS ({inner.text}) {text}"
    for number in range(draw(st.integers(1, 3))):
        text += " FROM " if number == 0 else draw(st.sampled_from([", ", " JOIN ", " LEFT OUTER JOIN "]))
        shape = draw(st.sampled_from(["table", "nested", "function", "window", "values", "cte", "temporal"]))
        if shape == "nested" and depth:
            inner = draw(queries(depth=depth - 1))
            text += f"({inner.text})"
            tables |= inner.tables
            functions |= inner.functions
        elif shape == "function":
            path = draw(_paths)
            text += f"LATERAL TABLE({quote(path)}(x, 'FROM y'))"
            functions.add(path)
        elif shape == "values":
            text += "(VALUES (1, 2), (3, 4))"
        elif shape == "cte" and ctes:
            text += ctes[0]
        else:
            path = draw(_paths)
            tables.add(path)
            text += {
                "window": f"TABLE(TUMBLE(DATA => TABLE {quote(path)}, TIMECOL => DESCRIPTOR(ts, u)))",
                "temporal": f"{quote(path)} FOR SYSTEM_TIME AS OF o.proctime",
            }.get(shape, quote(path))
        text += draw(st.sampled_from(["", " /*+ OPTIONS('a'='b', 'c'='d') */", " /* FROM nothing */ "]))
        text += f" AS a{next(numbers)}" + draw(st.sampled_from(["", " (x, y)"]))
    text += draw(st.sampled_from(["", " WHERE a IN (1, 2)", " GROUP BY a, b HAVING x", " ORDER BY a, b LIMIT 3"]))
    if depth and draw(st.booleans()):
        inner = draw(queries(depth=depth - 1))
        tables |= inner.tables
        functions |= inner.functions
        text += f" UNION ALL {inner.text}" if not inner.text.startswith("WITH") else f" UNION ALL ({inner.text})"
    return Query(text, frozenset(tables), frozenset(functions))


_items = st.sampled_from(
    [
        "*",
        "a, b",
        "EXTRACT(YEAR FROM t), TRIM(BOTH ' ' FROM s)",
        "a IS DISTINCT FROM b, c",
        "SUM(x) OVER (PARTITION BY y ORDER BY z) AS orders",
        "CAST(a AS ROW<b INT, c DECIMAL(10, 2)>)",
        "DISTINCT 'FROM x' AS `from`",
    ]
)
