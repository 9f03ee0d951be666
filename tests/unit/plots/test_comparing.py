"""What `--compare` means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.recorded import SPAN, at, attempt
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import AttemptState
from flinklab.plots.comparing import period
from flinklab.telemetry.span import Span

HOUR = Span(at(23), at(24))
ENDED = AttemptState.CANCELED
ATTEMPTS = [
    attempt(4, 3, 20),
    attempt(3, 2, 12, 20, ENDED),
    attempt(2, 2, 4, 11, AttemptState.FAILED),
    attempt(1, 1, 0, 4, ENDED),
]


def test_yesterday_and_a_duration() -> None:
    found = period("yesterday", HOUR)
    assert (found.span, found.label) == (HOUR.before(timedelta(days=1)), "yesterday")
    found = period("6h", HOUR)
    assert (found.span, found.shift, found.label) == (
        HOUR.before(timedelta(hours=6)),
        timedelta(hours=6),
        "6 h earlier",
    )
    assert period(timedelta(hours=6), HOUR) == found


@pytest.mark.parametrize("text", ["2", 2, "v2", "version 2"])
def test_a_version_is_the_end_of_its_last_run_on_the_end_of_the_axis(text: str) -> None:
    found = period(text, HOUR, ATTEMPTS)
    assert found.span == Span(at(19), at(20))
    assert found.shift == timedelta(hours=4)
    assert found.label == "version 2"


def test_of_a_version_several_attempts_in_a_row_are_one_run() -> None:
    assert period("2", SPAN, ATTEMPTS).span == Span(at(4), at(20))


def test_a_version_that_never_ran_is_a_mistake_that_names_those_that_did() -> None:
    with pytest.raises(UsageError, match="version 9 never ran") as mistake:
        period("9", HOUR, ATTEMPTS)
    assert mistake.value.hint == "those that ran: 1, 2, 3"


def test_the_version_that_runs_is_no_earlier_time() -> None:
    with pytest.raises(UsageError, match="what runs now"):
        period("3", HOUR, ATTEMPTS)


@pytest.mark.parametrize("text", ["tomorrow", "", "6 parsecs", "-1h"])
def test_anything_else_is_a_mistake_that_says_what_is_meant(text: str) -> None:
    with pytest.raises(UsageError, match="a version such as 3, yesterday, or 6h"):
        period(text, HOUR, ATTEMPTS)


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=300)))
def test_what_is_compared_lies_on_the_axis_when_it_is_shifted(shift: timedelta) -> None:
    found = period(shift, HOUR)
    assert (found.span.since + found.shift, found.span.until + found.shift) == (HOUR.since, HOUR.until)


def test_the_future_is_not_compared() -> None:
    with pytest.raises(UsageError, match="more than zero"):
        period(timedelta(hours=-1), HOUR)
