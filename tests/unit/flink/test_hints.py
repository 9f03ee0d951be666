"""Hints that the corpus does not hold (see `test_causes`)."""

from __future__ import annotations

import pytest

from flinklab.flink.hints import hint_for


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Could not find any factory for identifier 'kafka' that implements 'x.DynamicTableFactory'", "%flink jar"),
        ("NoClassDefFoundError: org/apache/kafka/clients/consumer/OffsetResetStrategy", "%flink jar"),
        ("IllegalStateException: Cannot map checkpoint/savepoint state for operator abc", "ignore-unclaimed-state"),
        ("IllegalArgumentException: Unrecognized checkpoint version number: 6", "a newer Flink"),
        ("TableException: Unknown Flink version '2.3'.", "a newer Flink"),
        ("StateMigrationException: The new state serializer (X) must not be incompatible with", "before Flink 2.2"),
        ("SqlParserException: Unsupported query: CREATE TEMPORARY MODEL m", "has no models"),
        ("SqlParserException: Incorrect syntax near the keyword 'TIMESTAMP'", "`timestamp`"),
        ('SqlParserException: Encountered "user"', "`user`"),
        ("JobSubmissionException: Failed to submit ExecutionPlan.", "JobManager"),
    ],
)  # fmt: skip
def test_a_well_known_failure_gets_advice(text: str, advice: str) -> None:
    assert advice in (hint_for(text) or "")


@pytest.mark.parametrize("text", ["", "ValidationException: something new", 'Encountered "orders"'])
def test_an_unknown_one_gets_none(text: str) -> None:
    assert hint_for(text) is None


def test_lists_end_where_they_end() -> None:
    text = (
        "Could not find any factory for identifier 'x' that implements 'a.DynamicTableFactory'\n\n"
        "Available factory identifiers are:\n\nblackhole\nupsert-kafka\nSomethingElse: not a name\nprint"
    )
    assert (hint_for(text) or "").startswith("there are: blackhole, upsert-kafka; ")
