"""Jobs that are built to be sick, each of one cause, and jobs that only look as if they were.

All work with connectors that come with Flink. A sick job tells by which rule the doctor must find its cause, and
which other rules it may name as what follows; a healthy one must get no finding at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

EVERY = "2 s"
"""Between checkpoints: growth and failures show after a few of them."""


@dataclass(frozen=True)
class Patient:
    """`tables`: DDL; `insert`: the statement that runs; `config`: beside the checkpoint interval.

    `cause`: the rule of the first finding, empty for a healthy one; `clause`: a part of the SQL that it must name;
    `follows`: rules whose findings must be said to follow from the cause; `heavy`: it takes a processor by itself.
    """

    name: str
    tables: str
    insert: str
    cause: str = ""
    clause: str = ""
    follows: frozenset[str] = frozenset()
    config: Mapping[str, str] = field(default_factory=dict)
    heavy: bool = False

    @property
    def options(self) -> dict[str, str]:
        return {"execution.checkpointing.interval": EVERY, **self.config}


_ROWS = """CREATE TEMPORARY TABLE {name}_rows (id BIGINT, txt STRING) WITH ('connector' = 'datagen',
  'rows-per-second' = '{rate}', 'fields.txt.length' = '{length}');"""
_NOWHERE = "CREATE TEMPORARY TABLE {name}_out ({columns}) WITH ('connector' = 'blackhole')"
_TIMED = """CREATE TEMPORARY TABLE {name} (k INT, v DOUBLE, ts AS CAST(CURRENT_TIMESTAMP AS TIMESTAMP_LTZ(3)),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'datagen', 'rows-per-second' = '100',
  'fields.k.min' = '0', 'fields.k.max' = '9');"""


def _rows(name: str, rate: int, length: int = 100) -> str:
    return _ROWS.format(name=name, rate=rate, length=length)


def _nowhere(name: str, columns: str) -> str:
    return _NOWHERE.format(name=name, columns=columns)


def slow_sink(folder: Path) -> Patient:
    """A table's key is not the query's: to write each key once, the sink looks through all rows that it holds."""
    return Patient(
        "slow_sink",
        """CREATE TEMPORARY TABLE slow_sink_rows (id BIGINT) WITH ('connector' = 'datagen',
  'rows-per-second' = '20000', 'fields.id.min' = '0', 'fields.id.max' = '29999');
CREATE TEMPORARY TABLE slow_sink_out (k BIGINT, g BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'blackhole')""",
        "INSERT INTO slow_sink_out SELECT g / 1000000, g, n FROM"
        " (SELECT id AS g, COUNT(*) AS n FROM slow_sink_rows GROUP BY id) ON CONFLICT DO DEDUPLICATE",
        cause="slow-sink",
        clause="slow_sink_out",
        heavy=True,
    )


def slow_checkpoints(folder: Path) -> Patient:
    """A function that takes its time, and barriers that wait behind its rows longer than a checkpoint is given."""
    return Patient(
        "slow_checkpoints",
        _rows("slow_checkpoints", 5000) + _nowhere("slow_checkpoints", "k BIGINT, n BIGINT, h STRING"),
        # Some 3 ms of a processor for each row.
        "INSERT INTO slow_checkpoints_out SELECT k, n, SHA512(REPEAT(m, 5000)) FROM (SELECT MOD(id, 1000) AS k,"
        " COUNT(*) AS n, MAX(txt) AS m FROM slow_checkpoints_rows GROUP BY MOD(id, 1000))",
        cause="slow-vertex",
        clause="SHA512",
        follows=frozenset({"checkpoints-time-out"}),
        config={
            "execution.checkpointing.timeout": "1 s",
            "execution.checkpointing.tolerable-failed-checkpoints": "1000",
        },
        heavy=True,
    )


def skewed_key(folder: Path) -> Patient:
    """Nine of ten rows have one key, so that one of four sub-tasks does the work of all."""
    return Patient(
        "skewed_key",
        """CREATE TEMPORARY TABLE skewed_key_rows (r INT, v INT) WITH ('connector' = 'datagen',
  'rows-per-second' = '4000', 'fields.r.min' = '1', 'fields.r.max' = '100');"""
        + _nowhere("skewed_key", "k INT, n BIGINT, h STRING"),
        "INSERT INTO skewed_key_out SELECT k, n, SHA512(REPEAT(CAST(s AS STRING), 10000)) FROM"
        " (SELECT k, COUNT(*) AS n, SUM(CAST(v AS BIGINT)) AS s FROM"
        " (SELECT CASE WHEN r <= 90 THEN 0 ELSE r END AS k, v FROM skewed_key_rows) GROUP BY k)",
        cause="skew",
        config={"parallelism.default": "4"},
        heavy=True,
    )


def idle_source(folder: Path) -> Patient:
    """Of two sources one gave a row, and is silent since: event time stands at that row, for the other one too."""
    inbox = folder / "idle_source"
    inbox.mkdir(exist_ok=True)
    (inbox / "one.csv").write_text("1,1.0,2026-01-01 00:00:00Z\n")
    return Patient(
        "idle_source",
        _TIMED.format(name="idle_source_busy")
        + f"""CREATE TEMPORARY TABLE idle_source_silent (k INT, v DOUBLE, ts TIMESTAMP_LTZ(3),
  WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '{inbox.as_uri()}', 'format' = 'csv',
  'source.monitor-interval' = '1 s');
CREATE TEMPORARY VIEW idle_source_both AS
SELECT k, v, ts FROM idle_source_busy UNION ALL SELECT k, v, ts FROM idle_source_silent;"""
        + _nowhere("idle_source", "w TIMESTAMP(3), k INT, n BIGINT"),
        "INSERT INTO idle_source_out SELECT window_start, k, COUNT(*) FROM TABLE(TUMBLE(TABLE"
        " idle_source_both, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end, k",
        cause="watermark-held-back",
        clause="idle_source_silent",
        follows=frozenset({"windows-do-not-close", "no-rows"}),
    )


def lost_storage(folder: Path) -> Patient:
    """Checkpoints go to a folder that `lose` takes away."""
    return Patient(
        "lost_storage",
        _rows("lost_storage", 100) + _nowhere("lost_storage", "k BIGINT, n BIGINT"),
        "INSERT INTO lost_storage_out SELECT MOD(id, 1000), COUNT(*) FROM lost_storage_rows GROUP BY MOD(id, 1000)",
        cause="checkpoint-storage",
        config={
            "execution.checkpointing.dir": (folder / "lost_storage").as_uri(),
            "execution.checkpointing.tolerable-failed-checkpoints": "1000",
        },
    )


def unbounded_state(folder: Path) -> Patient:
    """An aggregate with a key that never comes again, and no time to live."""
    return Patient(
        "unbounded_state",
        _rows("unbounded_state", 2000, 50) + _nowhere("unbounded_state", "id BIGINT, n BIGINT, t STRING"),
        "INSERT INTO unbounded_state_out SELECT id, COUNT(*), MAX(txt) FROM unbounded_state_rows GROUP BY id",
        cause="state-grows",
        clause="GROUP BY id",
    )


def unbounded_join(folder: Path) -> Patient:
    """A join without a time keeps all rows of both sides."""
    return Patient(
        "unbounded_join",
        """CREATE TEMPORARY TABLE unbounded_join_l (k INT, a STRING) WITH ('connector' = 'datagen',
  'rows-per-second' = '1000', 'fields.a.length' = '100', 'fields.k.min' = '1', 'fields.k.max' = '100000');
CREATE TEMPORARY TABLE unbounded_join_r (k INT, b STRING) WITH ('connector' = 'datagen',
  'rows-per-second' = '1000', 'fields.b.length' = '100', 'fields.k.min' = '1', 'fields.k.max' = '100000');"""
        + _nowhere("unbounded_join", "a STRING, b STRING"),
        "INSERT INTO unbounded_join_out SELECT l.a, r.b FROM unbounded_join_l AS l JOIN unbounded_join_r AS r"
        " ON l.k = r.k",
        cause="state-grows",
        clause="JOIN",
    )


def restart_loop(folder: Path) -> Patient:
    """A division that fails as soon as a zero comes, again and again."""
    return Patient(
        "restart_loop",
        """CREATE TEMPORARY TABLE restart_loop_rows (id BIGINT, d INT) WITH ('connector' = 'datagen',
  'rows-per-second' = '100', 'fields.d.min' = '0', 'fields.d.max' = '50');"""
        + _nowhere("restart_loop", "id BIGINT, q INT"),
        "INSERT INTO restart_loop_out SELECT id, 1000 / d FROM restart_loop_rows",
        cause="restart-loop",
        clause="1000 / d",
        config={
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "2147483647",
            "restart-strategy.fixed-delay.delay": "1 s",
        },
    )


def healthy() -> tuple[Patient, ...]:
    """State that is bounded by windows, by an interval, by a time to live; and no state at all."""
    return (
        Patient(
            "window",
            _TIMED.format(name="window_rows") + _nowhere("window", "w TIMESTAMP(3), k INT, n BIGINT, s DOUBLE"),
            "INSERT INTO window_out SELECT window_start, k, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE window_rows,"
            " DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end, k",
            config={"parallelism.default": "2"},
        ),
        Patient(
            "interval",
            _TIMED.format(name="interval_l")
            + _TIMED.format(name="interval_r")
            + _nowhere("interval", "k INT, a DOUBLE, b DOUBLE"),
            "INSERT INTO interval_out SELECT l.k, l.v, r.v FROM interval_l AS l, interval_r AS r WHERE l.k = r.k"
            " AND l.ts BETWEEN r.ts - INTERVAL '1' SECOND AND r.ts + INTERVAL '1' SECOND",
        ),
        Patient(
            "with_ttl",
            _rows("with_ttl", 500, 20) + _nowhere("with_ttl", "id BIGINT, n BIGINT"),
            "INSERT INTO with_ttl_out SELECT id, COUNT(*) FROM with_ttl_rows GROUP BY id",
            config={"table.exec.state.ttl": "5 s"},
        ),
        Patient(
            "filter",
            _rows("filter", 200) + _nowhere("filter", "id BIGINT, txt STRING"),
            "INSERT INTO filter_out SELECT id, UPPER(txt) FROM filter_rows WHERE MOD(id, 3) = 0",
        ),
    )


def lose(folder: Path) -> None:
    """Put a file in the place of a folder of checkpoints: this keeps out even somebody who may do everything."""
    shutil.rmtree(folder)
    folder.write_text("there was a folder of checkpoints")
