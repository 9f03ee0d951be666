"""What stands against a text as a job: every rule by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from flinklab.domain.errors import UsageError
from flinklab.domain.text import suggest
from flinklab.jobs import rules, rules_config
from flinklab.jobs.findings import Finding, Level, Matter

Rule = Callable[[Matter], Iterator[Finding]]

RULES: dict[str, Rule] = {
    "nothing-to-run": rules.nothing_to_run,
    "one-job-only": rules.one_job_only,
    "no-query-for-a-person": rules.no_query_for_a_person,
    "permanent-object": rules.permanent_object,
    "not-for-a-job": rules.not_for_a_job,
    "after-the-job": rules.after_the_job,
    "temporary-sink": rules.temporary_sink,
    "sink-not-shared": rules.sink_not_shared,
    "source-not-shared": rules.source_not_shared,
    "unknown-variable": rules.unknown_variable,
    "secret-in-text": rules.secret_in_text,
    "printing-sink": rules.printing_sink,
    "no-watermark": rules.no_watermark,
    "checkpointing-off": rules_config.checkpointing_off,
    "checkpoints-not-retained": rules_config.checkpoints_not_retained,
    "claim-mode": rules_config.claim_mode,
    "own-job-id": rules_config.own_job_id,
    "own-savepoint-path": rules_config.own_savepoint_path,
    "own-target": rules_config.own_target,
    "batch-mode": rules_config.batch_mode,
    "parallelism-over-slots": rules_config.parallelism_over_slots,
    "no-state-ttl": rules_config.no_state_ttl,
    "processing-time": rules_config.processing_time,
}
"""In the order in which their findings are told."""

ALWAYS = frozenset({"nothing-to-run", "one-job-only", "unknown-variable", "secret-in-text", "own-target"})
"""Rules that nobody can switch off: else there is no job, or it runs twice, or a secret is given away."""


def lint(
    matter: Matter, *, ignore: Collection[str] = (), levels: Mapping[str, Level] | None = None
) -> tuple[Finding, ...]:
    """All findings, errors first. `ignore` switches rules off, `levels` makes them errors or warnings.

    Raises `UsageError` for a rule that there is not, and for one that cannot be switched off.
    """
    levels = levels or {}
    _known({*ignore, *levels})
    fixed = sorted(ALWAYS & {*ignore, *levels})
    if fixed:
        raise UsageError(f"the rule {fixed[0]} holds for every job", hint="mend what it says")
    found = [
        replace(finding, level=levels.get(name, finding.level))
        for name, rule in RULES.items()
        if name not in ignore
        for finding in rule(matter)
    ]
    return tuple(sorted(found, key=lambda finding: finding.level is not Level.ERROR))


def _known(names: Collection[str]) -> None:
    for name in sorted(names):
        if name not in RULES:
            close = suggest(name, RULES)
            hint = f"did you mean {close}?" if close else f"the rules are {', '.join(RULES)}"
            raise UsageError(f"there is no rule {name}", hint=hint)
