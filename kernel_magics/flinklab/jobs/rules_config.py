"""The rules about how a job would run: its configuration, its parallelism, and what its plan keeps in state."""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.jobs.findings import Finding, Level, Matter

_ERROR, _WARNING = Level.ERROR, Level.WARNING

INTERVAL = "execution.checkpointing.interval"
RETENTION = "execution.checkpointing.externalized-checkpoint-retention"
RETAINED = "RETAIN_ON_CANCELLATION"
CLAIM_MODES = ("execution.state-recovery.claim-mode", "execution.savepoint-restore-mode")
RESTORE_PATHS = ("execution.state-recovery.path", "execution.savepoint.path")
TARGETS = ("execution.target", "rest.", "yarn.application.", "kubernetes.cluster-id", "high-availability.")
STATE_TTL = "table.exec.state.ttl"

_KEEPS = (
    ("GroupAggregate", "", "a group aggregate"),
    ("GlobalGroupAggregate", "", "a group aggregate"),
    ("GroupTableAggregate", "", "a group aggregate"),
    ("OverAggregate", "UNBOUNDED PRECEDING", "a running aggregate"),
    ("Join", "", "a regular join"),
    ("MultiJoin", "", "a regular join"),
    ("Rank", "", "a deduplication or a top-N"),
    ("ChangelogNormalize", "", "the last row of each key"),
    ("Sink", "upsertMaterialize=[true]", "a sink that keeps the rows of each key"),
)
"""Operators of Flink's physical plan whose state grows with the keys: their name, what must stand in their
brackets, and what they are for a person."""


def checkpointing_off(matter: Matter) -> Iterator[Finding]:
    """Without checkpoints a job that fails begins again with nothing, and none can prove that it is healthy."""
    if not matter.is_batch and not _is_more_than_zero(matter.config.get(INTERVAL, "")):
        yield Finding(
            "checkpointing-off",
            _ERROR,
            f"no checkpoints: {INTERVAL} is not set",
            f"SET '{INTERVAL}' = '1 min'; or set it for the cluster",
        )


def checkpoints_not_retained(matter: Matter) -> Iterator[Finding]:
    """A checkpoint that Flink deletes when the job is cancelled is none to restart from."""
    value = matter.own_config.get(RETENTION)
    if value is not None and value.upper() != RETAINED:
        hint = f"leave it out: flinklab sets {RETAINED}"
        yield Finding("checkpoints-not-retained", _ERROR, f"{RETENTION} is set to {value}", hint)


def claim_mode(matter: Matter) -> Iterator[Finding]:
    """In CLAIM mode Flink owns the restore point and deletes it; flinklab never lets go of one on doubt."""
    for key in CLAIM_MODES:
        value = matter.own_config.get(key, "NO_CLAIM")
        if value.upper() != "NO_CLAIM":
            hint = "leave it out: flinklab starts from restore points that stay its own (NO_CLAIM)"
            yield Finding("claim-mode", _ERROR, f"{key} is set to {value}", hint)


def own_job_id(matter: Matter) -> Iterator[Finding]:
    """Flink job ids are minted for each attempt: a fixed one can be used once."""
    for key in matter.own_config:
        if key.startswith("$internal."):
            hint = "leave it out: flinklab gives each attempt an id of its own"
            yield Finding("own-job-id", _ERROR, f"{key} is set", hint)


def own_savepoint_path(matter: Matter) -> Iterator[Finding]:
    """A path in the text would be restored from at every restart, and every time later state would be lost."""
    for key in RESTORE_PATHS:
        if key in matter.own_config:
            hint = "leave it out and start once with `%flink start NAME --from PATH`"
            yield Finding("own-savepoint-path", _ERROR, f"{key} is set", hint)


def own_target(matter: Matter) -> Iterator[Finding]:
    """A job that went to another cluster would be looked for on its own, not found, and started twice."""
    for key in matter.own_config:
        if key.startswith(TARGETS):
            hint = "leave it out: a job goes to its cluster, and `%flink move` takes it to another"
            yield Finding("own-target", _ERROR, f"{key} is set", hint)


def batch_mode(matter: Matter) -> Iterator[Finding]:
    """Managed SQL runs as a compiled plan, which Flink has for streaming only."""
    if matter.is_batch:
        message = "execution.runtime-mode is batch, and Flink compiles plans for streaming only"
        yield Finding("batch-mode", _ERROR, message, "SET 'execution.runtime-mode' = 'streaming';")


def parallelism_over_slots(matter: Matter) -> Iterator[Finding]:
    """On a cluster of a fixed size a job waits for the slots that it lacks, and then fails."""
    wanted, slots = matter.parallelism, matter.slots
    if wanted is not None and slots is not None and wanted > slots:
        message = f"parallelism {wanted}, and the cluster has {slots} slots"
        yield Finding("parallelism-over-slots", _ERROR, message, f"at most {slots}, or more TaskManagers")


def no_state_ttl(matter: Matter) -> Iterator[Finding]:
    """State that grows with every new key fills the disk one day, unless it is let go of after some time."""
    if _is_more_than_zero(matter.config.get(STATE_TTL, "")):
        return
    bare = dict.fromkeys(
        what
        for each in matter.operators
        for name, mark, what in _KEEPS
        if each.name == name and mark in each.details and "STATE_TTL" not in each.details
    )
    if bare:
        message = f"{' and '.join(bare)} without a time to live: the state grows with every new key"
        hint = f"SET '{STATE_TTL}' = '1 d'; or a STATE_TTL hint, if old keys do not come back"
        yield Finding("no-state-ttl", _WARNING, message, hint)


def processing_time(matter: Matter) -> Iterator[Finding]:
    """By the wall clock the same rows come to other results when they are read again; lookups need it."""
    names = {each.name for each in matter.operators}
    if "LookupJoin" in names or not any("PROCTIME" in each.details for each in matter.operators):
        return
    message = "results depend on when rows are processed, and differ when they are processed again"
    yield Finding("processing-time", _WARNING, message, "use the rows' own time and a watermark if that matters")


def _is_more_than_zero(duration: str) -> bool:
    return any(digit in duration for digit in "123456789")
