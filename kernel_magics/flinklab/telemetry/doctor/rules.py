"""All rules, the likeliest causes first."""

from __future__ import annotations

from flinklab.telemetry.doctor import checkpoints, flow, growth, pressure, processes, standing, watermarks
from flinklab.telemetry.doctor.finding import Rule

_NOTHING_COMES = ("no-rows", "hidden-rows")
_SLOW_CHECKPOINTS = (
    "checkpoint-start-delay",
    "checkpoint-alignment",
    "checkpoint-one-subtask",
    "checkpoints-time-out",
)
_TOO_SLOW = ("checkpoints-time-out",)
_HELD_UP = ("source-lags", *_SLOW_CHECKPOINTS, *_NOTHING_COMES)
_NO_CHECKPOINTS = ("checkpoint-restarts", "failed", "hidden-rows")
_TIME_STANDS = ("windows-do-not-close", "windows-fill", "state-grows", *_NOTHING_COMES)

RULES: tuple[Rule, ...] = (
    Rule(
        "slots-missing",
        "the cluster has not the slots that it needs",
        standing.slots_missing,
        ("restart-loop", "failed", "not-running", "nothing-read", *_NOTHING_COMES),
    ),
    Rule("not-running", "a managed job that shall run does not", standing.not_running),
    Rule("failed", "the job failed for good", standing.failed, ("not-running",)),
    Rule(
        "metaspace-full",
        "a process has hardly room for more classes",
        processes.metaspace_full,
        ("restart-loop", "failed", "gc-pressure", "class-leak"),
    ),
    Rule(
        "gc-pressure",
        "a process collects garbage in place of working",
        processes.gc_pressure,
        ("heap-full", "slow-vertex", "slow-sink", "slow-subtask", "small-parallelism", *_HELD_UP, "restart-loop"),
    ),
    Rule("heap-full", "a process's heap is nearly full", processes.heap_full, ("restart-loop", "failed")),
    Rule("class-leak", "classes of ended jobs stay loaded", processes.class_leak),
    Rule(
        "skew",
        "one sub-task gets most of the rows",
        pressure.skew,
        ("slow-vertex", "slow-sink", "checkpoint-async", "checkpoint-sync", *_HELD_UP),
    ),
    Rule(
        "slow-subtask",
        "one sub-task is slower than the others with the same rows",
        pressure.slow_subtask,
        ("slow-vertex", "slow-sink", *_HELD_UP),
    ),
    Rule("slow-vertex", "a vertex is too slow, and others wait for it", pressure.slow_vertex, _HELD_UP),
    Rule(
        "slow-sink",
        "a sink is too slow, and others wait for it",
        pressure.slow_sink,
        ("checkpoint-sync", *_HELD_UP),
    ),
    Rule(
        "small-parallelism",
        "all sub-tasks of a vertex are busy all the time",
        pressure.small_parallelism,
        ("source-lags", "checkpoint-start-delay"),
    ),
    Rule(
        "watermark-held-back",
        "one source, or one sub-task of it, holds up event time",
        watermarks.held_back,
        _TIME_STANDS,
    ),
    Rule("watermark-stands", "rows are read, and event time does not go on", watermarks.stands_still, _TIME_STANDS),
    Rule("watermark-in-future", "event time is ahead of the clock", watermarks.in_future, ("late-rows",)),
    Rule("checkpoint-storage", "checkpoints cannot be written", checkpoints.storage, _NO_CHECKPOINTS),
    Rule("checkpoints-time-out", "checkpoints do not get done in time", checkpoints.time_out, _NO_CHECKPOINTS),
    Rule("checkpoints-declined", "checkpoints fail", checkpoints.declined, ("checkpoint-restarts", "hidden-rows")),
    Rule(
        "restart-loop",
        "the job fails again and again",
        standing.restart_loop,
        ("checkpoints-declined", "nothing-read", "no-rows", "source-lags"),
    ),
    Rule("checkpoint-restarts", "the job is restarted because its checkpoints fail", standing.checkpoint_restarts),
    Rule("nothing-read", "a source never gave a row", flow.nothing_read, ("no-rows",)),
    Rule("filtered-out", "a filter lets nothing pass", flow.filtered_out, ("no-rows",)),
    Rule("join-without-match", "a join finds nothing", flow.join_without_match, ("no-rows",)),
    Rule(
        "windows-do-not-close",
        "windows take rows and give none",
        watermarks.windows_wait,
        ("windows-fill", "no-rows"),
    ),
    Rule("late-rows", "rows come after their windows were closed", watermarks.late_rows, ("no-rows",)),
    Rule(
        "state-grows",
        "an operator keeps all that ever came",
        growth.state_grows,
        ("checkpoint-async", "checkpoint-sync"),
    ),
    Rule("windows-fill", "windows keep rows and do not close", growth.windows_fill),
    Rule("source-lags", "a source is read more slowly than rows arrive", pressure.source_lags),
    Rule("checkpoint-start-delay", "barriers wait behind rows", checkpoints.slow_by_delay, _TOO_SLOW),
    Rule("checkpoint-alignment", "some barriers come late", checkpoints.slow_by_alignment, _TOO_SLOW),
    Rule("checkpoint-one-subtask", "one sub-task makes checkpoints slow", checkpoints.one_subtask),
    Rule("checkpoint-sync", "beginning a snapshot takes long", checkpoints.slow_by_sync, _TOO_SLOW),
    Rule("checkpoint-async", "writing a snapshot takes long", checkpoints.slow_by_async, _TOO_SLOW),
    Rule("no-checkpoints", "no checkpoints are taken", checkpoints.none_taken, ("hidden-rows",)),
    Rule("hidden-rows", "rows are written, and not to be seen yet", flow.hidden_rows),
    Rule("no-rows", "nothing comes to a sink", flow.no_rows),
)
"""No rule explains itself, be it through others."""
