"""How much CPU a row of a result costs, from the page's bytes to the table.

`python -m benchmarks.decode` (in `tests/`). Every line is measured beside a plain loop, orjson to Arrow, over the
same pages in the same process; take the ratio, not the microseconds.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import orjson
import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.pages import Page, PageKind
from flinklab.results.table import Mode, ResultTable

ROWS_A_PAGE = 4_500
COLUMNS = (
    Column("id", LogicalType("BIGINT")),
    Column("s", LogicalType("VARCHAR", length=2147483647)),
    Column("d", LogicalType("DOUBLE")),
)
EXACT = (*COLUMNS[:2], Column("d", LogicalType("DECIMAL", precision=38, scale=18)))


def page(number: int, text: Callable[[int], str], value: Callable[[], float]) -> Page:
    """A page of (BIGINT, STRING, DOUBLE) as the gateway writes it."""
    first = number * ROWS_A_PAGE
    rows = (orjson.dumps((i, text(i), value())) for i in range(first, first + ROWS_A_PAGE))
    return Page(PageKind.PAYLOAD, rows=b"[" + b",".join(_row("INSERT", row) for row in rows) + b"]")


def changes(number: int, keys: int) -> Page:
    """A page of updates: a count per key goes up by one, again and again."""
    rows = []
    for change in range(number * ROWS_A_PAGE // 2, (number + 1) * ROWS_A_PAGE // 2):
        count, key = divmod(change, keys)
        if count:
            rows.append(_row("UPDATE_BEFORE", orjson.dumps((key, f"key {key}", float(count)))))
        rows.append(_row("UPDATE_AFTER" if count else "INSERT", orjson.dumps((key, f"key {key}", count + 1.0))))
    return Page(PageKind.PAYLOAD, rows=b"[" + b",".join(rows) + b"]")


def _row(kind: str, fields: bytes) -> bytes:
    return b'{"kind":"%s","fields":%s}' % (kind.encode(), fields)


def plain_loop(pages: list[Page]) -> None:
    """What one writes in ten lines: orjson, columns by zip, Arrow."""
    for each in pages:
        ids, texts, numbers = zip(*(row["fields"] for row in orjson.loads(each.rows)), strict=True)
        pa.table(
            [pa.array(ids, pa.int64()), pa.array(texts, pa.string()), pa.array(numbers, pa.float64())], list("isd")
        )


def filled(pages: list[Page], columns: tuple[Column, ...] = COLUMNS, **options: object) -> ResultTable:
    table = ResultTable(columns, **options)  # type: ignore[arg-type]
    for each in pages:
        table.add(each)
    return table


def seconds(run: Callable[[], object]) -> float:
    """CPU time of the best of three runs, all threads."""

    def once() -> float:
        before = time.process_time()
        run()
        return time.process_time() - before

    return min(once() for _ in range(3))


def lines() -> Iterator[tuple[str, list[Page], Callable[[list[Page]], object]]]:
    random.seed(1)
    pages = range(40)

    def extreme() -> float:
        return random.random() * 10.0 ** random.randint(-300, 300)

    plain = [page(n, lambda i: f"{i:016}", extreme) for n in pages]
    escaped = [page(n, lambda i: f'line {i}\n"quoted"\\', extreme) for n in pages]
    exact = [page(n, lambda i: f"{i:016}", lambda: random.randint(1, 10**6) / 100) for n in pages]
    nasty = [page(n, lambda i: f"\x01{i:016}", extreme) for n in pages]
    yield "all rows kept", plain, lambda p: filled(p, rows_kept=None, mode=Mode.APPEND)
    yield "10,000 rows kept", plain, lambda p: filled(p, is_updating=lambda: False)
    yield "strings with escapes", escaped, lambda p: filled(p, mode=Mode.APPEND)
    yield "strings with control characters", nasty, lambda p: filled(p, mode=Mode.APPEND)
    yield "DECIMAL(38, 18)", exact, lambda p: filled(p, EXACT, mode=Mode.APPEND)
    yield "changes with their op", plain, lambda p: filled(p, mode=Mode.CHANGELOG)
    yield "updates of 1,000 rows", [changes(n, 1_000) for n in pages], lambda p: filled(p, mode=Mode.UPDATE)


def main() -> None:
    print(f"{'':32} {'µs a row':>9} {'orjson loop':>12} {'ratio':>6}")
    for name, pages, run in lines():
        rows = filled(pages, mode=Mode.CHANGELOG).rows_seen
        ours, loop = seconds(lambda: run(pages)) / rows * 1e6, seconds(lambda: plain_loop(pages)) / rows * 1e6  # noqa: B023
        print(f"{name:32} {ours:9.2f} {loop:12.2f} {loop / ours:5.1f}x")
    memory()


def memory(rows: int = 5_000_000) -> None:
    """What Arrow holds after a long stream of which 10,000 rows are kept."""
    table = ResultTable(COLUMNS, is_updating=lambda: False)
    pages = [page(n, lambda i: f"{i:016}", random.random) for n in range(20)]
    marks = []
    for number in range(rows // ROWS_A_PAGE):
        table.add(pages[number % len(pages)])
        if number % (rows // ROWS_A_PAGE // 5) == 0:
            marks.append(f"{pa.total_allocated_bytes() / 1e6:.1f}")
    print(f"\n{table.rows_seen:,} rows, 10,000 kept: Arrow held {', '.join(marks)} MB on the way")


if __name__ == "__main__":
    main()
