"""What a Tab takes in a team whose catalog has 50,000 tables: all of it, from the cell's text to the list."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flinklab.api.catalog import open_catalog
from flinklab.api.completing import PATIENCE, Completer
from flinklab.api.known_catalog import KnownCatalog
from flinklab.catalog.catalog import Catalog
from flinklab.settings import Settings

_COLD, _WARM = 100, 100
_ENOUGH = 30.0  # s
_FIRST = 5
_BIG = "".join(
    f"INSERT INTO sink_{n} SELECT id, 'it''s {n}' FROM orders WHERE amount > {n}; -- the {n}th\n"
    for n in range(12_000)
)


@dataclass(frozen=True)
class _Case:
    """`text_of(tables)` is a cell with the caret at `|`; `wanted(tables)` is what has to be offered."""

    what: str
    text_of: Callable[[Sequence[str]], str]
    wanted: Callable[[Sequence[str]], str]


_CASES = (
    _Case("tables, nothing written", lambda _: "SELECT * FROM |", lambda _: ""),
    _Case("tables, a part of a name", lambda t: f"SELECT * FROM {t[0][:-2]}|", lambda t: t[0]),
    _Case("tables, two letters", lambda t: f"SELECT * FROM {t[0][:2]}|", lambda _: ""),
    _Case("tables of a team", lambda t: f"SELECT * FROM trade.{t[0][:7]}|", lambda _: ""),
    _Case("columns of a table", lambda t: f"SELECT o.| FROM {t[0]} AS o", lambda _: "event_time"),
    _Case(
        "columns of three tables",
        lambda t: f"SELECT | FROM {t[0]} a JOIN {t[1]} b ON TRUE JOIN {t[2]} c ON TRUE",
        lambda _: "event_time",
    ),
    _Case(
        "columns in a cell of 1,000,000 characters",
        lambda t: f"{_BIG}SELECT t.| FROM {t[0]} AS t;\n{_BIG[:1000]}",
        lambda _: "event_time",
    ),
)


def measured(where: str, url: str, tables: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Lines of the table. Cold: nobody asked for this before. Warm: the same Tab again.

    `tables` are names of the team `trade`. A Tab goes on without the catalog after `PATIENCE`; here it waits,
    and how many would not have is told, too.
    """
    chance = random.Random(13)
    with open_catalog(Settings(catalog_url=url, team="trade")) as catalog:
        for case in _CASES:
            yield f"{where}: Tab for {case.what}", _case(case, catalog, tables, chance)
    yield (
        f"{where}: first Tab of a kernel, catalog and all",
        _spread([_opened_and_asked(url, chance.choice(tables)) for _ in range(_FIRST)]),
    )


def _case(case: _Case, catalog: Catalog, tables: Sequence[str], chance: random.Random) -> str:
    cold: list[float] = []
    warm: list[float] = []
    _cold_and_warm(case, catalog, chance.sample(tables, 3))  # for the connection, and what Python imports
    for _ in range(_COLD):
        first, others = _cold_and_warm(case, catalog, chance.sample(tables, 3))
        cold.append(first)
        warm += others
    late = sum(each > PATIENCE for each in cold)
    return f"cold {_spread(cold)}, {late} of {_COLD} late; warm {_spread(warm)}"


def _cold_and_warm(case: _Case, catalog: Catalog, tables: Sequence[str]) -> tuple[float, list[float]]:
    completer, known = Completer(), KnownCatalog(lambda: catalog)
    before, _, after = case.text_of(tables).partition("|")
    wanted = case.wanted(tables)

    def tab() -> float:
        begun = time.perf_counter()
        found = completer.complete(before + after, len(before), catalog=known, patience=_ENOUGH)
        taken = time.perf_counter() - begun
        offered = [each.text for each in found]
        assert wanted in offered if wanted else len(offered) > 10, (before[-60:], wanted, offered[:5])
        return taken

    return tab(), [tab() for _ in range(_WARM // 10)]


def _opened_and_asked(url: str, table: str) -> float:
    """Seconds from the first Tab, which opens the catalog, to its list with the table's columns."""
    begun = time.perf_counter()
    opened: list[Catalog] = []

    def open_() -> Catalog:
        opened.append(open_catalog(Settings(catalog_url=url, team="trade")))
        return opened[-1]

    text = f"SELECT o. FROM {table} AS o"
    found = Completer().complete(text, len("SELECT o."), catalog=KnownCatalog(open_), patience=_ENOUGH)
    taken = time.perf_counter() - begun
    for each in opened:
        each.close()
    assert "event_time" in [each.text for each in found]
    return taken


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(each * 1000 for each in seconds)
    if len(ordered) < 100:
        return f"{statistics.median(ordered):.1f} ms, longest of {len(ordered)} {ordered[-1]:.1f} ms"
    return f"p50 {statistics.median(ordered):.1f}, p99 {statistics.quantiles(ordered, n=100)[98]:.1f} ms"
