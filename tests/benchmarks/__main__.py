"""Speed, as ratios measured side by side in one run: `python tests/benchmarks`.

Starts an embedded Flink of its own, prints a Markdown table, and ends what it started. Takes half an hour on
two cores; `--only drain --rows 100000` is quick; `--only catalog`, `events`, `jobs`, `opening`, `panel`,
`recording`, `series` and `yarn` need no Flink.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import flinklab
from benchmarks import (
    catalog,
    events,
    jobs,
    opening,
    panel,
    real_jobs,
    recording,
    series,
    watching,
    yarn,
    yarn_query,
)
from benchmarks.bare import BareLoop
from benchmarks.others import pyflink_collect, sql_client
from flinklab.local import LocalFlink


def source(name: str, rows: int) -> str:
    """The DDL of a table of (BIGINT, STRING, DOUBLE) that ends after `rows` rows."""
    return (
        f"CREATE TEMPORARY TABLE {name} (id BIGINT, name STRING, amount DOUBLE) WITH ('connector' = 'datagen', "
        f"'number-of-rows' = '{rows}', 'rows-per-second' = '1000000000', 'fields.name.length' = '16')"
    )


@dataclass(frozen=True)
class Bench:
    """What a measurement needs: an embedded Flink, and how much to do."""

    flink: LocalFlink
    folder: Path
    rows: int
    pairs: int

    @contextmanager
    def sides(self, rows: int) -> Iterator[tuple[flinklab.Session, BareLoop]]:
        """The same table in a session of ours and in one of the bare loop, both warm."""
        with flinklab.connect(self.flink.gateway_url, jobmanager_url=self.flink.jobmanager_url) as session:
            bare = BareLoop(self.flink.gateway_url)
            try:
                for name, count in (("numbers", rows), ("warm", 20_000)):
                    session.sql(source(name, count))
                    bare.run(source(name, count))
                session.sql("SELECT * FROM warm", rows_kept=None).wait()
                bare.run("SELECT * FROM warm")
                yield session, bare
            finally:
                bare.close()


def line(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs)"


def drain(bench: Bench) -> None:
    """A bounded query into one Arrow table, against the bare loop: A B, B A, A B, ..."""
    ours: list[float] = []
    theirs: list[float] = []
    cpu: list[float] = []
    with bench.sides(bench.rows) as (session, bare):

        def run_ours() -> None:
            begun, used = time.perf_counter(), time.process_time()
            table = session.sql("SELECT * FROM numbers", rows_kept=None).wait().arrow
            assert table.num_rows == bench.rows
            ours.append(time.perf_counter() - begun)
            cpu.append(time.process_time() - used)

        def run_bare() -> None:
            theirs.append(bare.run("SELECT * FROM numbers").seconds)

        for pair in range(bench.pairs):
            for run in (run_ours, run_bare)[:: 1 if pair % 2 else -1]:
                run()
    line(
        f"{bench.rows:,} rows into an Arrow table: rate as a share of a bare loop's that decodes nothing",
        spread([bare_seconds / own for own, bare_seconds in zip(ours, theirs, strict=True)]),
    )
    line("the same, rows a second (median; bare loop)", f"{bench.rows / statistics.median(ours):,.0f}; "
         f"{bench.rows / statistics.median(theirs):,.0f}")  # fmt: skip
    line("the same, CPU of the kernel per row", f"{statistics.median(cpu) / bench.rows * 1e6:.2f} µs")


def first(bench: Bench) -> None:
    """Seconds from a statement to its first row on a warm session, against the bare loop."""
    ours: list[float] = []
    theirs: list[float] = []
    with bench.sides(1_000) as (session, bare):

        def run_ours() -> None:
            begun = time.perf_counter()
            result = session.sql("SELECT * FROM numbers")
            while result.rows_seen == 0:
                time.sleep(0.001)
            ours.append(time.perf_counter() - begun)
            result.wait()

        def run_bare() -> None:
            theirs.append(bare.run("SELECT * FROM numbers").first_row)

        for pair in range(2 * bench.pairs):
            for run in (run_ours, run_bare)[:: 1 if pair % 2 else -1]:
                run()
    ratios = [own / bare_seconds for own, bare_seconds in zip(ours, theirs, strict=True)]
    line("time to the first row, warm session, times the bare loop's", spread(ratios))
    medians = f"{statistics.median(ours):.2f} s; {statistics.median(theirs):.2f} s"
    line("the same, seconds (median; bare loop)", medians)


def memory(bench: Bench) -> None:
    """Growth of this process while a stream passes through a window of 10,000 rows."""
    process = psutil.Process()
    with bench.sides(3 * bench.rows) as (session, _):
        result = session.sql("SELECT * FROM numbers", mode=flinklab.Mode.APPEND)
        while result.rows_seen < bench.rows / 2 and not result.status.is_final:
            time.sleep(0.05)
        early = process.memory_info().rss
        peak = early
        while not result.status.is_final:
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.05)
        assert result.rows_seen == 3 * bench.rows
    line(
        f"memory that a stream of {3 * bench.rows:,} rows adds to the kernel (10,000 kept)",
        f"{(peak - early) / 2**20:.0f} MiB",
    )


def others(bench: Bench) -> None:
    """The SQL client writing to a file, in turn with ours; and PyFlink's `collect()` on fewer rows."""
    java = Path(psutil.Process(bench.flink.pids["jobmanager"]).exe())
    ours: list[float] = []
    client: list[float] = []
    with bench.sides(bench.rows) as (session, bare):
        bare.run("SELECT * FROM numbers")  # the cluster's code gets warm
        for _ in range(max(2, bench.pairs // 2)):
            begun = time.perf_counter()
            session.sql("SELECT * FROM numbers", rows_kept=None).wait()
            ours.append(time.perf_counter() - begun)
            with tempfile.TemporaryDirectory() as folder:
                url, ddl = bench.flink.gateway_url, source("numbers", bench.rows)
                client.append(sql_client(java, url, ddl, "SELECT * FROM numbers", Path(folder)))
    ratios = [theirs / own for own, theirs in zip(ours, client, strict=True)]
    line("times the rate of `sql-client.sh gateway`, tableau output to a file", spread(ratios))
    rows, seconds = pyflink_collect(java, source("numbers", 5_000), "SELECT * FROM numbers")
    rate = bench.rows / statistics.median(ours)
    line("times the rate of PyFlink's `collect()`", f"{rate / (rows / seconds):.0f} ({rows / seconds:,.0f} rows/s)")


def query_on_yarn(bench: Bench) -> None:
    """From the name of a warm session on YARN to its first row, against the embedded Flink."""
    took = list(yarn_query.rounds(bench.flink, bench.folder, bench.pairs))
    ratios = [there / here for there, here in took]
    line("name to first row, warm YARN session, times the same on the embedded Flink", spread(ratios))
    there, here = (statistics.median(side) for side in zip(*took, strict=True))
    line("the same, seconds (median; embedded)", f"{there:.2f} s; {here:.2f} s")


BENCHMARKS: dict[str, Callable[[Bench], None]] = {
    "drain": drain,
    "first": first,
    "memory": memory,
    "others": others,
    "yarn-query": query_on_yarn,
}


OTHERS = ("catalog", "events", "jobs", "opening", "panel", "recording", "watching", "series", "yarn")


def show(figures: Iterator[tuple[str, str]]) -> None:
    for what, figure in figures:
        line(what, figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs; medians are shown")
    parser.add_argument("--minutes", type=float, default=10, help="for which managed jobs are watched")
    parser.add_argument("--real", type=int, metavar="N", help="managed jobs: N real ones, on an embedded Flink")
    parser.add_argument("--only", choices=[*BENCHMARKS, *OTHERS], action="append")
    options = parser.parse_args()
    wanted = options.only or [*BENCHMARKS, *OTHERS]
    print("| measured | figure |\n|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if of_flink := [name for name in wanted if name in BENCHMARKS]:
            settings = replace(flinklab.load_settings(), state_dir=Path(folder) / "state")
            flink = flinklab.up(settings, lambda text: print(text, file=sys.stderr))
            try:
                for name in of_flink:
                    BENCHMARKS[name](Bench(flink, Path(folder), options.rows, options.pairs))
            finally:
                flinklab.down(settings)
        if "catalog" in wanted:
            show(catalog.measured(Path(folder)))
        if "opening" in wanted:
            show(opening.measured(Path(folder), max(15, options.pairs)))
        if "panel" in wanted:
            show(panel.measured(Path(folder)))
        if "events" in wanted:
            show(events.measured(Path(folder)))
        if "series" in wanted:
            show(series.measured(Path(folder)))
        if "watching" in wanted:
            show(watching.measured(Path(folder)))
        if "jobs" in wanted and options.real:
            show(real_jobs.measured(Path(folder), options.real))
        elif "jobs" in wanted:
            show(jobs.measured(Path(folder), options.minutes))
        if "yarn" in wanted:
            show(yarn.measured(Path(folder), options.minutes))
        if "recording" in wanted and options.real:
            show(recording.of_real(Path(folder), options.real))
        elif "recording" in wanted:
            show(recording.of_fakes(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
