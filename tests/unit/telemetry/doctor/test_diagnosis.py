"""The order of findings, what follows from what, and how a diagnosis reads."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fakes.evidence import NOW, aggregate, ago, evidence, healthy, source
from flinklab.domain.series import Frame, SeriesKey
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence
from flinklab.telemetry.doctor.finding import Finding, Rule, Severity
from flinklab.telemetry.doctor.rules import RULES


def test_rules_have_names_of_their_own_and_explain_rules_that_there_are() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {each for rule in RULES for each in rule.explains} <= set(names)
    assert all(rule.meaning for rule in RULES)


def test_no_rule_explains_itself_be_it_through_others() -> None:
    explains = {rule.name: set(rule.explains) for rule in RULES}

    def reached(name: str, seen: frozenset[str]) -> Iterator[str]:
        for each in explains[name]:
            yield each
            if each not in seen:
                yield from reached(each, seen | {each})

    for name in explains:
        assert name not in set(reached(name, frozenset())), name


def finds(name: str, severity: Severity, explains: tuple[str, ...] = (), many: int = 1) -> Rule:
    def check(evidence: Evidence) -> Iterator[Finding]:
        yield from (Finding(name, severity, f"{name} {each}") for each in range(many))

    return Rule(name, name, check, explains)


def test_causes_come_first_the_worst_before_the_others_and_what_follows_after_them() -> None:
    table = (
        finds("lag", Severity.CRITICAL),
        finds("slow", Severity.WARNING, ("lag",)),
        finds("notice", Severity.NOTICE),
        finds("bad", Severity.CRITICAL, ("late",), many=2),
        finds("late", Severity.NOTICE),
    )
    found = diagnose(healthy(), table).findings
    assert [(each.rule, each.follows) for each in found] == [
        ("bad", ""),
        ("bad", ""),
        ("late", "bad"),
        ("slow", ""),
        ("lag", "slow"),
        ("notice", ""),
    ]


@given(st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 5)), st.sampled_from(Severity)), max_size=6))
def test_no_finding_is_lost_or_told_twice(made: list[tuple[int, set[int], Severity]]) -> None:
    """Whatever explains what, as long as nothing explains itself."""
    table = tuple(
        finds(str(index), severity, tuple(str(each) for each in explains if each > index), many=1 + many % 2)
        for index, (many, explains, severity) in enumerate(made)
    )
    found = diagnose(healthy(), table).findings
    wanted = [each.title for rule in table for each in rule.check(healthy())]
    assert sorted(each.title for each in found) == sorted(wanted)
    told: set[str] = set()
    for each in found:
        assert not each.follows or each.follows in told
        told.add(each.rule)


def test_a_healthy_job_says_what_was_looked_at() -> None:
    found = diagnose(healthy())
    assert found.is_healthy and not found.findings
    assert found.looked_at[:2] == ("2 vertices with 2 sub-tasks over 10 s", "2 checkpoints")
    assert str(found).splitlines()[0] == "job: nothing is wrong"


def test_what_could_not_be_had_is_said_and_nothing_is_called_healthy() -> None:
    found = diagnose(evidence(source(), aggregate(), missing=("records: the catalog is away",)))
    assert not found.is_healthy and not found.findings
    assert "not looked at: records: the catalog is away" in str(found)
    assert "could be looked at" in found.headline


def test_a_diagnosis_reads_as_text_and_as_json() -> None:
    found = diagnose(evidence(source(backpressured=0.9, pending=(5e3, 9e3)), aggregate(busy=1.0)))
    text = str(found)
    assert text.startswith("job: 1 finding, and 1 that follow\ncritical slow-vertex: ")
    assert "in the SQL: GROUP BY k (line 3)" in text and "follows from slow-vertex" in text
    document = json.loads(json.dumps(found.document()))
    assert document["findings"][0]["line"] == 3 and document["findings"][1]["follows"] == "slow-vertex"


def test_since_when_comes_from_what_was_recorded() -> None:
    times = np.array([ago(each).timestamp() for each in (300, 240, 180, 120, 60)])
    held = np.array([0.9, 0.1, 0.8, np.nan, 0.9])
    frame = Frame(times, {SeriesKey("src", "backpressured_max"): held})
    given = evidence(source(backpressured=0.9), aggregate(busy=1.0), frame=frame)
    (found,) = diagnose(given).findings
    assert found.since == ago(180), "it was well before, and a gap is no end"
    over = Frame(times, {SeriesKey("src", "backpressured_max"): held[::-1] * 0 + 0.1})
    assert diagnose(evidence(source(backpressured=0.9), aggregate(busy=1.0), frame=over)).findings[0].since is None
    assert found.since is not None and found.since < NOW
