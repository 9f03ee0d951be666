"""The ways people had before: the SQL client, and PyFlink's `collect()`. Each as a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import flinklab

_COLLECT = """
import sys, time
from pyflink.table import EnvironmentSettings, TableEnvironment
tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
tables.get_config().set("parallelism.default", "1")
tables.execute_sql(sys.argv[1])
begun = time.perf_counter()
rows = 0
with tables.execute_sql(sys.argv[2]).collect() as results:
    for row in results:
        rows += 1
print(rows, time.perf_counter() - begun)
"""


def flink_home() -> Path:
    spec = importlib.util.find_spec("pyflink")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def environment(java: Path) -> dict[str, str]:
    return {**os.environ, "JAVA_HOME": str(java.parent.parent), "FLINK_HOME": str(flink_home())}


def opt_folder(folder: Path) -> Path:
    """Flink's `opt` with the gateway's jar in it, which the SQL client needs and pip's Flink does not have."""
    opt = folder / "opt"
    opt.mkdir()
    gateway = flinklab.resolve_jar(f"org.apache.flink:flink-sql-gateway:{version('apache-flink')}")
    for jar in (*(flink_home() / "opt").glob("*.jar"), gateway):
        (opt / jar.name).symlink_to(jar)
    return opt


def sql_client(java: Path, gateway_url: str, ddl: str, sql: str, folder: Path) -> float:
    """Seconds that `sql-client.sh gateway`, tableau output to a file, takes for `sql` alone.

    Its own start is taken off: it is timed with the same script without the query.
    """
    home, seconds = flink_home(), []
    environ = {**environment(java), "FLINK_OPT_DIR": str(opt_folder(folder)), "FLINK_LOG_DIR": str(folder)}
    for name, statements in (("empty", [ddl]), ("query", [ddl, sql])):
        script = folder / f"{name}.sql"
        script.write_text(
            "".join(f"{line};\n" for line in ["SET 'sql-client.execution.result-mode' = 'tableau'", *statements])
        )
        begun = time.perf_counter()
        with (folder / f"{name}.out").open("w") as output:
            subprocess.run(
                [home / "bin" / "sql-client.sh", "gateway", "--endpoint", gateway_url, "-f", script],
                env=environ, stdout=output, stderr=subprocess.STDOUT, check=True, timeout=600,
            )  # fmt: skip
        seconds.append(time.perf_counter() - begun)
    return seconds[1] - seconds[0]


def pyflink_collect(java: Path, ddl: str, sql: str) -> tuple[int, float]:
    """Rows and seconds of PyFlink's `execute_sql(...).collect()`."""
    done = subprocess.run(
        [sys.executable, "-c", _COLLECT, ddl, sql],
        env=environment(java), capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    rows, seconds = done.stdout.split()[-2:]
    return int(rows), float(seconds)
