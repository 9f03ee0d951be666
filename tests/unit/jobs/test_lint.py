"""The rules, one by one, each by a text that it has something against and one that it has nothing against."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flinklab.domain.definitions import Definition, DefinitionKind, Facts, How, Name, TableColumn
from flinklab.domain.errors import Position, StatementInvalidError, UsageError
from flinklab.jobs.findings import Finding, Level, Matter, Missing, Relation, Unresolved, operators
from flinklab.jobs.lint import ALWAYS, RULES, lint
from flinklab.jobs.script import CellText, read_script

JOB = "INSERT INTO s SELECT k FROM o"
EVERY = {"execution.checkpointing.interval": "1 min", "table.exec.state.ttl": "1 d"}


def explained(*lines: str) -> str:
    """As Flink 2.3 writes it."""
    tree = "\n".join(f"{'   ' * depth}+- {line}" if depth else line for depth, line in enumerate(lines))
    return (
        f"== Abstract Syntax Tree ==\nLogicalSink(table=[s])\n+- LogicalJoin(PROCTIME())\n\n"
        f"== Optimized Physical Plan ==\n{tree}\n\n== Optimized Execution Plan ==\nSink(table=[s])\n+- Join(a)\n"
    )


def matter(text: str = JOB, *, notebook: bool = False, **more: Any) -> Matter:
    reading = read_script([CellText(text, "c1")], is_notebook=notebook)
    own = dict(reading.config) | more.pop("own_config", {})
    return Matter(reading, own_config=own, **{"config": {**EVERY, **own}, **more})


def relation(how: How, *, own: str = "", connector: str = "kafka", **facts: Any) -> Relation:
    given = matter()
    options = {"connector": connector}
    definition = Definition(
        Name("my", "s"), DefinitionKind.TABLE, "CREATE TABLE s", Facts(options=options, **facts)
    )
    place = Position(1, 13, 1, 13)
    return Relation(("s",), how, given.reading.jobs[0], place, None if own else definition, own)


def missing(how: How, **more: Any) -> Matter:
    return matter(missing=(Missing("my.s", how, position=Position(1, 13), cell="c1", **more),))


NO_TIME = StatementInvalidError(
    "The window function requires the timecol is a time attribute type, but is TIMESTAMP(3)",
    position=Position(1, 5, 1, 6),
)
COLUMNS = (TableColumn("k", "INT"),)
PRINTS = relation(How.WRITES, connector="print")
OWN = relation(How.WRITES, own="CREATE TEMPORARY TABLE s (k INT) WITH ('connector'='kafka')")

AGAINST = [
    ("nothing-to-run", matter("USE x")),
    ("one-job-only", matter(f"{JOB}; {JOB}")),
    ("no-query-for-a-person", matter(f"SELECT 1; {JOB}")),
    ("no-query-for-a-person", matter(f"{JOB}; SHOW TABLES")),
    ("permanent-object", matter(f"CREATE TABLE t (a INT); {JOB}")),
    ("not-for-a-job", matter(f"DROP TABLE t; {JOB}")),
    ("not-for-a-job", matter(f"{JOB}; BEGIN STATEMENT SET")),
    ("after-the-job", matter(f"{JOB}; USE x")),
    ("temporary-sink", matter(relations=(OWN,))),
    ("sink-not-shared", missing(How.WRITES)),
    ("source-not-shared", missing(How.READS)),
    ("unknown-variable", matter(unresolved=(Unresolved("${x} has no value in dev"),))),
    ("secret-in-text", matter(f"CREATE TEMPORARY TABLE o (k INT) WITH ('password' = 'abc'); {JOB}")),
    ("secret-in-text", matter("INSERT INTO s SELECT k FROM o /*+ OPTIONS('password'='abc') */")),
    ("secret-in-text", matter(f"SET 'fs.s3.secret' = 'abc'; {JOB}")),
    ("printing-sink", matter(relations=(PRINTS,))),
    ("printing-sink", matter(relations=(relation(How.WRITES, connector="blackhole"),))),
    ("no-watermark", matter(refusal=NO_TIME, relations=(relation(How.READS, columns=COLUMNS),))),
    ("checkpointing-off", matter(config={"table.exec.state.ttl": "1 d"})),
    ("checkpointing-off", matter(own_config={"execution.checkpointing.interval": "0 s"})),
    (
        "checkpoints-not-retained",
        matter(own_config={"execution.checkpointing.externalized-checkpoint-retention": "DELETE_ON_CANCELLATION"}),
    ),
    ("claim-mode", matter(own_config={"execution.state-recovery.claim-mode": "claim"})),
    ("own-job-id", matter(f"SET '$internal.pipeline.job-id' = 'x'; {JOB}")),
    ("own-savepoint-path", matter(own_config={"execution.state-recovery.path": "/x"})),
    ("own-target", matter(f"SET 'execution.target' = 'remote'; {JOB}")),
    ("own-target", matter(own_config={"rest.port": "8081"})),
    ("batch-mode", matter(f"SET 'execution.runtime-mode' = 'batch'; {JOB}")),
    ("parallelism-over-slots", matter(parallelism=5, slots=4)),
    (
        "no-state-ttl",
        matter(
            explain=explained("Sink(table=[s])", "GroupAggregate(groupBy=[k])"),
            config={**EVERY, "table.exec.state.ttl": "0"},
        ),
    ),
    (
        "processing-time",
        matter(explain=explained("Sink(table=[s])", "Calc(select=[k, PROCTIME() AS p])")),
    ),
]

FINE = [
    matter(),
    matter(f"BEGIN STATEMENT SET; {JOB}; {JOB}; END"),
    matter(relations=(relation(How.WRITES), relation(How.READS, columns=COLUMNS, watermark="k AS k"))),
    matter(f"CREATE TEMPORARY TABLE o (k INT) WITH ('password' = '${{pw}}'); {JOB}"),
    matter("INSERT INTO s SELECT k FROM o /*+ OPTIONS('password'='${pw}') */"),
    matter(own_config={"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION"}),
    matter(own_config={"execution.state-recovery.claim-mode": "NO_CLAIM"}),
    matter(parallelism=4, slots=4),
    matter(parallelism=400),
    matter(explain=explained("Sink(table=[s])", "GroupAggregate(groupBy=[k])")),
    matter(
        explain=explained(
            "Sink(table=[s])", "Join(where=[=(k, k0)], stateTtlHints=[[[STATE_TTL options:{LEFT=1d}]]])"
        ),
        config={"execution.checkpointing.interval": "60000"},
    ),
    matter(
        explain=explained("Sink(table=[s])", "IntervalJoin(joinType=[InnerJoin])", "GlobalWindowAggregate(x)"),
        config={"execution.checkpointing.interval": "60000"},
    ),
    matter(explain=explained("Sink(table=[s])", "LookupJoin(table=[t])", "Calc(select=[k, PROCTIME() AS p])")),
]


@pytest.mark.parametrize(("rule", "given"), AGAINST)
def test_a_rule_finds_what_it_is_for_and_says_what_to_do(rule: str, given: Matter) -> None:
    found = [finding for finding in lint(given) if finding.rule == rule]
    assert found
    assert all(finding.message and finding.hint and "\n" not in str(finding) for finding in found)


@pytest.mark.parametrize("given", FINE)
def test_a_good_text_has_no_findings(given: Matter) -> None:
    assert lint(given) == ()


def test_every_rule_is_tried_and_says_its_own_name() -> None:
    assert {rule for rule, _ in AGAINST} == set(RULES)
    for name, rule in RULES.items():
        for _, given in AGAINST:
            assert {finding.rule for finding in rule(given)} <= {name}
        assert rule.__doc__


def test_a_finding_has_its_place_in_the_cell() -> None:
    found = lint(matter(f"USE x;\n  SELECT 1; {JOB}"))
    assert [(each.position, each.cell) for each in found] == [(Position(2, 3), "c1")]
    assert str(found[0]).startswith(
        "no-query-for-a-person: nobody would see the rows of SELECT 1 (line 2, column 3) → "
    )


@pytest.mark.parametrize("text", ["SELECT 1", "CREATE TABLE t (a INT)", "DROP TABLE t"])
def test_what_a_notebook_has_besides_is_left_out_with_a_warning(text: str) -> None:
    [found] = lint(matter(f"{text}; {JOB}", notebook=True))
    assert found.level is Level.WARNING
    assert found.message == f"left out: {text}"


def test_no_finding_shows_a_secret() -> None:
    create = "TABLE t (a INT) WITH ('password' = 'hunter22')"
    text = f"CREATE {create}; CREATE TEMPORARY {create}"
    for notebook in (False, True):
        found = lint(matter(f"SET 'x.password' = 'hunter22'; {text}; {JOB}", notebook=notebook))
        assert found
        assert "hunter22" not in " ".join(map(str, found))


def test_a_place_of_a_secret_is_the_value() -> None:
    [found] = lint(matter("INSERT INTO s SELECT k FROM o\n/*+ OPTIONS('password'='abc') */"))
    assert found.position == Position(2, 25)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Missing("o", How.READS, in_session=True), "o is only in your session"),
        (Missing("o", How.READS), "o is neither in the catalog nor in this text"),
    ],
)
def test_what_is_missing_may_be_the_persons_own(given: Missing, said: str) -> None:
    [found] = lint(matter(missing=(given,)))
    assert (found.rule, found.message) == ("source-not-shared", said)


def test_a_close_name_is_suggested() -> None:
    [found] = lint(missing(How.WRITES, suggestion="did you mean my.sink?"))
    assert found.hint == "did you mean my.sink?"


def test_state_without_a_time_to_live_says_what_keeps_it() -> None:
    explain = explained("Sink(table=[s])", "GroupAggregate(x)", "Join(y)", "Rank(z)")
    found = lint(matter(explain=explain, config={"execution.checkpointing.interval": "1 s"}))
    assert [each.message for each in found] == [
        "a group aggregate and a regular join and a deduplication or a top-N without a time to live: "
        "the state grows with every new key"
    ]


@pytest.mark.parametrize(
    ("operator", "keeps"),
    [
        ("OverAggregate(window=[ RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW])", True),
        ("OverAggregate(window=[ ROWS BETWEEN 3 PRECEDING AND CURRENT ROW])", False),
        ("Sink(table=[s], upsertMaterialize=[true])", True),
        ("MultiJoin(x)", True),
        ("ChangelogNormalize(key=[k])", True),
        ("LookupJoin(x)", False),
        ("WindowJoin(x)", False),
        ("TemporalJoin(x)", False),
    ],
)
def test_only_what_keeps_a_row_for_each_key_needs_a_time_to_live(operator: str, keeps: bool) -> None:
    given = matter(explain=explained("Calc(x)", operator), config={"execution.checkpointing.interval": "1 s"})
    assert [each.rule for each in lint(given)] == ["no-state-ttl"] * keeps


def test_a_window_names_the_sources_without_a_watermark() -> None:
    plain, marked = (
        replace(relation(How.READS, columns=COLUMNS, watermark=mark), path=(name,))
        for name, mark in (("a", ""), ("b", "k AS k"))
    )
    [found] = lint(matter(refusal=NO_TIME, relations=(plain, marked)))
    assert found.message == "a time window over a, which has no watermark"
    assert found.position == NO_TIME.position


def test_rules_are_switched_off_and_turned_up_by_name() -> None:
    given = matter(relations=(PRINTS,), own_config={"execution.state-recovery.path": "/x"})
    assert [each.rule for each in lint(given)] == ["own-savepoint-path", "printing-sink"]
    assert [each.rule for each in lint(given, ignore={"own-savepoint-path"})] == ["printing-sink"]
    turned = lint(given, levels={"printing-sink": Level.ERROR, "own-savepoint-path": Level.WARNING})
    assert [(each.rule, each.level) for each in turned] == [
        ("printing-sink", Level.ERROR),
        ("own-savepoint-path", Level.WARNING),
    ]


def test_a_rule_that_there_is_not_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"there is no rule no-state-tll \(did you mean no-state-ttl\?\)"):
        lint(matter(), ignore={"no-state-tll"})


@pytest.mark.parametrize("rule", sorted(ALWAYS))
def test_some_rules_hold_for_every_job(rule: str) -> None:
    with pytest.raises(UsageError, match=f"the rule {rule} holds for every job"):
        lint(matter(), ignore={rule})


def test_operators_are_those_of_the_physical_plan_with_all_sinks() -> None:
    explain = (
        "== Optimized Physical Plan ==\nSink(table=[c.d.s], fields=[k])\n+- Calc(select=[k])\n"
        "   :- Exchange(distribution=[hash[k]])\n   +- TableSourceScan(table=[[c, d, t]])\n\n"
        "Sink(table=[c.d.u], fields=[k])\n+- Values(tuples=[[{ 1 }]])\n\n"
        "== Optimized Execution Plan ==\nSink(x)\n"
    )
    assert [each.name for each in operators(explain)] == [
        "Sink",
        "Calc",
        "Exchange",
        "TableSourceScan",
        "Sink",
        "Values",
    ]
    assert operators("") == ()


def test_findings_are_values() -> None:
    finding = Finding("r", Level.ERROR, "m", "h")
    assert str(finding) == "r: m → h"
